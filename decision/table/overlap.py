"""Whether like was treated otherwise: without that, an effect is a guess about rows nobody has seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from decision.errors import OverlapError
from decision.table.columns import Encoded
from decision.table.learners.protocol import Flags, Floats
from decision.table.treatments import Treatment

THIN = 0.05  # an arm this unlikely at a row is not compared there with confidence
HOPELESS_AUC, HOPELESS_R2 = 0.99, 0.98
LEAST_SUPPORTED = 0.10
QUANTILES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)


@dataclass(frozen=True)
class Overlap:
    """How much of the table supports a comparison.

    Parameters
    ----------
    supported : array of shape (n_contrasts, n_rows)
        Whether both sides of a contrast are likely enough at a row.
    predictability : AUC of the propensity (worst arm), or R squared of the expected dose
    quantiles : arm -> quantiles of its propensity over all rows; of the expected dose's residual for a dose
    effective_sizes : arm -> Kish's effective sample size under inverse propensity weights
    """

    supported: Flags
    predictability: float
    quantiles: dict[str, dict[str, float]]
    effective_sizes: dict[str, float]

    @property
    def supported_share(self) -> float:
        """Share of rows where every contrast is supported."""
        return float(self.supported.all(axis=0).mean())


def measured_overlap(treatment: Treatment, expected: Floats) -> Overlap:
    """Describe overlap from cross-fitted expectations of the treatment."""
    return _dose_overlap(treatment, expected) if treatment.is_dose else _arm_overlap(treatment, expected)


def _arm_overlap(treatment: Treatment, expected: Floats) -> Overlap:
    likely = expected >= THIN
    supported = np.stack([likely[0] & likely[arm] for arm in range(1, len(treatment.arms))])
    areas = [_area(expected[arm], treatment.arm_of == arm) for arm in range(len(treatment.arms))]
    weights = [1.0 / expected[arm, treatment.arm_of == arm] for arm in range(len(treatment.arms))]
    return Overlap(
        supported,
        max(areas),
        {arm: _quantiles(expected[index]) for index, arm in enumerate(treatment.arms)},
        {arm: _kish(weight) for arm, weight in zip(treatment.arms, weights, strict=True)},
    )


def _dose_overlap(treatment: Treatment, expected: Floats) -> Overlap:
    residual = treatment.bases[0] - expected[0]
    r_squared = 1.0 - float(np.var(residual) / np.var(treatment.bases[0]))
    return Overlap(
        np.ones((1, len(residual)), bool),
        r_squared,
        {"dose less expected dose, in sd": _quantiles(residual)},
        {"all": _kish(residual**2)},
    )


def require_overlap(overlap: Overlap, treatment: Treatment, encoded: Encoded) -> None:
    """Refuse a table in which the confounders decide the treatment.

    Raises
    ------
    OverlapError
        Naming the column that decides it best: no comparison of like with like exists.
    """
    hopeless = overlap.predictability >= (HOPELESS_R2 if treatment.is_dose else HOPELESS_AUC)
    if not hopeless and overlap.supported_share >= LEAST_SUPPORTED:
        return
    column, share = _best_single_column(treatment, encoded)
    measure = f"{'R squared' if treatment.is_dose else 'AUC'} {overlap.predictability:.3f}"
    # A dose has no either way: its share is 1 by definition and would mislead.
    either = "" if treatment.is_dose else f"{overlap.supported_share:.0%} of rows could have gone either way; "
    msg = (
        f"cannot tell: the confounders decide {treatment.name!r} almost alone ({measure}; {either}"
        f"{column!r} alone explains {share:.1%}). "
        "No like rows were treated differently; leave out a column that only restates the treatment, or find "
        "rows where it varied"
    )
    raise OverlapError(msg)


def _best_single_column(treatment: Treatment, encoded: Encoded) -> tuple[str, float]:
    """The column that alone predicts the treatment best, and how well (accuracy, or R squared)."""
    target = treatment.bases[0] if treatment.is_dose else treatment.arm_of
    kind = DecisionTreeRegressor if treatment.is_dose else DecisionTreeClassifier
    best: dict[str, float] = {}
    for index, source in enumerate(encoded.sources):
        one = encoded.matrix[:, [index]]
        score = float(kind(max_depth=3, random_state=0).fit(one, target).score(one, target))
        best[source] = max(score, best.get(source, -np.inf))
    name = max(best, key=lambda source: best[source])
    return name, best[name]


def _area(score: Floats, positive: NDArray[np.bool_]) -> float:
    """Area under the ROC curve, by ranks."""
    n_positive = int(positive.sum())
    n_negative = len(positive) - n_positive
    ranks = float(rankdata(score)[positive].sum())
    return (ranks - n_positive * (n_positive + 1) / 2.0) / (n_positive * n_negative)


def _kish(weights: Floats) -> float:
    return float(weights.sum() ** 2 / np.sum(weights**2))


def _quantiles(values: Floats) -> dict[str, float]:
    return {f"{level:g}": float(np.quantile(values, level)) for level in QUANTILES}
