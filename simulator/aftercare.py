"""Aftercare: incidents are answered, and customers react to what went wrong and to what they were offered."""

from __future__ import annotations

from array import array
from heapq import heappop, heappush

from data.choices import ArmChoice
from data.incidents import ARMS, CompensationArm, Incident, IncidentType
from data.orders import Customer
from simulator.clock import Kind, PlainEvent
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
from simulator.policies import CompensationPolicy
from simulator.record import IncidentRecord
from simulator.stage import Stage

# Incident types as plain numbers, for queues.
INCIDENT_TYPES = tuple(IncidentType)
_INCIDENT = int(Kind.INCIDENT)
# The standing of a customer who has left.
GONE = -1


class Aftercare:
    """Knows what each customer has been through, and asks the policy how to answer.

    Parameters
    ----------
    n_orders, n_incidents : array of int
        What each customer has had in this run so far; the part of the world's state that is kept here.
    standing : array of int
        Where reactions feed back into demand: orders that each customer brings beyond the usual, GONE of who left.
    """

    def __init__(self, stage: Stage, policy: CompensationPolicy) -> None:
        self._stage = stage
        self._policy = policy
        self._customer_of = stage.population.customer_of.tolist()
        n_customers = stage.scenario.customers.n_customers
        self.n_orders: array[int] = array("q", [0]) * n_customers
        self.n_incidents: array[int] = array("q", [0]) * n_customers
        self.standing: array[int] = array("q", [0]) * (n_customers if stage.scenario.customers.feedback else 0)
        # What is known of and not answered yet, and how much was ever heard of.
        self._waiting: list[PlainEvent] = []
        self._n_heard = 0
        self._latent: list[bool] = stage.demand.latent.tolist() if self.standing else []

    def hear(self, opens_at_hours: float, entity: tuple[int, int, float, float]) -> None:
        """An incident will open; its order, type, hours late and hours of dwell."""
        self._n_heard += 1
        heappush(self._waiting, (opens_at_hours, _INCIDENT, self._n_heard, entity))

    @property
    def is_waiting(self) -> bool:
        """Whether some incident is not answered yet."""
        return bool(self._waiting)

    def opens_before(self, at_hours: float) -> bool:
        """Whether some incident opens before a moment."""
        return bool(self._waiting) and self._waiting[0][0] < at_hours

    def due(self) -> list[PlainEvent]:
        """What is not answered yet, the next one first."""
        return self._waiting

    def take_over(self, waiting: list[PlainEvent]) -> None:
        """Go on from what was not answered yet, given in its order."""
        self._waiting, self._n_heard = waiting, max((event[2] for event in waiting), default=0)

    def answer_next(self) -> IncidentRecord:
        """Answer the incident that opens next."""
        now, _, _, (order, kind, hours_late, dwell_hours) = heappop(self._waiting)
        return self._answer(order, INCIDENT_TYPES[kind], hours_late, dwell_hours, now)

    def comes(self, order: int) -> bool:
        """Whether an order comes: nobody's who left, and a latent one only of who has bought again; uses that up."""
        if not self.standing:
            return True
        customer: int = self._customer_of[order]
        standing = self.standing[customer]
        if not self._latent[order]:
            return standing != GONE
        if standing <= 0:
            return False
        self.standing[customer] = standing - 1
        return True

    def count_order(self, order: int) -> None:
        """A customer has ordered once more."""
        self.n_orders[self._customer_of[order]] += 1

    def _answer(
        self, order: int, incident_type: IncidentType, hours_late: float, dwell_hours: float, now: float
    ) -> IncidentRecord:
        """Ask the policy for an answer and let the customer react to it."""
        customer, people = self._customer_of[order], self._stage.population
        grievance = Grievance(
            incident_type,
            people.tier[customer],
            people.lateness_tolerance[customer],
            hours_late,
            self.n_incidents[customer],
            int(self._stage.demand.value_minor[order]),
            dwell_hours,
        )
        n_past_orders = people.n_past_orders[customer] + self.n_orders[customer] - 1
        incident = incident_of(self._stage, order, customer, n_past_orders, grievance)
        choice = self._policy.choose(incident, self._stage.arm_noise[order])
        self._require_allowed(choice, incident.allowed_arms)
        self.n_incidents[customer] += 1
        repurchase, churn, cost = reaction(self._stage, order, grievance, choice)
        if self.standing and self.standing[customer] != GONE:
            self.standing[customer] = GONE if churn else self.standing[customer] + repurchase
        return IncidentRecord(order, customer, now, n_past_orders, grievance, choice, repurchase, churn, cost)

    def _require_allowed(self, choice: ArmChoice, allowed: tuple[CompensationArm, ...]) -> None:
        if choice.arm not in allowed or len(choice.propensities) != len(ARMS):
            msg = (
                f"policy {self._policy.name!r} answered {choice.arm!r} with {len(choice.propensities)} propensities; "
                f"choose among {[str(arm) for arm in allowed]} and give one propensity for each of {len(ARMS)} arms"
            )
            raise PolicyError(msg)


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


def reaction(stage: Stage, order: int, grievance: Grievance, choice: ArmChoice) -> tuple[bool, bool, int]:
    """Whether the customer buys again and leaves within 90 days, and what the arm costs.

    The same uniform decides under every arm, so that arms differ only by their effect.
    """
    spec = stage.scenario.customers
    p_repurchase, p_churn = reaction_probabilities(spec, grievance, choice.arm)
    repurchase = stage.repurchase_noise[order] < p_repurchase
    arm = spec.arms.get(choice.arm, NO_APPEASEMENT)
    taken_up = repurchase or not arm.cost_only_if_repurchase
    cost = full_cost_minor(arm, grievance.order_value_minor) if taken_up else 0
    return repurchase, stage.churn_noise[order] < p_churn, cost
