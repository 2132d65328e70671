"""What policies saw, worked out after the run for all decisions at once, equal to the last bit.

A world writes down only what does not follow from anything else: reports, and the stock of each order's scarcest
article. The rest of a choice set is a function of the reports, the timetables and the forecast.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from simulator.record import Record, ReportHistory
from simulator.rows import CandidateRows, unfolded
from simulator.stage import Stage
from simulator.timetable import LabourCurve, Timetable

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
# Above this a node is overloaded beyond anything that the number could still tell.
MOST_UTILIZATION = 10.0


def seen_columns(stage: Stage, record: Record, rows: CandidateRows) -> dict[str, NDArray[np.float64 | np.int64]]:
    """Those columns of the choice sets of a run's orders that no table holds, each of shape (n_rows,).

    Parameters
    ----------
    rows : CandidateRows
        Of all orders of the run that came.
    """
    return {**_stock(stage, record, rows), **reported_columns(stage, record.reports, rows)}


def reported_columns(
    stage: Stage, reports: Sequence[ReportHistory], rows: CandidateRows
) -> dict[str, NDArray[np.float64 | np.int64]]:
    """Those among them that follow from what each node reported, the timetables and the forecast."""
    columns: dict[str, NDArray[np.float64 | np.int64]] = {
        name: np.empty(len(rows.order)) for name in ("observation_age_hours", *_OF_SLOTS)
    }
    columns["backlog_orders"] = np.empty(len(rows.order), dtype=np.int64)
    node, carrier = stage.table.node[rows.lane], stage.table.carrier[rows.lane]
    now, region = stage.demand.placed_at_hours[rows.order], stage.demand.region[rows.order]
    for place, told in enumerate(reports):
        mine = np.flatnonzero(node == place)
        report = np.searchsorted(np.array(told.at_hours), now[mine], side="right") - 1
        columns["observation_age_hours"][mine] = now[mine] - np.array(told.observed_at_hours)[report]
        columns["backlog_orders"][mine] = np.array(told.backlog)[report]
        for company in range(len(stage.scenario.carriers)):
            ours = np.flatnonzero(carrier[mine] == company)
            slot = _Slot(stage, place, company, now[mine[ours]])
            found = slot.columns(told, report[ours], region[mine[ours]])
            for name, values in zip(_OF_SLOTS, found, strict=True):
                columns[name][mine[ours]] = values
    return columns


_OF_SLOTS = (
    *("hours_to_cut_off", "capacity_utilization", "carrier_utilization"),
    *("weather_severity", "weather_now"),
)


class _Slot:
    """A carrier at a node, looked at at some moments."""

    def __init__(self, stage: Stage, node: int, carrier: int, now: Floats) -> None:
        self._stage, self._node, self._carrier, self._now = stage, node, carrier, now
        self._plan = stage.plans[node]
        self._cut_off_at = _next_occurrence(self._plan.waves[carrier], now)

    def columns(self, told: ReportHistory, report: Ints, region: Ints) -> tuple[Floats, ...]:
        """Hours to the cut-off, the node's and the carrier's load as reckoned, the forecast and the weather."""
        n_carriers = len(self._plan.waves)
        booked = np.array(told.booked).reshape(-1, n_carriers)[report, self._carrier]
        load = np.maximum(
            self._load(np.array(told.pick_work)[report], self._plan.pickers_offered),
            self._load(np.array(told.pack_work)[report], self._plan.packers_offered),
        )
        weather = self._stage.weather
        forecast = self._worse(weather.forecast, self._cut_off_at, region)
        return self._cut_off_at - self._now, load, booked, forecast, self._worse(weather.severity, self._now, region)

    def _load(self, work_hours: Floats, curve: LabourCurve) -> Floats:
        offered = curve.many_until(self._cut_off_at) - curve.many_until(self._now)
        bearable = work_hours < MOST_UTILIZATION * offered
        load = np.where(work_hours > 0, MOST_UTILIZATION, 0.0)
        load[bearable] = work_hours[bearable] / offered[bearable]
        return load

    def _worse(self, weather: list[list[float]], at_hours: Floats, region: Ints) -> Floats:
        """At the door or at the node, whichever is worse."""
        hour, severity = np.minimum(at_hours.astype(np.int64), self._stage.weather.last_hour), np.array(weather)
        worse: Floats = np.maximum(severity[region, hour], severity[self._stage.node_region[self._node], hour])
        return worse


def _stock(stage: Stage, record: Record, rows: CandidateRows) -> dict[str, NDArray[np.float64 | np.int64]]:
    menus, menu_of = stage.table.menus, stage.menu_of[rows.order[rows.offsets[:-1]]]
    n_nodes = np.array([len(menu.nodes) for menu in menus])[menu_of]
    start = np.repeat(np.concatenate(([0], np.cumsum(n_nodes)[:-1])), np.diff(rows.offsets))
    place = start + unfolded(menus, "node_of", menu_of)
    return {"available_quantity": np.array(record.available)[place], "safety_stock": np.array(record.safety)[place]}


def _next_occurrence(timetable: Timetable, now: Floats) -> Floats:
    """The first occurrence after each moment."""
    last_day = int(now.max(initial=0.0) // 24.0) + 2
    hours = np.array(timetable.hours)
    every = (24.0 * np.arange(-1, last_day + 1)[:, None] + hours).ravel()
    following: Floats = every[np.searchsorted(every, now, side="right")]
    return following
