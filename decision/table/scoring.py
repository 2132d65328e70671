"""Scores against a true effect, after everything is decided: nothing here flows back."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from decision.table.learners.protocol import Floats


@dataclass(frozen=True)
class Scores:
    """How near the effects came.

    Parameters
    ----------
    sqrt_pehe : root mean squared error of the rows' effects, in units of the outcome
    coverage_90 : share of rows whose 90% interval holds the truth
    mean_width : mean width of the intervals
    average_error : estimated less true average effect
    average_covered : whether the average's interval holds the mean of the true effects
    """

    sqrt_pehe: float
    coverage_90: float
    mean_width: float
    average_error: float
    average_covered: bool

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def scored(effect: Floats, lower: Floats, upper: Floats, average: tuple[float, float, float], truth: Floats) -> Scores:
    """Score one contrast: effects and intervals (n_rows,), the average's (point, lower, upper), the truth (n_rows,)."""
    true_average = float(truth.mean())
    return Scores(
        sqrt_pehe=float(np.sqrt(np.mean((effect - truth) ** 2))),
        coverage_90=float(np.mean((lower <= truth) & (truth <= upper))),
        mean_width=float(np.mean(upper - lower)),
        average_error=average[0] - true_average,
        average_covered=bool(average[1] <= true_average <= average[2]),
    )
