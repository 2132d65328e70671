"""What a policy sees: the nodes' last reports, the timetables, and the weather forecast. Never the truth."""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass

from data.choice_sets import ChoiceSet
from simulator.demand import day_zero
from simulator.identifiers import order_id
from simulator.lanes import Menu
from simulator.stage import Stage
from simulator.station import Station
from simulator.timetable import LabourCurve

# Above this a node is overloaded beyond anything that the number could still tell.
MOST_UTILIZATION = 10.0


@dataclass(frozen=True, slots=True)
class Report:
    """What a node told of itself, and when."""

    observed_at_hours: float
    on_hand: array[int]
    backlog: int
    to_pick: int
    to_pack: int
    booked: list[int]


class _NodeView:
    """What is known of one node, kept ready: its last report, its planned labour, its next collections.

    Everything here follows from the report, the timetables and the time, so a snapshot need not hold it.
    """

    __slots__ = (
        "_hours",
        "_last_hour",
        "_packers",
        "_pickers",
        "_plan",
        "_troubles",
        "booked",
        "cut_offs",
        "pack_work",
        "pick_work",
    )

    def __init__(self, stage: Stage, node: int, now: float) -> None:
        self._plan, self._troubles = stage.plans[node], stage.troubles[node]
        self._last_hour = stage.weather.last_hour
        self._hours = (self._plan.pick_hours * stage.mean_effort, self._plan.pack_hours * stage.mean_effort)
        self._pickers = LabourCurve(self._plan.shifts.hours, self._plan.pickers)
        self._packers = LabourCurve(self._plan.shifts.hours, self._plan.packers)
        self.pick_work = self.pack_work = 0.0
        self.booked: list[float] = []
        # By carrier: hours of the next collection, picker and packer hours until then, hour of the forecast.
        self.cut_offs = [self._cut_off(carrier, now) for carrier in range(len(self._plan.waves))]

    def take(self, report: Report) -> None:
        """The node reports."""
        pick_hours, pack_hours = self._hours
        # With half the workers the work takes twice as long; with none it is never done.
        present = self._troubles.told_labour.at(report.observed_at_hours)
        self.pick_work = report.to_pick * pick_hours / present if present else math.inf
        self.pack_work = (report.to_pick + report.to_pack) * pack_hours / present if present else math.inf
        shares = [share.at(report.observed_at_hours) for share in self._troubles.told_collected]
        caps = [int(cap * share) for cap, share in zip(self._plan.wave_caps, shares, strict=True)]
        self.booked = [
            orders / cap if cap else MOST_UTILIZATION for orders, cap in zip(report.booked, caps, strict=True)
        ]

    def wave_passed(self, carrier: int, now: float) -> None:
        """A carrier has called."""
        self.cut_offs[carrier] = self._cut_off(carrier, now)

    def worker_hours(self, now: float) -> tuple[float, float]:
        """Planned picker and packer hours from hour 0 until now."""
        return self._pickers.until(now), self._packers.until(now)

    def _cut_off(self, carrier: int, now: float) -> tuple[float, float, float, int]:
        timetable = self._plan.waves[carrier]
        at_hours = timetable.at(timetable.last_until(now) + 1)
        hour = min(int(at_hours), self._last_hour)
        return at_hours, self._pickers.until(at_hours), self._packers.until(at_hours), hour


class Lookout:
    """Keeps the last report of every node and turns them into choice sets."""

    def __init__(self, stage: Stage, reports: list[Report], now: float) -> None:
        self._stage = stage
        self._tariffs: dict[tuple[int, int], tuple[tuple[int, ...], tuple[float, ...]]] = {}
        self._start_weekday = day_zero(stage.scenario).weekday()
        demand = stage.demand
        self._promise_hours = (demand.promised_at_hours - demand.placed_at_hours).tolist()
        self._n_units, self._most = demand.n_units.tolist(), demand.max_line_quantity.tolist()
        self._value = demand.value_minor.tolist()
        self.reports = reports
        self._views = [_NodeView(stage, node, now) for node in range(len(stage.plans))]
        for view, report in zip(self._views, reports, strict=True):
            view.take(report)

    def take(self, node: int, report: Report) -> None:
        """A node reports."""
        self.reports[node] = report
        self._views[node].take(report)

    def wave_passed(self, node: int, carrier: int, now: float) -> None:
        """A carrier has called at a node."""
        self._views[node].wave_passed(carrier, now)

    def choices(self, order: int, menu_place: int, now: float) -> tuple[ChoiceSet, list[float]]:
        """The choice set of an order that comes now, and the block of numbers to write down of it.

        The block holds what is not in tables: SEEN_BY_NODE for each node of the menu, then SEEN_BY_SLOT for each slot.
        """
        menu = self._stage.table.menus[menu_place]
        n_units = self._n_units[order]
        freight, carbon = self._tariff(menu_place, n_units)
        available, safety = self._stock(order, menu)
        to_cut_off, utilization, carrier_utilization, weather = self._slots(menu, now)
        reports = [self.reports[node] for node in menu.nodes]
        spread_nodes, spread_slots = menu.spread_nodes, menu.spread_slots
        backlog = [report.backlog for report in reports]
        age = [now - report.observed_at_hours for report in reports]
        seen = [*available, *safety, *backlog, *age, *to_cut_off, *utilization, *carrier_utilization, *weather]
        choices = ChoiceSet(
            order_id=order_id(order),
            hour_of_day=now % 24.0,
            day_of_week=(self._start_weekday + int(now // 24.0)) % 7,
            promise_hours=self._promise_hours[order],
            n_units=n_units,
            max_line_quantity=self._most[order],
            order_value_minor=self._value[order],
            candidate_id=menu.candidate_ids,
            available_quantity=spread_nodes(available),
            safety_stock=spread_nodes(safety),
            capacity_utilization=spread_slots(utilization),
            backlog_orders=spread_nodes(backlog),
            hours_to_cut_off=spread_slots(to_cut_off),
            lead_time_hours=menu.lead_time_hours,
            distance_km=menu.distance_km,
            freight_minor=freight,
            handling_minor=menu.handling_minor,
            carbon_kg=carbon,
            observation_age_hours=spread_nodes(age),
            carrier_utilization=spread_slots(carrier_utilization),
            weather_severity=spread_slots(weather),
        )
        return choices, seen

    def _stock(self, order: int, menu: Menu) -> tuple[list[int], list[int]]:
        """Reported units of the order's scarcest article by node, and its safety stock."""
        work = self._stage.workload
        skus = work.line_sku[work.line_start[order] : work.line_start[order + 1]]
        available, safety = [], []
        for node in menu.nodes:
            on_hand = self.reports[node].on_hand
            scarcest = skus[0]
            for sku in skus:
                if on_hand[sku] < on_hand[scarcest]:
                    scarcest = sku
            available.append(on_hand[scarcest])
            safety.append(self._stage.plans[node].safety_stock[scarcest])
        return available, safety

    def _slots(self, menu: Menu, now: float) -> tuple[list[float], list[float], list[float], list[float]]:
        """By (node, carrier): hours to the cut-off, the node's utilization until then, the carrier's, the forecast.

        A node's utilization is reported work over planned labour, of pickers or packers, whichever are busier.
        """
        to_cut_off, utilization, carrier_utilization, weather = [], [], [], []
        forecast, node_region = self._stage.weather.forecast, self._stage.node_region
        there, views = forecast[menu.region], [self._views[node] for node in menu.nodes]
        spent = [view.worker_hours(now) for view in views]
        here = [forecast[node_region[node]] for node in menu.nodes]
        for place, carrier in menu.slots:
            view, (pickers_spent, packers_spent) = views[place], spent[place]
            at_hours, pickers_until, packers_until, hour = view.cut_offs[carrier]
            to_cut_off.append(at_hours - now)
            pick_load = _load(view.pick_work, pickers_until - pickers_spent)
            pack_load = _load(view.pack_work, packers_until - packers_spent)
            utilization.append(pick_load if pick_load > pack_load else pack_load)
            carrier_utilization.append(view.booked[carrier])
            at_door, at_node = there[hour], here[place][hour]
            weather.append(at_door if at_door > at_node else at_node)
        return to_cut_off, utilization, carrier_utilization, weather

    def _tariff(self, menu_place: int, n_units: int) -> tuple[tuple[int, ...], tuple[float, ...]]:
        key = (menu_place, n_units)
        if key not in self._tariffs:
            table = self._stage.table
            lanes = [table.lanes[lane] for lane in table.menus[menu_place].lanes]
            self._tariffs[key] = (
                tuple(lane.freight_minor(n_units) for lane in lanes),
                tuple(lane.carbon_kg(n_units) for lane in lanes),
            )
        return self._tariffs[key]


def report_of(station: Station, now: float) -> Report:
    """What a node would report now."""
    return Report(now, station.on_hand[:], station.backlog, station.to_pick, station.to_pack, station.booked.copy())


def _load(work_hours: float, worker_hours: float) -> float:
    if work_hours < MOST_UTILIZATION * worker_hours:
        return work_hours / worker_hours
    # No labour at all is the most there is, and not a division by zero; without work nobody is missed.
    return MOST_UTILIZATION if work_hours else 0.0
