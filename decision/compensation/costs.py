"""The cost table that a log was paid by, read back from the log, and how often redeemable arms were redeemed."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.appeasement_costs import DEFAULT_ARM_COSTS, PAID_ARMS, ArmCost, ArmCosts, highest_cost_minor
from data.incidents import CompensationArm

Floats = NDArray[np.float64]

# With fewer paid incidents an arm keeps its cost from the default table.
LEAST_PAID = 20
# An arm of which more than this share cost nothing costs only when it is redeemed.
FREE_SHARE = 0.05


def logged_costs(incidents: pd.DataFrame) -> ArmCosts:
    """Least squares of what each arm cost, when it cost anything, on the order's value.

    Exact up to rounding where costs are a fixed amount plus a share of the order's value.

    Parameters
    ----------
    incidents : DataFrame
        The decision log's `incidents` table.
    """
    arms = incidents["arm"].to_numpy()
    value = incidents["order_value_minor"].to_numpy(dtype=np.float64)
    cost = incidents["cost_minor"].to_numpy(dtype=np.float64)
    return ArmCosts(
        **{arm.value: _arm_cost(arm, value[arms == arm.value], cost[arms == arm.value]) for arm in PAID_ARMS}
    )


def redemption(incidents: pd.DataFrame, costs: ArmCosts) -> Floats:
    """Logged cost as a share of the highest cost of the logged arm, in [0, 1]; 0 where nothing was offered."""
    highest = np.array(
        [
            highest_cost_minor(arm, value, costs)
            for arm, value in zip(incidents["arm"], incidents["order_value_minor"], strict=True)
        ]
    )
    paid = incidents["cost_minor"].to_numpy(dtype=np.float64)
    share = np.divide(paid, highest, out=np.zeros_like(highest), where=highest > 0)
    redeemed: Floats = np.clip(share, 0.0, 1.0)
    return redeemed


def _arm_cost(arm: CompensationArm, value: Floats, cost: Floats) -> ArmCost:
    paid = cost > 0
    if paid.sum() < LEAST_PAID:
        return DEFAULT_ARM_COSTS.of(arm)
    fixed, share = _line(value[paid], cost[paid])
    return ArmCost(fixed, share, only_if_redeemed=bool(1 - paid.mean() > FREE_SHARE))


def _line(value: Floats, cost: Floats) -> tuple[float, float]:
    """Intercept and slope of least squares, neither of them negative."""
    spread = float(np.square(value - value.mean()).sum())
    slope = float(((value - value.mean()) * (cost - cost.mean())).sum()) / spread if spread > 0 else 0.0
    slope = max(slope, 0.0)
    intercept = float(cost.mean() - slope * value.mean())
    if intercept < 0:
        return 0.0, float((value * cost).sum() / np.square(value).sum())
    return intercept, slope
