"""Plain EconML learners on the same table, to stand beside ours in a benchmark; nothing here is tuned.

Nuisance models are scikit-learn's boosted trees (one thread, defaults) wherever a learner lets us say.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import LassoCV
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from decision.table.intervals import RowEffects
from decision.table.learners.protocol import Design, Flags, Floats

with warnings.catch_warnings():
    # Compiling EconML for the first time warns of escape sequences in its own sources.
    warnings.simplefilter("ignore")
    from econml.dml import CausalForestDML, LinearDML
    from econml.dr import LinearDRLearner
    from econml.metalearners import SLearner, TLearner, XLearner

FOREST_TREES = 500
ALPHA = 0.1  # 90% intervals
LEAST_PROPENSITY = 0.05


def baseline_effects(name: str, design: Design, fit_rows: Flags, seed: int) -> RowEffects:
    """Effects of the second arm against the first at every row; intervals are NaN where EconML offers none.

    Parameters
    ----------
    name : one of `BASELINES`
    design : two arms
    fit_rows : rows that teach
    """
    centred = StandardScaler().fit(design.confounders[fit_rows]).transform(design.confounders)
    arm = design.bases[1][fit_rows]
    with warnings.catch_warnings(), threadpool_limits(1):
        # EconML is noisy about shapes and collinear columns; its numbers are what is wanted here.
        warnings.simplefilter("ignore")
        model, has_interval = BASELINES[name](seed), name in WITH_INTERVALS
        model.fit(design.outcome[fit_rows], arm, X=centred[fit_rows])
        effect = np.ravel(model.effect(centred))
        lower, upper = model.effect_interval(centred, alpha=ALPHA) if has_interval else _none_like(effect)
    return RowEffects(effect[None, :], np.ravel(lower)[None, :], np.ravel(upper)[None, :])


def _none_like(effect: Floats) -> tuple[Floats, Floats]:
    return np.full_like(effect, np.nan), np.full_like(effect, np.nan)


def _regressor(seed: int) -> HistGradientBoostingRegressor:
    return HistGradientBoostingRegressor(random_state=seed)


def _classifier(seed: int) -> HistGradientBoostingClassifier:
    return HistGradientBoostingClassifier(random_state=seed)


def _x_learner(seed: int) -> Any:
    return XLearner(models=_regressor(seed), propensity_model=_classifier(seed))


def _t_learner(seed: int) -> Any:
    return TLearner(models=_regressor(seed))


def _s_learner(seed: int) -> Any:
    return SLearner(overall_model=_regressor(seed))


def _linear_dml(seed: int) -> Any:
    return LinearDML(model_y=_regressor(seed), model_t=_classifier(seed), discrete_treatment=True, random_state=seed)


def _forest(seed: int) -> Any:
    return CausalForestDML(
        model_y=_regressor(seed),
        model_t=_classifier(seed),
        discrete_treatment=True,
        n_estimators=FOREST_TREES,
        n_jobs=1,
        random_state=seed,
    )


def _linear_dr(seed: int) -> Any:
    return LinearDRLearner(
        model_regression=LassoCV(random_state=seed),
        model_propensity=_classifier(seed),
        min_propensity=LEAST_PROPENSITY,
        random_state=seed,
    )


BASELINES: dict[str, Callable[[int], Any]] = {
    "econml.XLearner": _x_learner,
    "econml.TLearner": _t_learner,
    "econml.SLearner": _s_learner,
    "econml.LinearDML": _linear_dml,
    "econml.CausalForestDML": _forest,
    "econml.LinearDRLearner": _linear_dr,
}
WITH_INTERVALS = frozenset({"econml.LinearDML", "econml.CausalForestDML", "econml.LinearDRLearner"})
