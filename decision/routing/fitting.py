"""Fitting routing effects: EconML's LinearDML on contrasts of candidate features, and forests of whole journeys.

One row an order: the candidate that was chosen against the rules' default. The treatment is the vector
of contrasts of physical features, so a candidate never seen before is just another vector. What the
behaviour policy would have done on average is not learned: it logged the propensity of every candidate,
so E[T | x] is computed and handed to EconML through its treatment model. Confounding by what the rules
looked at is thereby removed by design, not by a model's skill.

References
----------
Chernozhukov et al. (2018), "Double/debiased machine learning", The Econometrics Journal.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from econml.dml import LinearDML
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.linear_model import Ridge
from sklearn.model_selection import KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from data.choice_sets import ChoiceSets
from data.decision_log.dataset import DecisionLog
from decision.confidence import NO_SCALING
from decision.errors import OverlapError
from decision.routing.damage import DamageLaw
from decision.routing.damage_fitting import fitted_damage, tells_damage
from decision.routing.design import RoutingDesign
from decision.routing.growing import DEFAULT_GROWTH, Grown, Growth, bags, grown, tells_stages
from decision.routing.linearity import Linearity
from decision.routing.model import RoutingModel
from decision.routing.parts import LEARNED_OUTCOMES, TIMED_OUTCOMES
from decision.routing.settings import ServingSettings
from decision.routing.stages import stage_columns
from decision.routing.staleness import usual_ages
from decision.routing.support import TrainingRange, placed_points
from decision.routing.weather import BORROWED_WIDENING

Floats = NDArray[np.float64]

N_FOLDS = 5
NUISANCE_PENALTY = 10.0
# Where no truth is at hand: raw 90% intervals of this estimator covered 40-86%; 1.5 mended them across worlds.
BORROWED_SPREAD = 1.5
# Likewise, what a node's unseen state left open where it was measured.
BORROWED_UNSEEN = 0.2
# Near best is within this share of what an order costs to ship, on average in the training log.
NEAR_BEST_SHARE_OF_COST = 0.05


@dataclass(frozen=True)
class RoutingFit:
    """What a training run keeps.

    Parameters
    ----------
    model : RoutingModel
        The light model that serves.
    estimator : LinearDML
        The fitted EconML estimator, for parity and inference.
    design : RoutingDesign
        The arrays it was fitted on.
    grown : Grown or None
        The forests and which orders their bags left out; None where the log's instants cannot tell the stages apart.
    """

    model: RoutingModel
    estimator: Any
    design: RoutingDesign
    grown: Grown | None


class LoggedExpectation(RegressorMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn publishes no types
    """A treatment model that learns nothing: it hands through E[T | x], the last columns of W.

    Parameters
    ----------
    n_treatments : int
        How many last columns.
    """

    def __init__(self, n_treatments: int = 1) -> None:
        self.n_treatments = n_treatments

    def fit(self, X: Floats, y: Floats) -> Self:  # noqa: N803  scikit-learn's names
        """Nothing to learn: the behaviour policy logged its propensities."""
        self.n_features_in_ = X.shape[1]
        return self

    def predict(self, X: Floats) -> Floats:  # noqa: N803  scikit-learn's names
        """The expectation that came along with each row."""
        return X[:, -self.n_treatments :]


def fit_routing(
    log: DecisionLog, *, seed: int, modifiers: tuple[str, ...] = (), growth: Growth = DEFAULT_GROWTH
) -> RoutingFit:
    """Learn the effects of candidates on lateness, late delivery and stock-out, and on damage where the log tells it.

    Parameters
    ----------
    seed : int
        Seeds the cross-fitting folds and the forests.
    growth : Growth
        How forests are grown, where the log's instants agree with its outcomes.
    modifiers : tuple of str
        Which of `features.CONTEXT_NAMES` may change how much features matter. None by default: effects bend
        with the promise and the order's size through the features already, and on simulated logs of 15,000
        orders each modifier that was tried cost more in variance than it won.

    Raises
    ------
    TrainingError
        If the log is too small, or holds values that are not numbers.
    OverlapError
        If the behaviour policy explored too little to tell candidates apart.
    """
    # Sums of several threads are added up in another order: the same log must give the same bytes on any machine.
    with threadpool_limits(1):
        return _fitted(log, seed, modifiers, growth)


def _fitted(log: DecisionLog, seed: int, modifiers: tuple[str, ...], growth: Growth) -> RoutingFit:
    design = RoutingDesign.of_log(log, modifiers)
    estimator = fitted_estimator(design, seed)
    trees = grown(log, design.imputation, seed=seed, growth=growth) if tells_stages(log) else None
    model = RoutingModel(
        law=linearity(estimator, design),
        imputation=design.imputation,
        training_range=_staged_range(log, design) if trees else design.training_range(),
        settings=ServingSettings(
            epsilon_minor=NEAR_BEST_SHARE_OF_COST * design.mean_cost_minor, usual_age_hours=usual_ages(log)
        ),
        spread=np.full(len(LEARNED_OUTCOMES), BORROWED_SPREAD),
        platt=np.tile(NO_SCALING, (3, 1)),
        calibrated=False,
        journeys=trees.journeys if trees else None,
        objective_spread=BORROWED_SPREAD,
        unseen=BORROWED_UNSEEN if trees else 0.0,
        weather_widening=BORROWED_WIDENING,
        logged_queue_hours=trees.logged_queue_hours if trees else 0.0,
        damage=trees.damage if trees else _damage_alone(log, design, growth, seed),
    )
    return RoutingFit(model, estimator, design, trees)


def _damage_alone(log: DecisionLog, design: RoutingDesign, growth: Growth, seed: int) -> DamageLaw | None:
    """The damage law where there are no forests to share bags with."""
    if not tells_damage(log):
        return None
    return fitted_damage(log, design.imputation, bags(log, growth.n_bags, seed), seed=seed)


def _staged_range(log: DecisionLog, design: RoutingDesign) -> TrainingRange:
    """The cloud of what the behaviour policy could have picked, as journeys see it."""
    choice_sets = ChoiceSets.of_log(log)
    points = placed_points(stage_columns(choice_sets, design.imputation), choice_sets, by_stages=True)
    return TrainingRange.of(points[log.candidates["propensity"].to_numpy(dtype=np.float64) > 0])


def fitted_estimator(design: RoutingDesign, seed: int) -> LinearDML:
    """EconML's LinearDML with explicit nuisance models, fitted on one row an order.

    Raises
    ------
    OverlapError
        If the contrasts, times the modifiers, are not independent of each other.
    """
    n_treatments = design.treatment.shape[1]
    estimator = LinearDML(
        model_y=make_pipeline(StandardScaler(), Ridge(alpha=NUISANCE_PENALTY)),
        model_t=LoggedExpectation(n_treatments),
        cv=KFold(N_FOLDS, shuffle=True, random_state=seed),
        random_state=seed,
    )
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message="Co-variance matrix is underdetermined")
        warnings.filterwarnings("error", message="Number of observations")
        try:
            estimator.fit(
                design.outcomes,
                design.treatment,
                X=design.modifiers if design.modifiers.shape[1] else None,
                # LoggedExpectation reads the last columns.
                W=np.concatenate((design.controls, design.expected_treatment), axis=1),
                cache_values=True,
            )
        except UserWarning as warning:
            msg = f"cannot tell the features' effects apart ({warning}); log more exploration"
            raise OverlapError(msg) from warning
    return estimator


def linearity(estimator: LinearDML, design: RoutingDesign) -> Linearity:
    """The fitted law as plain arrays, with a covariance that is joint over the outcomes.

    EconML estimates one covariance an outcome. The blocks between outcomes come from the same formula
    (HC1 sandwich) with the products of two outcomes' residuals; those on the diagonal are EconML's.
    """
    outcome_residual, treatment_residual, modifiers, _ = estimator.residuals_
    ones = np.ones((len(treatment_residual), 1))
    terms = ones if modifiers is None else np.concatenate((ones, modifiers), axis=1)
    basis = (treatment_residual[:, :, None] * terms[:, None, :]).reshape(len(terms), -1)
    coefficients = estimator.model_cate.coef_
    error = outcome_residual - basis @ coefficients.T
    return Linearity(
        feature_index=design.feature_index,
        scale=design.scale,
        modifier_index=design.modifier_index,
        modifier_centre=design.modifier_centre,
        modifier_scale=design.modifier_scale,
        coefficients=coefficients.reshape(len(TIMED_OUTCOMES), design.treatment.shape[1], terms.shape[1]),
        covariance=_sandwich(basis, error),
    )


def _sandwich(basis: Floats, error: Floats) -> Floats:
    n_rows, n_basis = basis.shape
    bread = np.linalg.pinv(basis.T @ basis)
    n_outcomes = error.shape[1]
    covariance = np.empty((n_outcomes, n_basis, n_outcomes, n_basis))
    for k in range(n_outcomes):
        for other in range(n_outcomes):
            meat = (basis * (error[:, k] * error[:, other])[:, None]).T @ basis
            covariance[k, :, other, :] = bread @ meat @ bread
    joint = covariance.reshape(n_outcomes * n_basis, -1) * (n_rows / (n_rows - n_basis))
    symmetric: Floats = (joint + joint.T) / 2
    return symmetric
