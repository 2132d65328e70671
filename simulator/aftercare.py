"""Aftercare: incidents open and are answered, and customers react to what went wrong and to what they were offered."""

from __future__ import annotations

from array import array
from heapq import heappop, heappush
from math import inf

from data.choices import ArmChoice
from data.incidents import ARMS
from simulator.answering import Answering, Heard
from simulator.clock import Kind, PlainEvent
from simulator.customers import NO_APPEASEMENT, Grievance, full_cost_minor, reaction_probabilities
from simulator.incident_log import IncidentRow
from simulator.policies import CompensationPolicy
from simulator.record import Record
from simulator.stage import Stage

_INCIDENT = int(Kind.INCIDENT)
# The standing of a customer who has left.
GONE = -1


class Aftercare:
    """Knows what each customer has been through, and which incidents are still to open.

    Parameters
    ----------
    n_orders, n_incidents : array of int
        What each customer has had in this run so far; the part of the world's state that is kept here.
    standing : array of int
        Where reactions feed back into demand: orders that each customer brings beyond the usual, GONE of who left.

    Attributes
    ----------
    now : float
        When the last incident opened.
    n_events : int
        How many have opened.
    """

    _record: Record

    def __init__(self, stage: Stage, policy: CompensationPolicy) -> None:
        self._stage, spec = stage, stage.scenario.customers
        self._answering = Answering(stage, policy)
        self._customer_of = stage.population.customer_of.tolist()
        self._value_minor = stage.demand.value_minor.tolist()
        self.n_orders: array[int] = array("q", [0]) * spec.n_customers
        self.n_incidents: array[int] = array("q", [0]) * spec.n_customers
        self.standing: array[int] = array("q", [0]) * (spec.n_customers if spec.feedback else 0)
        self._waiting: list[PlainEvent] = []
        self._n_heard = 0
        self.now, self.n_events = -inf, 0
        self._only_if_repurchase = [spec.arms.get(arm, NO_APPEASEMENT).cost_only_if_repurchase for arm in ARMS]
        self._latent: list[bool] = stage.demand.latent.tolist() if self.standing else []

    def write_into(self, record: Record) -> None:
        """Write into this record from now on."""
        self._record = record

    def comes(self, order: int) -> bool:
        """Whether an order comes: nobody's who left, and a latent one only of who has bought again; uses that up."""
        return not self.standing or self._stands_in(order, self._customer_of[order])

    def admit(self, order: int) -> bool:
        """Whether an order comes; if it does, its customer has ordered once more."""
        customer: int = self._customer_of[order]
        if self.standing and not self._stands_in(order, customer):
            return False
        self.n_orders[customer] += 1
        return True

    def _stands_in(self, order: int, customer: int) -> bool:
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

    def hear(self, opens_at_hours: float, heard: Heard) -> None:
        """An incident will open."""
        self._n_heard += 1
        heappush(self._waiting, (opens_at_hours, _INCIDENT, self._n_heard, heard))
        self._answering.hear(heard)

    @property
    def is_waiting(self) -> bool:
        """Whether some incident has not opened yet."""
        return bool(self._waiting)

    def settle(self, until_hours: float) -> None:
        """Let all incidents be answered that open before a moment."""
        while self._waiting and self._waiting[0][0] < until_hours:
            self.open_next()

    def due(self) -> list[PlainEvent]:
        """What has not opened yet, the next one first."""
        return self._waiting

    def take_over(self, waiting: list[PlainEvent]) -> None:
        """Go on from what has not opened yet, given in its order."""
        self._waiting, self._n_heard = waiting, max((event[2] for event in waiting), default=0)
        self.now, self.n_events = -inf, 0
        for event in waiting:
            self._answering.hear(event[3])

    def open_next(self) -> None:
        """Let the next incident open, and write down what comes of it."""
        now, _, _, heard = heappop(self._waiting)
        order, stage = heard[0], self._stage
        customer, people = self._customer_of[order], stage.population
        n_past_orders = people.n_past_orders[customer] + self.n_orders[customer] - 1
        n_past_incidents = self.n_incidents[customer]
        self.n_incidents[customer] += 1
        answer = self._answering.answer(heard, customer, n_past_orders, n_past_incidents)
        # The same uniform decides under every arm, so that arms differ only by their effect.
        repurchase = stage.repurchase_noise[order] < answer.p_repurchase
        churn = stage.churn_noise[order] < answer.p_churn
        if self.standing and self.standing[customer] != GONE:
            self.standing[customer] = GONE if churn else self.standing[customer] + repurchase
        taken_up = repurchase or not self._only_if_repurchase[answer.arm]
        row = IncidentRow(
            order,
            customer,
            now,
            n_past_orders,
            heard[1],
            people.tier[customer],
            people.lateness_tolerance[customer],
            heard[2],
            n_past_incidents,
            self._value_minor[order],
            heard[3],
            answer.arm,
            repurchase,
            churn,
            answer.cost_minor if taken_up else 0,
        )
        self._record.incidents.note(row, answer.propensities)
        self.now = now
        self.n_events += 1


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
