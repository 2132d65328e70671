"""The shelf of a node: stock on hand, who waits for goods, and the reorders that bring them.

Like the station that it is part of it is plain state, moved by whoever looks at the node.
"""

from __future__ import annotations

import math
from array import array
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from copy import copy
from statistics import NormalDist
from typing import Self

import numpy as np

from simulator.clock import Entity, Kind
from simulator.noise import Noise
from simulator.shelf_life import Batches
from simulator.station_plan import StationPlan, Workload

Post = Callable[[float, int, Entity], None]
_STANDARD_NORMAL = NormalDist()
DELAYS_AT_ONCE = 128


class Shelf:
    """Articles of one node.

    Parameters
    ----------
    post : callable
        Puts (absolute hours, kind, entity) on the queue of whoever runs this node.

    Attributes
    ----------
    on_hand, position : array of int
        By article: units there, and units there or under way but not asked for.
    owed : dict of int to deque of (int, int)
        By article: parcels that wait for it, first come first, and the units that each wants; no queue is empty.
    n_reorders : dict of int to int
        How often each article was reordered.
    batches : Batches or None
        When goods expire; None where all of them keep.
    """

    __slots__ = ("_delays", "_noise", "_post", "batches", "n_reorders", "on_hand", "owed", "plan", "position")

    def __init__(self, plan: StationPlan, noise: Noise, post: Post) -> None:
        self.plan, self._noise, self._post = plan, noise, post
        # Factors drawn so far, shared by all twins: each is a function of its key alone.
        self._delays: dict[tuple[int, int], float] = {}
        self.batches = Batches(plan.shelf_life, plan.node, noise) if plan.shelf_life else None
        self.on_hand: array[int] = array("q")
        self.position: array[int] = array("q")
        self.owed: dict[int, deque[tuple[int, int]]] = {}
        self.n_reorders: dict[int, int] = {}

    def open(self, now: float, on_hand: Sequence[int]) -> None:
        """Stock it as given."""
        self.on_hand, self.position = array("q", on_hand), array("q", on_hand)
        if self.batches is not None:
            for expires_at, sku in self.batches.open(now, on_hand):
                self._post(expires_at, Kind.EXPIRY, (self.plan.node, sku))

    def available(self) -> array[int]:
        """Units by article that nobody waits for: where there is a queue, what is on hand is spoken for."""
        units = self.on_hand[:]
        for sku in self.owed:
            units[sku] = 0
        return units

    def take(self, order: int, orders: Workload, now: float) -> int:
        """Take an order's lines, or queue for them behind those who wait; how many have to wait."""
        on_hand, position, owed, missing = self.on_hand, self.position, self.owed, 0
        for line in range(orders.line_start[order], orders.line_start[order + 1]):
            sku, quantity = orders.line_sku[line], orders.line_quantity[line]
            left = position[sku] = position[sku] - quantity
            if sku in owed or on_hand[sku] < quantity:
                owed.setdefault(sku, deque()).append((order, quantity))
                missing += 1
            else:
                on_hand[sku] -= quantity
            if left <= self.plan.reorder_point[sku]:
                self._reorder(sku, now)
        return missing

    def rename_last(self, order: int, rest: int, orders: Workload) -> None:
        """What an order that has just taken its lines waits for is for its second parcel."""
        for line in range(orders.line_start[order], orders.line_start[order + 1]):
            queue = self.owed.get(orders.line_sku[line], deque())
            # It has just joined these queues, so it is among their last.
            for place in range(len(queue) - 1, -1, -1):
                if queue[place][0] != order:
                    break
                queue[place] = (rest, queue[place][1])

    def receive(self, sku: int, quantity: int, now: float) -> Iterable[int]:
        """Put goods on the shelf; the parcels that each get a line of them, who waited longest first."""
        if self.batches is not None:
            expires_at = self.batches.come(sku, quantity, self.on_hand[sku], now)
            if expires_at is not None:
                self._post(expires_at, Kind.EXPIRY, (self.plan.node, sku))
        self.on_hand[sku] += quantity
        return self.serve(sku)

    def put_back(self, parcel: int, sku: int, quantity: int, now: float) -> None:
        """A line is no longer wanted: it leaves the queue for goods, or its goods go back to the shelf."""
        self.position[sku] += quantity
        queue = self.owed.get(sku)
        if queue is not None and (parcel, quantity) in queue:
            queue.remove((parcel, quantity))
            if not queue:
                del self.owed[sku]
            return
        self.on_hand[sku] += quantity
        if self.batches is not None:
            expires_at = self.batches.come_back(sku, self.on_hand[sku], now)
            if expires_at is not None:
                self._post(expires_at, Kind.EXPIRY, (self.plan.node, sku))

    def serve(self, sku: int) -> Iterable[int]:
        """Hand an article over to those who wait for it, as far as it goes; the parcels that got a line each."""
        queue = self.owed.get(sku)
        if queue is None:
            return ()
        served = []
        while queue and queue[0][1] <= self.on_hand[sku]:
            parcel, wanted = queue.popleft()
            self.on_hand[sku] -= wanted
            served.append(parcel)
        if not queue:
            del self.owed[sku]
        return served

    def expire(self, sku: int, now: float) -> None:
        """Write off what has expired of an article, and reorder if that leaves too little."""
        if self.batches is None:
            return
        n_expired = self.batches.expire(sku, self.on_hand[sku], now)
        self.on_hand[sku] -= n_expired
        self.position[sku] -= n_expired
        if n_expired and self.position[sku] <= self.plan.reorder_point[sku]:
            self._reorder(sku, now)

    def twin(self, post: Post) -> Self:
        """An equal shelf with its own state, posting elsewhere."""
        other = copy(self)
        other._post = post  # noqa: SLF001  (its own class)
        other.on_hand, other.position = self.on_hand[:], self.position[:]
        other.owed = {sku: queue.copy() for sku, queue in self.owed.items()}
        other.n_reorders = self.n_reorders.copy()
        other.batches = self.batches.twin() if self.batches is not None else None
        return other

    def delay_factor(self, sku: int, k: int) -> float:
        """Of the k-th reorder's time: lognormal with mean 1, keyed by node, article and count."""
        if not self.plan.replenishment_cv:
            return 1.0
        factor = self._delays.get((sku, k))
        if factor is None:
            self._draw_delays(sku // DELAYS_AT_ONCE, k)
            factor = self._delays[sku, k]
        return factor

    def _reorder(self, sku: int, now: float) -> None:
        plan, k = self.plan, self.n_reorders.get(sku, 0)
        self.n_reorders[sku] = k + 1
        quantity = plan.order_up_to[sku] - self.position[sku]
        self.position[sku] = plan.order_up_to[sku]
        delay = plan.replenishment_hours * self.delay_factor(sku, k)
        self._post(now + delay, Kind.STOCK, (plan.node, sku, quantity))

    def _draw_delays(self, block: int, k: int) -> None:
        """Draw the k-th delay of a block of articles: a keyed draw alone costs as much as a hundred together."""
        skus = range(block * DELAYS_AT_ONCE, min((block + 1) * DELAYS_AT_ONCE, len(self.plan.reorder_point)))
        uniforms = self._noise.uniforms_at(f"replenishment/{self.plan.node}", np.array(skus, dtype=np.uint64), k)
        spread = math.sqrt(math.log1p(self.plan.replenishment_cv**2))
        for sku, uniform in zip(skus, uniforms.tolist(), strict=True):
            # The normal quantile has none at 0, which one draw in 2**53 hits.
            normal = _STANDARD_NORMAL.inv_cdf(max(uniform, 1e-16))
            # What is known already stays: a redrawn future goes on from delays that were drawn before it.
            self._delays.setdefault((sku, k), math.exp(spread * normal - spread**2 / 2))
