"""What a policy sees: the nodes' last reports, the timetables, and the weather forecast. Never the truth."""

from __future__ import annotations

from array import array
from dataclasses import dataclass

from data.choice_sets import ChoiceSet
from simulator.demand import day_zero
from simulator.identifiers import order_id
from simulator.lanes import Menu
from simulator.planning import mean_effort
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


@dataclass(frozen=True, slots=True)
class _Labour:
    """A node's planned labour, and the mean work of one order."""

    pickers: LabourCurve
    packers: LabourCurve
    pick_hours: float
    pack_hours: float


@dataclass(slots=True)
class _CutOff:
    """A carrier's next collection at a node, and the labour until then; -1 until first asked for."""

    wave: int = -1
    at_hours: float = 0.0
    picker_hours: float = 0.0
    packer_hours: float = 0.0
    hour: int = 0


class Lookout:
    """Keeps the last report of every node and turns them into choice sets."""

    def __init__(self, stage: Stage, stations: list[Station]) -> None:
        self._stage = stage
        self._stations = stations
        self._labour = _labour(stage)
        n_carriers = len(stage.scenario.carriers)
        self._cut_offs = [[_CutOff() for _ in range(n_carriers)] for _ in stations]
        self._tariffs: dict[tuple[int, int], tuple[tuple[int, ...], tuple[float, ...]]] = {}
        self._start_weekday = day_zero(stage.scenario).weekday()
        demand = stage.demand
        self._promise_hours = (demand.promised_at_hours - demand.placed_at_hours).tolist()
        self._n_units, self._most = demand.n_units.tolist(), demand.max_line_quantity.tolist()
        self._value = demand.value_minor.tolist()
        self.reports: list[Report] = []

    def report(self, node: int, now: float) -> Report:
        """What the node would report now."""
        station = self._stations[node]
        return Report(now, station.on_hand[:], station.backlog, station.to_pick, station.to_pack, station.booked.copy())

    def choices(self, order: int, menu_place: int, now: float) -> ChoiceSet:
        """The choice set of an order that comes now."""
        menu = self._stage.table.menus[menu_place]
        n_units = self._n_units[order]
        freight, carbon = self._tariff(menu_place, n_units)
        available, safety = self._stock(order, menu)
        to_cut_off, utilization, carrier_utilization, weather = self._slots(menu, now)
        reports, node_of, slot_of = [self.reports[node] for node in menu.nodes], menu.node_of, menu.slot_of
        backlog = [report.backlog for report in reports]
        age = [now - report.observed_at_hours for report in reports]
        return ChoiceSet(
            order_id=order_id(order),
            hour_of_day=now % 24.0,
            day_of_week=(self._start_weekday + int(now // 24.0)) % 7,
            promise_hours=self._promise_hours[order],
            n_units=n_units,
            max_line_quantity=self._most[order],
            order_value_minor=self._value[order],
            candidate_id=menu.candidate_ids,
            available_quantity=[available[place] for place in node_of],
            safety_stock=[safety[place] for place in node_of],
            capacity_utilization=[utilization[slot] for slot in slot_of],
            backlog_orders=[backlog[place] for place in node_of],
            hours_to_cut_off=[to_cut_off[slot] for slot in slot_of],
            lead_time_hours=menu.lead_time_hours,
            distance_km=menu.distance_km,
            freight_minor=freight,
            handling_minor=menu.handling_minor,
            carbon_kg=carbon,
            observation_age_hours=[age[place] for place in node_of],
            carrier_utilization=[carrier_utilization[slot] for slot in slot_of],
            weather_severity=[weather[slot] for slot in slot_of],
        )

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
        """By (node, carrier): hours to the cut-off, node utilization until then, carrier's, and the forecast."""
        to_cut_off, utilization, carrier_utilization, weather = [], [], [], []
        forecast, node_region = self._stage.weather.forecast, self._stage.node_region
        there = forecast[menu.region]
        spent = [(self._labour[node].pickers.until(now), self._labour[node].packers.until(now)) for node in menu.nodes]
        for place, carrier in menu.slots:
            node = menu.nodes[place]
            cut_off, report = self._cut_off(node, carrier), self.reports[node]
            picker_hours, packer_hours = spent[place]
            to_cut_off.append(cut_off.at_hours - now)
            utilization.append(
                self._utilization(node, cut_off.picker_hours - picker_hours, cut_off.packer_hours - packer_hours)
            )
            carrier_utilization.append(report.booked[carrier] / self._stage.plans[node].wave_caps[carrier])
            weather.append(max(there[cut_off.hour], forecast[node_region[node]][cut_off.hour]))
        return to_cut_off, utilization, carrier_utilization, weather

    def _utilization(self, node: int, picker_hours: float, packer_hours: float) -> float:
        """Reported work over planned labour, of pickers or packers, whichever are busier."""
        labour, report = self._labour[node], self.reports[node]
        pick_work = report.to_pick * labour.pick_hours
        pack_work = (report.to_pick + report.to_pack) * labour.pack_hours
        # Cross-multiplied, so that no labour at all is the most and not a division by zero.
        if pick_work >= MOST_UTILIZATION * picker_hours or pack_work >= MOST_UTILIZATION * packer_hours:
            return MOST_UTILIZATION if report.to_pick + report.to_pack else 0.0
        return max(pick_work / picker_hours, pack_work / packer_hours)

    def _cut_off(self, node: int, carrier: int) -> _CutOff:
        cut_off, wave = self._cut_offs[node][carrier], self._stations[node].wave[carrier]
        if cut_off.wave != wave:
            at_hours = self._stage.plans[node].waves[carrier].at(wave)
            cut_off.wave, cut_off.at_hours = wave, at_hours
            cut_off.picker_hours = self._labour[node].pickers.until(at_hours)
            cut_off.packer_hours = self._labour[node].packers.until(at_hours)
            cut_off.hour = min(int(at_hours), self._stage.weather.last_hour)
        return cut_off

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


def _labour(stage: Stage) -> list[_Labour]:
    effort = mean_effort(stage.scenario)
    return [
        _Labour(
            LabourCurve(plan.shifts.hours, plan.pickers),
            LabourCurve(plan.shifts.hours, plan.packers),
            plan.pick_hours * effort,
            plan.pack_hours * effort,
        )
        for plan in stage.plans
    ]
