"""A node by itself: between two moments at which somebody looks at it, what happens there concerns nobody else.

Orders join it, and it is moved on to the moment of the next look in one go. The world moves its nodes so, and the
truth replays them so, with one order more, less, or otherwise.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from heapq import heappop, heappush
from math import inf, nextafter

from simulator.clock import Entity, Kind, PlainEvent
from simulator.station import Station

_STOCK, _EXPIRY, _SHIFT, _LABOUR, _PICKED = (
    int(kind) for kind in (Kind.STOCK, Kind.EXPIRY, Kind.SHIFT, Kind.LABOUR, Kind.PICKED)
)
_PACKED, _CANCEL, _WAVE, _ORDER = (int(kind) for kind in (Kind.PACKED, Kind.CANCEL, Kind.WAVE, Kind.ORDER))


@dataclass(frozen=True, slots=True)
class Joiners:
    """Orders that join a node, in the order of their coming: their carriers, and when they come."""

    orders: list[int] = field(default_factory=list)
    carriers: list[int] = field(default_factory=list)
    at_hours: list[float] = field(default_factory=list)

    def __iter__(self) -> Iterator[tuple[int, int, float]]:
        """Order, carrier and hour of each."""
        return zip(self.orders, self.carriers, self.at_hours, strict=True)

    def add(self, order: int, carrier: int, at_hours: float) -> None:
        """One more comes."""
        self.orders.append(order)
        self.carriers.append(carrier)
        self.at_hours.append(at_hours)

    def clear(self) -> None:
        """Forget them all."""
        for column in (self.orders, self.carriers, self.at_hours):
            column.clear()

    def copy(self) -> Joiners:
        """The same, to grow apart."""
        return Joiners(self.orders.copy(), self.carriers.copy(), self.at_hours.copy())

    def between(self, first: int, last: int) -> Joiners:
        """Those with numbers from first to last."""
        part = slice(bisect_left(self.orders, first), bisect_right(self.orders, last))
        return Joiners(self.orders[part], self.carriers[part], self.at_hours[part])


class LocalQueue:
    """The events of one node, in the order in which one queue for all would have them.

    Parameters
    ----------
    call : callable or None
        Takes the collections, where somebody else keeps the carriers' time.
    """

    __slots__ = ("_call", "events", "sequence")

    def __init__(
        self,
        events: list[PlainEvent],
        sequence: int,
        call: Callable[[float, int, Entity], None] | None = None,
    ) -> None:
        self.events = events
        self.sequence = sequence
        self._call = call

    def post(self, at_hours: float, kind: int, entity: Entity) -> None:
        """Let something happen at an absolute time."""
        if kind == _WAVE and self._call is not None:
            self._call(at_hours, kind, entity)
            return
        self.sequence += 1
        heappush(self.events, (at_hours, kind, self.sequence, entity))

    def copy(self) -> LocalQueue:
        """An equal queue of its own, collections included."""
        return LocalQueue(self.events.copy(), self.sequence)


class Node:
    """A station, its queue, and the orders on their way to it.

    Parameters
    ----------
    joiners : Joiners
        May grow between two looks.
    n_joined : int
        How many of them have come.

    Attributes
    ----------
    now : float
        When the last thing happened.
    n_events : int
        How many things happened, comings apart.
    short : list of int
        Orders that joined and found a line missing.
    split : list of int
        Those among them that go in two parcels.
    shipped, cancelled : list of (int, float)
        Orders that were collected, or cancelled, and when.
    """

    __slots__ = ("cancelled", "joiners", "n_events", "n_joined", "now", "queue", "shipped", "short", "split", "station")

    def __init__(self, station: Station, queue: LocalQueue, joiners: Joiners, n_joined: int = 0) -> None:
        self.station, self.queue, self.joiners, self.n_joined = station, queue, joiners, n_joined
        self.now, self.n_events = -inf, 0
        self.short: list[int] = []
        self.split: list[int] = []
        self.shipped: list[tuple[int, float]] = []
        self.cancelled: list[tuple[int, float]] = []

    def advance(self, until_hours: float, until_kind: int = _STOCK, n_known: int | None = None) -> bool:
        """Let everything happen that comes before a kind of event at a moment; true if something stopped it before.

        Parameters
        ----------
        until_kind : int
            If it is an order or what comes after orders, orders of that moment join, too.
        n_known : int or None
            Only so many of the joiners come; None is all.
        """
        events, station, joiners = self.queue.events, self.station, self.joiners
        come_at, place = joiners.at_hours, self.n_joined
        n_known = len(come_at) if n_known is None else n_known
        comes = come_at[place] if place < n_known else inf
        joins_until = until_hours if until_kind >= _ORDER else nextafter(until_hours, -inf)
        while True:
            at_hours, kind, _, entity = events[0]
            # Orders are last among equals.
            if comes < at_hours:
                if comes > joins_until:
                    return False
                self.now, order = comes, joiners.orders[place]
                if not station.join(order, joiners.carriers[place], comes):
                    self._note_short(order)
                place += 1
                self.n_joined = place
                comes = come_at[place] if place < n_known else inf
                continue
            if at_hours > until_hours or (at_hours == until_hours and kind >= until_kind):
                return False
            heappop(events)
            self.now = at_hours
            self.n_events += 1
            if kind == _PICKED:
                station.picked(entity, at_hours)
            elif self._happen(at_hours, kind, entity):
                return True

    def _note_short(self, order: int) -> None:
        self.short.append(order)
        if order in self.station.unsent:
            self.split.append(order)

    def _packed(self, parcel: int, now: float) -> bool:
        """A packer is done; whether to stop here."""
        self.station.packed(parcel, now)
        return False

    def _happen(self, now: float, kind: int, entity: Entity) -> bool:
        """Let an event happen; whether to stop here."""
        if kind == _PACKED:
            return self._packed(entity, now)
        if kind == _WAVE:
            self._collect(entity[1], now)
        elif kind == _CANCEL:
            self._cancel(entity, now)
        else:
            happen(self.station, now, kind, entity)
        return False

    def _collect(self, carrier: int, now: float) -> None:
        self.shipped += [(order, now) for order in self.station.collect(carrier)]

    def _cancel(self, order: int, now: float) -> None:
        if self.station.cancel(order, now):
            self.cancelled.append((order, now))

    def step(self) -> None:
        """Let the next thing happen; who joins is left to `advance`."""
        self.now, kind, _, entity = heappop(self.queue.events)
        self.n_events += 1
        self._happen(self.now, kind, entity)

    def forget(self) -> None:
        """Forget what was told, and who has joined."""
        if self.n_joined == len(self.joiners.orders):
            self.joiners.clear()
            self.n_joined = 0
        for told in (self.short, self.split, self.shipped, self.cancelled):
            if told:
                told.clear()


def happen(station: Station, now: float, kind: int, entity: Entity) -> None:
    """Let an event of a node happen to it."""
    if kind == _PICKED:
        station.picked(entity, now)
    elif kind == _PACKED:
        station.packed(entity, now)
    elif kind == _WAVE:
        station.collect(entity[1])
    elif kind == _STOCK:
        station.receive(entity[1], entity[2], now)
    else:
        _happen_rarely(station, now, kind, entity)


def _happen_rarely(station: Station, now: float, kind: int, entity: Entity) -> None:
    if kind == _CANCEL:
        station.cancel(entity, now)
    elif kind == _EXPIRY:
        station.shelf.expire(entity[1], now)
    elif kind == _SHIFT:
        station.change_shift(now)
    elif kind == _LABOUR:
        station.change_labour(now)
