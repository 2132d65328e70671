"""Traces: what a finished run's nodes did order by order and article by article, as columns to look things up in."""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heappop
from math import inf, nan

import numpy as np
from numpy.typing import NDArray

from simulator.clock import Entity, Kind
from simulator.node import Joiners, LocalQueue, happen
from simulator.planning import opening_stock
from simulator.run import WorldRun
from simulator.station import Station, order_of
from simulator.station_plan import StationPlan
from simulator.truth.lookup import Idle, Shelf
from simulator.truth.windows import node_replays

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
_PICKED, _PACKED, _WAVE, _ORDER, _STOCK = (
    int(kind) for kind in (Kind.PICKED, Kind.PACKED, Kind.WAVE, Kind.ORDER, Kind.STOCK)
)
# How long a node is watched after its last order has left, so that late goods are seen coming.
AFTERWARDS_HOURS = 24.0 * 30


@dataclass(frozen=True)
class NodeTrace:
    """One node's factual course.

    Parameters
    ----------
    entered_at, started_at : array of shape (n_entries,)
        When orders entered the queue of the pickers, rising, and when each was begun.
    picked_at, pack_started_at : array of shape (n_entries,)
        When orders came to the packers, rising, and when each was begun.
    packed_at : list of array
        By carrier: when parcels came to its dock, rising.
    collected_at : list of array
        By carrier: when parcels left, rising.
    own_packed_at : array of shape (n_orders,)
        When (the last parcel of) each of the run's orders was packed here, NaN for others.
    """

    plan: StationPlan
    pick_idle: Idle
    pack_idle: Idle
    entered_at: Floats
    started_at: Floats
    picked_at: Floats
    pack_started_at: Floats
    packed_at: list[Floats]
    collected_at: list[Floats]
    own_packed_at: Floats
    shelf: Shelf


def node_traces(run: WorldRun) -> list[NodeTrace]:
    """Play every node of a run once more, and watch it."""
    until = float(np.nanmax(np.array(run.record.shipped_at_hours))) + AFTERWARDS_HOURS
    return [_Watch(run, node, replay.joiners).trace(until) for node, replay in enumerate(node_replays(run))]


class _Watch(LocalQueue):
    """A node's queue that writes down what is posted to it, and the node."""

    __slots__ = (
        "_arrived",
        "_changes",
        "_deliveries",
        "_entered",
        "_free",
        "_joiners",
        "_left",
        "_moments",
        "_now",
        "_pack",
        "_pick",
        "_run",
        "_station",
    )

    def __init__(self, run: WorldRun, node: int, joiners: Joiners) -> None:
        super().__init__([], 0)
        self._run, self._joiners, self._now = run, joiners, run.stage.start_hours
        self._pick: dict[int, tuple[float, float]] = {}
        self._pack: dict[int, tuple[float, float]] = {}
        self._entered: dict[int, float] = {}
        self._free: tuple[list[tuple[float, bool]], list[tuple[float, bool]]] = ([], [])
        self._moments: list[float] = []
        self._changes: list[tuple[int, ...]] = []
        self._deliveries: list[tuple[int, int, float]] = []
        plan = run.stage.plans[node]
        self._left: list[list[float]] = [[] for _ in plan.waves]
        self._arrived = [0] * len(plan.reorder_point)
        self._station = Station(plan, run.stage.workload, run.stage.noise, self.post)
        self._station.open(self._now, opening_stock(plan, run.stage.noise))

    def post(self, at_hours: float, kind: int, entity: Entity) -> None:
        """Let something happen, and write down when an order is begun and will be done."""
        super().post(at_hours, kind, entity)
        if kind == _PICKED:
            self._pick[entity] = (self._now, at_hours)
        elif kind == _PACKED:
            self._pack[entity] = (self._now, at_hours)

    def trace(self, until_hours: float) -> NodeTrace:
        """Play the node to a moment."""
        self._note(range(len(self._arrived)))
        for order, carrier, at_hours in self._joiners:
            self._work_until(at_hours)
            self._now = at_hours
            self._station.join(order, carrier, at_hours)
            if order not in self._station.missing_lines:
                self._entered[order] = at_hours
            self._note(self._skus(order))
        self._work_until(until_hours)
        return self._traced()

    def _work_until(self, until_hours: float) -> None:
        events, station = self.events, self._station
        while events[0][0] <= until_hours:
            self._now, kind, _, entity = heappop(events)
            waiting = list(station.missing_lines) if station.missing_lines else ()
            if kind == _WAVE:
                n_waiting = len(station.docks[entity[1]])
                station.collect(entity[1])
                self._left[entity[1]] += [self._now] * (n_waiting - len(station.docks[entity[1]]))
                continue
            happen(station, self._now, kind, entity)
            self._entered.update((order, self._now) for order in waiting if order not in station.missing_lines)
            if kind in (_PICKED, _PACKED):
                self._note(())
            else:
                self._note_goods(kind, entity)

    def _note_goods(self, kind: int, entity: Entity) -> None:
        """After goods came, expired or came back, or hands did."""
        if kind == _STOCK:
            self._arrived[entity[1]] += entity[2]
            self._deliveries.append((entity[1], self._arrived[entity[1]], self._now))
        if kind == int(Kind.CANCEL):
            self._note(self._skus(entity))
        else:
            self._note((entity[1],) if isinstance(entity, tuple) else ())

    def _skus(self, order: int) -> tuple[int, ...]:
        work = self._run.stage.workload
        return tuple(work.line_sku[work.line_start[order] : work.line_start[order + 1]])

    def _note(self, skus: range | tuple[int, ...]) -> None:
        """Write down who is free, and the stock of some articles."""
        station = self._station
        self._free[0].append((self._now, station.pickers_free > 0 and not station.pick_queue))
        self._free[1].append((self._now, station.packers_free > 0 and not station.pack_queue))
        shelf = station.shelf
        for sku in skus:
            owed = sum(quantity for _, quantity in shelf.owed[sku]) if sku in shelf.owed else 0
            stock = (shelf.on_hand[sku], owed, self._arrived[sku], shelf.position[sku])
            self._changes.append((sku, len(self._moments), *stock, shelf.n_reorders.get(sku, 0)))
        if skus:
            self._moments.append(self._now)

    def _traced(self) -> NodeTrace:
        carrier_of = dict(zip(self._joiners.orders, self._joiners.carriers, strict=True))
        own = np.full(self._run.stage.n_orders, nan)
        docks: list[list[float]] = [[] for _ in self._left]
        for parcel, (_, done) in self._pack.items():
            order = order_of(parcel)
            own[order] = np.fmax(own[order], done)
            docks[carrier_of[order]].append(done)
        entered = sorted((self._entered[order], start) for order, (start, _) in self._pick.items())
        picked = sorted((self._pick[order][1], start) for order, (start, _) in self._pack.items())
        return NodeTrace(
            self._station.plan,
            _idle(self._free[0]),
            _idle(self._free[1]),
            *_columns(entered),
            *_columns(picked),
            [np.sort(packed) for packed in docks],
            [np.sort(left) for left in self._left],
            own,
            self._shelf(),
        )

    def _shelf(self) -> Shelf:
        changes = np.array(sorted(self._changes), dtype=np.int64).reshape(-1, 7)
        deliveries, most = sorted(self._deliveries), max([0, *self._arrived]) + 1_000_000
        return Shelf(
            key=changes[:, 0] * len(self._moments) + changes[:, 1],
            on_hand=changes[:, 2].copy(),
            owed=changes[:, 3].copy(),
            arrived=changes[:, 4].copy(),
            position=changes[:, 5].copy(),
            n_reorders=changes[:, 6].copy(),
            arrival_key=np.array([sku * most + units for sku, units, _ in deliveries], dtype=np.int64),
            arrival_hours=np.array([at for _, _, at in deliveries], dtype=np.float64),
            moment_hours=np.array(self._moments),
            most=most,
            station=self._station,
        )


def _idle(free: list[tuple[float, bool]]) -> Idle:
    """Spells from what was seen after each event."""
    at_hours, is_free = np.array([at for at, _ in free]), np.array([one for _, one in free], dtype=np.int64)
    change = np.diff(is_free, prepend=0)
    starts, ends = at_hours[change == 1], at_hours[change == -1]
    ends = np.append(ends, inf) if len(ends) < len(starts) else ends
    lasts = ends > starts
    return Idle(starts[lasts], ends[lasts])


def _columns(pairs: list[tuple[float, float]]) -> tuple[Floats, Floats]:
    columns = np.array(pairs, dtype=np.float64).reshape(-1, 2)
    return columns[:, 0].copy(), columns[:, 1].copy()
