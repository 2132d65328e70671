"""What the treatment was expected to be, given the confounders: cross-fitted, so that no row judges itself."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from decision.table.learners.protocol import Floats
from decision.table.treatments import Treatment

SMALLEST = 0.01  # a propensity closer to 0 or 1 than this is not estimable from tables of this size
BOOSTING: dict[str, Any] = {
    "max_iter": 80,
    "learning_rate": 0.06,
    "max_leaf_nodes": 8,
    "min_samples_leaf": 20,
    "early_stopping": False,
}


def expected_bases(matrix: Floats, treatment: Treatment, folds: NDArray[np.int64], seed: int) -> Floats:
    """E[basis | confounders] at every row, from models fitted on the other folds: (n_bases, n_rows).

    The mean of a penalised line and boosted trees: the first extrapolates, the second sees steps. Rows of fold -1
    teach nothing and are answered from all others.
    """
    expected = np.zeros_like(treatment.bases)
    with threadpool_limits(1):
        for fold in np.unique(folds):
            there, here = (folds != fold) & (folds >= 0), folds == fold
            expected[:, here] = (
                _expected_dose(matrix, treatment.bases[0], there, here, seed)
                if treatment.is_dose
                else _propensities(matrix, treatment, there, here, seed)
            )
    return expected


def expected_squares(matrix: Floats, squares: Floats, folds: NDArray[np.int64], seed: int) -> Floats:
    """Variance of the dose around its expectation at every row, cross-fitted and kept off zero: (n_rows,)."""
    expected = np.zeros(len(squares))
    with threadpool_limits(1):
        for fold in np.unique(folds):
            there, here = folds != fold, folds == fold
            model = HistGradientBoostingRegressor(**BOOSTING, random_state=seed)
            expected[here] = model.fit(matrix[there], squares[there]).predict(matrix[here])
    return np.maximum(expected, 0.2 * float(squares.mean()))


def _expected_dose(
    matrix: Floats, dose: Floats, there: NDArray[np.bool_], here: NDArray[np.bool_], seed: int
) -> Floats:
    models: list[Any] = [_scaled(Ridge(alpha=10.0)), HistGradientBoostingRegressor(**BOOSTING, random_state=seed)]
    guesses = [model.fit(matrix[there], dose[there]).predict(matrix[here]) for model in models]
    mean: Floats = np.mean(guesses, axis=0)
    return mean[None, :]


def _propensities(
    matrix: Floats, treatment: Treatment, there: NDArray[np.bool_], here: NDArray[np.bool_], seed: int
) -> Floats:
    models: list[Any] = [
        _scaled(LogisticRegression(C=0.1, max_iter=2_000)),
        HistGradientBoostingClassifier(**BOOSTING, random_state=seed),
    ]
    arms = treatment.arm_of[there]
    mean = np.mean([model.fit(matrix[there], arms).predict_proba(matrix[here]) for model in models], axis=0)
    kept = np.clip(mean, SMALLEST, 1.0 - SMALLEST)
    shares: Floats = (kept / kept.sum(axis=1, keepdims=True)).T
    return shares


def _scaled(model: LogisticRegression | Ridge) -> Pipeline:
    return make_pipeline(StandardScaler(), model)
