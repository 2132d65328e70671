"""What keeping a customer is worth, as prices for the outcomes of an incident."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

from data.errors import ContractError
from data.objective import ObjectiveWeights
from data.orders import ValueTier

# The order of an appeasement's effects, and the names under which they are reported.
COMPENSATION_OUTCOMES: tuple[str, ...] = ("repurchase_probability", "churn_probability", "cost_minor")


@dataclass(frozen=True, slots=True)
class CustomerValues:
    """Prices of a repurchase and of a lost customer, in minor currency units.

    Parameters
    ----------
    repurchase_margin_share : float
        Margin on a repurchase, as a share of the value of the order that went wrong.
    churn_basic_minor, churn_plus_minor, churn_premium_minor : float
        Future margin lost when a customer of the tier leaves.

    Raises
    ------
    ContractError
        If a price is negative or not finite.
    """

    repurchase_margin_share: float = 0.3
    churn_basic_minor: float = 4_000.0
    churn_plus_minor: float = 9_000.0
    churn_premium_minor: float = 20_000.0

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if not (math.isfinite(value) and value >= 0):
                msg = f"customer values: {name} is {value}; give a finite number that is not negative"
                raise ContractError(msg)

    def churn_minor(self, tier: ValueTier) -> float:
        """What the loss of a customer of this tier costs."""
        return {
            ValueTier.BASIC: self.churn_basic_minor,
            ValueTier.PLUS: self.churn_plus_minor,
            ValueTier.PREMIUM: self.churn_premium_minor,
        }[tier]


DEFAULT_CUSTOMER_VALUES = CustomerValues()


def compensation_coefficients(
    order_value_minor: float, tier: ValueTier, weights: ObjectiveWeights, values: CustomerValues
) -> tuple[float, ...]:
    """The loss per unit of each of COMPENSATION_OUTCOMES; an arm's loss is their dot product.

    The cost weight multiplies the cost, the customer-value weight the rest; time and carbon play no part,
    but keep their share, so that the same weights mean the same in routing and in compensation.
    """
    cost, _, _, customer_value = weights.multipliers()
    return (
        -customer_value * values.repurchase_margin_share * order_value_minor,
        customer_value * values.churn_minor(tier),
        cost,
    )
