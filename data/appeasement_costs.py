"""What each appeasement costs, from tables: known, never estimated."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

from data.errors import ContractError
from data.incidents import CompensationArm


@dataclass(frozen=True, slots=True)
class ArmCosts:
    """The cost table of the appeasement arms; shares are of the order's value.

    Parameters
    ----------
    apology_minor : int
        Writing and sending it.
    coupon_share, coupon_cap_minor : float, int
        Face value of the coupon, and the most it may be.
    coupon_redemption : float
        Probability that a coupon is redeemed; one that is not costs nothing.
    refund_share : float
        Share of the order's value that a partial refund returns.
    gift_sample_minor : int
        Goods and freight of a sample.
    reship_goods_share, reship_freight_minor : float, int
        A reshipment costs the goods again, at purchase price, and the freight.

    Raises
    ------
    ContractError
        If a number is negative or not finite, or a share is above 1.
    """

    apology_minor: int = 30
    coupon_share: float = 0.15
    coupon_cap_minor: int = 3_000
    coupon_redemption: float = 0.5
    refund_share: float = 0.2
    gift_sample_minor: int = 450
    reship_goods_share: float = 0.55
    reship_freight_minor: int = 700

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            top = math.inf if name.endswith("_minor") else 1.0
            if not (math.isfinite(value) and 0 <= value <= top):
                msg = f"arm costs: {name} is {value}; give a finite number from 0 to {top:g}"
                raise ContractError(msg)


DEFAULT_ARM_COSTS = ArmCosts()


def highest_cost_minor(
    arm: CompensationArm | str, order_value_minor: float, costs: ArmCosts = DEFAULT_ARM_COSTS
) -> float:
    """The most an arm can cost, in minor currency units: what a budget must hold.

    Examples
    --------
    >>> highest_cost_minor("coupon", 10_000)
    1500.0
    """
    table = {
        CompensationArm.NONE: 0.0,
        CompensationArm.APOLOGY: float(costs.apology_minor),
        CompensationArm.COUPON: min(costs.coupon_share * order_value_minor, float(costs.coupon_cap_minor)),
        CompensationArm.PARTIAL_REFUND: costs.refund_share * order_value_minor,
        CompensationArm.GIFT_SAMPLE: float(costs.gift_sample_minor),
        CompensationArm.RESHIP: costs.reship_goods_share * order_value_minor + costs.reship_freight_minor,
    }
    return table[CompensationArm(arm)]


def expected_cost_minor(
    arm: CompensationArm | str, order_value_minor: float, costs: ArmCosts = DEFAULT_ARM_COSTS
) -> float:
    """The mean cost of an arm, in minor currency units: a coupon costs only when it is redeemed.

    Examples
    --------
    >>> expected_cost_minor("coupon", 10_000), expected_cost_minor("none", 10_000)
    (750.0, 0.0)
    """
    highest = highest_cost_minor(arm, order_value_minor, costs)
    return highest * costs.coupon_redemption if arm == CompensationArm.COUPON else highest
