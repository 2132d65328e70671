"""Comparing two samples of durations, and two shares, with an eye on how many comparisons are made."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from simulator.validation.groups import Group, groups
from simulator.validation.observed import Observed
from simulator.validation.shared_luck import Inflation, moderated, spread_of
from simulator.validation.two_samples import TwoSamples, gap, share_p, shift

Floats = NDArray[np.float64]
PERCENTILES = (10, 25, 50, 75, 90, 95)
MIN_ORDERS = 30


@dataclass(frozen=True)
class Comparison:
    """A group of orders in the history and in the world; hours are from order to door.

    Parameters
    ----------
    quantiles_history, quantiles_world : tuple of float
        At PERCENTILES.
    shift_hours, shift_low, shift_high : float
        Mean of the world less mean of the history, and its 95% interval.
    ks : float
        Largest gap between the two distribution functions.
    shift_p, ks_p : float
        P-values of both, adjusted for both and for all groups compared.
    late_history, late_world, late_p : float
        Share late, and the adjusted p-value of the difference; NaN where the history does not say.
    inflation : float
        By how much the variance of the history's mean is larger than of independent orders.
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
    shift_p: float = math.nan
    ks: float = math.nan
    ks_p: float = math.nan
    late_history: float = math.nan
    late_world: float = math.nan
    late_p: float = math.nan
    inflation: float = math.nan

    @property
    def is_told(self) -> bool:
        """Whether there are orders enough on both sides to say anything."""
        return min(self.n_history, self.n_world) >= MIN_ORDERS


@dataclass(frozen=True)
class _Pair:
    """A group's hours and lateness on both sides."""

    group: Group
    lead: TwoSamples
    late: TwoSamples

    @property
    def is_told(self) -> bool:
        return self.lead.fewest >= MIN_ORDERS


def compared(history: Observed, world: Observed) -> list[Comparison]:
    """Every group of the history beside the world's, stated as the history states it.

    A world that was played under several seeds says itself how much its orders share; those of one run are taken for
    independent.

    References
    ----------
    Holm (1979), "A simple sequentially rejective multiple test procedure": within each kind of group.
    """
    stated = world.stated(history.step_hours)
    days = (history.span_days, stated.span_days)
    columns = (_columns(history), _columns(stated))
    pairs = [_pair(group, *columns) for group in groups(history, stated)]
    found: list[Comparison] = []
    for kind in dict.fromkeys(pair.group.kind for pair in pairs):
        found += _adjusted(_of_kind([pair for pair in pairs if pair.group.kind == kind], days))
    return found


def _of_kind(pairs: list[_Pair], days: tuple[float, float]) -> list[Comparison]:
    told = [pair for pair in pairs if pair.is_told]
    inflations = [
        moderated([spread_of(side.world, side.run, len(side.history), days) for side in sides])
        for sides in ([pair.lead for pair in told], [pair.late for pair in told])
    ]
    of = {pair.group.name: _tested(pair, *both) for pair, *both in zip(told, *inflations, strict=True)}
    return [of.get(pair.group.name) or _untold(pair) for pair in pairs]


def _adjusted(found: list[Comparison]) -> list[Comparison]:
    timed = holm([*(item.ks_p for item in found), *(item.shift_p for item in found)])
    late = holm([item.late_p for item in found])
    return [
        replace(item, ks_p=ks_p, shift_p=shift_p, late_p=late_p)
        for item, ks_p, shift_p, late_p in zip(found, timed[: len(found)], timed[len(found) :], late, strict=True)
    ]


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


def _columns(side: Observed) -> dict[str, Floats]:
    return {name: side.orders[name].to_numpy(dtype=np.float64) for name in ("lead_hours", "late", "run")}


def _pair(group: Group, history: dict[str, Floats], world: dict[str, Floats]) -> _Pair:
    lead, late = (
        _samples(history[name][group.in_history], world[name][group.in_world], world["run"][group.in_world])
        for name in ("lead_hours", "late")
    )
    return _Pair(group, lead, late)


def _samples(ours: Floats, theirs: Floats, run: Floats) -> TwoSamples:
    known = ~np.isnan(theirs)
    return TwoSamples(ours[~np.isnan(ours)], theirs[known], run[known].astype(np.int64))


def _untold(pair: _Pair) -> Comparison:
    return Comparison(pair.group.kind, pair.group.name, len(pair.lead.history), len(pair.lead.world))


def _tested(pair: _Pair, timed: Inflation, lateness: Inflation) -> Comparison:
    lead, late = pair.lead, pair.late
    moved = shift(lead, timed)
    ks, ks_p = gap(lead, timed)
    found = replace(
        _untold(pair),
        mean_history=float(lead.history.mean()),
        quantiles_history=_quantiles(lead.history),
        quantiles_world=_quantiles(lead.world),
        shift_hours=moved.hours,
        shift_low=moved.low,
        shift_high=moved.high,
        shift_p=moved.p,
        ks=ks,
        ks_p=ks_p,
        inflation=timed.history,
    )
    if late.fewest < MIN_ORDERS:
        return found
    shares = float(late.history.mean()), float(late.world.mean())
    return replace(found, late_history=shares[0], late_world=shares[1], late_p=share_p(late, lateness))


def _quantiles(hours: Floats) -> tuple[float, ...]:
    return tuple(np.percentile(hours, PERCENTILES).tolist())
