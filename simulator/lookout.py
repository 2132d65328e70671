"""What a policy sees: reports, the work reckoned on from them, timetables, the weather and its forecast, no truth."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from simulator.bookings import Bookings
from simulator.demand import day_zero
from simulator.identifiers import order_id
from simulator.lanes import Menu
from simulator.node_view import NodeView
from simulator.outlook import Glance, Outlook
from simulator.reckoning import Reckoning
from simulator.record import ReportHistory
from simulator.reports import Report
from simulator.seen import MOST_UTILIZATION
from simulator.sighting import Sighting
from simulator.stage import Stage
from simulator.timetable import HOURS_PER_DAY


class Lookout:
    """Keeps the last report of every node and what is made of it, and shows orders their candidates.

    Parameters
    ----------
    waves : sequence of sequence of int
        By node and carrier: the number of the next collection.
    history : list of ReportHistory
        By node: where that is written down; the reports given are the first.

    Attributes
    ----------
    moment : int
        Counts news and decisions.
    sent : list of list of int
        By node and carrier: orders that were sent there since the node's work was last reckoned.
    """

    def __init__(
        self, stage: Stage, reports: list[Report], waves: Sequence[Sequence[int]], history: list[ReportHistory]
    ) -> None:
        self._stage, self._menus = stage, stage.table.menus
        self._tariffs: dict[tuple[int, int], tuple[tuple[int, ...], tuple[float, ...]]] = {}
        self._start_weekday = day_zero(stage.scenario).weekday()
        demand = stage.demand
        self._promise_hours = (demand.promised_at_hours - demand.placed_at_hours).tolist()
        self._n_units, self._most = demand.n_units.tolist(), demand.max_line_quantity.tolist()
        self._facts = {"n_units": self._n_units, "order_value_minor": demand.value_minor.tolist()}
        self._safety = [plan.safety_stock for plan in stage.plans]
        self.reports = reports
        self.moment = 0
        self._history = history
        self._outlook = Outlook(stage, history)
        self._views = [NodeView(stage, node, waves[node]) for node in range(len(stage.plans))]
        self.sent = [[0] * len(numbers) for numbers in waves]
        for node, report in enumerate(reports):
            self.take(node, report)

    def take(self, node: int, report: Report) -> None:
        """A node reports."""
        self.moment += 1
        self.reports[node] = report
        self._outlook.take(node, report.available)
        self._views[node].take(report)
        self._write_down(node)

    def reckon(self, now: float) -> None:
        """Time has passed and orders were sent: every node's work is reckoned anew."""
        self.moment += 1
        for node, view in enumerate(self._views):
            # A node that reports at this very moment knows better.
            if view.reckoning.at_hours < now:
                view.reckon(now, self.sent[node])
                self._write_down(node)

    @property
    def reckonings(self) -> list[Reckoning]:
        """By node: what was last made of its report."""
        return [view.reckoning for view in self._views]

    @property
    def bookings(self) -> list[Bookings]:
        """By node: what was last made of the parcels that it reported."""
        return [view.bookings for view in self._views]

    def resume(
        self, reckonings: Sequence[Reckoning], bookings: Sequence[Bookings], sent: Sequence[Sequence[int]]
    ) -> None:
        """Go on from what had been reckoned, by node, and from the orders that were sent since."""
        for node, view in enumerate(self._views):
            view.reckoning, view.bookings = reckonings[node], bookings[node]
            self._write_down(node)
            self.sent[node] = list(sent[node])

    def _write_down(self, node: int) -> None:
        view = self._views[node]
        self._history[node].note(self.reports[node], view.reckoning, view.booked)
        self.sent[node] = [0] * len(self.sent[node])

    def wave_passed(self, node: int, carrier: int) -> None:
        """A carrier has called at a node."""
        self.moment += 1
        self._views[node].wave_passed(carrier)

    def sighting(self, order: int, menu_place: int, now: float) -> tuple[Sighting, list[int], list[int]]:
        """What is seen of an order that comes now, and of its scarcest article the reported units and safety stock.

        Both lists are by node of the menu: they are what cannot be worked out from reports and timetables later.
        """
        self.moment += 1
        menu = self._menus[menu_place]
        seen = Sighting(self, self.moment, order, menu_place, now)
        available, safety = self._stock(order, menu.nodes)
        spread = menu.spread_nodes
        # The parent's columns are read-only to a type checker, and a sighting's are filled as they come.
        seen.candidate_id, seen.distance_km = menu.candidate_ids, menu.distance_km  # type: ignore[misc]
        seen.lead_time_hours, seen.handling_minor = menu.lead_time_hours, menu.handling_minor  # type: ignore[misc]
        seen.promise_hours, seen.max_line_quantity = self._promise_hours[order], self._most[order]  # type: ignore[misc]
        seen.available_quantity, seen.safety_stock = spread(available), spread(safety)  # type: ignore[misc]
        seen.freight_minor = self._tariff(menu_place, self._n_units[order])[0]  # type: ignore[misc]
        seen.hours_to_cut_off = menu.spread_slots(self.hours_to_cut_off(menu, now))  # type: ignore[misc]
        return seen, available, safety

    def glance(self, first: int, last: int) -> Glance:
        """What is seen of the orders from one number to before another, if nothing new is seen before the last."""
        return self._outlook.glance(first, last)

    def column(self, name: str, order: int, menu_place: int, now: float) -> Any:
        """A column of the choice set of an order that is being decided now."""
        menu = self._menus[menu_place]
        if name in _OF_NODES:
            return menu.spread_nodes([_OF_NODES[name](self.reports[node], now) for node in menu.nodes])
        if name in _OF_SLOTS:
            return menu.spread_slots(_OF_SLOTS[name](self, menu, now))
        if name in self._facts:
            return self._facts[name][order]
        if name in _OF_MENU:
            return getattr(menu, _OF_MENU[name])
        if name in _OF_TARIFF:
            return self._tariff(menu_place, self._n_units[order])[_OF_TARIFF[name]]
        return {
            "order_id": order_id(order),
            "hour_of_day": now % HOURS_PER_DAY,
            "day_of_week": (self._start_weekday + int(now // HOURS_PER_DAY)) % 7,
        }[name]

    def _stock(self, order: int, nodes: tuple[int, ...]) -> tuple[list[int], list[int]]:
        """Reported units of the order's scarcest article by node, and its safety stock."""
        work, reports, safety = self._stage.workload, self.reports, self._safety
        start, end = work.line_start[order], work.line_start[order + 1]
        sku = work.line_sku[start]
        if end == start + 1:
            return [reports[node].available[sku] for node in nodes], [safety[node][sku] for node in nodes]
        skus = work.line_sku[start:end]
        scarcest = [min(skus, key=reports[node].available.__getitem__) for node in nodes]
        return (
            [reports[node].available[sku] for node, sku in zip(nodes, scarcest, strict=True)],
            [safety[node][sku] for node, sku in zip(nodes, scarcest, strict=True)],
        )

    def hours_to_cut_off(self, menu: Menu, now: float) -> list[float]:
        """Until the next collection, by slot of the menu; the methods below likewise."""
        at_hours = [self._views[node].cut_off_at_hours for node in menu.nodes]
        return [at_hours[place][carrier] - now for place, carrier in menu.slots]

    def utilization(self, menu: Menu, now: float) -> list[float]:
        """Work as it is reckoned over planned labour until the cut-off, of pickers or packers, whichever are busier."""
        views = [self._views[node] for node in menu.nodes]
        spent = [view.worker_hours(now) for view in views]
        loads = []
        for place, carrier in menu.slots:
            view, (pickers_spent, packers_spent) = views[place], spent[place]
            pickers_until, packers_until, _ = view.cut_offs[carrier]
            pick_load = _load(view.reckoning.pick_work, pickers_until - pickers_spent)
            pack_load = _load(view.reckoning.pack_work, packers_until - packers_spent)
            loads.append(pick_load if pick_load > pack_load else pack_load)
        return loads

    def carrier_utilization(self, menu: Menu, now: float) -> list[float]:
        """Parcels that the next collection is booked for, over its cap, as reckoned."""
        del now
        booked = [self._views[node].booked for node in menu.nodes]
        return [booked[place][carrier] for place, carrier in menu.slots]

    def weather_severity(self, menu: Menu, now: float) -> list[float]:
        """The forecast for the hour of the cut-off, at the door or at the node, whichever is worse."""
        del now
        forecast, node_region = self._stage.weather.forecast, self._stage.node_region
        there, here = forecast[menu.region], [forecast[node_region[node]] for node in menu.nodes]
        hours = [self._views[node].cut_offs for node in menu.nodes]
        return [
            max(there[hours[place][carrier][2]], here[place][hours[place][carrier][2]]) for place, carrier in menu.slots
        ]

    def weather_now(self, menu: Menu, now: float) -> list[float]:
        """What the weather is at the hour of the decision, at the door or at the node, whichever is worse."""
        weather, node_region = self._stage.weather, self._stage.node_region
        severity, hour = weather.severity, min(int(now), weather.last_hour)
        there, here = severity[menu.region][hour], [severity[node_region[node]][hour] for node in menu.nodes]
        return [max(there, here[place]) for place, _ in menu.slots]

    def _tariff(self, menu_place: int, n_units: int) -> tuple[tuple[int, ...], tuple[float, ...]]:
        known = self._tariffs.get((menu_place, n_units))
        if known is None:
            lanes = [self._stage.table.lanes[lane] for lane in self._menus[menu_place].lanes]
            known = (
                tuple(lane.freight_minor(n_units) for lane in lanes),
                tuple(lane.carbon_kg(n_units) for lane in lanes),
            )
            self._tariffs[menu_place, n_units] = known
        return known


_OF_NODES: dict[str, Callable[[Report, float], float]] = {
    "backlog_orders": lambda report, now: report.backlog,
    "observation_age_hours": lambda report, now: now - report.observed_at_hours,
}
_OF_SLOTS: dict[str, Callable[[Lookout, Menu, float], list[float]]] = {
    "hours_to_cut_off": Lookout.hours_to_cut_off,
    "capacity_utilization": Lookout.utilization,
    "carrier_utilization": Lookout.carrier_utilization,
    "weather_severity": Lookout.weather_severity,
    "weather_now": Lookout.weather_now,
}
_OF_MENU = {"node_id": "node_ids", "carrier_id": "carrier_ids", "service_level": "service_levels"}
_OF_TARIFF = {"freight_minor": 0, "carbon_kg": 1}


def _load(work_hours: float, worker_hours: float) -> float:
    if work_hours < MOST_UTILIZATION * worker_hours:
        return work_hours / worker_hours
    # No labour at all is the most there is, and not a division by zero; without work nobody is missed.
    return MOST_UTILIZATION if work_hours else 0.0
