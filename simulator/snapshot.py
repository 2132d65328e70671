"""Snapshots: all that a world needs to go on from a moment, and whom each thing that is due concerns."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from simulator.bookings import Bookings
from simulator.clock import Entity, Kind, PlainEvent
from simulator.dwell import DwellWatch
from simulator.reckoning import Reckoning
from simulator.reports import Report
from simulator.station import Station, order_of

_SHARED = frozenset({Kind.WAVE, Kind.REPORT, Kind.RECKONING, Kind.ORDER})
_OF_ORDERS = frozenset({Kind.PICKED, Kind.PACKED, Kind.CANCEL})


@dataclass(frozen=True)
class Snapshot:
    """All that a world needs to go on from here: plain data, shared with nobody.

    Parameters
    ----------
    queue : list of (float, int, int, entity)
        All that is due, in nodes, for customers, and on SimPy's queue.
    reckonings, bookings : list
        By node: what is made of its last report; `sent` are orders that were sent there since, by carrier.
    """

    now: float
    queue: list[PlainEvent]
    stations: list[Station]
    reports: list[Report]
    reckonings: list[Reckoning]
    bookings: list[Bookings]
    sent: list[list[int]]
    lane_of: array[int]
    stock_out: bytearray
    customer_orders: array[int]
    customer_incidents: array[int]
    customer_standing: array[int]
    dwell: DwellWatch
    n_undelivered: int


@dataclass(frozen=True)
class Parts:
    """What is due, each part in its order: on SimPy's queue, for customers, and in each node."""

    shared: list[PlainEvent]
    waiting: list[PlainEvent]
    local: list[list[PlainEvent]]


def parted(due: Sequence[PlainEvent], n_nodes: int, node_of: Callable[[int], int]) -> Parts:
    """Tell apart whom everything that is due concerns.

    Parameters
    ----------
    node_of : callable
        The node of an order that has come.
    """
    parts = Parts([], [], [[] for _ in range(n_nodes)])
    for event in sorted(due, key=lambda event: event[:3]):
        kind, entity = event[1], event[3]
        if kind in _SHARED:
            parts.shared.append(event)
        elif kind == Kind.INCIDENT:
            parts.waiting.append(event)
        elif kind in _OF_ORDERS:
            parts.local[node_of(order_of(entity))].append(event)
        else:
            parts.local[entity[0] if isinstance(entity, tuple) else entity].append(event)
    return parts


def post_nowhere(at_hours: float, kind: int, entity: Entity) -> None:
    """A station in a snapshot stands still."""
    msg = f"a station in a snapshot posted kind {kind} for {entity} at {at_hours}; restore it into a world first"
    raise RuntimeError(msg)
