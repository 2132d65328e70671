"""What a world writes down as it runs: plain columns that only grow, and outcomes by order."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field

from data.choices import ArmChoice, Choice
from simulator.customers import Grievance

# Columns of a choice set that no table holds; by node and by (node, carrier), in the order in which they are kept.
SEEN_BY_NODE: tuple[str, ...] = ("available_quantity", "safety_stock", "backlog_orders", "observation_age_hours")
SEEN_BY_SLOT: tuple[str, ...] = ("hours_to_cut_off", "capacity_utilization", "carrier_utilization", "weather_severity")


@dataclass(frozen=True, slots=True)
class IncidentRecord:
    """An incident, its answer, and the customer's reaction."""

    order: int
    customer: int
    occurred_at_hours: float
    n_past_orders: int
    grievance: Grievance
    choice: ArmChoice
    repurchase: bool
    churn: bool
    cost_minor: int


@dataclass(slots=True)
class Record:
    """Outcomes by order number (NaN until known), and what was seen at each decision, in order of decisions.

    Parameters
    ----------
    seen : array of float
        By decision a block of SEEN_BY_NODE for the nodes of its menu, then SEEN_BY_SLOT for its slots.
    propensity : array of float
        By decision and candidate.
    chosen, default : array of int
        The choice's and the default's place in the choice set, by decision.
    """

    shipped_at_hours: array[float]
    delivered_at_hours: array[float]
    lost: bytearray
    damaged: bytearray
    seen: array[float] = field(default_factory=lambda: array("d"))
    propensity: array[float] = field(default_factory=lambda: array("d"))
    chosen: array[int] = field(default_factory=lambda: array("q"))
    default: array[int] = field(default_factory=lambda: array("q"))
    incidents: list[IncidentRecord] = field(default_factory=list)

    @classmethod
    def empty(cls, n_orders: int) -> Record:
        """Nothing known yet."""
        unknown = array("d", [float("nan")]) * n_orders
        return cls(unknown, unknown[:], bytearray(n_orders), bytearray(n_orders))

    def note(self, seen: list[float], choice: Choice) -> None:
        """Write down a decision and what it was based on."""
        self.seen.extend(seen)
        self.propensity.extend(choice.propensities)
        self.chosen.append(choice.index)
        self.default.append(choice.default_index)
