"""Replaying one node: what it would have done with one more order, everybody else's decision unchanged.

After its routing an order meets only the queue, the stock and the docks of its node. So its own outcome under
any candidate follows from the state of that one node at the decision and from the orders known to join it later,
moved by the very code that moved it in the world.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

from simulator.clock import Entity, Kind
from simulator.planning import opening_stock
from simulator.stage import Stage
from simulator.station import Station, order_of

QueuedEvent = tuple[float, int, int, Entity]
FOREVER = float("inf")
_STOCK, _EXPIRY, _SHIFT, _LABOUR, _PICKED = (
    int(kind) for kind in (Kind.STOCK, Kind.EXPIRY, Kind.SHIFT, Kind.LABOUR, Kind.PICKED)
)
_PACKED, _CANCEL, _WAVE, _ORDER = (int(kind) for kind in (Kind.PACKED, Kind.CANCEL, Kind.WAVE, Kind.ORDER))
# What happens otherwise to the order that is followed: no dock, and no second thoughts (others have theirs).
_OWN = (_PACKED, _CANCEL)


@dataclass(frozen=True, slots=True)
class Passage:
    """What an order meets at a node, up to each carrier's collection.

    Parameters
    ----------
    shipping_hours : tuple of float
        When it would leave, by carrier.
    """

    order: int
    node: int
    stock_out: bool
    n_parcels: int
    shipping_hours: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Joiners:
    """Orders that join a node, in the order of their coming: their carriers, and when they come."""

    orders: list[int]
    carriers: list[int]
    at_hours: list[float]

    def __iter__(self) -> Iterator[tuple[int, int, float]]:
        """Order, carrier and hour of each."""
        return zip(self.orders, self.carriers, self.at_hours, strict=True)

    def add(self, order: int, carrier: int, at_hours: float) -> None:
        """One more comes."""
        self.orders.append(order)
        self.carriers.append(carrier)
        self.at_hours.append(at_hours)

    def copy(self) -> Joiners:
        """The same, to grow apart."""
        return Joiners(self.orders.copy(), self.carriers.copy(), self.at_hours.copy())

    def between(self, first: int, last: int) -> Joiners:
        """Those with numbers from first to last."""
        part = slice(bisect_left(self.orders, first), bisect_right(self.orders, last))
        return Joiners(self.orders[part], self.carriers[part], self.at_hours[part])


class LocalQueue:
    """The events of one node, in the order in which the world's queue would have them."""

    __slots__ = ("events", "sequence")

    def __init__(self, events: list[QueuedEvent], sequence: int) -> None:
        self.events = events
        self.sequence = sequence

    def post(self, at_hours: float, kind: int, entity: Entity) -> None:
        """Let something happen at an absolute time."""
        self.sequence += 1
        heappush(self.events, (at_hours, kind, self.sequence, entity))

    def copy(self) -> LocalQueue:
        """An equal queue of its own."""
        return LocalQueue(self.events.copy(), self.sequence)


class Visit:
    """One more order at a node, followed until it is packed.

    Parameters
    ----------
    station, queue : Station, LocalQueue
        The node at the order's decision; both are moved on, so give copies, and let the one post to the other.
    joiners : Joiners
        Those who join the node, as far as they are known; may grow between two calls of `play`.
    """

    __slots__ = (
        *("_ahead", "_joiners", "_next", "_queue", "_station"),
        *("n_parcels", "order", "shipping_hours", "stock_out"),
    )

    def __init__(self, station: Station, queue: LocalQueue, order: int, at_hours: float, joiners: Joiners) -> None:
        self._station, self._queue, self._joiners = station, queue, joiners
        self.order = order
        self._next = bisect_right(joiners.orders, order)
        # Which carrier it waits for matters to no one before the dock, so one replay serves all carriers.
        self.stock_out = not station.join(order, 0, at_hours)
        self.n_parcels = station.unsent.get(order, 1)
        # By carrier, once the first of two parcels is packed: whether it would still stand at the dock.
        self._ahead: list[int] = []
        self.shipping_hours: tuple[float, ...] = ()

    def play(self, until_hours: float) -> bool:
        """Go on until the order is packed, or to a moment before which all joiners are known; true if packed."""
        station, events, order = self._station, self._queue.events, self.order
        orders, carriers, come_at = self._joiners.orders, self._joiners.carriers, self._joiners.at_hours
        place, n_known = self._next, len(orders)
        comes = come_at[place] if place < n_known else FOREVER
        while True:
            at_hours, kind, _, entity = events[0]
            if (comes, _ORDER) < (at_hours, kind):
                if comes >= until_hours:
                    break
                station.join(orders[place], carriers[place], comes)
                place += 1
                comes = come_at[place] if place < n_known else FOREVER
                continue
            if at_hours >= until_hours:
                break
            heappop(events)
            if kind in _OWN and order_of(entity) == order:
                if kind == _PACKED and self._is_last(entity, at_hours):
                    return True
                continue
            if self._ahead:
                self._step_aside(kind, entity)
            happen(station, at_hours, kind, entity)
        self._next = place
        return False

    def _step_aside(self, kind: int, entity: Entity) -> None:
        """Before a collection: one that has room to spare takes the parcel that is thought of at this dock."""
        if kind == _WAVE and self._station.has_room(entity[1]):
            self._ahead[entity[1]] = 0

    def _is_last(self, parcel: int, at_hours: float) -> bool:
        """A parcel of the order is packed; if it is the last, the order leaves with it.

        The first of two stands at no dock here, because each candidate would have it at another. At the dock where it
        would stand there is one more ahead of all that came later, until a collection has room to spare.
        """
        station, carriers = self._station, range(len(self._station.docks))
        if self.n_parcels == 1 or self._ahead:
            ahead = self._ahead or [0] * len(carriers)
            self.shipping_hours = tuple(station.shipping_hours(carrier, ahead[carrier]) for carrier in carriers)
            return True
        station.packed(parcel, at_hours)
        station.docks[0].pop()
        self._ahead = [1] * len(carriers)
        return False


class NodeReplay:
    """One node and the orders that joined it in the factual run.

    Parameters
    ----------
    joiners, carriers : sequence of int
        Those orders in the order of their coming, and the carrier that each was to take.
    """

    def __init__(self, stage: Stage, node: int, joiners: Sequence[int], carriers: Sequence[int]) -> None:
        self._node = node
        self._placed_at = stage.demand.placed_at_hours.tolist()
        self.joiners = Joiners(list(joiners), list(carriers), [self._placed_at[joiner] for joiner in joiners])
        self._queue = LocalQueue([], 0)
        self._station = Station(stage.plans[node], stage.workload, stage.noise, self._queue.post)
        self._station.open(stage.start_hours, opening_stock(stage.plans[node], stage.noise))
        self._next = 0

    def passages(self, orders: Iterable[int]) -> Iterator[Passage]:
        """The passage of each of these orders, which must come in rising number, joiners or not."""
        for order in orders:
            station, queue = self.before(order)
            visit = Visit(station.twin(queue.post), queue, order, self._placed_at[order], self.joiners)
            visit.play(FOREVER)
            yield Passage(order, self._node, visit.stock_out, visit.n_parcels, visit.shipping_hours)

    def until(self, at_hours: float) -> tuple[Station, LocalQueue, int]:
        """The node before anything of a moment happens, never to be moved, a copy of its queue, and who has joined.

        Moments must rise.
        """
        joiners, events = self.joiners, self._queue.events
        while self._next < len(joiners.orders) and joiners.at_hours[self._next] < at_hours:
            self._join_next()
        while events[0][0] < at_hours:
            now, kind, _, entity = heappop(events)
            happen(self._station, now, kind, entity)
        return self._station, self._queue.copy(), self._next

    def before(self, order: int) -> tuple[Station, LocalQueue]:
        """The node just before the order's decision, never to be moved, and a copy of its queue.

        Orders must come in rising number.
        """
        joiners = self.joiners
        while self._next < len(joiners.orders) and joiners.orders[self._next] < order:
            self._join_next()
        _work_until(self._station, self._queue.events, self._placed_at[order])
        return self._station, self._queue.copy()

    def _join_next(self) -> None:
        joiners, place = self.joiners, self._next
        _work_until(self._station, self._queue.events, joiners.at_hours[place])
        self._station.join(joiners.orders[place], joiners.carriers[place], joiners.at_hours[place])
        self._next += 1


def _work_until(station: Station, events: list[QueuedEvent], until_hours: float) -> None:
    """Let happen what comes before an order at this time: order arrivals are last among equals."""
    while events[0][0] <= until_hours:
        at_hours, kind, _, entity = heappop(events)
        happen(station, at_hours, kind, entity)


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
        station.expire(entity[1], now)
    elif kind == _SHIFT:
        station.change_shift(now)
    elif kind == _LABOUR:
        station.change_labour(now)
