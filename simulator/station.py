"""A node at work: picking, packing and the docks where parcels wait for their carrier.

The same code moves the node inside the SimPy world and in a replay of this one node, so that both are
equal to the last bit. All state is plain: ints, lists, deques and dicts of ints.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Sequence
from copy import copy
from typing import Self

from simulator.clock import Kind
from simulator.noise import Noise
from simulator.shelf import Post, Shelf
from simulator.station_plan import StationPlan, Workload

_PICKED, _PACKED = int(Kind.PICKED), int(Kind.PACKED)


class Station:
    """The moving part of a node.

    Parcels go by their order's number; where an order is split, its second parcel goes by the complement `~order`,
    and the dock hands the order over when the second of its parcels is collected.

    Parameters
    ----------
    post : callable
        Puts (absolute hours, kind, entity) on the queue of whoever runs this station.
    """

    __slots__ = (
        "_decay",
        "_orders",
        "_post",
        "_shift_began",
        "backlog",
        "booked",
        "carrier_of",
        "docks",
        "missing_lines",
        "pack_queue",
        "packers_free",
        "packers_present",
        "parts",
        "pick_queue",
        "pickers_free",
        "pickers_present",
        "plan",
        "shelf",
        "shift",
        "to_pack",
        "to_pick",
        "unsent",
        "wave",
    )

    def __init__(self, plan: StationPlan, orders: Workload, noise: Noise, post: Post) -> None:
        self.plan = plan
        self._orders = orders
        self._post = post
        self._decay, self._shift_began = plan.efficiency_decay_per_hour, 0.0
        self.shelf = Shelf(plan, noise, post)
        self.carrier_of: dict[int, int] = {}
        self.pick_queue, self.pack_queue = deque[int](), deque[int]()
        self.docks = [deque[int]() for _ in plan.waves]
        self.booked, self.wave = [0] * len(plan.waves), [0] * len(plan.waves)
        self.backlog = self.to_pick = self.to_pack = 0
        self.pickers_free = self.packers_free = self.pickers_present = self.packers_present = self.shift = 0
        self.missing_lines: dict[int, int] = {}
        # Of split orders: each parcel's share of the order's work until it is packed, and parcels not collected yet.
        self.parts: dict[int, float] = {}
        self.unsent: dict[int, int] = {}

    def open(self, now: float, on_hand: Sequence[int]) -> None:
        """Start work: labour of the shift that runs, stock as given, and the first events."""
        self.shelf.open(now, on_hand)
        self.shift = self.plan.shifts.last_until(now)
        self._shift_began = self.plan.shifts.at(self.shift)
        self._post(self.plan.shifts.at(self.shift + 1), Kind.SHIFT, self.plan.node)
        self.change_labour(now)
        for carrier, timetable in enumerate(self.plan.waves):
            self.wave[carrier] = timetable.first_from(now)
            self._post(timetable.at(self.wave[carrier]), Kind.WAVE, (self.plan.node, carrier))

    def join(self, order: int, carrier: int, now: float) -> bool:
        """Take in an order; true if every line could be taken from the shelf at once."""
        self.backlog += 1
        self.booked[carrier] += 1
        self.carrier_of[order] = carrier
        orders = self._orders
        if orders.cancel_at_hours is not None and orders.cancel_at_hours[order] < math.inf:
            self._post(orders.cancel_at_hours[order], Kind.CANCEL, order)
        missing = self.shelf.take(order, orders, now)
        if missing:
            n_lines = orders.line_start[order + 1] - orders.line_start[order]
            if self.plan.split_line_effort is not None and missing < n_lines:
                self._split(order, n_lines, missing, now)
            else:
                self.missing_lines[order] = missing
            return False
        self._to_pickers(order, now)
        return True

    def _split(self, order: int, n_lines: int, missing: int, now: float) -> None:
        """Let what is there go to the pickers, and what is missing follow as a parcel of its own."""
        rest, more = ~order, self.plan.split_line_effort or 0.0
        whole = 1 + more * (n_lines - 1)
        self.parts[order] = (1 + more * (n_lines - missing - 1)) / whole
        self.parts[rest] = (1 + more * (missing - 1)) / whole
        self.unsent[order] = 2
        self.shelf.rename_last(order, rest, self._orders)
        self.missing_lines[rest] = missing
        self.carrier_of[rest] = self.carrier_of[order]
        self.booked[self.carrier_of[order]] += 1
        self.backlog += 1
        self._to_pickers(order, now)

    def receive(self, sku: int, quantity: int, now: float) -> None:
        """Goods come: whoever has all its lines now goes to the pickers."""
        self._hand_over(self.shelf.receive(sku, quantity, now), now)

    def cancel(self, order: int, now: float) -> bool:
        """Let go of an order if nobody has begun to pick it, and put its goods back; false if it is too late."""
        parcels = (order, ~order) if order in self.unsent else (order,)
        if not all(parcel in self.missing_lines or parcel in self.pick_queue for parcel in parcels):
            return False
        for parcel in parcels:
            self._let_go(parcel)
        self.unsent.pop(order, None)
        orders = self._orders
        lines = range(orders.line_start[order], orders.line_start[order + 1])
        for line in lines:
            self.shelf.put_back(parcels[-1], orders.line_sku[line], orders.line_quantity[line], now)
        for line in lines:
            self._hand_over(self.shelf.serve(orders.line_sku[line]), now)
        return True

    def _let_go(self, parcel: int) -> None:
        """A parcel that waits for goods or for a picker waits no longer."""
        if self.missing_lines.pop(parcel, None) is None:
            self.pick_queue.remove(parcel)
            self.to_pick -= 1
        self.parts.pop(parcel, None)
        self.backlog -= 1
        self.booked[self.carrier_of.pop(parcel)] -= 1

    def _hand_over(self, served: Iterable[int], now: float) -> None:
        """Each of these parcels has one line more; whoever misses none goes to the pickers."""
        for parcel in served:
            self.missing_lines[parcel] -= 1
            if not self.missing_lines[parcel]:
                del self.missing_lines[parcel]
                self._to_pickers(parcel, now)

    def picked(self, order: int, now: float) -> None:
        """A picker is done with an order; it goes on to the packers."""
        self.pickers_free += 1
        self.to_pick -= 1
        self.to_pack += 1
        if self.pick_queue and self.pickers_free > 0:
            self._start_picking(self.pick_queue.popleft(), now)
        if self.packers_free > 0:
            self._start_packing(order, now)
        else:
            self.pack_queue.append(order)

    def packed(self, order: int, now: float) -> None:
        """A packer is done with an order; the parcel waits at its carrier's dock."""
        self.packers_free += 1
        self.to_pack -= 1
        self.backlog -= 1
        if self.pack_queue and self.packers_free > 0:
            self._start_packing(self.pack_queue.popleft(), now)
        if self.parts:
            self.parts.pop(order, None)
        self.docks[self.carrier_of.pop(order)].append(order)

    def change_shift(self, now: float) -> None:
        """Labour changes; whoever is at work finishes the order in hand, and every free hand takes one that waits."""
        self.shift += 1
        self._shift_began = now
        self._staff(now)
        self._post(self.plan.shifts.at(self.shift + 1), Kind.SHIFT, self.plan.node)

    def change_labour(self, now: float) -> None:
        """Trouble takes workers away or gives them back."""
        self._staff(now)
        next_change = self.plan.labour.next_change(now)
        if next_change is not None:
            self._post(next_change, Kind.LABOUR, self.plan.node)

    def collect(self, carrier: int) -> list[int]:
        """A carrier calls: hand over what waited longest, up to the cap; the orders that are complete with it."""
        dock = self.docks[carrier]
        taken = [dock.popleft() for _ in range(min(self._cap(carrier, self.wave[carrier]), len(dock)))]
        self.booked[carrier] -= len(taken)
        self.wave[carrier] += 1
        self._post(self.plan.waves[carrier].at(self.wave[carrier]), Kind.WAVE, (self.plan.node, carrier))
        return self._completed(taken) if self.unsent else taken

    def _completed(self, parcels: list[int]) -> list[int]:
        """The orders of which nothing is left here when these parcels go."""
        complete = []
        for parcel in parcels:
            order = order_of(parcel)
            left = self.unsent.get(order, 1) - 1
            if left:
                self.unsent[order] = left
            else:
                self.unsent.pop(order, None)
                complete.append(order)
        return complete

    def has_room(self, carrier: int) -> bool:
        """Whether the next collection takes all that is at its dock, and could take more."""
        return len(self.docks[carrier]) < self._cap(carrier, self.wave[carrier])

    def shipping_hours(self, carrier: int, n_more: int = 0) -> float:
        """When a parcel that reached this carrier's dock now would leave, behind so many more than are there."""
        ahead, wave = len(self.docks[carrier]) + n_more, self.wave[carrier]
        if self.plan.collected[carrier].changes_at_hours:
            while (cap := self._cap(carrier, wave)) <= ahead:
                ahead, wave = ahead - cap, wave + 1
            return self.plan.waves[carrier].at(wave)
        return self.plan.waves[carrier].at(wave + ahead // self.plan.wave_caps[carrier])

    def twin(self, post: Post) -> Self:
        """An equal station with its own state, posting elsewhere."""
        other = copy(self)
        other._post = post  # noqa: SLF001  (its own class)
        other.carrier_of = self.carrier_of.copy()
        other.pick_queue, other.pack_queue = self.pick_queue.copy(), self.pack_queue.copy()
        other.docks = [dock.copy() for dock in self.docks]
        other.booked, other.wave = self.booked.copy(), self.wave.copy()
        other.shelf = self.shelf.twin(post)
        other.missing_lines = self.missing_lines.copy()
        other.parts, other.unsent = self.parts.copy(), self.unsent.copy()
        return other

    def _staff(self, now: float) -> None:
        """Have those at work whom shift and troubles leave; every free hand takes an order that waits."""
        plan, place, share = self.plan, self.shift % len(self.plan.pickers), self.plan.labour.at(now)
        pickers, packers = round(plan.pickers[place] * share), round(plan.packers[place] * share)
        self.pickers_free += pickers - self.pickers_present
        self.packers_free += packers - self.packers_present
        self.pickers_present, self.packers_present = pickers, packers
        while self.pick_queue and self.pickers_free > 0:
            self._start_picking(self.pick_queue.popleft(), now)
        while self.pack_queue and self.packers_free > 0:
            self._start_packing(self.pack_queue.popleft(), now)

    def _cap(self, carrier: int, wave: int) -> int:
        plan = self.plan
        if not plan.collected[carrier].changes_at_hours:
            return plan.wave_caps[carrier]
        return int(plan.wave_caps[carrier] * plan.collected[carrier].at(plan.waves[carrier].at(wave)))

    def _to_pickers(self, order: int, now: float) -> None:
        self.to_pick += 1
        if self.pickers_free > 0:
            self._start_picking(order, now)
        else:
            self.pick_queue.append(order)

    def _start_picking(self, order: int, now: float) -> None:
        self.pickers_free -= 1
        effort = self._orders.pick_effort
        hours = self.plan.pick_hours * (self._effort(effort, order) if self.parts else effort[order])
        self._post(now + (hours / self._pace(now) if self._decay else hours), _PICKED, order)

    def _start_packing(self, order: int, now: float) -> None:
        self.packers_free -= 1
        effort = self._orders.pack_effort
        hours = self.plan.pack_hours * (self._effort(effort, order) if self.parts else effort[order])
        self._post(now + (hours / self._pace(now) if self._decay else hours), _PACKED, order)

    def _effort(self, effort: Sequence[float], parcel: int) -> float:
        """Work of a parcel: of a split order its lines' share."""
        return effort[order_of(parcel)] * self.parts.get(parcel, 1.0)

    def _pace(self, now: float) -> float:
        """Share of the fresh pace that is left to whoever starts on an order now."""
        pace = 1.0 - self._decay * (now - self._shift_began)
        return pace if pace > self.plan.least_efficiency else self.plan.least_efficiency


def order_of(parcel: int) -> int:
    """The order that a parcel belongs to.

    Examples
    --------
    >>> order_of(7), order_of(~7)
    (7, 7)
    """
    return parcel if parcel >= 0 else ~parcel
