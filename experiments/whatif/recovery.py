"""Time to recover: how long after a disruption begins the service is worse than it was before."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.demand import day_zero
from simulator.scenario.schema import Scenario

Floats = NDArray[np.float64]

TOLERANCE_SHARE = 0.05
WINDOW_HOURS = 24.0
STEP_HOURS = 1.0
LEAST_ORDERS_BEFORE = 100


def disrupted_from(scenario: Scenario) -> float | None:
    """Hours after midnight of the first day at which the first passing disruption begins; None where there is none.

    A disruption that has no end, such as a new tariff, is a change of the world and nothing to recover from.
    """
    disruptions: tuple[Any, ...] = getattr(scenario, "disruptions", ())
    passing = [item for item in disruptions if getattr(item, "ends_at", None) is not None]
    starts = [_hours(item.starts_at, day_zero(scenario)) for item in passing]
    return min(starts) if starts else None


def recovery_hours(facts: pd.DataFrame, disrupted_at_hours: float) -> float:
    """Hours until the on-time share is back, for the rest of the run, to within 5 points of what it was before.

    The share is that of the orders decided in the last 24 hours, looked at every hour.

    Parameters
    ----------
    facts : DataFrame
        As `experiments.whatif.kpis.order_facts` makes them.

    Returns
    -------
    float
        0 where it never fell that far, infinity where the run ended before it was back, NaN where fewer than 100
        orders came before the disruption (after the warm-up) to compare with.
    """
    hours, on_time = facts["hours"].to_numpy(), facts["on_time_share"].to_numpy()
    before = on_time[hours < disrupted_at_hours]
    if len(before) < LEAST_ORDERS_BEFORE or hours[-1] <= disrupted_at_hours:
        return math.nan
    moments = np.append(np.arange(disrupted_at_hours + STEP_HOURS, hours[-1], STEP_HOURS), hours[-1])
    worse = _trailing_share(hours, on_time, moments) < before.mean() - TOLERANCE_SHARE
    if not worse.any():
        return 0.0
    last = int(np.flatnonzero(worse)[-1])
    return math.inf if last == len(moments) - 1 else float(moments[last + 1] - disrupted_at_hours)


def _trailing_share(hours: Floats, on_time: Floats, moments: Floats) -> Floats:
    """The on-time share of the window that ends at each moment; NaN, which is never worse, where nobody ordered."""
    reached = np.concatenate(([0.0], np.cumsum(on_time)))
    first = np.searchsorted(hours, moments - WINDOW_HOURS, side="right")
    past = np.searchsorted(hours, moments, side="right")
    with np.errstate(invalid="ignore"):
        share: Floats = (reached[past] - reached[first]) / (past - first)
    return share


def _hours(moment: float | datetime, zero: datetime) -> float:
    return (moment - zero).total_seconds() / 3600 if isinstance(moment, datetime) else float(moment)
