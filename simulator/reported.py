"""What each node told last, reckoned on, as columns of the candidates of orders that come before anything new is seen.

The same as `simulator.seen` works out after the run, to the last bit, in one pass: a world asks for it whenever there
is news.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from data.compiling import compiled
from simulator.record import ReportHistory
from simulator.seen import MOST_UTILIZATION
from simulator.stage import Stage
from simulator.timetable import HOURS_PER_DAY, LabourCurve

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Curves = tuple[Floats, Floats]

REPORTED_COLUMNS: tuple[str, ...] = (
    "observation_age_hours",
    "backlog_orders",
    "capacity_utilization",
    "carrier_utilization",
    "weather_severity",
    "weather_now",
)


class Reported:
    """The last reports, the labour that nodes have planned, and the weather, as forecast and as it is.

    Parameters
    ----------
    history : list of ReportHistory
        By node: all that it told, the last one included.
    """

    def __init__(self, stage: Stage, history: Sequence[ReportHistory]) -> None:
        self._history, self._n_carriers = history, len(stage.scenario.carriers)
        pickers, packers = zip(*((plan.pickers_offered, plan.packers_offered) for plan in stage.plans), strict=True)
        self._labour = _stacked(pickers), _stacked(packers)
        weather = stage.weather
        self._weather = np.array(weather.forecast), np.array(weather.severity), np.array(stage.node_region)

    def columns(self, slots: tuple[Ints, Ints, Ints], now: Floats, cut_off_at: Floats) -> dict[str, Floats]:
        """Each of REPORTED_COLUMNS, of shape (n_rows,).

        Parameters
        ----------
        slots : tuple of array of int of shape (n_rows,)
            Node, carrier and region of each candidate.
        now, cut_off_at : array of shape (n_rows,)
            When each order comes, and the next collection; no node has reported in between.
        """
        told = np.array(
            [(of.observed_at_hours[-1], of.backlog[-1], of.pick_work[-1], of.pack_work[-1]) for of in self._history],
            dtype=np.float64,
        )
        booked = np.array([of.booked[-self._n_carriers :] for of in self._history])
        found = _columns(slots, (now, cut_off_at), (told, booked), self._labour, self._weather)
        return dict(zip(REPORTED_COLUMNS, found, strict=True))


def _stacked(curves: Sequence[LabourCurve]) -> Curves:
    """The parts of every curve, shape (n_curves, n_parts, n_most), and what it knows beside them."""
    most = max(curve.parts.shape[1] for curve in curves)
    # A part that begins at no hour is never reached.
    parts = np.full((len(curves), len(curves[0].parts), most), np.inf)
    for place, curve in enumerate(curves):
        parts[place, :, : curve.parts.shape[1]] = curve.parts
    return parts, np.array([curve.pace for curve in curves])


@compiled
def _columns(
    slots: tuple[Ints, Ints, Ints],
    moments: tuple[Floats, Floats],
    last: tuple[Floats, Floats],
    labour: tuple[Curves, Curves],
    weather: tuple[Floats, Floats, Ints],
) -> Floats:
    (node, carrier, region), (now, cut_off_at), (told, booked) = slots, moments, last
    forecast, severity, region_of_node = weather
    last_hour = forecast.shape[1] - 1
    columns = np.empty((len(REPORTED_COLUMNS), len(node)))
    for row in range(len(node)):
        at, here = node[row], region_of_node[node[row]]
        columns[0, row], columns[1, row] = now[row] - told[at, 0], told[at, 1]
        columns[2, row] = max(
            _load(told[at, 2], labour[0], at, (now[row], cut_off_at[row])),
            _load(told[at, 3], labour[1], at, (now[row], cut_off_at[row])),
        )
        columns[3, row] = booked[at, carrier[row]]
        collected, decided = min(int(cut_off_at[row]), last_hour), min(int(now[row]), last_hour)
        columns[4, row] = max(forecast[region[row], collected], forecast[here, collected])
        columns[5, row] = max(severity[region[row], decided], severity[here, decided])
    return columns


@compiled
def _load(work_hours: float, labour: Curves, node: int, moments: tuple[float, float]) -> float:
    """Work over the labour that is planned between two moments."""
    parts, pace = labour[0][node], labour[1][node]
    offered = _until(parts, pace, moments[1]) - _until(parts, pace, moments[0])
    if work_hours < MOST_UTILIZATION * offered:
        return work_hours / offered
    return MOST_UTILIZATION if work_hours > 0 else 0.0


@compiled
def _until(parts: Floats, pace: Floats, at_hours: float) -> float:
    """`LabourCurve.until`."""
    starts, workers, offered, into_shift, falls_for = parts
    per_day, decay, least = pace
    day = at_hours // HOURS_PER_DAY
    hour = at_hours - day * HOURS_PER_DAY
    place = np.searchsorted(starts, hour, side="right") - 1
    length = hour - starts[place]
    falling = min(length, falls_for[place])
    done = falling * (1.0 - decay * (into_shift[place] + falling / 2)) + (length - falling) * least
    return float(day * per_day + offered[place] + done * workers[place])
