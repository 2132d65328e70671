"""The objective: one loss in minor currency units from cost, time, carbon and customer value.

Every outcome is first priced (`UnitValues`), then weighed (`ObjectiveWeights`). Weights are shares:
they are normalised to sum to 1 and multiplied by their number, so equal weights leave plain money.
"""

from __future__ import annotations

import math
from dataclasses import astuple, dataclass

from data.errors import ContractError

OBJECTIVE_TERMS: tuple[str, ...] = ("cost", "time", "carbon", "customer_value")


@dataclass(frozen=True, slots=True)
class ObjectiveWeights:
    """What the operator cares about, as non-negative shares.

    Raises
    ------
    ContractError
        If a weight is negative or not finite, or all are zero.
    """

    cost: float = 0.25
    time: float = 0.25
    carbon: float = 0.25
    customer_value: float = 0.25

    def __post_init__(self) -> None:
        weights = astuple(self)
        if not all(math.isfinite(weight) and weight >= 0 for weight in weights) or sum(weights) <= 0:
            msg = f"objective weights must be finite, not negative and not all zero, got {weights}"
            raise ContractError(msg)

    def multipliers(self) -> tuple[float, float, float, float]:
        """Factors on the priced terms, in the order of OBJECTIVE_TERMS, with mean 1."""
        total = self.cost + self.time + self.carbon + self.customer_value
        scale = len(OBJECTIVE_TERMS) / total
        return (self.cost * scale, self.time * scale, self.carbon * scale, self.customer_value * scale)


@dataclass(frozen=True, slots=True)
class UnitValues:
    """Prices that turn outcomes into minor currency units.

    Parameters
    ----------
    lateness_minor_per_hour : float
        Handling of a late order: calls, penalties, re-deliveries.
    carbon_minor_per_kg : float
        10 is 100 currency units a tonne.
    late_order_minor, stock_out_minor : float
        Customer value lost, on average, when an order is late at all or stocks out. The default is chosen to
        agree with `data.customer_value`: a mean customer is worth 6,850 there, and 22 to 27% of those with an
        incident left in the demo's worlds, which makes 1,500 to 1,850.
    damaged_order_minor : float
        Customer value lost when an order is lost, or comes damaged or spoiled; agrees with the two above.
    replacement_minor : float
        What it costs to send a lost or damaged order again, or to refund it. Answering one cost 1,900 to 4,600 in
        the demo's worlds under the rules.
    count_spillover : bool
        Whether what an order does to those behind it counts in its objective; it is told in any case.
    """

    lateness_minor_per_hour: float = 20.0
    carbon_minor_per_kg: float = 10.0
    late_order_minor: float = 1_500.0
    stock_out_minor: float = 1_500.0
    damaged_order_minor: float = 1_500.0
    replacement_minor: float = 3_000.0
    count_spillover: bool = False


DEFAULT_WEIGHTS = ObjectiveWeights()
DEFAULT_UNIT_VALUES = UnitValues()

# Order of the coefficient vector, and the names under which effects are reported.
ROUTING_OUTCOMES: tuple[str, ...] = (
    "cost_minor",
    "lateness_hours",
    "late_probability",
    "stock_out_probability",
    "damage_probability",
    "delays_to_others_minor",
    "carbon_kg",
)


def objective_coefficients(weights: ObjectiveWeights, values: UnitValues) -> tuple[float, ...]:
    """The loss per unit of each of ROUTING_OUTCOMES; the loss of an order is their dot product.

    Delays to others are in money already; they are made of time and of customer value, and weigh as both do together.
    """
    cost, time, carbon, customer_value = weights.multipliers()
    return (
        cost,
        time * values.lateness_minor_per_hour,
        customer_value * values.late_order_minor,
        customer_value * values.stock_out_minor,
        customer_value * values.damaged_order_minor + cost * values.replacement_minor,
        (time + customer_value) / 2 if values.count_spillover else 0.0,
        carbon * values.carbon_minor_per_kg,
    )
