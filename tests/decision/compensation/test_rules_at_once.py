"""The compensation rules answer many incidents as they answer each."""

from __future__ import annotations

import numpy as np
import pytest

from data.appeasement_costs import ArmCost, ArmCosts
from data.incident_sets import INCIDENT_TYPES, IncidentSet
from data.incidents import ARMS, Incident
from data.orders import Customer
from decision.compensation.guardrails import Guardrails
from decision.compensation.rules import CompensationRules, ExploringCompensation, RuleCompensation

N_INCIDENTS = 2_000
TIGHT = Guardrails(most_per_incident_minor=1_500, most_spent_90d_minor=2_000)
HANDLED = ArmCosts(coupon=ArmCost(5.0, 0.15), partial_refund=ArmCost(6.0, 0.2))
NOTHING_OF_VALUE = Guardrails(most_offers_90d=0)


def drawn_incidents(rng: np.random.Generator) -> IncidentSet:
    allowed = rng.random((N_INCIDENTS, len(ARMS))) < 0.7
    allowed[:, 0] = True
    return IncidentSet(
        rng.integers(0, len(INCIDENT_TYPES), N_INCIDENTS),
        rng.choice([0.0, 23.9, 24.0, 24.1, 80.0], N_INCIDENTS),
        np.zeros(N_INCIDENTS),
        rng.choice([0, 2, 4, 9, 800, 5_000, 20_000], N_INCIDENTS),
        rng.integers(0, 6_000, N_INCIDENTS),
        allowed,
    )


def one(incidents: IncidentSet, place: int) -> Incident:
    return Incident(
        incident_id=f"i{place}",
        order_id=f"o{place}",
        incident_type=INCIDENT_TYPES[incidents.incident_type[place]],
        hours_late=float(incidents.hours_late[place]),
        order_value_minor=int(incidents.order_value_minor[place]),
        customer=Customer(f"c{place}", {"n_past_orders": 3, "n_past_incidents": 1}),
        allowed_arms=tuple(arm for arm, may in zip(ARMS, incidents.allowed[place], strict=True) if may),
        budget_minor=int(incidents.budget_minor[place]),
    )


@pytest.mark.parametrize(
    "policy",
    [
        RuleCompensation(),
        RuleCompensation(CompensationRules(guardrails=TIGHT)),
        RuleCompensation(CompensationRules(guardrails=NOTHING_OF_VALUE)),
        RuleCompensation(CompensationRules(costs=HANDLED)),
        ExploringCompensation(CompensationRules(), 0.8),
        ExploringCompensation(CompensationRules(costs=HANDLED), 0.8),
        ExploringCompensation(CompensationRules(guardrails=TIGHT), 1.0),
    ],
)
def test_many_incidents_at_once_are_answered_as_each_alone(policy: RuleCompensation | ExploringCompensation) -> None:
    rng = np.random.default_rng(5)
    incidents, uniforms = drawn_incidents(rng), rng.random(N_INCIDENTS)
    uniforms[:2] = 0.0, np.nextafter(1.0, 0.0)
    many = policy.choose_many(incidents, uniforms)
    alone = [policy.choose(one(incidents, place), uniforms[place]) for place in range(N_INCIDENTS)]
    assert [ARMS[arm] for arm in many.arm] == [choice.arm for choice in alone]
    assert [tuple(row) for row in many.propensity.tolist()] == [choice.propensities for choice in alone]
