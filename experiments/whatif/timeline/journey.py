"""Journeys: what happened to an order under one action, step by step, with the cause of every wait."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

StepName = Literal["goods", "picker", "picking", "packer", "packing", "collection", "way"]
# In the order in which an order goes through them, with what people call them.
STEP_LABELS: dict[StepName, str] = {
    "goods": "waits for goods",
    "picker": "waits for a picker",
    "picking": "is picked",
    "packer": "waits for a packer",
    "packing": "is packed",
    "collection": "waits for its collection",
    "way": "on the way",
}


@dataclass(frozen=True, slots=True)
class Step:
    """A stretch of an order's time; hours since midnight (UTC) of the scenario's first day.

    Parameters
    ----------
    why : str
        What it waited for, or what it met, in words; empty where there is nothing to say.
    """

    name: StepName
    from_hours: float
    to_hours: float
    why: str = ""

    @property
    def hours(self) -> float:
        """How long it lasted."""
        return self.to_hours - self.from_hours


@dataclass(frozen=True, slots=True)
class Answer:
    """An incident, what the customer was offered, and how they took it."""

    incident_type: str
    at_hours: float
    arm: str
    cost_minor: int
    repurchase: bool
    churn: bool


@dataclass(frozen=True, slots=True)
class Journey:
    """One order under one action.

    Parameters
    ----------
    is_factual : bool
        Whether this is what the policy chose.
    delivered_at_hours : float or None
        None where the order was cancelled before anybody began to pick it.
    hours_late : float
        Past the promise; negative is early, NaN cancelled.
    """

    candidate_id: str
    node: str
    carrier: str
    service_level: str
    is_factual: bool
    steps: tuple[Step, ...]
    delivered_at_hours: float | None
    cancelled_at_hours: float | None
    hours_late: float
    lost: bool
    damaged: bool
    stock_out: bool
    cost_minor: int
    carbon_kg: float
    answer: Answer | None

    @property
    def action(self) -> str:
        """What people call the action."""
        return f"{self.node} · {self.carrier} {self.service_level}"

    def hours_of(self, *names: StepName) -> float:
        """How long these steps lasted together."""
        return sum(step.hours for step in self.steps if step.name in names)


@dataclass(frozen=True)
class Timeline:
    """An order under every action it could have taken.

    Parameters
    ----------
    journeys : tuple of Journey
        That of the action taken first, the others as they arrive.
    zero : datetime
        Hour 0.
    """

    scenario: str
    policy: str
    seed: int
    n_orders: int
    order: int
    order_id: str
    region: str
    zero: Any
    placed_at_hours: float
    promised_at_hours: float
    journeys: tuple[Journey, ...]
