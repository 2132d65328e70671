"""Every figure of the decision in one run: regret, calibration, shift, compensation, speed, estimates, sensitivity."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from experiments.benchmarks.confounding import N_WORLDS, QUICK_WORLDS, benchmark_confounding
from experiments.benchmarks.decision.examination import Examination, examined
from experiments.benchmarks.decision.lessons import Lesson, lesson
from experiments.benchmarks.decision.scenario_table import CLAIMED, scenario_table
from experiments.benchmarks.decision.seeds import exam_seed
from experiments.benchmarks.decision.serving_speed import serving_figures
from experiments.benchmarks.decision.worlds import FULL, QUICK, WARM_UP_SHARE, Sizes, played_world
from experiments.benchmarks.goals import Goal, judged
from experiments.benchmarks.machine import machine, versions
from experiments.benchmarks.table import NUMBERS, QUICK_NUMBERS, benchmark_tables
from experiments.heldout import HeldOutCheck
from experiments.losses import Pricing
from simulator.scenario.loading import shipped_scenarios

Say = Callable[[str], None]
BASES = ("dataco", "small")
# Shifts of `small`, which the models of `small` have never seen: weather, outage, peak, and a node that is new.
SHIFTS = ("storm", "node_outage", "singles_day", "warehouse_opening")
SHIFT_BASE = "small"
LEVEL = 0.95
GOALS = (
    Goal(
        "regret_mean", 0.08, False, "share of the expected-outcome oracle's gain over the rules that is left, new seeds"
    ),
    Goal("regret_worst", 0.14, False, "the same in the worst world"),
    Goal("coverage_90", None, True, "share of true effects inside 90% intervals; the goal is .87 to .93"),
    Goal("ece_p_best", 0.03, False, "calibration error of the chance of being best"),
    Goal("ece_p_best_noise", None, False, "what honest chances would show on as many orders, by luck alone"),
    Goal("auto_share", 0.60, True, "decided without a person, at a confidence of .85"),
    Goal("auto_accuracy", 0.95, True, "of these, near the best"),
    Goal("shift_auto_accuracy_worst", 0.93, True, "the same in the worst of storm, outage, 11.11 and a new node"),
    Goal(
        "compensation_regret",
        0.05,
        False,
        "of the oracle's gain over the rules, in compensation, taught by the longer log",
    ),
    Goal("serve_p50_ms", 1.0, False, "one order of 20 candidates, confidence and explanation included"),
    Goal("serve_p99_ms", 3.0, False, "the same, the slowest hundredth"),
    Goal("econml_forest_interval_ms", None, False, "a causal forest's intervals on as many rows"),
    Goal("batch_orders_per_s", None, True, "full answers to a batch of 10,000 orders"),
    Goal("acic_sqrt_pehe_mean", 0.70, False, "routecause estimate on ACIC 2016"),
    Goal("ihdp_sqrt_pehe_mean", 1.5, False, "the same on IHDP"),
    Goal("ihdp_sqrt_pehe_median", 0.80, False, "the same, median"),
    Goal("estimate_coverage_90", 0.85, True, "coverage of its 90% intervals, the worse family"),
    Goal("hidden_confounder_found_share", 0.95, True, "worlds with a planted hidden confounder that raised the flag"),
    Goal("clean_world_accused_share", 0.05, False, "worlds without one that raised it"),
)


@dataclass(frozen=True, slots=True)
class Extent:
    """How far a form of the bench goes.

    Parameters
    ----------
    n_replications : int
        Of each policy in each scenario of the library; 0 leaves the table out.
    """

    name: str
    sizes: Sizes
    tables: Mapping[str, Sequence[int]]
    n_answers: int
    n_batch: int
    n_replications: int


FULL_FORM = Extent("full", FULL, NUMBERS, 500, 10_000, 5)
QUICK_FORM = Extent("quick", QUICK, QUICK_NUMBERS, 150, 500, 0)


def decision_figures(*, quick: bool, data: Path, say: Say, seeds: tuple[int, ...] = ()) -> dict[str, Any]:
    """Measure everything, in one run.

    Parameters
    ----------
    data : Path
        Folder with the public tables; without it the figures of `estimate` are null, with the reason.
    say : callable
        Told what is being measured.
    seeds : tuple of int
        Of the worlds that are learned from; none for those of the form.
    """
    form, pricing = QUICK_FORM if quick else FULL_FORM, Pricing()
    form = replace(form, sizes=replace(form.sizes, seeds=seeds or form.sizes.seeds))
    lessons = _lessons(form.sizes, pricing, say)
    usual, shifted = _examinations(lessons, form.sizes, pricing, say)
    reasons: dict[str, str] = {}
    found: dict[str, Any] = {
        "form": form.name,
        "seeds": list(form.sizes.seeds),
        **_routing(usual),
        **_shift(shifted),
        **_compensation(usual),
        "compensation_learning": _compensation_learning(lessons, usual, form.sizes),
    }
    say("serving speed")
    found |= serving_figures(lessons[0], pricing, n_answers=form.n_answers, n_batch=form.n_batch)
    found |= _estimates(form, data, say, reasons)
    say("hidden confounders")
    hidden = benchmark_confounding(QUICK_WORLDS if quick else N_WORLDS)
    found |= {name: hidden.pop(name) for name in _CONFOUNDING}
    found["confounding"] = hidden
    if form.n_replications:
        scenarios = [name for name in shipped_scenarios() if name != SHIFT_BASE]
        found["scenarios"] = scenario_table(
            _of(lessons, SHIFT_BASE), scenarios, n_replications=form.n_replications, days=4.0, say=say
        )
        found["claimed_elsewhere"] = CLAIMED
    found["worlds"] = [item.as_dict() for item in (*usual, *shifted)]
    found["epsilon_minor"] = {item.base: item.routing.settings.epsilon_minor for item in lessons}
    found |= {"goals": judged(GOALS, found), "reasons": reasons, "machine": machine(), "versions": versions()}
    return found


def _lessons(sizes: Sizes, pricing: Pricing, say: Say) -> list[Lesson]:
    lessons = []
    for base in BASES:
        for seed in sizes.seeds:
            say(f"learning in {base}, seed {seed}")
            lessons.append(lesson(base, seed, sizes, pricing))
    return lessons


def _examinations(
    lessons: Sequence[Lesson], sizes: Sizes, pricing: Pricing, say: Say
) -> tuple[list[Examination], list[Examination]]:
    """Every lesson in a new seed of its own world, and those of the base of the shifts in each of these."""
    usual: list[Examination] = []
    shifted: list[Examination] = []
    for taught in lessons:
        for name in (taught.base, *(SHIFTS if taught.base == SHIFT_BASE else ())):
            say(f"examining the lesson of {taught.base}, seed {taught.seed}, in {name}")
            world = played_world(
                name,
                exam_seed(taught.seed),
                sizes.n_examined,
                n_judged=sizes.n_judged,
                from_share=WARM_UP_SHARE,
                redraws=sizes.redraws,
            )
            (usual if name == taught.base else shifted).append(examined(taught, world, pricing))
    return usual, shifted


def _routing(usual: Sequence[Examination]) -> dict[str, Any]:
    checks = [item.routing for item in usual]
    named = {
        "regret_mean": [check.regret_share for check in checks],
        "coverage_90": [check.coverage for check in checks],
        "ece_p_best": [check.ece_best for check in checks],
        "ece_p_best_noise": [check.ece_best_noise for check in checks],
        "auto_share": [check.automatic_share for check in checks],
        "auto_accuracy": [check.automatic_accuracy for check in checks],
    }
    return {
        **{name: _mean(values) for name, values in named.items()},
        "regret_worst": max(named["regret_mean"]),
        "intervals_95": {name: _interval(values) for name, values in named.items()},
    }


def _shift(shifted: Sequence[Examination]) -> dict[str, Any]:
    decided = [item for item in shifted if item.routing.automatic_share > 0]
    worst = min(decided, key=lambda item: item.routing.automatic_accuracy, default=None)
    return {
        "shift_auto_accuracy_worst": None if worst is None else worst.routing.automatic_accuracy,
        "shift_worst_world": None if worst is None else worst.world,
        "shift_auto_share": _mean([item.routing.automatic_share for item in shifted]),
        "shift_regret_worst": max(item.routing.regret_share for item in shifted),
    }


def _compensation(usual: Sequence[Examination]) -> dict[str, Any]:
    checks: list[HeldOutCheck] = [item.compensation for item in usual]
    return {
        "compensation_regret": _mean([check.regret_share for check in checks]),
        "compensation_regret_worst": max(check.regret_share for check in checks),
        "compensation_coverage_90": _mean([check.coverage for check in checks]),
        "compensation_auto_share": _mean([check.automatic_share for check in checks]),
        "compensation_auto_accuracy": _mean([check.automatic_accuracy for check in checks]),
    }


def _compensation_learning(
    lessons: Sequence[Lesson], usual: Sequence[Examination], sizes: Sizes
) -> list[dict[str, Any]]:
    """How regret falls with the log: what was learned from, and what it left, shortest first."""
    short = [item.compensation_short.regret_share for item in usual]
    longer = [item.compensation.regret_share for item in usual]
    return [
        {
            "n_orders": n_orders,
            "n_incidents_mean": _mean([float(n) for n in n_incidents]),
            "regret_mean": _mean(regrets),
            "regret_95": _interval(regrets),
        }
        for n_orders, n_incidents, regrets in (
            (sizes.n_taught, [item.n_incidents_short for item in lessons], short),
            (sizes.n_taught_compensation, [item.n_incidents for item in lessons], longer),
        )
    ]


_CONFOUNDING = ("hidden_confounder_found_share", "clean_world_accused_share")
_ESTIMATES = ("acic_sqrt_pehe_mean", "ihdp_sqrt_pehe_mean", "ihdp_sqrt_pehe_median", "estimate_coverage_90")


def _estimates(form: Extent, data: Path, say: Say, reasons: dict[str, str]) -> dict[str, Any]:
    missing = [family for family in ("acic2016", "ihdp") if not (data / family).is_dir()]
    if missing:
        reason = f"{data} holds no {' and no '.join(missing)}; name the folder of the public tables with --data"
        reasons.update(dict.fromkeys(_ESTIMATES, reason))
        return dict.fromkeys(_ESTIMATES)
    say("estimate on public tables")
    found = benchmark_tables(data, form.tables, seed=1, with_baselines=form.n_replications > 0)
    return {**{name: found.pop(name) for name in _ESTIMATES}, "estimate": found}


def _of(lessons: Sequence[Lesson], base: str) -> Lesson:
    return next(item for item in lessons if item.base == base)


def _mean(values: Sequence[float]) -> float | None:
    known = [value for value in values if np.isfinite(value)]
    return float(np.mean(known)) if known else None


def _interval(values: Sequence[float]) -> list[float] | None:
    """Student's interval of the mean over worlds; None with fewer than two."""
    known = np.array([value for value in values if np.isfinite(value)])
    if len(known) < 2:  # noqa: PLR2004  one world has no spread
        return None
    half = float(stats.t.ppf((1 + LEVEL) / 2, len(known) - 1) * known.std(ddof=1) / np.sqrt(len(known)))
    return [float(known.mean()) - half, float(known.mean()) + half]
