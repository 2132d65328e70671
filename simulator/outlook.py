"""What a policy sees of all orders that come before the next news: choice sets by the hundred, equal to the last bit.

Between two reports or reckonings an order's choice set is a function of the timetables and of its own moment, so that
all of them can be worked out together. Columns that a policy does not read are not worked out at all.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.choice_sets import ChoiceSets
from data.compiling import compiled
from simulator.demand import day_zero
from simulator.lanes import Menu
from simulator.record import ReportHistory
from simulator.reported import REPORTED_COLUMNS, Reported
from simulator.stage import Stage
from simulator.station_plan import StationPlan
from simulator.timetable import HOURS_PER_DAY
from simulator.when_read import Columns, NamesOfRows, WhenRead

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Rows:
    """Of each candidate: its order, its lane, and when its carrier calls next, each of shape (n_rows,)."""

    order: Ints
    lane: Ints
    cut_off_at: Floats


@dataclass(frozen=True, slots=True)
class Glance:
    """What is seen of some orders that come one after the other, nothing new being seen meanwhile.

    Parameters
    ----------
    sets : ChoiceSets
        Of these orders; read its columns before the next report or reckoning.
    lane : array of int of shape (n_rows,)
        Of each candidate, its place in the lane table.
    available, safety : array of int
        By order and node of its menu: reported units of the scarcest article, and its safety stock.
    node_offsets : array of int of shape (n_orders + 1,)
        Where each order's entries start in these, and the end.
    """

    sets: ChoiceSets
    lane: Ints
    available: Ints
    safety: Ints
    node_offsets: Ints


class Outlook:
    """Shows many orders their candidates.

    Parameters
    ----------
    history : list of ReportHistory
        By node: all that it told, the last one included.
    """

    def __init__(self, stage: Stage, history: list[ReportHistory]) -> None:
        self._stage, self._reported = stage, Reported(stage, history)
        menus, plans = stage.table.menus, stage.plans
        self._nodes = _folded([menu.nodes for menu in menus])
        self._lanes = (*_folded([menu.lanes for menu in menus]), _folded([menu.node_of for menu in menus])[1])
        self._waves = _daily_waves(plans)
        self._available = np.zeros((len(plans), stage.scenario.demand.n_skus), dtype=np.int64)
        self._safety = np.array([plan.safety_stock for plan in plans], dtype=np.int64)
        self._promise_hours = stage.demand.promised_at_hours - stage.demand.placed_at_hours
        self._start_weekday = day_zero(stage.scenario).weekday()
        names = [lane.candidate_id for lane in stage.table.lanes]
        ranks = {name: rank for rank, name in enumerate(sorted(set(names)))}
        self._by_lane = {name: stage.table.column(name) for name in _OF_LANES}
        self._by_lane["name_rank"] = np.array([ranks[name] for name in names], dtype=np.float64)
        self._names_of_lane = _names_of_lanes(menus, len(names))

    def take(self, node: int, available: array[int]) -> None:
        """A node reports its units by article."""
        self._available[node] = available

    def glance(self, first: int, last: int) -> Glance:
        """What is seen of the orders from one number to before another."""
        stage, demand = self._stage, self._stage.demand
        menu_of, placed_at = stage.menu_of[first:last], demand.placed_at_hours[first:last]
        offsets, node_offsets = _offsets(self._lanes[0], menu_of), _offsets(self._nodes[0], menu_of)
        lines = (demand.line_start[first : last + 1], demand.line_sku)
        stock = _stock(menu_of, node_offsets, self._nodes, lines, (self._available, self._safety))
        slots = (stage.table.node, stage.table.carrier)
        lane, place, cut_off_at = _rows(menu_of, placed_at, (offsets, node_offsets), self._lanes, slots, self._waves)
        rows = _Rows(np.repeat(np.arange(first, last), np.diff(offsets)), lane, cut_off_at)
        ready = {"available_quantity": stock[0][place], "safety_stock": stock[1][place]}
        candidate = WhenRead(lambda name: self._column(name, rows, ready))
        order = WhenRead(lambda name: {name: self._fact(name, first, last)})
        named = (NamesOfRows(names, lane) for names in self._names_of_lane)
        return Glance(ChoiceSets(order, candidate, offsets, *named), lane, *stock, node_offsets)

    def _column(self, name: str, rows: _Rows, ready: dict[str, Ints]) -> Columns:
        """A column of the candidates, and whatever comes with it."""
        if name == "hours_to_cut_off":
            return {name: rows.cut_off_at - self._stage.demand.placed_at_hours[rows.order]}
        if name in ready:
            return {name: ready[name].astype(np.float64)}
        if name in _OF_TARIFF:
            base, unit = (self._by_lane[item][rows.lane] for item in (_OF_TARIFF[name], _PER_UNIT[name]))
            return {name: base + unit * self._stage.demand.n_units[rows.order]}
        if name in self._by_lane:
            return {name: self._by_lane[name][rows.lane]}
        if name in REPORTED_COLUMNS:
            demand, table = self._stage.demand, self._stage.table
            slots = table.node[rows.lane], table.carrier[rows.lane], demand.region[rows.order]
            return self._reported.columns(slots, demand.placed_at_hours[rows.order], rows.cut_off_at)
        raise KeyError(name)

    def _fact(self, name: str, first: int, last: int) -> Floats:
        demand = self._stage.demand
        if name == "promise_hours":
            return self._promise_hours[first:last]
        now = demand.placed_at_hours[first:last]
        if name == "hour_of_day":
            return now % HOURS_PER_DAY
        if name == "day_of_week":
            return (self._start_weekday + now // HOURS_PER_DAY) % 7
        facts = {
            "n_units": demand.n_units,
            "max_line_quantity": demand.max_line_quantity,
            "order_value_minor": demand.value_minor,
        }
        return facts[name][first:last].astype(np.float64)


_OF_TARIFF = {"freight_minor": "freight_base_minor", "carbon_kg": "carbon_base_kg"}
_PER_UNIT = {"freight_minor": "freight_unit_minor", "carbon_kg": "carbon_unit_kg"}
_OF_LANES = ("lead_time_hours", "distance_km", "handling_minor", *_OF_TARIFF.values(), *_PER_UNIT.values())


def _folded(lists: Sequence[Sequence[int]]) -> tuple[Ints, Ints]:
    """Where each list starts in all of them together, with the end; and all of them together."""
    starts = np.concatenate(([0], np.cumsum([len(one) for one in lists])))
    return starts, np.array([item for one in lists for item in one], dtype=np.int64)


def _names_of_lanes(menus: Sequence[Menu], n_lanes: int) -> tuple[list[str], list[str], list[str]]:
    """The node, the carrier and the service level of each lane."""
    nodes, carriers, services = [""] * n_lanes, [""] * n_lanes, [""] * n_lanes
    for menu in menus:
        columns = menu.lanes, menu.node_ids, menu.carrier_ids, menu.service_levels
        for lane, node, carrier, service in zip(*columns, strict=True):
            nodes[lane], carriers[lane], services[lane] = node, carrier, service
    return nodes, carriers, services


def _daily_waves(plans: Sequence[StationPlan]) -> Floats:
    """Hours of the day of collections by node and carrier, the rest NaN, shape (n_nodes, n_carriers, n_most)."""
    most = max(len(timetable.hours) for plan in plans for timetable in plan.waves)
    waves = np.full((len(plans), len(plans[0].waves), most), np.nan)
    for node, plan in enumerate(plans):
        for carrier, timetable in enumerate(plan.waves):
            waves[node, carrier, : len(timetable.hours)] = timetable.hours
    return waves


@compiled
def _offsets(starts: Ints, menu_of: Ints) -> Ints:
    """Where each order's entries start, and the end, if each has those of its menu."""
    offsets = np.zeros(len(menu_of) + 1, dtype=np.int64)
    for order in range(len(menu_of)):
        offsets[order + 1] = offsets[order] + starts[menu_of[order] + 1] - starts[menu_of[order]]
    return offsets


@compiled
def _stock(
    menu_of: Ints, offsets: Ints, nodes: tuple[Ints, Ints], lines: tuple[Ints, Ints], shelves: tuple[Ints, Ints]
) -> tuple[Ints, Ints]:
    """Reported units of each order's scarcest article by node of its menu, and its safety stock."""
    (menu_start, menu_node), (line_start, line_sku), (told, safety) = nodes, lines, shelves
    available, safe = np.empty(offsets[-1], dtype=np.int64), np.empty(offsets[-1], dtype=np.int64)
    for order in range(len(menu_of)):
        for place in range(offsets[order + 1] - offsets[order]):
            node = menu_node[menu_start[menu_of[order]] + place]
            scarcest = line_sku[line_start[order]]
            for line in range(line_start[order] + 1, line_start[order + 1]):
                if told[node, line_sku[line]] < told[node, scarcest]:
                    scarcest = line_sku[line]
            available[offsets[order] + place] = told[node, scarcest]
            safe[offsets[order] + place] = safety[node, scarcest]
    return available, safe


@compiled
def _rows(
    menu_of: Ints,
    placed_at: Floats,
    offsets: tuple[Ints, Ints],
    lanes: tuple[Ints, Ints, Ints],
    slots: tuple[Ints, Ints],
    waves: Floats,
) -> tuple[Ints, Ints, Floats]:
    """By candidate: its lane, its node's place among all orders' nodes, and when it is collected next."""
    (menu_start, menu_lane, menu_place), (node_of, carrier_of) = lanes, slots
    n_rows = offsets[0][-1]
    lane, place, cut_off_at = np.empty(n_rows, dtype=np.int64), np.empty(n_rows, dtype=np.int64), np.empty(n_rows)
    for order in range(len(menu_of)):
        start = menu_start[menu_of[order]]
        for row in range(offsets[0][order], offsets[0][order + 1]):
            item = start + row - offsets[0][order]
            lane[row], place[row] = menu_lane[item], offsets[1][order] + menu_place[item]
            hours = waves[node_of[lane[row]], carrier_of[lane[row]]]
            cut_off_at[row] = _next_occurrence(hours, placed_at[order])
    return lane, place, cut_off_at


@compiled
def _next_occurrence(hours: Floats, now: float) -> float:
    """`Timetable.at` of the first occurrence after a moment."""
    day = np.floor(now / HOURS_PER_DAY)
    # A quotient may be rounded up to a day that has not begun.
    if HOURS_PER_DAY * day > now:
        day -= 1
    while True:
        for hour in hours:
            if HOURS_PER_DAY * day + hour > now:
                return float(HOURS_PER_DAY * day + hour)
        day += 1
