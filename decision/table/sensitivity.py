"""How strong an unseen confounder would have to be to explain an average effect away.

References
----------
Cinelli & Hazlett (2020), "Making sense of sensitivity", JRSS B 82(1): robustness value and partial R squared.
VanderWeele & Ding (2017), "Sensitivity analysis in observational research: introducing the E-value", Annals of
Internal Medicine 167(4); for a difference of means the risk ratio is approximated by exp(.91 d).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from decision.table.average import AverageEffect
from decision.table.columns import Encoded
from decision.table.learners.protocol import Design, Floats

N_BENCHMARKS = 3
RISK_RATIO_SLOPE = 0.91


@dataclass(frozen=True)
class Benchmark:
    """An observed confounder as a yardstick: what it explains of treatment and outcome beyond the others."""

    confounder: str
    partial_r2_treatment: float
    partial_r2_outcome: float


@dataclass(frozen=True)
class Sensitivity:
    """Strength needed of an unseen confounder.

    Parameters
    ----------
    robustness_value : partial R squared with both treatment and outcome that would bring the average to zero
    robustness_value_interval : ... that would bring the 90% interval to zero
    e_value, e_value_interval : risk ratio with both that would do the same
    benchmarks : the strongest observed confounders, for scale
    """

    robustness_value: float
    robustness_value_interval: float
    e_value: float
    e_value_interval: float
    benchmarks: tuple[Benchmark, ...]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def measured_sensitivity(average: AverageEffect, design: Design, encoded: Encoded) -> Sensitivity:
    """Sensitivity of the first contrast's average effect."""
    degrees = max(design.n_rows - design.confounders.shape[1] - 1, 1)
    t_value = abs(average.point) / max(average.standard_error, 1e-300)
    nearest = 0.0 if average.lower <= 0.0 <= average.upper else min(abs(average.lower), abs(average.upper))
    spread = float(design.outcome.std())
    return Sensitivity(
        robustness_value=robustness_value(t_value, degrees),
        robustness_value_interval=robustness_value(nearest / max(average.standard_error, 1e-300), degrees),
        e_value=e_value(average.point / spread),
        e_value_interval=e_value(nearest / spread),
        benchmarks=_benchmarks(design, encoded),
    )


def robustness_value(t_value: float, degrees: int) -> float:
    """Partial R squared an unseen confounder needs with treatment and outcome alike.

    >>> round(robustness_value(4.18, 783), 3)  # Cinelli & Hazlett's Darfur example
    0.139
    """
    squared = t_value**2 / degrees
    return float(0.5 * (np.sqrt(squared**2 + 4.0 * squared) - squared))


def e_value(standardised_effect: float) -> float:
    """E-value of a difference of means in standard deviations of the outcome.

    >>> round(e_value(np.log(2.0) / 0.91), 3)  # a risk ratio of 2
    3.414
    """
    ratio = float(np.exp(min(RISK_RATIO_SLOPE * abs(standardised_effect), 700.0)))
    return ratio + float(np.sqrt(ratio * (ratio - 1.0))) if ratio < 1e150 else 2.0 * ratio  # noqa: PLR2004


def _benchmarks(design: Design, encoded: Encoded) -> tuple[Benchmark, ...]:
    """The confounders with the largest product of partial R squared, by least squares with and without them."""
    names = list(dict.fromkeys(encoded.sources))
    constant = np.ones((design.n_rows, 1))
    treatment = design.bases[-1]
    whole = np.hstack([constant, encoded.matrix])
    full = {"treatment": _left_over(whole, treatment), "outcome": _left_over(_beside(whole, treatment), design.outcome)}
    found = []
    for name in names:
        others = np.hstack([constant, encoded.matrix[:, ~encoded.from_columns([name])]])
        of_treatment = 1.0 - full["treatment"] / max(_left_over(others, treatment), 1e-300)
        of_outcome = 1.0 - full["outcome"] / max(_left_over(_beside(others, treatment), design.outcome), 1e-300)
        found.append(Benchmark(name, max(of_treatment, 0.0), max(of_outcome, 0.0)))
    found.sort(key=lambda one: -one.partial_r2_treatment * one.partial_r2_outcome)
    return tuple(found[:N_BENCHMARKS])


def _beside(columns: Floats, treatment: Floats) -> Floats:
    return np.column_stack([columns, treatment])


def _left_over(columns: Floats, target: Floats) -> float:
    """Residual sum of squares of a least-squares fit, by normal equations (fast where rows are many)."""
    gram = columns.T @ columns
    gram[np.diag_indices(len(gram))] += 1e-9 * np.trace(gram) / len(gram)
    fitted = columns @ np.linalg.solve(gram, columns.T @ target)
    return float(np.sum((target - fitted) ** 2))
