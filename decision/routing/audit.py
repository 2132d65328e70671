"""Audit: EconML asked whether the effects that serve are those of the log, on orders that each tree had not seen.

Forests answer well but prove nothing. Two questions to LinearDML, whose inference is sound where the behaviour policy
logged its propensities, hold them to the log:

*Slope.* The treatment is the predicted loss of the chosen candidate less the default's; its expectation is known. If
predicted contrasts are right, an order's loss moves by as much as predicted: the slope is 1. Below, the model claims
too much; above, too little. This is the best linear predictor test of a learned effect.

*Bias.* What predictions left over of the losses is regressed on contrasts of physical features. If nothing is left that
choices change, all coefficients are 0; their sum over the model's own choices is by how much its gain is wrong, and is
right if either the forests or the linear law are: it is doubly robust.

References
----------
Chernozhukov, Demirer, Duflo & Fernandez-Val (2018), "Generic machine learning inference on heterogeneous treatment
effects in randomized experiments", NBER.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Self

import numpy as np
from numpy.typing import NDArray

from data.choice_sets import ChoiceSets
from data.decision_log.dataset import DecisionLog
from decision.routing.damage_fitting import tells_damage
from decision.routing.design import RoutingDesign
from decision.routing.features import physical_features
from decision.routing.fitting import RoutingFit, fitted_estimator
from decision.routing.growing import Grown
from decision.routing.scoring import DAMAGE, LEARNED, TIMED, tabled_effects

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

NORMAL_95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class AuditedFigure:
    """An estimate with its 95% interval."""

    point: float
    lower: float
    upper: float

    @classmethod
    def of(cls, point: float, standard_error: float) -> Self:
        """A normal interval."""
        return cls(point, point - NORMAL_95 * standard_error, point + NORMAL_95 * standard_error)

    def distance_to(self, value: float) -> float:
        """How far the interval stays away from a value; 0 where it holds it."""
        return max(self.lower - value, value - self.upper, 0.0)


@dataclass(frozen=True, slots=True)
class LearnerAudit:
    """What EconML says of the forests.

    Parameters
    ----------
    slope : AuditedFigure
        Of observed losses on predicted contrasts; 1 is right.
    gain_bias : AuditedFigure
        What the model's choices lose, on average, beyond what was predicted, in minor currency units; 0 is right.
    predicted_gain : float
        Their predicted mean loss less that of the default; negative is better.
    n_orders : int
        Orders that some tree had not seen.
    """

    slope: AuditedFigure
    gain_bias: AuditedFigure
    predicted_gain: float
    n_orders: int

    @property
    def gain_bias_share(self) -> float:
        """How far the interval of the bias stays away from 0, as a share of the predicted gain."""
        return self.gain_bias.distance_to(0.0) / max(abs(self.predicted_gain), 1e-9)


@dataclass(frozen=True)
class _Unseen:
    """The log's orders with what trees that had not seen them predict.

    Parameters
    ----------
    learned_loss : array of shape (n_rows,)
        Predicted loss of the learned outcomes, of every candidate.
    tabled_loss : array of shape (n_rows,)
        What tables say of each candidate against the default.
    known : array of bool of shape (n_orders,)
        Which orders some bag left out.
    """

    choice_sets: ChoiceSets
    learned_loss: Floats
    tabled_loss: Floats
    propensity: Floats
    chosen: Integers
    default: Integers
    known: NDArray[np.bool_]

    @property
    def taken(self) -> Integers:
        """The row that the model would take of each order."""
        loss, offsets = self.learned_loss + self.tabled_loss, self.choice_sets.offsets
        return np.array([start + int(loss[start:end].argmin()) for start, end in pairwise(offsets.tolist())])


def audit(fit: RoutingFit, log: DecisionLog, prices: Floats, *, seed: int) -> LearnerAudit | None:
    """Ask EconML about a fit, on the log it was fitted on; None where the linear law serves, which is EconML's own.

    Parameters
    ----------
    prices : array of shape (n_outcomes,)
        Loss in minor currency units per unit of each of ROUTING_OUTCOMES.
    """
    if fit.grown is None:
        return None
    unseen = _unseen(fit.grown, log, fit.design, prices)
    observed = _observed(log, fit.design, prices)
    slope = _slope(fit.design, observed, unseen, seed)
    bias, gain = _gain_bias(fit.design, observed, unseen, seed)
    return LearnerAudit(slope, bias, gain, int(unseen.known.sum()))


def _observed(log: DecisionLog, design: RoutingDesign, prices: Floats) -> Floats:
    """What each order lost by all that the log tells of what is learned, shape (n_orders,)."""
    loss: Floats = design.outcomes @ prices[TIMED]
    if tells_damage(log):
        loss = loss + prices[DAMAGE] * log.outcomes["damaged"].to_numpy(dtype=np.float64)
    return loss


def _unseen(trees: Grown, log: DecisionLog, design: RoutingDesign, prices: Floats) -> _Unseen:
    choice_sets = ChoiceSets.of_log(log)
    default = np.flatnonzero(log.candidates["is_default"])
    return _Unseen(
        choice_sets=choice_sets,
        learned_loss=trees.out_of_bag_outcomes(choice_sets, design.imputation) @ prices[LEARNED],
        tabled_loss=tabled_effects(choice_sets, default) @ prices,
        propensity=log.candidates["propensity"].to_numpy(dtype=np.float64),
        chosen=np.flatnonzero(log.candidates["is_chosen"]),
        default=default,
        known=np.asarray(trees.out_of_bag.any(axis=0)),
    )


def _slope(design: RoutingDesign, observed: Floats, unseen: _Unseen, seed: int) -> AuditedFigure:
    loss, default = unseen.learned_loss, unseen.learned_loss[unseen.default]
    expected = np.add.reduceat(unseen.propensity * loss, unseen.choice_sets.offsets[:-1])
    contrast = (loss[unseen.chosen] - default)[:, None]
    asked = replace(design, treatment=contrast, expected_treatment=(expected - default)[:, None])
    estimator = fitted_estimator(_of_loss(asked, observed, unseen.known), seed)
    slope, error = estimator.intercept_[0, 0], estimator.intercept__inference().stderr[0, 0]
    return AuditedFigure.of(float(slope), float(error))


def _gain_bias(design: RoutingDesign, observed: Floats, unseen: _Unseen, seed: int) -> tuple[AuditedFigure, float]:
    left_over = observed - unseen.learned_loss[unseen.chosen]
    estimator = fitted_estimator(_of_loss(design, left_over, unseen.known), seed)
    features = physical_features(unseen.choice_sets, design.imputation)[:, design.feature_index] / design.scale
    taken, known = unseen.taken, unseen.known
    step = (features[taken] - features[unseen.default])[known].mean(axis=0)
    coefficients, covariance = estimator.model_cate.coef_.ravel(), estimator.model_cate._param_var[0]  # noqa: SLF001
    loss = unseen.learned_loss + unseen.tabled_loss
    gain = float((loss[taken] - loss[unseen.default])[known].mean())
    return AuditedFigure.of(float(step @ coefficients), float(np.sqrt(step @ covariance @ step))), gain


def _of_loss(design: RoutingDesign, loss: Floats, known: NDArray[np.bool_]) -> RoutingDesign:
    """The orders that can be asked about, with one outcome in money and no modifiers."""
    return replace(
        design,
        treatment=design.treatment[known],
        expected_treatment=design.expected_treatment[known],
        modifiers=np.empty((int(known.sum()), 0)),
        controls=design.controls[known],
        outcomes=loss[known, None],
    )
