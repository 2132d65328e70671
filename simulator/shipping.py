"""Shipping: what becomes of all parcels that a carrier takes at once, and which incidents will come of it.

One compiled function works out what `Delivery` tells of a single parcel, equal to the last bit.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.compiling import compiled
from data.incident_sets import INCIDENT_TYPES
from data.incidents import IncidentType
from simulator.record import Record
from simulator.stage import Stage

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bytes = NDArray[np.uint8]
# An order, the type of its incident, when that opens, and how many hours late it is.
Opening = tuple[int, int, float, float]
_NONE = -1
_LOST, _DAMAGED, _STOCK_OUT, _LATE, _LATE_EXPECTED, _REFUSAL, _CUSTOMS, _ADDRESS = (
    INCIDENT_TYPES.index(kind)
    for kind in (
        *(IncidentType.LOST, IncidentType.DAMAGED, IncidentType.STOCK_OUT, IncidentType.LATE),
        *(IncidentType.LATE_EXPECTED, IncidentType.CARRIER_REFUSAL),
        *(IncidentType.CUSTOMS_DELAY, IncidentType.ADDRESS_CHANGE),
    )
)


class Shipping:
    """Sends parcels on their way, and writes down when they arrive, and how.

    Parameters
    ----------
    lane_of : array of int
        Each order's lane, as far as it is known.
    stock_out : bytearray
        By order: whether it had to wait for goods.
    """

    def __init__(self, stage: Stage, record: Record, lane_of: array[int], stock_out: bytearray) -> None:
        scenario, table, mishaps = stage.scenario, stage.table, stage.mishaps
        self._stage, self._hour = stage, stage.weather.last_hour
        self._written = (
            *(np.frombuffer(column) for column in (record.shipped_at_hours, record.delivered_at_hours)),
            *(np.frombuffer(flags, dtype=np.uint8) for flags in (record.lost, record.damaged)),
        )
        self._orders = (
            np.frombuffer(lane_of, dtype=np.int64),
            np.frombuffer(stock_out, dtype=np.uint8),
            stage.demand.promised_at_hours,
            stage.demand.cold_chain,
        )
        places = (table.column(name).astype(np.int64) for name in ("region", "service_level"))
        self._lanes = (*places, *(table.column(name) for name in ("transit_factor", "weather_sensitivity")))
        self._severity = np.array(stage.weather.severity)
        self._levels = _padded([level.transit_hours_quantiles for level in scenario.service_levels])
        self._jams = _padded([jam.delay_hours_quantiles for jam in stage.jams])
        self._carriers = [
            (
                *(np.frombuffer(noise[place]) for noise in (stage.transit_noise, stage.loss_noise, stage.damage_noise)),
                *(carrier.loss_probability, carrier.damage_probability),
            )
            for place, carrier in enumerate(scenario.carriers)
        ]
        self._customs = np.frombuffer(stage.customs_noise)
        nothing = array("d", [0.0]) * stage.n_orders if mishaps is None else array("d")
        refusals = [nothing] * len(scenario.carriers) if mishaps is None else mishaps.refusal_hours
        self._refusals = [np.frombuffer(hours) for hours in refusals]
        rest = (nothing, nothing) if mishaps is None else (mishaps.papers_hours, mishaps.redirect_hours)
        crosses = [False] * len(table.lanes) if mishaps is None else mishaps.crosses
        self._mishaps = (*(np.frombuffer(hours) for hours in rest), np.array(crosses))
        customers = scenario.customers
        warning = np.nan if customers.warning_hours is None else customers.warning_hours
        self._spans = (scenario.fulfilment.replacement_hours, customers.late_incident_after_hours, warning)

    def send(self, orders: Sequence[int], node: int, carrier: int, now: float) -> Iterator[Opening]:
        """Send orders on their way from a node; the incidents that will come of it."""
        stage, hour = self._stage, min(int(now), self._hour)
        lanes = (*self._lanes, self._severity[:, hour], *self._levels)
        road = (*lanes, self._customs, *self._waits(node, now), self._refusals[carrier], *self._mishaps)
        kind, opens_at, hours_late = _sent(
            np.array(orders, dtype=np.int64),
            (now, self._severity[stage.node_region[node], hour], bool(stage.troubles[node].cooling.at(now))),
            self._written,
            self._orders,
            road,
            (*self._carriers[carrier], *self._spans),
        )
        for place in np.flatnonzero(kind != _NONE).tolist():
            yield orders[place], int(kind[place]), float(opens_at[place]), float(hours_late[place])

    def _waits(self, node: int, now: float) -> tuple[Any, ...]:
        """By jam and region: whether parcels from a node wait there now; and for how long."""
        stage = self._stage
        held = np.zeros((len(stage.jams), len(stage.scenario.regions)), dtype=np.bool_)
        for place, jam in enumerate(stage.jams):
            if jam.starts_at_hours <= now < jam.ends_at_hours and node not in jam.nodes_inside:
                held[place, list(jam.regions)] = True
        return held, *self._jams


def _padded(quantiles: Sequence[Sequence[float]]) -> tuple[Floats, Ints]:
    """Lists of quantiles as rows, and how long each is."""
    sizes = np.array([len(one) for one in quantiles], dtype=np.int64)
    rows = np.zeros((len(quantiles), int(sizes.max(initial=1))))
    for row, one in zip(rows, quantiles, strict=True):
        row[: len(one)] = one
    return rows, sizes


@compiled
def _sent(
    orders: Ints, moment: tuple[float, float, bool], written: Any, facts: Any, road: Any, carrier: Any
) -> tuple[Ints, Floats, Floats]:
    """Write down what becomes of each order; the type of its incident, when that opens, and the hours late."""
    now, here, cooled = moment
    shipped_at, delivered_at, lost, damaged = written
    lane_of, stock_out, promised_at, cold_chain = facts
    transit, loss, damage, p_loss, p_damage, replacement_hours, late_after_hours, warning_hours = carrier
    kinds, opens_at, hours_late = np.full(len(orders), _NONE), np.empty(len(orders)), np.empty(len(orders))
    for place, order in enumerate(orders):
        hours = _hours_under_way(order, lane_of[order], transit[order], here, road)
        lost[order] = loss[order] < p_loss
        damaged[order] = (cold_chain[order] and not cooled) or damage[order] < p_damage
        shipped_at[order] = now
        delivered_at[order] = now + hours + (replacement_hours if lost[order] else 0.0)
        hours_late[place] = max(0.0, delivered_at[order] - promised_at[order])
        opens_at[place] = delivered_at[order]
        kinds[place] = _gravest(lost[order], damaged[order], stock_out[order])
        if kinds[place] == _NONE and hours_late[place] > late_after_hours:
            kinds[place] = _why_late(order, lane_of[order], road)
            # Without warnings their hours are NaN, which are not above anything.
            if kinds[place] == _LATE and warning_hours >= 0.0:
                warned_at = max(now, promised_at[order] - warning_hours)
                if warned_at < promised_at[order]:
                    kinds[place], opens_at[place] = _LATE_EXPECTED, warned_at
    return kinds, opens_at, hours_late


@compiled
def _hours_under_way(order: int, lane: int, transit: float, here: float, road: Any) -> float:
    region_of, level_of, factor, sensitivity, severity, levels, sizes, customs = road[:8]
    held, jams, jam_sizes, refusal, papers, redirect, crosses = road[8:]
    region, level = region_of[lane], level_of[lane]
    hours = _quantile(levels[level], sizes[level], transit)
    hours = hours * factor[lane] * (1.0 + sensitivity[lane] * max(severity[region], here))
    for jam in range(len(held)):
        if held[jam, region]:
            hours += _quantile(jams[jam], jam_sizes[jam], customs[order])
    hours += refusal[order]
    if crosses[lane]:
        hours += papers[order]
    return float(hours + redirect[order])


@compiled
def _gravest(lost: bool, damaged: bool, stock_out: bool) -> int:
    """The incident that an order's parcel makes whenever it comes, if any."""
    if lost:
        return _LOST
    if damaged:
        return _DAMAGED
    return _STOCK_OUT if stock_out else _NONE


@compiled
def _why_late(order: int, lane: int, road: Any) -> int:
    """What to call it that an order is late: the gravest mishap on its way, or lateness as such."""
    refusal, papers, redirect, crosses = road[11:]
    if refusal[order]:
        return _REFUSAL
    if crosses[lane] and papers[order]:
        return _CUSTOMS
    return _ADDRESS if redirect[order] else _LATE


@compiled
def _quantile(quantiles: Floats, size: int, probability: float) -> float:
    """`quantile` of the first so many."""
    place = probability * (size - 1)
    below = int(place)
    if below >= size - 1:
        return float(quantiles[size - 1])
    return float(quantiles[below] + (quantiles[below + 1] - quantiles[below]) * (place - below))
