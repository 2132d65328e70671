"""Replaying one node: what it would have done with one more order, everybody else's decision unchanged.

After its routing an order meets only the queue, the stock and the docks of its node. So its own outcome under
any candidate follows from the state of that one node at the decision and from the orders known to join it later,
moved by the very code that moved it in the world.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

from simulator.clock import Entity, Kind
from simulator.planning import opening_stock
from simulator.stage import Stage
from simulator.station import Station

QueuedEvent = tuple[float, int, int, Entity]
_STOCK, _SHIFT, _LABOUR, _PICKED, _PACKED, _WAVE, _ORDER = (
    int(kind) for kind in (Kind.STOCK, Kind.SHIFT, Kind.LABOUR, Kind.PICKED, Kind.PACKED, Kind.WAVE, Kind.ORDER)
)


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
    shipping_hours: tuple[float, ...]


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
        self._joiners, self._carriers = joiners, carriers
        self._queue = LocalQueue([], 0)
        self._station = Station(stage.plans[node], stage.workload, stage.noise, self._queue.post)
        self._station.open(stage.start_hours, opening_stock(stage.plans[node], stage.noise))
        self._next = 0

    def passages(self, orders: Iterable[int]) -> Iterator[Passage]:
        """The passage of each of these orders, which must come in rising number, joiners or not."""
        for order in orders:
            self._advance_to(order)
            yield self._branch(order)

    def _advance_to(self, order: int) -> None:
        """Let everything happen that happens before this order's decision."""
        while self._next < len(self._joiners) and self._joiners[self._next] < order:
            joiner = self._joiners[self._next]
            _work_until(self._station, self._queue.events, self._placed_at[joiner])
            self._station.join(joiner, self._carriers[self._next], self._placed_at[joiner])
            self._next += 1
        _work_until(self._station, self._queue.events, self._placed_at[order])

    def _branch(self, order: int) -> Passage:
        queue = LocalQueue(self._queue.events.copy(), self._queue.sequence)
        station = self._station.twin(queue.post)
        # Which carrier it waits for matters to no one before the dock, so one replay serves all carriers.
        stock_out = not station.join(order, 0, self._placed_at[order])
        self._play_until_packed(station, queue.events, order)
        hours = tuple(station.shipping_hours(carrier) for carrier in range(len(station.docks)))
        return Passage(order, self._node, stock_out, hours)

    def _play_until_packed(self, station: Station, events: list[QueuedEvent], order: int) -> None:
        place = self._next
        if place < len(self._joiners) and self._joiners[place] == order:
            place += 1
        joiners, carriers, placed_at = self._joiners, self._carriers, self._placed_at
        comes = placed_at[joiners[place]] if place < len(joiners) else float("inf")
        while True:
            at_hours, kind, _, entity = events[0]
            if (comes, _ORDER) < (at_hours, kind):
                station.join(joiners[place], carriers[place], comes)
                place += 1
                comes = placed_at[joiners[place]] if place < len(joiners) else float("inf")
                continue
            heappop(events)
            if kind == _PACKED and entity == order:
                return
            _happen(station, at_hours, kind, entity)


def _work_until(station: Station, events: list[QueuedEvent], until_hours: float) -> None:
    """Let happen what comes before an order at this time: order arrivals are last among equals."""
    while events[0][0] <= until_hours:
        at_hours, kind, _, entity = heappop(events)
        _happen(station, at_hours, kind, entity)


def _happen(station: Station, now: float, kind: int, entity: Entity) -> None:
    if kind == _PICKED:
        station.picked(entity, now)
    elif kind == _PACKED:
        station.packed(entity, now)
    elif kind == _WAVE:
        station.collect(entity[1])
    elif kind == _STOCK:
        station.receive(entity[1], entity[2], now)
    elif kind == _SHIFT:
        station.change_shift(now)
    elif kind == _LABOUR:
        station.change_labour(now)
