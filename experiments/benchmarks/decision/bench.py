"""Every figure of the decision in one run: regret, calibration, shift, compensation, speed, estimates, sensitivity."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from experiments.benchmarks.confounding import N_WORLDS, QUICK_WORLDS, benchmark_confounding
from experiments.benchmarks.decision.examination import Examination, examined
from experiments.benchmarks.decision.lessons import Lesson, lesson
from experiments.benchmarks.decision.parts import ALL_PARTS, LEFT_OUT, Part
from experiments.benchmarks.decision.scenario_table import CLAIMED, scenario_table
from experiments.benchmarks.decision.seeds import exam_seed
from experiments.benchmarks.decision.serving_speed import serving_figures
from experiments.benchmarks.decision.summary import (
    compensation_figures,
    compensation_learning,
    routing_figures,
    shift_figures,
)
from experiments.benchmarks.decision.worlds import FULL, QUICK, WARM_UP_SHARE, Sizes, played_world
from experiments.benchmarks.goals import Goal, judged
from experiments.benchmarks.machine import machine, versions
from experiments.benchmarks.table import NUMBERS, QUICK_NUMBERS, benchmark_tables
from experiments.losses import Pricing
from simulator.scenario.loading import shipped_scenarios

Say = Callable[[str], None]
BASES = ("dataco", "small")
# Shifts of `small`, which the models of `small` have never seen: weather, outage, peak, and a node that is new.
SHIFTS = ("storm", "node_outage", "singles_day", "warehouse_opening")
SHIFT_BASE = "small"
GOALS = (
    Goal(
        "regret_mean", 0.08, False, "share of the expected-outcome oracle's gain over the rules that is left, new seeds"
    ),
    Goal("regret_worst", 0.14, False, "the same in the worst world"),
    Goal("coverage_90", 0.87, True, "share of true effects inside 90% intervals", up_to=0.93),
    Goal("ece_p_best", 0.03, False, "calibration error of the chance of being best, all new worlds together"),
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


FIGURES_OF_PART: dict[Part, tuple[str, ...]] = {
    Part.MODELS: (
        *("regret_mean", "regret_worst", "coverage_90", "ece_p_best", "ece_p_best_noise", "auto_share"),
        *("auto_accuracy", "shift_auto_accuracy_worst", "compensation_regret"),
    ),
    Part.SERVING: ("serve_p50_ms", "serve_p99_ms", "econml_forest_interval_ms", "batch_orders_per_s"),
    Part.ESTIMATES: ("acic_sqrt_pehe_mean", "ihdp_sqrt_pehe_mean", "ihdp_sqrt_pehe_median", "estimate_coverage_90"),
    Part.CONFOUNDING: ("hidden_confounder_found_share", "clean_world_accused_share"),
    Part.SCENARIOS: (),
}


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


def decision_figures(
    *, quick: bool, data: Path, say: Say, seeds: tuple[int, ...] = (), parts: frozenset[Part] = ALL_PARTS
) -> dict[str, Any]:
    """Measure everything, in one run.

    Parameters
    ----------
    data : Path
        Folder with the public tables; without it the figures of `estimate` are null, with the reason.
    say : callable
        Told what is being measured.
    seeds : tuple of int
        Of the worlds that are learned from; none for those of the form.
    parts : frozenset of Part
        What is measured; the figures of the rest are null, with the reason.
    """
    form, pricing = QUICK_FORM if quick else FULL_FORM, Pricing()
    form = replace(form, sizes=replace(form.sizes, seeds=seeds or form.sizes.seeds))
    teacher = _Teacher(form.sizes, pricing, say)
    reasons: dict[str, str] = {}
    found: dict[str, Any] = {"form": form.name, "parts": sorted(parts), "seeds": list(form.sizes.seeds)}
    measured: dict[Part, Callable[[], dict[str, Any]]] = {
        Part.MODELS: lambda: _models(teacher, form.sizes, pricing, say),
        Part.SERVING: lambda: _serving(teacher, form, pricing, say),
        Part.ESTIMATES: lambda: _estimates(form, data, say, reasons),
        Part.CONFOUNDING: lambda: _confounding(quick=quick, say=say),
        Part.SCENARIOS: lambda: _scenarios(teacher, form, say),
    }
    for part, measure in measured.items():
        if part in parts:
            found |= measure()
        else:
            reasons |= dict.fromkeys(FIGURES_OF_PART[part], LEFT_OUT)
            found |= dict.fromkeys(FIGURES_OF_PART[part])
    found |= {"goals": judged(GOALS, found), "reasons": reasons, "machine": machine(), "versions": versions()}
    return found


def _models(teacher: _Teacher, sizes: Sizes, pricing: Pricing, say: Say) -> dict[str, Any]:
    """Routing and compensation in worlds that were never seen."""
    lessons = [teacher.lesson(base, seed) for base in BASES for seed in sizes.seeds]
    usual, shifted = _examinations(lessons, sizes, pricing, say)
    return {
        **routing_figures(usual),
        **shift_figures(shifted),
        **compensation_figures(usual),
        "compensation_learning": compensation_learning(lessons, usual, sizes),
        "worlds": [item.as_dict() for item in (*usual, *shifted)],
        "epsilon_minor": {item.base: item.routing.settings.epsilon_minor for item in lessons},
    }


def _serving(teacher: _Teacher, form: Extent, pricing: Pricing, say: Say) -> dict[str, Any]:
    taught = teacher.lesson(BASES[0], form.sizes.seeds[0])
    say("serving speed")
    return serving_figures(taught, pricing, n_answers=form.n_answers, n_batch=form.n_batch)


def _confounding(*, quick: bool, say: Say) -> dict[str, Any]:
    say("hidden confounders")
    hidden = benchmark_confounding(QUICK_WORLDS if quick else N_WORLDS)
    return {**{name: hidden.pop(name) for name in FIGURES_OF_PART[Part.CONFOUNDING]}, "confounding": hidden}


def _scenarios(teacher: _Teacher, form: Extent, say: Say) -> dict[str, Any]:
    """The table of policies by scenario; the quick form has none."""
    if not form.n_replications:
        return {}
    taught = teacher.lesson(SHIFT_BASE, form.sizes.seeds[0])
    scenarios = [name for name in shipped_scenarios() if name != SHIFT_BASE]
    table = scenario_table(taught, scenarios, n_replications=form.n_replications, days=4.0, say=say)
    return {"scenarios": table, "claimed_elsewhere": CLAIMED}


class _Teacher:
    """Gives each lesson once, when it is first asked for."""

    def __init__(self, sizes: Sizes, pricing: Pricing, say: Say) -> None:
        self._sizes, self._pricing, self._say = sizes, pricing, say
        self._given: dict[tuple[str, int], Lesson] = {}

    def lesson(self, base: str, seed: int) -> Lesson:
        """What is learned from a world."""
        if (base, seed) not in self._given:
            self._say(f"learning in {base}, seed {seed}")
            self._given[base, seed] = lesson(base, seed, self._sizes, self._pricing)
        return self._given[base, seed]


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


def _estimates(form: Extent, data: Path, say: Say, reasons: dict[str, str]) -> dict[str, Any]:
    missing = [family for family in ("acic2016", "ihdp") if not (data / family).is_dir()]
    if missing:
        reason = f"{data} holds no {' and no '.join(missing)}; name the folder of the public tables with --data"
        reasons.update(dict.fromkeys(FIGURES_OF_PART[Part.ESTIMATES], reason))
        return dict.fromkeys(FIGURES_OF_PART[Part.ESTIMATES])
    say("estimate on public tables")
    found = benchmark_tables(data, form.tables, seed=1, with_baselines=form.n_replications > 0)
    return {**{name: found.pop(name) for name in FIGURES_OF_PART[Part.ESTIMATES]}, "estimate": found}
