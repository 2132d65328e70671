"""A future played: the world goes on after a moment, and tells which orders join which node."""

from __future__ import annotations

from array import array
from dataclasses import replace

import numpy as np

from simulator.clock import Kind
from simulator.node import LocalQueue
from simulator.run import WorldRun
from simulator.snapshot import Snapshot
from simulator.stage import Stage, workload_of
from simulator.station import Station
from simulator.station_plan import Workload
from simulator.truth.draws import KeptDraws
from simulator.truth.redraw import joined, sliced
from simulator.truth.windows import Window, stands_still
from simulator.world import World


class Future:
    """One future of a run, played as far as somebody asks.

    Parameters
    ----------
    stage : Stage
        The redrawn stage, or the run's own.
    until_hours : float
        To where the future is drawn anew; from there on the nodes are joined by those who join them in fact.

    Attributes
    ----------
    joiners : list of Joiners
        By node, as far as played.
    """

    def __init__(self, run: WorldRun, stage: Stage, window: Window, until_hours: float) -> None:
        self._run, self.window, self._until = run, window, until_hours
        self._n_played = window.orders[-1] + 1
        self._stage = stage
        self._factual = stage is run.stage
        self._draws = [KeptDraws(station, stage.noise) for station in window.snapshot.stations]
        self.workload = stage.workload if self._factual else _with_tail(stage, run.stage, until_hours)
        self.joiners = [since.copy() for since in window.since]
        self._placed_at = stage.demand.placed_at_hours.tolist()
        self._node, self._carrier = stage.table.node.tolist(), stage.table.carrier.tolist()
        self._world: World | None = None

    def visited(self, station: Station, queue: LocalQueue) -> Station:
        """A copy of a node of the factual run that goes on in this future, posting to a queue."""
        return self._moved(station.twin(queue.post), self.workload)

    def play(self, until_hours: float) -> float:
        """Let the world go on to a moment; returns before which moment all joiners are known: perhaps ever."""
        if until_hours < self._until:
            self._play_world(until_hours)
            return until_hours
        self._play_world(self._until)
        self._join_in_fact()
        return float("inf")

    def _play_world(self, until_hours: float) -> None:
        if self._world is None:
            self._world = self._opened()
        world, orders = self._world, self._placed_at
        world.run_until(until_hours)
        while self._n_played < len(orders) and orders[self._n_played] < until_hours:
            lane = world.lane_of[self._n_played]
            if lane >= 0:
                self.joiners[self._node[lane]].add(self._n_played, self._carrier[lane], orders[self._n_played])
            self._n_played += 1

    def _join_in_fact(self) -> None:
        n_drawn = 0 if self._factual else self._stage.n_orders
        first = int(np.searchsorted(self._run.stage.demand.placed_at_hours, self._until))
        for mine, afterwards in zip(self.joiners, self.window.afterwards, strict=True):
            for order, carrier, at_hours in afterwards:
                if at_hours >= self._until:
                    mine.add(order if self._factual else order - first + n_drawn, carrier, at_hours)
        self._until = float("inf")

    def _opened(self) -> World:
        world = World(self._stage, self._run.routing, self._run.compensation)
        snapshot = self.window.snapshot
        world.restore(snapshot if self._factual else self._redrawn(snapshot))
        return world

    def _redrawn(self, snapshot: Snapshot) -> Snapshot:
        """The snapshot of the factual run, with another order to come next."""
        stage, first, n_orders = self._stage, self._n_played, self._stage.n_orders
        # Incidents are answered, but no answer reaches a node, unless customers come back or stay away.
        without = {Kind.ORDER} if stage.scenario.customers.feedback else {Kind.ORDER, Kind.INCIDENT}
        queue = [event for event in snapshot.queue if event[1] not in without]
        if first < n_orders:
            queue.append((self._placed_at[first], int(Kind.ORDER), 0, first))
        unknown = array("q", [-1]) * (n_orders - first)
        return replace(
            snapshot,
            queue=queue,
            stations=[self._moved(station.twin(stands_still), self._stage.workload) for station in snapshot.stations],
            lane_of=snapshot.lane_of[:first] + unknown,
            stock_out=snapshot.stock_out[:first] + bytearray(n_orders - first),
        )

    def _moved(self, station: Station, workload: Workload) -> Station:
        """Let a copied station look orders and draws up in this future."""
        if not self._factual:
            station._orders = workload  # noqa: SLF001  (a copy of our own)
            self._draws[station.plan.node].move(station)
        return station


def _with_tail(stage: Stage, factual: Stage, until_hours: float) -> Workload:
    """What orders of a future ask of a node: those drawn for it, then the factual ones after it."""
    first = int(np.searchsorted(factual.demand.placed_at_hours, until_hours))
    return workload_of(joined(stage.demand, sliced(factual.demand, first, factual.n_orders)))
