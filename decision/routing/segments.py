"""Segments: kinds of orders, told by what any order carries, and the thresholds that some of them need of their own."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from data.decision_log.dataset import DecisionLog
from data.orders import Order

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

# Automatic choices are said to be near the best in this share.
STATED_ACCURACY = 0.95
# Standard normal quantiles of one-sided intervals: at .9, and at .975 for falling short, as many segments are tried.
ONE_SIDED_Z = 1.2815515655446004
ACCUSING_Z = 1.959963984540054
# Fewer decisions than this say too little of a segment, which then keeps the overall threshold.
LEAST_DECISIONS = 30
STEP = 0.01
MOST_THRESHOLD = 0.99
# Longer promises are one segment.
MOST_PROMISE_DAYS = 5


def order_segments(order: Order, decided_at: datetime) -> tuple[str, ...]:
    """The segments an order belongs to: its region, its promise in whole days, its customer's tier."""
    return _named(
        order.ship_to.region, (order.promised_at - decided_at) / timedelta(hours=1), order.customer.value_tier.value
    )


def log_segments(log: DecisionLog) -> list[tuple[str, ...]]:
    """Those of every order of a log, in its order."""
    hours = (log.orders["promised_at"] - log.orders["decided_at"]).dt.total_seconds() / 3600
    rows = zip(log.orders["region"], hours, log.orders["value_tier"], strict=True)
    return [_named(str(region), float(promise), str(tier)) for region, promise, tier in rows]


def segment_thresholds(
    said: Floats, near_best: Flags, segments: Sequence[Sequence[str]], *, overall: float
) -> dict[str, float]:
    """Thresholds of the segments that need more than the overall one; none is ever lower.

    A segment needs its own where its choices above the overall threshold were shown to fall short of
    `STATED_ACCURACY`: few decisions are no reason to doubt it. Its threshold is the lowest above which the one-sided
    90% interval (Wilson) of its accuracy lies above `STATED_ACCURACY` (it takes 32 right of 32); where none does, the
    one with the best lower bound. The intervals take decisions as independent, which neighbours in time are not quite.

    Parameters
    ----------
    said : array of shape (n_orders,)
        Calibrated chance that the choice is near the best.
    near_best : array of bool of shape (n_orders,)
        Whether it was.
    segments : sequence of n_orders sequences of str

    References
    ----------
    Wilson (1927), "Probable inference, the law of succession, and statistical inference", JASA.
    """
    grid = np.append(overall, np.arange(math.floor(overall / STEP + 1) * STEP, MOST_THRESHOLD + STEP / 2, STEP))
    names = sorted({name for own in segments for name in own})
    found: dict[str, float] = {}
    for name in names:
        member = np.array([name in own for own in segments], dtype=np.bool_)
        if _falls_short(near_best[member & (said >= overall)]):
            threshold = _lowest_proven(said[member], near_best[member], grid)
            found |= {name: round(threshold, 2)} if threshold > overall else {}
    return found


def wilson_lower(n_right: int, n_decisions: int) -> float:
    """Lower end of the one-sided 90% interval of an accuracy.

    Examples
    --------
    >>> round(wilson_lower(30, 30), 3)
    0.948
    """
    if n_decisions == 0:
        return 0.0
    return _wilson(n_right, n_decisions, -ONE_SIDED_Z)


def _falls_short(near_best: Flags) -> bool:
    """Whether these choices are surely less often near the best than is said."""
    n_decisions = len(near_best)
    if n_decisions < LEAST_DECISIONS:
        return False
    return _wilson(int(near_best.sum()), n_decisions, ACCUSING_Z) < STATED_ACCURACY


def _wilson(n_right: int, n_decisions: int, z: float) -> float:
    """The end of an interval of a share: the upper one for a positive quantile, else the lower one."""
    share, square = n_right / n_decisions, z**2 / n_decisions
    reach = z * math.sqrt(share * (1 - share) / n_decisions + square / (4 * n_decisions))
    return (share + square / 2 + reach) / (1 + square)


def _lowest_proven(said: Floats, near_best: Flags, grid: Floats) -> float:
    """The lowest threshold of a grid that is proven, else the best supported one; the first if there is no telling."""
    best, best_bound = float(grid[0]), -1.0
    steps: list[float] = grid.tolist()
    for threshold in steps:
        above = said >= threshold
        n_decisions = int(above.sum())
        if n_decisions < LEAST_DECISIONS:
            break
        bound = wilson_lower(int(near_best[above].sum()), n_decisions)
        if bound >= STATED_ACCURACY:
            return threshold
        if bound > best_bound:
            best, best_bound = threshold, bound
    return best


def _named(region: str, promise_hours: float, tier: str) -> tuple[str, ...]:
    days = min(max(math.ceil(promise_hours / 24), 0), MOST_PROMISE_DAYS)
    return (f"region={region}", f"promise={days}d", f"tier={tier}")
