"""Replaying one node: what it would have done with one more order, everybody else's decision unchanged.

After its routing an order meets only the queue, the stock and the docks of its node. So its own outcome under
any candidate follows from the state of that one node at the decision and from the orders known to join it later,
moved by the very code that moved it in the world.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import inf

from simulator.clock import Kind
from simulator.node import Joiners, LocalQueue, Node
from simulator.planning import opening_stock
from simulator.stage import Stage
from simulator.station import Station, order_of


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


class Visit(Node):
    """One more order at a node, followed until it is packed.

    Parameters
    ----------
    station, queue : Station, LocalQueue
        The node at the order's decision; both are moved on, so give copies, and let the one post to the other.
    joiners : Joiners
        Those who join the node, as far as they are known; may grow between two calls of `play`.
    """

    __slots__ = ("_ahead", "n_parcels", "order", "shipping_hours", "stock_out")

    def __init__(self, station: Station, queue: LocalQueue, order: int, at_hours: float, joiners: Joiners) -> None:
        super().__init__(station, queue, joiners, bisect_right(joiners.orders, order))
        self.order = order
        # Which carrier it waits for matters to no one before the dock, so one replay serves all carriers.
        self.stock_out = not station.join(order, 0, at_hours)
        self.n_parcels = station.unsent.get(order, 1)
        # By carrier, once the first of two parcels is packed: whether it would still stand at the dock.
        self._ahead: list[int] = []
        self.shipping_hours: tuple[float, ...] = ()

    def play(self, until_hours: float) -> bool:
        """Go on until the order is packed, or to a moment before which all joiners are known; true if packed."""
        return self.advance(until_hours)

    def _packed(self, parcel: int, now: float) -> bool:
        if order_of(parcel) == self.order:
            return self._is_last(parcel, now)
        return super()._packed(parcel, now)

    def _cancel(self, order: int, now: float) -> None:
        """The order's own customer has no second thoughts; others have theirs."""
        if order != self.order:
            super()._cancel(order, now)

    def _collect(self, carrier: int, now: float) -> None:
        # A collection that has room to spare takes the parcel that is thought of at this dock.
        if self._ahead and self.station.has_room(carrier):
            self._ahead[carrier] = 0
        super()._collect(carrier, now)

    def _is_last(self, parcel: int, at_hours: float) -> bool:
        """A parcel of the order is packed; if it is the last, the order leaves with it.

        The first of two stands at no dock here, because each candidate would have it at another. At the dock where it
        would stand there is one more ahead of all that came later, until a collection has room to spare.
        """
        station, carriers = self.station, range(len(self.station.docks))
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
        queue = LocalQueue([], 0)
        station = Station(stage.plans[node], stage.workload, stage.noise, queue.post)
        station.open(stage.start_hours, opening_stock(stage.plans[node], stage.noise))
        self._played = Node(station, queue, self.joiners)

    def passages(self, orders: Iterable[int]) -> Iterator[Passage]:
        """The passage of each of these orders, which must come in rising number, joiners or not."""
        for order in orders:
            station, queue = self.before(order)
            visit = Visit(station.twin(queue.post), queue, order, self._placed_at[order], self.joiners)
            visit.play(inf)
            yield Passage(order, self._node, visit.stock_out, visit.n_parcels, visit.shipping_hours)

    def until(self, at_hours: float) -> tuple[Station, LocalQueue, int]:
        """The node before anything of a moment happens, never to be moved, a copy of its queue, and who has joined.

        Moments must rise.
        """
        self._played.advance(at_hours)
        return self._played.station, self._played.queue.copy(), self._played.n_joined

    def before(self, order: int) -> tuple[Station, LocalQueue]:
        """The node just before the order's decision, never to be moved, and a copy of its queue.

        Orders must come in rising number.
        """
        n_before = bisect_left(self.joiners.orders, order)
        self._played.advance(self._placed_at[order], Kind.ORDER, n_before)
        return self._played.station, self._played.queue.copy()
