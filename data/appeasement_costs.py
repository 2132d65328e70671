"""What each appeasement costs: a table of fixed amounts and shares of the order's value."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from data.errors import ContractError
from data.incidents import ARMS, CompensationArm


@dataclass(frozen=True, slots=True)
class ArmCost:
    """The cost of one arm, in minor currency units.

    Parameters
    ----------
    fixed_minor : float
        Paid whatever the order's value.
    value_share : float
        Share of the order's value paid on top.
    only_if_redeemed : bool
        Whether it costs nothing unless the customer comes back and uses it, as a coupon does.

    Raises
    ------
    ContractError
        If a number is negative or not finite.
    """

    fixed_minor: float = 0.0
    value_share: float = 0.0
    only_if_redeemed: bool = False

    def __post_init__(self) -> None:
        for name, value in (("fixed_minor", self.fixed_minor), ("value_share", self.value_share)):
            if not (math.isfinite(value) and value >= 0):
                msg = f"arm cost: {name} is {value}; give a finite number that is not negative"
                raise ContractError(msg)


@dataclass(frozen=True, slots=True)
class ArmCosts:
    """The cost of every arm; doing nothing is free."""

    apology: ArmCost = ArmCost(fixed_minor=30)
    coupon: ArmCost = ArmCost(value_share=0.15, only_if_redeemed=True)
    partial_refund: ArmCost = ArmCost(value_share=0.2)
    gift_sample: ArmCost = ArmCost(fixed_minor=450)
    reship: ArmCost = ArmCost(fixed_minor=700, value_share=0.55)

    def of(self, arm: CompensationArm) -> ArmCost:
        """The cost of one arm."""
        if arm is CompensationArm.NONE:
            return ArmCost()
        cost: ArmCost = getattr(self, arm.value)
        return cost


DEFAULT_ARM_COSTS = ArmCosts()
# A learned table whose share is smaller is of offers of one size: the slope is what rounding left.
LEAST_SHARE = 0.01
PAID_ARMS: tuple[CompensationArm, ...] = ARMS[1:]


def highest_cost_minor(
    arm: CompensationArm | str, order_value_minor: float, costs: ArmCosts = DEFAULT_ARM_COSTS
) -> float:
    """The most an arm can cost, in minor currency units: what a budget must hold.

    Examples
    --------
    >>> highest_cost_minor("reship", 10_000)
    6200.0
    """
    cost = costs.of(CompensationArm(arm))
    return cost.fixed_minor + cost.value_share * order_value_minor


def given_only(costs: ArmCosts) -> ArmCosts:
    """The table of what customers are given: coupons and refunds are a share of the value, handling goes elsewhere.

    Examples
    --------
    >>> learned = ArmCosts(partial_refund=ArmCost(fixed_minor=6.0, value_share=0.2))
    >>> highest_cost_minor("partial_refund", 4, learned), highest_cost_minor("partial_refund", 4, given_only(learned))
    (6.8, 0.8)
    """
    return replace(costs, coupon=_shared(costs.coupon), partial_refund=_shared(costs.partial_refund))


def _shared(cost: ArmCost) -> ArmCost:
    return cost if cost.value_share < LEAST_SHARE else replace(cost, fixed_minor=0.0)


def expected_cost_minor(
    arm: CompensationArm | str, order_value_minor: float, redemption: float, costs: ArmCosts = DEFAULT_ARM_COSTS
) -> float:
    """The mean cost of an arm, in minor currency units.

    Parameters
    ----------
    redemption : float
        Probability that an arm which costs only if redeemed is; of no matter for the others.

    Examples
    --------
    >>> expected_cost_minor("coupon", 10_000, 0.4), expected_cost_minor("partial_refund", 10_000, 0.4)
    (600.0, 2000.0)
    """
    highest = highest_cost_minor(arm, order_value_minor, costs)
    return highest * redemption if costs.of(CompensationArm(arm)).only_if_redeemed else highest
