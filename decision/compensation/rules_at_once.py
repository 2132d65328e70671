"""The compensation rules for many incidents at once, each answered as alone, to the last bit."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from data.appeasement_costs import ArmCosts, given_only
from data.incident_sets import INCIDENT_TYPES, ArmChoices, IncidentSet
from data.incidents import ARMS, CompensationArm, IncidentType
from decision.compensation.admission import LEAST_GIVEN_MINOR
from decision.compensation.guardrails import FREE, Guardrails

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]
_PLACE = {arm: place for place, arm in enumerate(ARMS)}
_TYPE = {kind: place for place, kind in enumerate(INCIDENT_TYPES)}


def admissible_at_once(incidents: IncidentSet, costs: ArmCosts, guardrails: Guardrails) -> Flags:
    """Which arms each incident admits, shape (n_incidents, n_arms); its customer's record says nothing against any."""
    admitted = incidents.allowed.copy()
    for place, arm in enumerate(ARMS):
        cost = _highest_cost_minor(arm, incidents.order_value_minor, costs)
        admitted[:, place] &= cost <= incidents.budget_minor
        if arm not in FREE:
            given = _highest_cost_minor(arm, incidents.order_value_minor, given_only(costs))
            most = min(guardrails.most_per_incident_minor, guardrails.most_spent_90d_minor)
            admitted[:, place] &= (given >= LEAST_GIVEN_MINOR) & (cost <= most) & (guardrails.most_offers_90d > 0)
    admitted[:, _PLACE[CompensationArm.NONE]] = True
    return admitted


def ruled_at_once(incidents: IncidentSet, admitted: Flags, coupon_after_hours: float) -> Integers:
    """The arm that the rules offer to each, as its place in ARMS: what they want, else an apology, else nothing."""
    kind = incidents.incident_type
    wanted = np.where(
        incidents.hours_late > coupon_after_hours, _PLACE[CompensationArm.COUPON], _PLACE[CompensationArm.APOLOGY]
    )
    wanted[kind == _TYPE[IncidentType.DAMAGED]] = _PLACE[CompensationArm.PARTIAL_REFUND]
    wanted[kind == _TYPE[IncidentType.LOST]] = _PLACE[CompensationArm.RESHIP]
    apology = admitted[:, _PLACE[CompensationArm.APOLOGY]]
    instead = np.where(apology, _PLACE[CompensationArm.APOLOGY], _PLACE[CompensationArm.NONE])
    ruled: Integers = np.where(admitted[np.arange(len(kind)), wanted], wanted, instead)
    return ruled


def certain_choices(arm: Integers) -> ArmChoices:
    """Choices that could not have been others."""
    return ArmChoices(arm, (np.arange(len(ARMS)) == arm[:, None]).astype(np.float64))


def explored_at_once(default: Integers, admitted: Flags, exploration: float, uniforms: Floats) -> ArmChoices:
    """What is drawn around each default, all admissible arms being as likely as the others."""
    share = exploration / admitted.sum(axis=1)
    ruled = np.arange(len(ARMS)) == default[:, None]
    propensity = admitted * share[:, None] + ruled * (1 - exploration)
    exceeds = uniforms[:, None] < np.cumsum(propensity, axis=1)
    # Rounding can leave the sum a hair below a draw that is a hair below 1.
    return ArmChoices(np.where(exceeds.any(axis=1), exceeds.argmax(axis=1), default), propensity)


def _highest_cost_minor(arm: CompensationArm, order_value_minor: Integers, costs: ArmCosts) -> Floats:
    """`highest_cost_minor` of many orders."""
    cost = costs.of(arm)
    highest: Floats = cost.fixed_minor + cost.value_share * order_value_minor.astype(np.float64)
    return highest
