"""Summaries: what examinations in several worlds say together, as figures with intervals over worlds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import stats

from experiments.benchmarks.decision.examination import Examination
from experiments.benchmarks.decision.lessons import Lesson
from experiments.benchmarks.decision.worlds import Sizes
from experiments.heldout import HeldOutCheck, pooled_calibration_error

LEVEL = 0.95


def routing_figures(usual: Sequence[Examination]) -> dict[str, Any]:
    """Of routing, in new seeds of the worlds that were learned from."""
    checks = [item.routing for item in usual]
    named = {
        "regret_mean": [check.regret_share for check in checks],
        "coverage_90": [check.coverage for check in checks],
        "ece_p_best_by_world": [check.ece_best for check in checks],
        "ece_p_best_by_world_noise": [check.ece_best_noise for check in checks],
        "auto_share": [check.automatic_share for check in checks],
        "auto_accuracy": [check.automatic_accuracy for check in checks],
    }
    error, noise = pooled_calibration_error([check.best_curve for check in checks])
    return {
        **{name: _mean(values) for name, values in named.items()},
        "ece_p_best": error,
        "ece_p_best_noise": noise,
        "regret_worst": max(named["regret_mean"]),
        "intervals_95": {name: _interval(values) for name, values in named.items()},
    }


def shift_figures(shifted: Sequence[Examination]) -> dict[str, Any]:
    """Of routing where the world is another one than was learned from."""
    decided = [item for item in shifted if item.routing.automatic_share > 0]
    worst = min(decided, key=lambda item: item.routing.automatic_accuracy, default=None)
    return {
        "shift_auto_accuracy_worst": None if worst is None else worst.routing.automatic_accuracy,
        "shift_worst_world": None if worst is None else worst.world,
        "shift_auto_share": _mean([item.routing.automatic_share for item in shifted]),
        "shift_regret_worst": max(item.routing.regret_share for item in shifted),
    }


def compensation_figures(usual: Sequence[Examination]) -> dict[str, Any]:
    """Of compensation, in new seeds of the worlds that were learned from."""
    checks: list[HeldOutCheck] = [item.compensation for item in usual]
    return {
        "compensation_regret": _mean([check.regret_share for check in checks]),
        "compensation_regret_worst": max(check.regret_share for check in checks),
        "compensation_coverage_90": _mean([check.coverage for check in checks]),
        "compensation_auto_share": _mean([check.automatic_share for check in checks]),
        "compensation_auto_accuracy": _mean([check.automatic_accuracy for check in checks]),
    }


def compensation_learning(
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
