"""What a world writes down as it runs: plain columns that only grow, and outcomes by order."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field

from data.choice_sets import ChoiceSet
from data.choices import ArmChoice, Choice
from simulator.customers import Grievance

# Columns of a choice set that change from order to order; the rest follow from lane and order.
SEEN_COLUMNS: tuple[str, ...] = (
    "available_quantity",
    "safety_stock",
    "capacity_utilization",
    "backlog_orders",
    "hours_to_cut_off",
    "observation_age_hours",
    "carrier_utilization",
    "weather_severity",
)


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
    seen : dict of str to array
        For each of SEEN_COLUMNS, the values of all candidates of all decisions, one after the other.
    chosen, default : array of int
        The choice's and the default's place in the choice set, by decision.
    """

    shipped_at_hours: array[float]
    delivered_at_hours: array[float]
    lost: bytearray
    damaged: bytearray
    seen: dict[str, array[float]] = field(default_factory=lambda: {name: array("d") for name in SEEN_COLUMNS})
    propensity: array[float] = field(default_factory=lambda: array("d"))
    chosen: array[int] = field(default_factory=lambda: array("q"))
    default: array[int] = field(default_factory=lambda: array("q"))
    incidents: list[IncidentRecord] = field(default_factory=list)

    @classmethod
    def empty(cls, n_orders: int) -> Record:
        """Nothing known yet."""
        unknown = array("d", [float("nan")]) * n_orders
        return cls(unknown, unknown[:], bytearray(n_orders), bytearray(n_orders))

    def note(self, choices: ChoiceSet, choice: Choice) -> None:
        """Write down a decision and what it was based on."""
        seen = self.seen
        seen["available_quantity"].extend(choices.available_quantity)
        seen["safety_stock"].extend(choices.safety_stock)
        seen["capacity_utilization"].extend(choices.capacity_utilization)
        seen["backlog_orders"].extend(choices.backlog_orders)
        seen["hours_to_cut_off"].extend(choices.hours_to_cut_off)
        seen["observation_age_hours"].extend(choices.observation_age_hours)
        seen["carrier_utilization"].extend(choices.carrier_utilization)
        seen["weather_severity"].extend(choices.weather_severity)
        self.propensity.extend(choice.propensities)
        self.chosen.append(choice.index)
        self.default.append(choice.default_index)
