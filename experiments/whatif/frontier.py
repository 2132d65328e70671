"""The cost-service-carbon frontier: which contenders are beaten by another in everything, and which are not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from experiments.whatif.contenders import Contender
from experiments.whatif.kpis import KPIS, Kpi
from experiments.whatif.paired import Difference, paired_difference
from experiments.whatif.verdicts import LEAST_RUNS

Floats = NDArray[np.float64]
Standing = Literal["on_frontier", "dominated", "not_enough_runs"]
# Cost, share on time, carbon, by their places among the key figures.
TRADED: tuple[int, ...] = tuple(place for place, kpi in enumerate(KPIS) if kpi.name in {"cost", "on_time", "carbon"})


@dataclass(frozen=True, slots=True)
class FrontierPlace:
    """Where a contender stands.

    Parameters
    ----------
    place : int
        Of the contender in its study.
    standing : str
        `dominated` where the intervals say that another is at least as good in all three and better in one;
        `on_frontier` where they say that nobody is; `not_enough_runs` where they leave it open.
    dominated_by : tuple of int
        Places of those who dominate it.
    gaps : tuple of Difference
        To the first contender of the scenario, one for each of TRADED.
    """

    place: int
    standing: Standing
    dominated_by: tuple[int, ...]
    gaps: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Frontier:
    """The contenders of one scenario and how they stand to each other."""

    scenario: str
    places: tuple[FrontierPlace, ...]


def frontiers_of(contenders: Sequence[Contender], values: Floats, confidence: float) -> tuple[Frontier, ...]:
    """The frontier of each scenario with several contenders.

    Intervals are paired, and so wide (Bonferroni) that all those of one frontier hold at once; what is said of
    any contender is then right with this confidence.

    Parameters
    ----------
    values : array of shape (n_contenders, n_replications, n_kpis)
    """
    groups: dict[tuple[str, float], list[int]] = {}
    for place, contender in enumerate(contenders):
        groups.setdefault((contender.source, contender.load), []).append(place)
    return tuple(
        Frontier(contenders[places[0]].scenario.name, standings(places, values, confidence))
        for places in groups.values()
        if len(places) > 1
    )


def standings(places: Sequence[int], values: Floats, confidence: float) -> tuple[FrontierPlace, ...]:
    """How the contenders at these places stand to each other."""
    n_intervals = len(TRADED) * len(places) * (len(places) - 1) // 2
    gaps = {
        (ours, theirs): tuple(
            paired_difference(
                values[ours, :, kpi], values[theirs, :, kpi], confidence=confidence, n_intervals=n_intervals
            )
            for kpi in TRADED
        )
        for ours in places
        for theirs in places
    }
    return tuple(_standing(ours, places, gaps) for ours in places)


def _standing(ours: int, places: Sequence[int], gaps: dict[tuple[int, int], tuple[Difference, ...]]) -> FrontierPlace:
    others = [theirs for theirs in places if theirs != ours]
    betters = tuple(theirs for theirs in others if _dominates(gaps[theirs, ours]))
    standing: Standing = "not_enough_runs"
    if betters:
        standing = "dominated"
    elif all(_is_spared(gaps[theirs, ours]) for theirs in others):
        standing = "on_frontier"
    return FrontierPlace(ours, standing, betters, gaps[ours, places[0]])


def _dominates(gaps: tuple[Difference, ...]) -> bool:
    """Whether the intervals say: nowhere worse, and somewhere better."""
    losses = [_loss_bounds(KPIS[place], gap) for place, gap in zip(TRADED, gaps, strict=True)]
    return _are_enough(gaps) and all(upper <= 0 for _, upper in losses) and any(upper < 0 for _, upper in losses)


def _is_spared(gaps: tuple[Difference, ...]) -> bool:
    """Whether the intervals say that this other does not dominate: worse somewhere, or equal everywhere."""
    if all(gap.is_nothing for gap in gaps):
        return True
    losses = [_loss_bounds(KPIS[place], gap) for place, gap in zip(TRADED, gaps, strict=True)]
    return _are_enough(gaps) and any(lower > 0 for lower, _ in losses)


def _are_enough(gaps: tuple[Difference, ...]) -> bool:
    return all(gap.n_pairs >= LEAST_RUNS for gap in gaps)


def _loss_bounds(kpi: Kpi, gap: Difference) -> tuple[float, float]:
    """The interval turned so that positive is worse."""
    return (gap.lower, gap.upper) if kpi.better == "lower" else (-gap.upper, -gap.lower)
