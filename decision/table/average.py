"""The average effect, doubly robust: right if either the outcomes or the treatment are modelled well.

References
----------
Chernozhukov et al. (2018), "Double/debiased machine learning", The Econometrics Journal 21(1).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from decision.table.learners.protocol import Design, Floats
from decision.table.propensity import expected_squares
from decision.table.selection import OutOfFold

LEVEL = 0.90


@dataclass(frozen=True)
class AverageEffect:
    """An average with its standard error and 90% interval, in units of the outcome."""

    point: float
    standard_error: float
    lower: float
    upper: float

    @classmethod
    def of_scores(cls, scores: Floats) -> AverageEffect:
        """The mean of scores that are independent between rows."""
        return cls.around(float(scores.mean()), float(scores.std(ddof=1) / np.sqrt(len(scores))))

    @classmethod
    def around(cls, point: float, standard_error: float) -> AverageEffect:
        """A normal interval around a point."""
        reach = float(norm.ppf(0.5 + LEVEL / 2.0)) * standard_error
        return cls(point, standard_error, point - reach, point + reach)

    def widened(self, common_error: float) -> AverageEffect:
        """The same average with one more error, independent of sampling, that all rows have in common."""
        return AverageEffect.around(self.point, float(np.hypot(self.standard_error, common_error)))


def average_effects(
    design: Design, answer: OutOfFold, folds: NDArray[np.int64], *, is_dose: bool, seed: int
) -> list[AverageEffect]:
    """Average effect of each contrast over all rows, from out-of-fold answers and propensities."""
    residual = design.outcome - answer.level - np.einsum("kn,kn->n", design.bases, answer.slopes)
    if is_dose:
        surprise = design.bases - design.expected_bases
        weights = surprise / expected_squares(design.confounders, surprise[0] ** 2, folds, seed)
    else:
        weights = design.bases / design.expected_bases
    corrections = design.contrasts @ (weights * residual)
    return [AverageEffect.of_scores(scores) for scores in design.contrasts @ answer.slopes + corrections]
