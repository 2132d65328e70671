"""How strong an unseen confounder would have to be to explain an average effect away."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from decision.sensitivity.strength import Benchmark, e_value, left_over, partial_r2, robustness_value
from decision.table.average import AverageEffect
from decision.table.columns import Encoded
from decision.table.learners.protocol import Design, Floats

N_BENCHMARKS = 3


@dataclass(frozen=True)
class Sensitivity:
    """Strength needed of an unseen confounder.

    Parameters
    ----------
    robustness_value : partial R squared with both treatment and outcome that would bring the average to zero
    robustness_value_interval : ... that would bring the 90% interval to zero
    e_value, e_value_interval : risk ratio with both that would do the same; of a dose's effect over one standard
        deviation of it, since in other units one unit would be another effect
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


def measured_sensitivity(average: AverageEffect, design: Design, encoded: Encoded, *, step: float = 1.0) -> Sensitivity:
    """Sensitivity of the first contrast's average effect.

    Parameters
    ----------
    step : for a dose, how many of its units a standard deviation is
    """
    degrees = max(design.n_rows - design.confounders.shape[1] - 1, 1)
    t_value = abs(average.point) / max(average.standard_error, 1e-300)
    nearest = 0.0 if average.lower <= 0.0 <= average.upper else min(abs(average.lower), abs(average.upper))
    spread = float(design.outcome.std())
    return Sensitivity(
        robustness_value=robustness_value(t_value, degrees),
        robustness_value_interval=robustness_value(nearest / max(average.standard_error, 1e-300), degrees),
        e_value=e_value(average.point * step / spread),
        e_value_interval=e_value(nearest * step / spread),
        benchmarks=_benchmarks(design, encoded),
    )


def _benchmarks(design: Design, encoded: Encoded) -> tuple[Benchmark, ...]:
    """The confounders with the largest product of partial R squared, by least squares with and without them."""
    names = list(dict.fromkeys(encoded.sources))
    constant = np.ones((design.n_rows, 1))
    treatment = design.bases[-1]
    whole = np.hstack([constant, encoded.matrix])
    full = {"treatment": left_over(whole, treatment), "outcome": left_over(_beside(whole, treatment), design.outcome)}
    found = []
    for name in names:
        others = np.hstack([constant, encoded.matrix[:, ~encoded.from_columns([name])]])
        of_treatment = partial_r2(left_over(others, treatment), full["treatment"])
        of_outcome = partial_r2(left_over(_beside(others, treatment), design.outcome), full["outcome"])
        found.append(Benchmark(name, of_treatment, of_outcome))
    found.sort(key=lambda one: -one.partial_r2_treatment * one.partial_r2_outcome)
    return tuple(found[:N_BENCHMARKS])


def _beside(columns: Floats, treatment: Floats) -> Floats:
    return np.column_stack([columns, treatment])
