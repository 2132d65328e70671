"""Effects of arms on one incident, priced into one loss."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.appeasement_costs import highest_cost_minor
from data.customer_value import COMPENSATION_OUTCOMES, CustomerValues, compensation_coefficients
from data.incidents import CompensationArm, Incident
from data.objective import ObjectiveWeights
from decision.compensation.features import IncidentColumns, incident_features
from decision.compensation.model import LEARNED_OUTCOMES, CompensationModel
from decision.confidence import INTERVAL_Z

Floats = NDArray[np.float64]

REPURCHASE, CHURN, REDEMPTION = range(len(LEARNED_OUTCOMES))
COST = COMPENSATION_OUTCOMES.index("cost_minor")


@dataclass(frozen=True)
class ArmScores:
    """Arms of one incident, `none` first, each against `none`.

    Parameters
    ----------
    point, lower, upper : arrays of shape (n_scored, n_outcomes)
        In the order of COMPENSATION_OUTCOMES, with calibrated 90% bounds.
    loss, loss_error : arrays of shape (n_scored,)
        Minor currency units; negative is better.
    prices : array of shape (n_scored, n_outcomes)
        Loss per unit of each learned outcome, which differs by arm for redemption.
    loss_root : array of shape (n_scored, n_parameters)
        See `CompensationModel.loss_root`.
    """

    arms: tuple[CompensationArm, ...]
    point: Floats
    lower: Floats
    upper: Floats
    loss: Floats
    loss_error: Floats
    prices: Floats
    loss_root: Floats

    def only(self, arms: tuple[CompensationArm, ...]) -> ArmScores:
        """The scores of some arms, in the order of this object's."""
        rows = [row for row, arm in enumerate(self.arms) if arm in arms]
        return ArmScores(
            tuple(self.arms[row] for row in rows),
            *(table[rows] for table in (self.point, self.lower, self.upper)),
            *(table[rows] for table in (self.loss, self.loss_error, self.prices, self.loss_root)),
        )


def filled_columns(model: CompensationModel, incident: Incident) -> IncidentColumns:
    """The incident as columns, with the training log's medians for tags that it lacks."""
    return IncidentColumns.of_incident(incident).filled(model.typical.reference)


def score_arms(
    model: CompensationModel, incident: Incident, weights: ObjectiveWeights, values: CustomerValues
) -> ArmScores:
    """Score every learned arm, whether or not the incident admits it."""
    features = incident_features(filled_columns(model, incident))
    effects = model.effects(features)
    point, error = (_with_none(table[0].T) for table in (effects.point, effects.standard_error))
    highest = np.array([0.0, *(highest_cost_minor(arm, incident.order_value_minor, model.costs) for arm in model.arms)])
    coefficients = np.array(
        compensation_coefficients(incident.order_value_minor, incident.customer.value_tier, weights, values)
    )
    bounds = (point, point - INTERVAL_Z * error, point + INTERVAL_Z * error)
    reported, lower, upper = (_reported(table, highest) for table in bounds)
    prices = np.tile(coefficients, (len(highest), 1))
    prices[:, REDEMPTION] *= highest
    root = np.vstack((np.zeros((1, len(model.covariance))), model.loss_root(features[0], prices[1:].T)))
    return ArmScores(
        arms=(CompensationArm.NONE, *(CompensationArm(arm) for arm in model.arms)),
        point=reported,
        lower=lower,
        upper=upper,
        loss=reported @ coefficients,
        loss_error=np.sqrt(np.square(root).sum(axis=1)),
        prices=prices,
        loss_root=root,
    )


def _with_none(table: Floats) -> Floats:
    return np.vstack((np.zeros((1, table.shape[1])), table))


def _reported(table: Floats, highest: Floats) -> Floats:
    """Learned outcomes as reported ones: within what is possible, and redemption as an expected cost."""
    reported = np.clip(table, -1.0, 1.0)
    reported[:, COST] = np.clip(table[:, REDEMPTION], 0.0, 1.0) * highest
    return reported
