"""The world: orders come, nodes work, carriers collect, parcels arrive, customers react.

SimPy's queue carries what concerns more than one part of the world: orders, collections, reports, and reckonings of
what they leave open. What happens in a node between two of these concerns nobody else, so each node has a queue of its
own and is moved on when looked at.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Sequence
from math import inf

from simulator.aftercare import Aftercare
from simulator.arrivals import Arrivals
from simulator.clock import Clock, Entity, Handler, Kind, PlainEvent, WorldEvent
from simulator.deciding import Deciding
from simulator.dwell import DwellWatch
from simulator.lookout import Lookout
from simulator.node import Node
from simulator.nodes import Nodes
from simulator.policies import CompensationPolicy, RoutingPolicy
from simulator.reckoning import RECKONED_EVERY_HOURS
from simulator.record import Record
from simulator.reports import Report, report_of
from simulator.shipping import Shipping
from simulator.snapshot import Snapshot, parted
from simulator.stage import Stage
from simulator.station import Station

_STOCK, _WAVE, _REPORT, _RECKONING, _ORDER, _INCIDENT = (
    int(kind) for kind in (Kind.STOCK, Kind.WAVE, Kind.REPORT, Kind.RECKONING, Kind.ORDER, Kind.INCIDENT)
)


class World:
    """A run in progress; `open` or `restore` it before it runs.

    Parameters
    ----------
    prescribed : sequence of int or None
        For each order the place of the candidate to take in its choice set, -1 to ask the policy, or -2 if it does
        not come. Prescribed decisions see nothing and are not written down: branches use them to freeze what others do.
    """

    nodes: Nodes
    _lookout: Lookout
    _shipping: Shipping

    def __init__(
        self,
        stage: Stage,
        routing: RoutingPolicy,
        compensation: CompensationPolicy,
        prescribed: Sequence[int] | None = None,
    ) -> None:
        self.stage = stage
        self._record = Record.empty(stage.n_orders, len(stage.plans))
        # By node its next report, and last the next reckoning: until then nothing new is seen.
        self._news_at: list[float] = []
        self._deciding = Deciding(stage, routing, prescribed, lambda: min(self._news_at))
        self.clock = Clock(self._handlers(), stage.start_hours)
        self._aftercare = Aftercare(stage, compensation)
        self._arrivals = Arrivals(stage, self._deciding, self._aftercare)
        self._dwell = DwellWatch(stage)
        self.lane_of: array[int] = array("q", [-1]) * stage.n_orders
        self.stock_out = bytearray(stage.n_orders)
        self._n_undelivered, self._next_order, self._n_events = stage.n_orders, 0, 0
        # The last thing that happened on SimPy's queue, and where a leap ends.
        self._moment, self._halt = (stage.start_hours, 0), (inf, stage.n_orders)
        asked = stage.workload.cancel_at_hours or ()
        self._last_cancel_at = max((at for at in asked if at < inf), default=-inf)

    def open(self) -> None:
        """Open the nodes and let the first order come."""
        now = self.stage.start_hours
        self.nodes = Nodes.opened(self.stage, self.clock.post, self._take_note)
        self._look_out([report_of(station, now) for station in self.stations])
        reports_at = [now + spec.reporting_interval_hours for spec in self.stage.scenario.nodes]
        for node, at_hours in enumerate(reports_at):
            self.clock.post(at_hours, Kind.REPORT, node)
        self._news_at = [*reports_at, now + RECKONED_EVERY_HOURS]
        self.clock.post(self._news_at[-1], Kind.RECKONING, 0)
        self.clock.post(self._arrivals.placed_at[0], Kind.ORDER, 0)

    def run(self) -> None:
        """Go on until every order is delivered and every incident answered."""
        while self._next_order < self.stage.n_orders:
            self._leap()
        self.nodes.look_everywhere(*self._last_moment)
        # Now a customer who cancels may end the run: only small steps find the very moment.
        while not self.is_over and self._last_moment[0] <= self._last_cancel_at:
            self.step()
        while not self.is_over:
            self._leap()
        self.nodes.look_everywhere(*self._last_moment)
        self._record.sort()

    def run_until(self, at_hours: float) -> None:
        """Let everything happen that happens before a moment, or until all is over."""
        self._run_to(at_hours, _STOCK, self.stage.n_orders)

    def run_until_order(self, order: int) -> None:
        """Go on until this order's decision is the very next thing to happen."""
        self._run_to(self._arrivals.placed_at[order], _ORDER, order)

    def step(self) -> None:
        """Let the next thing happen."""
        at_hours, kind, _ = self.next_event()
        if kind == _INCIDENT:
            self._aftercare.open_next()
            return
        if self.nodes.step(at_hours, kind):
            return
        self._halt = (at_hours, self._next_order + 1)
        self._step_clock()
        self._halt = (inf, self.stage.n_orders)
        self.nodes.look_everywhere(at_hours, kind)

    def next_event(self) -> tuple[float, int, Entity]:
        """Time, kind and entity of what happens next, without letting it happen."""
        apart = (*self._aftercare.due()[:1], *self.nodes.next_events())
        nexts = [self.clock.next_event(), *((at_hours, kind, entity) for at_hours, kind, _, entity in apart)]
        return min(nexts, key=lambda event: event[:2])

    @property
    def now(self) -> float:
        """When the last thing happened."""
        return max(self._last_moment[0], self.nodes.now)

    @property
    def _last_moment(self) -> tuple[float, int]:
        """The last thing that happened outside the nodes."""
        return max(self._moment, (self._aftercare.now, _INCIDENT))

    @property
    def stations(self) -> list[Station]:
        """The working parts of the nodes."""
        return self.nodes.stations

    @property
    def n_events(self) -> int:
        """How many things have happened, whoever carried them."""
        return self._n_events + self._aftercare.n_events + self.nodes.n_events

    @property
    def record(self) -> Record:
        """All that was written down so far."""
        self._deciding.write_down()
        return self._record

    @property
    def is_over(self) -> bool:
        """Whether every order is delivered and every incident answered."""
        return not (self._n_undelivered or self._aftercare.is_waiting)

    def due(self) -> list[PlainEvent]:
        """All that is due, in nodes, for customers, and on SimPy's queue."""
        return [*self.clock.plain_queue(), *self._aftercare.due(), *self.nodes.due()]

    def snapshot(self) -> Snapshot:
        """Copy the state, outputs apart; only where a step, or a run until a moment, has ended."""
        return Snapshot(
            now=self.now,
            queue=self.due(),
            stations=self.nodes.standing_still(),
            reports=list(self._lookout.reports),
            reckonings=self._lookout.reckonings,
            bookings=self._lookout.bookings,
            sent=[list(by_carrier) for by_carrier in self._lookout.sent],
            lane_of=self.lane_of[:],
            stock_out=self.stock_out[:],
            customer_orders=self._aftercare.n_orders[:],
            customer_incidents=self._aftercare.n_incidents[:],
            customer_standing=self._aftercare.standing[:],
            dwell=self._dwell.twin(self.stage, self._record),
            n_undelivered=self._n_undelivered,
        )

    def restore(self, snapshot: Snapshot) -> None:
        """Take over a snapshot of a world on the same stage; the record starts empty."""
        self.clock = Clock(self._handlers(), snapshot.now)
        self._moment, self._n_events = (snapshot.now, 0), 0
        self._record = Record.empty(self.stage.n_orders, len(self.stage.plans))
        self.lane_of, self.stock_out = snapshot.lane_of[:], snapshot.stock_out[:]
        self._aftercare.n_orders = snapshot.customer_orders[:]
        self._aftercare.n_incidents = snapshot.customer_incidents[:]
        self._aftercare.standing = snapshot.customer_standing[:]
        self._dwell = snapshot.dwell.twin(self.stage, self._record)
        self._n_undelivered = snapshot.n_undelivered
        self._take_over(snapshot.queue, snapshot.stations)
        self._look_out(list(snapshot.reports))
        self._lookout.resume(snapshot.reckonings, snapshot.bookings, snapshot.sent)

    def _take_over(self, due: Sequence[PlainEvent], stations: Sequence[Station]) -> None:
        """Give everything that is due to whom it concerns."""
        node_of_lane = self.stage.table.node
        parts = parted(due, len(stations), lambda order: int(node_of_lane[self.lane_of[order]]))
        self.clock.refill(parts.shared, max(event[2] for event in parts.shared))
        self._aftercare.take_over(parts.waiting)
        self._next_order = min((event[3] for event in parts.shared if event[1] == _ORDER), default=self.stage.n_orders)
        reports = {node: at_hours for at_hours, kind, _, node in parts.shared if kind == _REPORT}
        reckoning_at = next(at_hours for at_hours, kind, _, _ in parts.shared if kind == _RECKONING)
        self._news_at = [*(reports[node] for node in range(len(stations))), reckoning_at]
        self.nodes = Nodes.resumed(stations, parts.local, self.clock.post, self._take_note)

    def _look_out(self, reports: list[Report]) -> None:
        waves = [station.wave for station in self.stations]
        self._lookout = Lookout(self.stage, reports, waves, self._record.reports)
        self._deciding.look_through(self._lookout, self._record)
        self._aftercare.write_into(self._record)
        self._arrivals.lead_to(self.nodes, self._dwell, self.lane_of, self._lookout.sent)
        self._shipping = Shipping(self.stage, self._record, self.lane_of, self.stock_out)

    def _handlers(self) -> dict[Kind, Handler]:
        coming = {Kind.WAVE: self._on_wave, Kind.ORDER: self._on_orders}
        return {**coming, Kind.REPORT: self._on_report, Kind.RECKONING: self._on_reckoning}

    def _run_to(self, at_hours: float, kind: int, n_orders: int) -> None:
        """Let everything happen that comes before a kind of event at a moment, so many orders at most."""
        self._halt = (at_hours, n_orders)
        while not self.is_over:
            at, what, entity = self.clock.next_event()
            if (at, what) >= (at_hours, kind) and not (what == kind == _ORDER and entity < n_orders):
                break
            self._leap()
        self._aftercare.settle(at_hours)
        self.nodes.look_everywhere(at_hours, kind)
        self._halt = (inf, self.stage.n_orders)

    def _leap(self) -> None:
        """Let the next thing on SimPy's queue happen, and before it whatever concerns customers."""
        self._aftercare.settle(self.clock.next_event()[0])
        if not self.is_over:
            self._step_clock()

    def _step_clock(self) -> None:
        self._moment = self.clock.next_event()[:2]
        self._n_events += 1
        self.clock.step()

    def _take_note(self, node: Node) -> None:
        for order in node.short:
            self.stock_out[order] = True
        self._record.n_parcels.update(dict.fromkeys(node.split, 2))
        for order, now in node.cancelled:
            self._record.cancelled_at_hours[order] = now
            self._dwell.leave(order)
            self._n_undelivered -= 1

    def _on_wave(self, event: WorldEvent) -> None:
        place, carrier = event.entity
        now = self.clock.now
        orders = self.nodes.look(place, now, _WAVE).station.collect(carrier)
        if orders:
            told = {order for order in orders if self._dwell.leave(order)}
            for order, kind, opens_at, hours_late in self._shipping.send(orders, place, carrier, now):
                if order not in told:
                    self._aftercare.hear(opens_at, (order, kind, hours_late, 0.0))
            self._n_undelivered -= len(orders)
        self._lookout.wave_passed(place, carrier)

    def _on_report(self, event: WorldEvent) -> None:
        node, now = event.entity, self.clock.now
        if self.stage.troubles[node].reporting.at(now):
            self._lookout.take(node, report_of(self.nodes.look(node, now, _REPORT).station, now))
            for heard in self._dwell.incidents(node, now, self._record, self.stock_out):
                self._aftercare.hear(now, heard)
        self._news_at[node] = now + self.stage.scenario.nodes[node].reporting_interval_hours
        self.clock.post(self._news_at[node], Kind.REPORT, node)

    def _on_reckoning(self, event: WorldEvent) -> None:
        now = self.clock.now
        self._lookout.reckon(now)
        self._news_at[-1] = now + RECKONED_EVERY_HOURS
        self.clock.post(self._news_at[-1], event.kind, event.entity)

    def _on_orders(self, event: WorldEvent) -> None:
        """Let orders come, one after the other, until the next thing on SimPy's queue."""
        first, (until_hours, last) = event.entity, self._halt
        until_hours = min(until_hours, self.clock.peek())
        placed_at = self._arrivals.placed_at
        last = min(last, max(first + 1, bisect_left(placed_at, until_hours, first)))
        self._n_undelivered -= self._arrivals.come(first, last)
        self._moment = (placed_at[last - 1], _ORDER)
        self._n_events += last - first - 1
        self._next_order = last
        if last < self.stage.n_orders:
            self.clock.post(placed_at[last], Kind.ORDER, last)
