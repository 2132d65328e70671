"""The world: orders come, nodes work, carriers collect, parcels arrive, customers react."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

from data.incidents import IncidentType
from simulator.aftercare import Aftercare
from simulator.clock import Clock, Entity, Handler, Kind, PlainEvent, WorldEvent
from simulator.deciding import Deciding
from simulator.delivery import Delivery
from simulator.dwell import DwellWatch
from simulator.lookout import Lookout, Report, report_of
from simulator.planning import opening_stock
from simulator.policies import CompensationPolicy, RoutingPolicy
from simulator.record import Record
from simulator.stage import Stage
from simulator.station import Station


@dataclass(frozen=True)
class Snapshot:
    """All that a world needs to go on from here: plain data, shared with nobody."""

    now: float
    sequence: int
    queue: list[PlainEvent]
    stations: list[Station]
    reports: list[Report]
    lane_of: array[int]
    stock_out: bytearray
    customer_orders: array[int]
    customer_incidents: array[int]
    customer_standing: array[int]
    dwell: DwellWatch
    n_undelivered: int
    n_incidents_due: int


class World:
    """A run in progress; `open` or `restore` it before it runs.

    Parameters
    ----------
    prescribed : sequence of int or None
        For each order the place of the candidate to take in its choice set, -1 to ask the policy, or -2 if it does
        not come. Prescribed decisions see nothing and are not written down: branches use them to freeze what others do.
    """

    _lookout: Lookout

    def __init__(
        self,
        stage: Stage,
        routing: RoutingPolicy,
        compensation: CompensationPolicy,
        prescribed: Sequence[int] | None = None,
    ) -> None:
        self.stage = stage
        self._record = Record.empty(stage.n_orders, len(stage.plans))
        self.n_events = 0
        self._reports_at: list[float] = []
        self._deciding = Deciding(stage, routing, prescribed, lambda: min(self._reports_at))
        self.clock = Clock(self._handlers(), stage.start_hours)
        self.stations = [Station(plan, stage.workload, stage.noise, self.clock.post) for plan in stage.plans]
        self._delivery = Delivery(stage)
        self._aftercare = Aftercare(stage, compensation)
        self._dwell = DwellWatch(stage)
        self.lane_of: array[int] = array("q", [-1]) * stage.n_orders
        self.stock_out = bytearray(stage.n_orders)
        self._n_undelivered, self._n_incidents_due = stage.n_orders, 0
        self._node_of_lane: list[int] = stage.table.node.tolist()
        self._placed_at = stage.demand.placed_at_hours.tolist()
        self._promised_at = stage.demand.promised_at_hours.tolist()
        self._late_after_hours = stage.scenario.customers.late_incident_after_hours
        self._warning_hours = stage.scenario.customers.warning_hours

    def open(self) -> None:
        """Open the nodes and let the first order come."""
        now = self.stage.start_hours
        for plan, station in zip(self.stage.plans, self.stations, strict=True):
            station.open(now, opening_stock(plan, self.stage.noise))
        self._look_out([report_of(station, now) for station in self.stations])
        self._reports_at = [now + spec.reporting_interval_hours for spec in self.stage.scenario.nodes]
        for node, at_hours in enumerate(self._reports_at):
            self.clock.post(at_hours, Kind.REPORT, node)
        self.clock.post(self._placed_at[0], Kind.ORDER, 0)

    def run(self) -> None:
        """Go on until every order is delivered and every incident answered."""
        step = self.clock.step
        while self._n_undelivered or self._n_incidents_due:
            step()
            self.n_events += 1

    def step(self) -> None:
        """Let the next thing happen."""
        self.clock.step()
        self.n_events += 1

    @property
    def record(self) -> Record:
        """All that was written down so far."""
        self._deciding.write_down()
        return self._record

    @property
    def is_over(self) -> bool:
        """Whether every order is delivered and every incident answered."""
        return not (self._n_undelivered or self._n_incidents_due)

    def run_until_order(self, order: int) -> None:
        """Go on until this order's decision is the very next thing to happen."""
        while self.clock.next_event()[1:] != (Kind.ORDER, order):
            self.clock.step()

    def snapshot(self) -> Snapshot:
        """Copy the state, outputs apart."""
        return Snapshot(
            now=self.clock.now,
            sequence=self.clock.sequence,
            queue=self.clock.plain_queue(),
            stations=[station.twin(_post_nowhere) for station in self.stations],
            reports=list(self._lookout.reports),
            lane_of=self.lane_of[:],
            stock_out=self.stock_out[:],
            customer_orders=self._aftercare.n_orders[:],
            customer_incidents=self._aftercare.n_incidents[:],
            customer_standing=self._aftercare.standing[:],
            dwell=self._dwell.twin(self.stage, self._record),
            n_undelivered=self._n_undelivered,
            n_incidents_due=self._n_incidents_due,
        )

    def restore(self, snapshot: Snapshot) -> None:
        """Take over a snapshot of a world on the same stage; the record starts empty."""
        self.clock = Clock(self._handlers(), snapshot.now)
        self.clock.refill(snapshot.queue, snapshot.sequence)
        self.stations = [station.twin(self.clock.post) for station in snapshot.stations]
        self._record = Record.empty(self.stage.n_orders, len(self.stage.plans))
        reports = {entity: at_hours for at_hours, kind, _, entity in snapshot.queue if kind == Kind.REPORT}
        self._reports_at = [reports[node] for node in range(len(self.stations))]
        self._look_out(list(snapshot.reports))
        self.lane_of, self.stock_out = snapshot.lane_of[:], snapshot.stock_out[:]
        self._aftercare.n_orders = snapshot.customer_orders[:]
        self._aftercare.n_incidents = snapshot.customer_incidents[:]
        self._aftercare.standing = snapshot.customer_standing[:]
        self._dwell = snapshot.dwell.twin(self.stage, self._record)
        self._n_undelivered, self._n_incidents_due = snapshot.n_undelivered, snapshot.n_incidents_due

    def _look_out(self, reports: list[Report]) -> None:
        waves = [station.wave for station in self.stations]
        self._lookout = Lookout(self.stage, reports, waves, self._record.reports)
        self._deciding.look_through(self._lookout, self._record)

    def _handlers(self) -> dict[Kind, Handler]:
        return {
            Kind.STOCK: self._on_stock,
            Kind.EXPIRY: self._on_expiry,
            Kind.SHIFT: self._on_shift,
            Kind.LABOUR: self._on_labour,
            Kind.PICKED: self._on_picked,
            Kind.PACKED: self._on_packed,
            Kind.CANCEL: self._on_cancel,
            Kind.WAVE: self._on_wave,
            Kind.REPORT: self._on_report,
            Kind.ORDER: self._on_order,
            Kind.INCIDENT: self._on_incident,
        }

    def _on_stock(self, event: WorldEvent) -> None:
        node, sku, quantity = event.entity
        self.stations[node].receive(sku, quantity, self.clock.now)

    def _on_expiry(self, event: WorldEvent) -> None:
        node, sku = event.entity
        self.stations[node].expire(sku, self.clock.now)

    def _on_shift(self, event: WorldEvent) -> None:
        self.stations[event.entity].change_shift(self.clock.now)

    def _on_labour(self, event: WorldEvent) -> None:
        self.stations[event.entity].change_labour(self.clock.now)

    def _on_picked(self, event: WorldEvent) -> None:
        self._station_of(event.entity).picked(event.entity, self.clock.now)

    def _on_packed(self, event: WorldEvent) -> None:
        self._station_of(event.entity).packed(event.entity, self.clock.now)

    def _on_cancel(self, event: WorldEvent) -> None:
        order, now = event.entity, self.clock.now
        if self._station_of(order).cancel(order, now):
            self._record.cancelled_at_hours[order] = now
            self._dwell.leave(order)
            self._n_undelivered -= 1

    def _on_wave(self, event: WorldEvent) -> None:
        node, carrier = event.entity
        now = self.clock.now
        for order in self.stations[node].collect(carrier):
            self._ship(order, now)
        self._lookout.wave_passed(node, carrier)

    def _on_report(self, event: WorldEvent) -> None:
        node, now = event.entity, self.clock.now
        if self.stage.troubles[node].reporting.at(now):
            self._lookout.take(node, report_of(self.stations[node], now))
            self._tell_dwell(node, now)
        self._reports_at[node] = now + self.stage.scenario.nodes[node].reporting_interval_hours
        self.clock.post(self._reports_at[node], Kind.REPORT, node)

    def _tell_dwell(self, node: int, now: float) -> None:
        for order in self._dwell.overdue(node, now, self._record):
            self._n_incidents_due += 1
            kind, hours_late = _STOCK_OUT if self.stock_out[order] else _DWELL, max(0.0, now - self._promised_at[order])
            self.clock.post(now, Kind.INCIDENT, (order, kind, hours_late, now - self._placed_at[order]))

    def _on_order(self, event: WorldEvent) -> None:
        order, now = event.entity, self.clock.now
        if order + 1 < self.stage.n_orders:
            self.clock.post(self._placed_at[order + 1], Kind.ORDER, order + 1)
        if not self._deciding.comes(order, self._aftercare.comes(order)):
            self._n_undelivered -= 1
            return
        self._aftercare.count_order(order)
        place = self.lane_of[order] = self._deciding.lane(order, now)
        lane = self.stage.table.lanes[place]
        station = self.stations[lane.node]
        self.stock_out[order] = not station.join(order, lane.carrier, now)
        self._dwell.join(order, lane.node)
        if station.unsent and order in station.unsent:
            self._record.n_parcels[order] = station.unsent[order]

    def _on_incident(self, event: WorldEvent) -> None:
        order, kind, hours_late, dwell_hours = event.entity
        self._n_incidents_due -= 1
        record = self._aftercare.answer(order, _INCIDENT_TYPES[kind], hours_late, dwell_hours, self.clock.now)
        self._record.incidents.append(record)

    def _station_of(self, parcel: int) -> Station:
        return self.stations[self._node_of_lane[self.lane_of[parcel if parcel >= 0 else ~parcel]]]

    def _ship(self, order: int, now: float) -> None:
        delivered_at, lost, damaged = self._delivery.of(order, self.lane_of[order], now)
        record = self._record
        record.shipped_at_hours[order], record.delivered_at_hours[order] = now, delivered_at
        record.lost[order], record.damaged[order] = lost, damaged
        self._n_undelivered -= 1
        if self._dwell.leave(order):
            return
        hours_late = max(0.0, delivered_at - self._promised_at[order])
        if lost or damaged or self.stock_out[order] or hours_late > self._late_after_hours:
            kind = _LOST if lost else _DAMAGED if damaged else _STOCK_OUT if self.stock_out[order] else None
            if kind is None:
                kind = _INCIDENT_TYPES.index(self._delivery.why_late(order, self.lane_of[order]))
            opens_at = delivered_at
            if kind == _LATE and self._warning_hours is not None:
                warned_at = max(now, self._promised_at[order] - self._warning_hours)
                if warned_at < self._promised_at[order]:
                    kind, opens_at = _LATE_EXPECTED, warned_at
            self._n_incidents_due += 1
            self.clock.post(opens_at, Kind.INCIDENT, (order, kind, hours_late, 0.0))


# Incident types as plain numbers, for the queue.
_INCIDENT_TYPES = tuple(IncidentType)
_LOST, _DAMAGED, _STOCK_OUT = (
    _INCIDENT_TYPES.index(kind) for kind in (IncidentType.LOST, IncidentType.DAMAGED, IncidentType.STOCK_OUT)
)
_DWELL = _INCIDENT_TYPES.index(IncidentType.DWELL_OVERRUN)
_LATE, _LATE_EXPECTED = (_INCIDENT_TYPES.index(kind) for kind in (IncidentType.LATE, IncidentType.LATE_EXPECTED))


def _post_nowhere(at_hours: float, kind: int, entity: Entity) -> None:
    """A station in a snapshot stands still."""
    msg = f"a station in a snapshot posted kind {kind} for {entity} at {at_hours}; restore it into a world first"
    raise RuntimeError(msg)
