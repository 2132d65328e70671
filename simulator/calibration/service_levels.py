"""Service levels: their mix, promises and transit times, from a history onto the levels that the base sells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.history.dataset import OrderHistory
from data.network import distance_km
from simulator.calibration.durations import spread_durations
from simulator.calibration.handling import Handling
from simulator.calibration.names import matching_key
from simulator.calibration.slowdown import mean_severity
from simulator.errors import CalibrationError
from simulator.lanes import SHORTEST_KM
from simulator.scenario.demand import ServiceLevelSpec
from simulator.scenario.schema import Scenario

MIN_DELIVERED_ORDERS = 30
N_TRANSIT_QUANTILES = 25
# No parcel is at the door before the carrier has turned round.
SHORTEST_TRANSIT_HOURS = 0.25


@dataclass(frozen=True)
class CalibratedLevel:
    """A service level, and what was done to get it.

    Parameters
    ----------
    history_mean_hours : float or None
        Mean from order to door in the history, spread; None where the base's transit times stay.
    handling_hours : float or None
        The part of it that the base's nodes and collections take.
    """

    spec: ServiceLevelSpec
    n_orders: int
    history_mean_hours: float | None
    handling_hours: float | None
    notes: tuple[str, ...]


def calibrated_levels(history: OrderHistory, orders: pd.DataFrame, scenario: Scenario) -> tuple[CalibratedLevel, ...]:
    """Every level of the base; those the history does not have are sold, but not asked for.

    Parameters
    ----------
    scenario : Scenario
        The base with the history's regions and demand already in it.

    Raises
    ------
    CalibrationError
        If the history has a level that no carrier of the base sells.
    """
    by_key = {matching_key(level.service_level): level.service_level for level in scenario.service_levels}
    asked = {str(name): by_key.get(matching_key(str(name))) for name in orders["service_level"].unique()}
    unknown = sorted(name for name, level in asked.items() if level is None)
    if unknown:
        msg = (
            f"the history has the service levels {unknown}, which {scenario.name!r} does not sell; translate them to "
            f"{list(by_key.values())} with `values` of service_level in the mapping"
        )
        raise CalibrationError(msg)
    level_of = orders["service_level"].map(asked)
    handling = Handling(scenario)
    return tuple(
        _calibrated(history, orders[level_of == level.service_level], len(orders), level, handling)
        for level in scenario.service_levels
    )


def _calibrated(
    history: OrderHistory, mine: pd.DataFrame, n_all: int, level: ServiceLevelSpec, handling: Handling
) -> CalibratedLevel:
    notes: list[str] = []
    changed = {"demand_share": round(len(mine) / n_all, 6), "promise_hours": _promise(history, mine, level, notes)}
    delivered = mine[mine["delivered_hours"].notna()]
    if len(delivered) < MIN_DELIVERED_ORDERS:
        notes.append(
            f"{level.service_level}: {len(delivered)} deliveries are too few (of {MIN_DELIVERED_ORDERS}): "
            f"transit times are the base's"
        )
        return CalibratedLevel(level.model_copy(update=changed), len(mine), None, None, tuple(notes))
    durations = spread_durations(delivered, history.resolution_hours("delivered"))
    scenario = handling.scenario
    waiting = _handling(delivered, handling, level.service_level)
    # Transit in calm weather keeps the shape of the whole: scaled, never negative.
    calm = max(durations.mean - waiting, SHORTEST_TRANSIT_HOURS) / (
        1 + level.weather_sensitivity * mean_severity(scenario)
    )
    remaining = calm / durations.mean
    transit = np.maximum(durations.quantiles(N_TRANSIT_QUANTILES) * remaining, SHORTEST_TRANSIT_HOURS)
    timed = {
        "transit_hours_quantiles": tuple(np.round(transit, 2).tolist()),
        "reference_km": _reference_km(scenario, level),
    }
    spec = level.model_copy(update={**changed, **timed})
    return CalibratedLevel(spec, len(mine), durations.mean, waiting, tuple(notes))


def _promise(history: OrderHistory, mine: pd.DataFrame, level: ServiceLevelSpec, notes: list[str]) -> float:
    """The median promise, to the end of the step in which the history still calls a delivery on time."""
    promised = mine["promised_hours"].dropna()
    if promised.empty:
        notes.append(f"{level.service_level}: the history has no promise: taken from the base")
        return level.promise_hours
    share = float((promised == promised.median()).mean())
    if share < 1:
        notes.append(f"{level.service_level}: promises differ; their median holds for {share:.0%} of orders")
    step = max(history.resolution_hours("promised"), history.resolution_hours("delivered"))
    return max(round(float(promised.median()) + step / 2, 3), SHORTEST_TRANSIT_HOURS)


def _handling(delivered: pd.DataFrame, handling: Handling, service_level: str) -> float:
    """From the order to the carrier: as the history says, else as the base's nodes and collections would take."""
    stated = delivered["shipped_hours"].dropna()
    return float(stated.mean()) if len(stated) >= MIN_DELIVERED_ORDERS else handling.mean_hours(service_level)


def _reference_km(scenario: Scenario, level: ServiceLevelSpec) -> float:
    """The distance at which the mean order, from its nearest node by its mean carrier, takes the mean transit time."""
    if not level.distance_exponent:
        return level.reference_km
    speeds = [
        carrier.speed_factor
        for carrier in scenario.carriers
        if any(sold.service_level == level.service_level for sold in carrier.services)
    ]
    shares = np.array([region.demand_share for region in scenario.regions])
    nearest = [
        min(distance_km(region.lat, region.lon, node.lat, node.lon) for node in scenario.nodes)
        for region in scenario.regions
    ]
    stretch = np.maximum(nearest, SHORTEST_KM) ** level.distance_exponent * np.mean(speeds)
    mean_stretch = float(shares @ stretch / shares.sum())
    return round(float(mean_stretch ** (1 / level.distance_exponent)), 1)
