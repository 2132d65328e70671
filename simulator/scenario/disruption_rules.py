"""What makes a disruption impossible in the scenario that it stands in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from data.ingest.near_names import near_names
from simulator.scenario.disruptions import DemandSpike, Disruption
from simulator.scenario.moments import LAST_HOUR, world_hours


@dataclass(frozen=True)
class Surroundings:
    """What of a scenario its disruptions may name."""

    start_at: datetime
    nodes: Sequence[str]
    carriers: Sequence[str]
    regions: Sequence[str]
    n_skus: int
    channels: Sequence[str] = ()


def require_possible(disruptions: Sequence[Disruption], around: Surroundings) -> None:
    """Check names, times and articles of every disruption.

    Raises
    ------
    ValueError
        If a disruption names what is not there, ends before it starts or lies outside the world's first year.
    """
    for place, disruption in enumerate(disruptions):
        where = f"disruption {place} ({disruption.kind})"
        _require_names(disruption, around, where)
        _require_times(disruption, around.start_at, where)
        if isinstance(disruption, DemandSpike):
            _require_articles(disruption, around.n_skus, where)


def _require_names(disruption: Disruption, around: Surroundings, where: str) -> None:
    known = {
        "node": around.nodes,
        "nodes": around.nodes,
        "nodes_inside": around.nodes,
        "carrier": around.carriers,
        "regions": around.regions,
        "channels": around.channels,
    }
    for field, names in known.items():
        given = getattr(disruption, field, None) or ()
        for name in (given,) if isinstance(given, str) else given:
            if name not in names:
                near = near_names(name, names)
                msg = f"{where}: {field} {name!r} is not in the scenario; known are {list(names)}{near}"
                raise ValueError(msg)


def _require_times(disruption: Disruption, start_at: datetime, where: str) -> None:
    given = [getattr(disruption, field, None) for field in ("opens_at", "starts_at", "ends_at")]
    hours = [world_hours(moment, start_at) for moment in given if moment is not None]
    for hour in hours:
        if not 0 <= hour <= LAST_HOUR:
            msg = f"{where}: hour {hour:g} of the world is outside its first year; take 0 to {LAST_HOUR:g}"
            raise ValueError(msg)
    if hours != sorted(set(hours)):
        msg = f"{where}: ends at hour {hours[1]:g}, not after its start at {hours[0]:g}; let it end later"
        raise ValueError(msg)


def _require_articles(spike: DemandSpike, n_skus: int, where: str) -> None:
    if spike.hot_share and not spike.hot_articles:
        msg = f"{where}: hot_share is {spike.hot_share} but no hot_articles are named; name at least one"
        raise ValueError(msg)
    beyond = [rank for rank in spike.hot_articles if rank > n_skus]
    if beyond:
        msg = f"{where}: hot article {beyond[0]} is beyond the last of {n_skus}; take ranks from 1 to {n_skus}"
        raise ValueError(msg)
