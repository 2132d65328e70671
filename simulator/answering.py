"""Answering: incidents are put to the policy, all that are known of at once if it can answer them so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from data.choices import ArmChoice
from data.incident_sets import INCIDENT_TYPES, ArmChoices, IncidentSet
from data.incidents import ARMS, CompensationArm, Incident
from data.orders import Customer
from simulator.customers import (
    NO_APPEASEMENT,
    TIERS,
    Grievance,
    arms_on_offer,
    budget_minor,
    full_cost_minor,
    reaction_probabilities,
)
from simulator.errors import PolicyError
from simulator.identifiers import customer_id, incident_id, order_id
from simulator.policies import CompensationPolicy, ManyIncidentsAtOnce, answers_many
from simulator.reactions import Reactions, reacts
from simulator.stage import Stage

# An order, its type of incident as a number, hours late and hours of dwell.
Heard = tuple[int, int, float, float]


class Answer(NamedTuple):
    """What is offered, and what the customer makes of it.

    Parameters
    ----------
    arm : int
        Its place in ARMS.
    cost_minor : int
        Of the arm if it is taken up.
    """

    arm: int
    propensities: Sequence[float]
    p_repurchase: float
    p_churn: float
    cost_minor: int


# An arm, its propensities, terms for buying again and for leaving, and the arm's cost.
_Prepared = tuple[int, list[float], list[float], list[float], int]


class Answering:
    """Knows what the policy answers.

    A policy that needs no customer's history is asked when the first incident opens that it has not answered, and then
    of all that were heard of by then; any other is asked when an incident opens.
    """

    def __init__(self, stage: Stage, policy: CompensationPolicy) -> None:
        self._stage, self._one = stage, policy
        self._many = policy if isinstance(policy, ManyIncidentsAtOnce) and answers_many(policy) else None
        self._reactions = Reactions(stage.scenario.customers)
        self._uniforms = np.frombuffer(stage.arm_noise)
        self._tier = np.array(stage.population.tier)
        self._tolerance = np.frombuffer(stage.population.lateness_tolerance)
        self._unasked: list[Heard] = []
        self._prepared: dict[int, _Prepared] = {}

    def hear(self, heard: Heard) -> None:
        """An incident will open."""
        if self._many is not None:
            self._unasked.append(heard)

    def answer(self, heard: Heard, customer: int, n_past_orders: int, n_past_incidents: int) -> Answer:
        """The answer to an incident that opens."""
        if self._many is None:
            return self._answer_one(heard, customer, n_past_orders, n_past_incidents)
        if heard[0] not in self._prepared:
            self._prepare(self._many)
        arm, propensities, repurchase, churn, cost = self._prepared.pop(heard[0])
        return Answer(arm, propensities, reacts(repurchase, n_past_incidents), reacts(churn, n_past_incidents), cost)

    def _prepare(self, policy: ManyIncidentsAtOnce) -> None:
        """Ask the policy of all that it was not asked of."""
        heard, self._unasked = self._unasked, []
        order, kind, late, dwell = (np.array(column) for column in zip(*heard, strict=True))
        value, customer = self._stage.demand.value_minor[order], self._stage.population.customer_of[order]
        reactions = self._reactions
        cost, budget = reactions.full_cost_minor(value), reactions.budget_minor(value)
        incidents = IncidentSet(kind, late, dwell, value, budget, reactions.on_offer(kind, budget, cost))
        choices = policy.choose_many(incidents, self._uniforms[order])
        _require_many(policy.name, choices, incidents)
        repurchase, churn = reactions.odds(incidents, choices.arm, self._tier[customer], self._tolerance[customer])
        columns = (choices.arm, choices.propensity, cost[np.arange(len(order)), choices.arm])
        arms, propensities, costs = (column.tolist() for column in columns)
        prepared = zip(arms, propensities, repurchase, churn, costs, strict=True)
        self._prepared.update(zip(order.tolist(), prepared, strict=True))

    def _answer_one(self, heard: Heard, customer: int, n_past_orders: int, n_past_incidents: int) -> Answer:
        (order, kind, hours_late, dwell_hours), people = heard, self._stage.population
        grievance = Grievance(
            INCIDENT_TYPES[kind],
            people.tier[customer],
            people.lateness_tolerance[customer],
            hours_late,
            n_past_incidents,
            int(self._stage.demand.value_minor[order]),
            dwell_hours,
        )
        incident = incident_of(self._stage, order, customer, n_past_orders, grievance)
        choice = self._one.choose(incident, self._stage.arm_noise[order])
        _require_allowed(self._one.name, choice, incident.allowed_arms)
        spec = self._stage.scenario.customers
        return Answer(
            ARMS.index(choice.arm),
            choice.propensities,
            *reaction_probabilities(spec, grievance, choice.arm),
            full_cost_minor(spec.arms.get(choice.arm, NO_APPEASEMENT), grievance.order_value_minor),
        )


def incident_of(stage: Stage, order: int, customer: int, n_past_orders: int, grievance: Grievance) -> Incident:
    """The incident as a policy sees it."""
    spec = stage.scenario.customers
    tags: dict[str, str | float | bool] = {
        "value_tier": TIERS[grievance.tier].value,
        "lateness_tolerance": grievance.lateness_tolerance,
        "n_past_orders": n_past_orders,
        "n_past_incidents": grievance.n_past_incidents,
    }
    return Incident(
        incident_id=incident_id(order),
        order_id=order_id(order),
        incident_type=grievance.incident_type,
        hours_late=grievance.hours_late,
        order_value_minor=grievance.order_value_minor,
        customer=Customer(customer_id(customer), tags),
        allowed_arms=arms_on_offer(spec, grievance),
        budget_minor=budget_minor(spec, grievance.order_value_minor),
        dwell_hours=grievance.dwell_hours,
    )


def _require_allowed(policy: str, choice: ArmChoice, allowed: tuple[CompensationArm, ...]) -> None:
    if choice.arm not in allowed or len(choice.propensities) != len(ARMS):
        msg = (
            f"policy {policy!r} answered {choice.arm!r} with {len(choice.propensities)} propensities; "
            f"choose among {[str(arm) for arm in allowed]} and give one propensity for each of {len(ARMS)} arms"
        )
        raise PolicyError(msg)


def _require_many(policy: str, choices: ArmChoices, incidents: IncidentSet) -> None:
    n_incidents = len(incidents.incident_type)
    if choices.arm.shape != (n_incidents,) or choices.propensity.shape != incidents.allowed.shape:
        msg = (
            f"policy {policy!r} answered {n_incidents} incidents with {choices.arm.shape} arms and "
            f"{choices.propensity.shape} propensities; give one arm and {len(ARMS)} propensities for each"
        )
        raise PolicyError(msg)
    known = (choices.arm >= 0) & (choices.arm < len(ARMS))
    refused = ~known | ~incidents.allowed[np.arange(n_incidents), np.where(known, choices.arm, 0)]
    if refused.any():
        place = int(np.argmax(refused))
        allowed = [str(arm) for arm, may in zip(ARMS, incidents.allowed[place], strict=True) if may]
        msg = f"policy {policy!r} answered arm {choices.arm[place]} of ARMS; choose among {allowed}"
        raise PolicyError(msg)
