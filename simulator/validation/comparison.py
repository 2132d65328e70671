"""Comparing two samples of durations, and two shares, with an eye on how many comparisons are made."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from simulator.validation.groups import Group, groups
from simulator.validation.observed import Observed

Floats = NDArray[np.float64]
PERCENTILES = (10, 25, 50, 75, 90, 95)
MIN_ORDERS = 30
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Comparison:
    """A group of orders in the history and in the world; hours are from order to door.

    Parameters
    ----------
    quantiles_history, quantiles_world : tuple of float
        At PERCENTILES.
    shift_hours, shift_low, shift_high : float
        Mean of the world less mean of the history, and its 95% interval (Welch).
    ks, ks_p : float
        Largest gap between the two distribution functions, and its p-value adjusted for all groups compared.
    late_history, late_world, late_p : float
        Share late, and the adjusted p-value of the difference; NaN where the history does not say.
    """

    kind: str
    name: str
    n_history: int
    n_world: int
    mean_history: float = math.nan
    quantiles_history: tuple[float, ...] = ()
    quantiles_world: tuple[float, ...] = ()
    shift_hours: float = math.nan
    shift_low: float = math.nan
    shift_high: float = math.nan
    ks: float = math.nan
    ks_p: float = math.nan
    late_history: float = math.nan
    late_world: float = math.nan
    late_p: float = math.nan

    @property
    def is_told(self) -> bool:
        """Whether there are orders enough on both sides to say anything."""
        return min(self.n_history, self.n_world) >= MIN_ORDERS


def compared(history: Observed, world: Observed) -> list[Comparison]:
    """Every group of the history beside the world's, stated as the history states it.

    References
    ----------
    Holm (1979), "A simple sequentially rejective multiple test procedure": within each kind of group.
    """
    stated = world.stated(history.step_hours)
    found = [_compared(group, history, stated) for group in groups(history, stated)]
    adjusted = []
    for kind in dict.fromkeys(item.kind for item in found):
        mine = [item for item in found if item.kind == kind]
        ks_p, late_p = holm([item.ks_p for item in mine]), holm([item.late_p for item in mine])
        adjusted += [replace(item, ks_p=ks, late_p=late) for item, ks, late in zip(mine, ks_p, late_p, strict=True)]
    return adjusted


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjust p-values so that the chance of any false alarm among them holds; NaN stands for no test.

    Examples
    --------
    >>> holm([0.01, 0.04, float("nan"), 0.03])
    [0.03, 0.06, nan, 0.06]
    """
    tests = sorted((p, place) for place, p in enumerate(p_values) if not math.isnan(p))
    adjusted, highest = [math.nan] * len(p_values), 0.0
    for rank, (p, place) in enumerate(tests):
        highest = max(highest, min(1.0, p * (len(tests) - rank)))
        adjusted[place] = highest
    return adjusted


def _compared(group: Group, history: Observed, world: Observed) -> Comparison:
    ours, theirs = history.orders[group.in_history], world.orders[group.in_world]
    lead, played = _known(ours["lead_hours"].to_numpy()), _known(theirs["lead_hours"].to_numpy())
    found = Comparison(group.kind, group.name, len(lead), len(played))
    if not found.is_told:
        return found
    low, high = _shift_interval(lead, played)
    gap = stats.ks_2samp(lead, played, method="asymp")
    timed = replace(
        found,
        mean_history=float(lead.mean()),
        quantiles_history=_quantiles(lead),
        quantiles_world=_quantiles(played),
        shift_hours=float(played.mean() - lead.mean()),
        shift_low=low,
        shift_high=high,
        ks=float(gap.statistic),
        ks_p=float(gap.pvalue),
    )
    return _with_lateness(timed, _known(ours["late"].to_numpy()), _known(theirs["late"].to_numpy()))


def _with_lateness(found: Comparison, late: Floats, played: Floats) -> Comparison:
    if min(len(late), len(played)) < MIN_ORDERS:
        return found
    table = np.array([[int(side.sum()), int(len(side) - side.sum())] for side in (late, played)])
    p = float(stats.fisher_exact(table).pvalue)
    return replace(found, late_history=float(late.mean()), late_world=float(played.mean()), late_p=p)


def _shift_interval(lead: Floats, played: Floats) -> tuple[float, float]:
    """Welch's interval of the difference of means."""
    parts = [float(side.var(ddof=1)) / len(side) for side in (lead, played)]
    error = math.sqrt(sum(parts))
    shift = float(played.mean() - lead.mean())
    if not error:
        return shift, shift
    freedom = sum(parts) ** 2 / sum(p**2 / (len(side) - 1) for p, side in zip(parts, (lead, played), strict=True))
    reach = float(stats.t.ppf((1 + CONFIDENCE) / 2, freedom)) * error
    return shift - reach, shift + reach


def _quantiles(hours: Floats) -> tuple[float, ...]:
    return tuple(np.percentile(hours, PERCENTILES).tolist())


def _known(values: Floats) -> Floats:
    known: Floats = values[~np.isnan(values.astype(np.float64))].astype(np.float64)
    return known
