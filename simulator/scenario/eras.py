"""Eras: stretches of time in which the tables (who is open, what a carrier asks and quotes) stay the same."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import prod

from simulator.scenario.disruptions import ColdChainFailure, CustomsJam, Disruption, NodeOpening, TariffChange
from simulator.scenario.moments import world_hours


@dataclass(frozen=True)
class Era:
    """What the tables hold from one moment to the next.

    Parameters
    ----------
    closed, without_cooling : tuple of str
        Nodes that are no candidates at all, or none for cold goods.
    tariffs : tuple of TariffChange
        Those in force; they multiply.
    quoted_jams : tuple of CustomsJam
        Those that the carriers' quotes know of.
    """

    starts_at_hours: float
    closed: tuple[str, ...] = ()
    without_cooling: tuple[str, ...] = ()
    tariffs: tuple[TariffChange, ...] = ()
    quoted_jams: tuple[CustomsJam, ...] = ()

    def tariff_factor(self, carrier: str) -> float:
        """What a carrier's freight is multiplied by."""
        return prod((change.factor for change in self.tariffs if change.carrier == carrier), start=1.0)

    def jams_on(self, node: str, region: str) -> list[CustomsJam]:
        """Quoted jams that a parcel from this node to this region meets."""
        return [jam for jam in self.quoted_jams if region in jam.regions and node not in jam.nodes_inside]


def eras(disruptions: Sequence[Disruption], start_at: datetime) -> list[Era]:
    """The eras in order of time; the first starts with the world.

    Examples
    --------
    >>> [era.starts_at_hours for era in eras([], datetime.now().astimezone())]
    [0.0]
    """
    spells = [(_spell(item, start_at), item) for item in disruptions if _changes_tables(item)]
    edges = {hour for (start, end), _ in spells for hour in (start, end)}
    starts = [0.0, *sorted(hour for hour in edges if 0 < hour < float("inf"))]
    return [_era(start, [item for (begin, end), item in spells if begin <= start < end]) for start in starts]


def _changes_tables(disruption: Disruption) -> bool:
    return (
        isinstance(disruption, NodeOpening | TariffChange)
        or (isinstance(disruption, CustomsJam) and disruption.quoted)
        or (isinstance(disruption, ColdChainFailure) and disruption.noticed_after_hours is not None)
    )


def _spell(disruption: Disruption, start_at: datetime) -> tuple[float, float]:
    """From when to when the tables are changed; of an opening, while it is still closed."""
    if isinstance(disruption, NodeOpening):
        return 0.0, world_hours(disruption.opens_at, start_at)
    start = world_hours(disruption.starts_at, start_at)
    if isinstance(disruption, ColdChainFailure):
        start += disruption.noticed_after_hours or 0.0
    end = float("inf") if disruption.ends_at is None else world_hours(disruption.ends_at, start_at)
    return start, max(start, end)


def _era(starts_at_hours: float, active: Iterable[Disruption]) -> Era:
    items = list(active)
    return Era(
        starts_at_hours,
        closed=tuple(item.node for item in items if isinstance(item, NodeOpening)),
        without_cooling=tuple(item.node for item in items if isinstance(item, ColdChainFailure)),
        tariffs=tuple(item for item in items if isinstance(item, TariffChange)),
        quoted_jams=tuple(item for item in items if isinstance(item, CustomsJam)),
    )
