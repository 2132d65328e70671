"""Time to recover: how long after a disruption begins the service is worse than it would have been without."""

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


def changes_from(scenario: Scenario) -> float | None:
    """Hours after midnight of the first day at which anything first breaks down, opens or changes its price."""
    starts = [getattr(item, "starts_at", getattr(item, "opens_at", None)) for item in _disruptions(scenario)]
    hours = [_hours(start, day_zero(scenario)) for start in starts if start is not None]
    return min(hours) if hours else None


def disrupted_from(scenario: Scenario) -> float | None:
    """Hours after midnight of the first day at which the first passing disruption begins; None where there is none.

    A disruption that has no end, such as a new tariff, is a change of the world and nothing to recover from.
    """
    starts = [_hours(item.starts_at, day_zero(scenario)) for item in _disruptions(scenario) if _passes(item)]
    return min(starts) if starts else None


def undisturbed(scenario: Scenario) -> Scenario:
    """The same world without what passes: what the day would have been had nothing happened."""
    return scenario.model_copy(
        update={"disruptions": tuple(item for item in _disruptions(scenario) if not _passes(item))}
    )


def recovery_hours(facts: pd.DataFrame, calm_facts: pd.DataFrame, disrupted_at_hours: float) -> float:
    """Hours until the on-time share is back, for the rest of the run, to within 5 points of an undisturbed run's.

    Both runs are the same policy's on the same seed. The share is that of the orders decided in the last 24 hours,
    looked at every hour.

    Parameters
    ----------
    facts, calm_facts : DataFrame
        Of the disturbed and the undisturbed run, as `experiments.whatif.facts.order_facts` makes them.

    Returns
    -------
    float
        0 where it never fell that far, infinity where the run ended before it was back, NaN where it ended before
        anything happened.
    """
    end_hours = min(facts["hours"].iloc[-1], calm_facts["hours"].iloc[-1])
    if end_hours <= disrupted_at_hours:
        return math.nan
    moments = np.append(np.arange(disrupted_at_hours + STEP_HOURS, end_hours, STEP_HOURS), end_hours)
    worse = _trailing_share(facts, moments) < _trailing_share(calm_facts, moments) - TOLERANCE_SHARE
    if not worse.any():
        return 0.0
    last = int(np.flatnonzero(worse)[-1])
    return math.inf if last == len(moments) - 1 else float(moments[last + 1] - disrupted_at_hours)


def _trailing_share(facts: pd.DataFrame, moments: Floats) -> Floats:
    """The on-time share of the window that ends at each moment; NaN, which is never worse, where nobody ordered."""
    hours, reached = facts["hours"].to_numpy(), np.concatenate(([0.0], np.cumsum(facts["on_time_share"])))
    first = np.searchsorted(hours, moments - WINDOW_HOURS, side="right")
    past = np.searchsorted(hours, moments, side="right")
    with np.errstate(invalid="ignore"):
        share: Floats = (reached[past] - reached[first]) / (past - first)
    return share


def _disruptions(scenario: Scenario) -> tuple[Any, ...]:
    return scenario.disruptions


def _passes(disruption: Any) -> bool:
    return getattr(disruption, "ends_at", None) is not None


def _hours(moment: float | datetime, zero: datetime) -> float:
    return (moment - zero).total_seconds() / 3600 if isinstance(moment, datetime) else float(moment)
