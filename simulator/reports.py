"""Reports: what nodes tell of themselves, now and then."""

from __future__ import annotations

from array import array
from dataclasses import dataclass

from simulator.station import Station


@dataclass(frozen=True, slots=True)
class Report:
    """What a node told of itself, and when.

    Parameters
    ----------
    available : array of int
        By article: units on the shelf that no order waits for.
    """

    observed_at_hours: float
    available: array[int]
    backlog: int
    to_pick: int
    to_pack: int
    booked: list[int]


def report_of(station: Station, now: float) -> Report:
    """What a node would report now."""
    return Report(
        now, station.shelf.available(), station.backlog, station.to_pick, station.to_pack, station.booked.copy()
    )
