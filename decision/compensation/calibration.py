"""Make intervals and chances honest, on held-out incidents whose true effects are known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from data.customer_value import DEFAULT_CUSTOMER_VALUES, CustomerValues, compensation_coefficients
from data.incidents import ARMS, CompensationArm, Incident
from data.objective import DEFAULT_WEIGHTS, ObjectiveWeights
from decision.compensation.admission import admissible_arms
from decision.compensation.features import IncidentColumns, incident_features
from decision.compensation.model import CHANCES, LEARNED_OUTCOMES, CompensationModel
from decision.compensation.recommendation import arm_confidence, known_arms, ranked_rows
from decision.compensation.scoring import ArmScores, score_arms
from decision.confidence import N_DRAWS, NO_SCALING, platt_scaling, spread_factor
from decision.errors import TrainingError

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ArmTruth:
    """What would really happen to held-out incidents under every arm, on average.

    Parameters
    ----------
    repurchase_probability, churn_probability, cost_minor : arrays of shape (n_incidents, n_arms)
        Arms in the order of ARMS; an arm that an incident forbids may be NaN.
    """

    repurchase_probability: Floats
    churn_probability: Floats
    cost_minor: Floats


@dataclass(frozen=True)
class _Case:
    """One held-out incident: arms as scored, `none` first, and what each would really have cost."""

    scored: ArmScores
    true_loss: Floats


def calibrated(
    model: CompensationModel,
    incidents: tuple[Incident, ...],
    truth: ArmTruth,
    *,
    weights: ObjectiveWeights = DEFAULT_WEIGHTS,
    values: CustomerValues = DEFAULT_CUSTOMER_VALUES,
) -> CompensationModel:
    """The model with spread factors and Platt scaling found on held-out truth.

    Parameters
    ----------
    incidents : tuple of Incident
        Not used in training, in the order of the truth's rows.

    Raises
    ------
    TrainingError
        If there are no incidents or the truth has other rows.
    """
    for name in ("repurchase_probability", "churn_probability", "cost_minor"):
        shape = getattr(truth, name).shape
        if not incidents or shape != (len(incidents), len(ARMS)):
            msg = f"truth {name} has shape {shape} for {len(incidents)} incidents; give a row each and {len(ARMS)} arms"
            raise TrainingError(msg)
    plain = replace(
        model,
        spread=np.ones(len(LEARNED_OUTCOMES)),
        loss_spread=1.0,
        platt=np.array([NO_SCALING] * len(CHANCES)),
        calibrated=True,
    )
    wide = replace(plain, spread=_spread(plain, incidents, truth))
    cases = tuple(_cases(wide, incidents, truth, weights, values))
    wider = replace(wide, loss_spread=_loss_spread(cases))
    told, happened = _told(wider, cases)
    # NaN marks a chance that was not at stake: doing nothing is never better than doing nothing.
    at_stake = [~np.isnan(column) for column in told.T]
    platt = [platt_scaling(told[rows, k], happened[rows, k], N_DRAWS) for k, rows in enumerate(at_stake)]
    return replace(wider, platt=np.array(platt))


def _spread(model: CompensationModel, incidents: tuple[Incident, ...], truth: ArmTruth) -> Floats:
    columns = [IncidentColumns.of_incident(incident).filled(model.typical.reference) for incident in incidents]
    effects = model.effects(np.vstack([incident_features(each) for each in columns]))
    arms = [ARMS.index(CompensationArm(arm)) for arm in model.arms]
    known = np.array([[CompensationArm(arm) in known_arms(model, each) for arm in model.arms] for each in columns])
    factors = np.ones(len(LEARNED_OUTCOMES))
    for place, table in enumerate((truth.repurchase_probability, truth.churn_probability)):
        error = effects.point[:, place] - (table[:, arms] - table[:, [0]])
        judged = known & np.isfinite(error)
        # Never narrower than the estimator's own: a lucky held-out set is no reason for confidence.
        factors[place] = max(1.0, spread_factor(error[judged], effects.standard_error[:, place][judged]))
    # Redemption is a coupon's repurchase, seen from the cost's side.
    factors[2] = factors[0]
    return factors


def _cases(
    model: CompensationModel,
    incidents: tuple[Incident, ...],
    truth: ArmTruth,
    weights: ObjectiveWeights,
    values: CustomerValues,
) -> Iterator[_Case]:
    """Incidents in which there is something to choose."""
    for row, incident in enumerate(incidents):
        known = known_arms(model, IncidentColumns.of_incident(incident))
        arms = tuple(arm for arm in admissible_arms(incident, model.costs) if arm in known)
        loss = true_losses(truth, row, incident, weights, values)[[ARMS.index(arm) for arm in arms]]
        if len(arms) > 1 and np.isfinite(loss).all():
            yield _Case(score_arms(model, incident, weights, values).only(arms), loss)


def _loss_spread(cases: tuple[_Case, ...]) -> float:
    if not cases:
        return 1.0
    error = np.concatenate([case.scored.loss - (case.true_loss - case.true_loss[0]) for case in cases])
    stated = np.concatenate([case.scored.loss_error for case in cases])
    return max(1.0, spread_factor(error, stated))


def _told(model: CompensationModel, cases: tuple[_Case, ...]) -> tuple[Floats, Floats]:
    """Raw chances of the model's first arms, and whether they came true; two of shape (n_cases, n_chances)."""
    told = np.full((len(cases), len(CHANCES)), np.nan)
    happened = np.zeros_like(told)
    for row, case in enumerate(cases):
        scored = replace(case.scored, loss_root=model.loss_spread * case.scored.loss_root)
        first = ranked_rows(scored)[0]
        chance = arm_confidence(model, scored, first)
        nothing = scored.arms[first] is CompensationArm.NONE
        told[row] = (chance.p_best, chance.p_near_best, np.nan if nothing else chance.p_better_than_current)
        gap = case.true_loss[first] - case.true_loss.min()
        better = case.true_loss[first] < case.true_loss[0]
        happened[row] = (gap <= 0, gap <= model.settings.epsilon_minor, better)
    return told, happened


def true_losses(
    truth: ArmTruth, row: int, incident: Incident, weights: ObjectiveWeights, values: CustomerValues
) -> Floats:
    """Loss of every arm for one incident, shape (n_arms,), in minor currency units."""
    prices = compensation_coefficients(incident.order_value_minor, incident.customer.value_tier, weights, values)
    tables = (truth.repurchase_probability, truth.churn_probability, truth.cost_minor)
    losses: Floats = np.asarray(sum(price * table[row] for price, table in zip(prices, tables, strict=True)))
    return losses
