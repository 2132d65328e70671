"""Transit: from collection to door, by what a history says of the whole way from order to door."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.history.dataset import OrderHistory
from data.network import distance_km
from simulator.calibration.durations import spread_durations
from simulator.calibration.handling import Handling
from simulator.calibration.slowdown import mean_severity
from simulator.lanes import SHORTEST_KM
from simulator.scenario.demand import ServiceLevelSpec
from simulator.scenario.schema import Scenario

MIN_DELIVERED_ORDERS = 30
N_TRANSIT_QUANTILES = 25
# No parcel is at the door before the carrier has turned round.
SHORTEST_TRANSIT_HOURS = 0.25


@dataclass(frozen=True)
class Transit:
    """Transit times of a service level in calm weather.

    Parameters
    ----------
    quantiles : tuple of float
        Hours at evenly spaced probabilities, over `reference_km`.
    history_mean_hours : float
        Mean from order to door in the history, its steps spread.
    handling_hours : float
        The part of it before the carrier takes the parcel.
    """

    quantiles: tuple[float, ...]
    reference_km: float
    history_mean_hours: float
    handling_hours: float


def calibrated_transit(
    history: OrderHistory, mine: pd.DataFrame, level: ServiceLevelSpec, handling: Handling
) -> Transit | str:
    """Transit times of a level from the history's orders of it, or why they cannot be had."""
    delivered = mine[mine["delivered_hours"].notna()]
    if len(delivered) < MIN_DELIVERED_ORDERS:
        return f"{len(delivered)} deliveries are too few (of {MIN_DELIVERED_ORDERS})"
    durations = spread_durations(delivered, history.resolution_hours("delivered"))
    if durations.mean < SHORTEST_TRANSIT_HOURS:
        return f"{durations.mean:.3f} hours from order to door is what no parcel takes"
    scenario = handling.scenario
    waiting = _handling(delivered, handling, level.service_level)
    slowdown = 1 + level.weather_sensitivity * mean_severity(scenario)
    calm_mean = max(durations.mean - waiting, SHORTEST_TRANSIT_HOURS) / slowdown
    # Transit keeps the shape of the whole way: scaled, never negative.
    quantiles = durations.quantiles(N_TRANSIT_QUANTILES) * calm_mean / durations.mean
    return Transit(
        tuple(np.round(np.maximum(quantiles, SHORTEST_TRANSIT_HOURS), 2).tolist()),
        _reference_km(scenario, level),
        durations.mean,
        waiting,
    )


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
