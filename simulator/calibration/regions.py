"""Regions: how much each one orders, and the point that stands for it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from simulator.calibration.demand_shape import DemandShape
from simulator.calibration.gazetteer import position_of
from simulator.calibration.names import matching_key, scenario_names
from simulator.errors import CalibrationError
from simulator.scenario.demand import RegionSpec
from simulator.scenario.fields import HourProfile
from simulator.scenario.schema import Scenario

MOST_REGIONS = 1_000
# Fewer located orders than this could be anywhere in the region.
MIN_LOCATED_ORDERS = 5


@dataclass(frozen=True)
class Placed:
    """A point and where it was taken from."""

    lat: float
    lon: float
    origin: str


@dataclass(frozen=True)
class CalibratedRegions:
    """Regions in the order of their demand, and how each was placed."""

    regions: tuple[RegionSpec, ...]
    origins: dict[str, list[str]]
    warnings: tuple[str, ...]


def calibrated_regions(orders: pd.DataFrame, base: Scenario, shape: DemandShape) -> CalibratedRegions:
    """Regions of a history, placed by its own coordinates, the base, the gazetteer or, with a warning, a fallback.

    Raises
    ------
    CalibrationError
        If there are more regions than a scenario may have, or two would get one name.
    """
    counts = orders["region"].value_counts().sort_index().sort_values(ascending=False, kind="stable")
    if len(counts) > MOST_REGIONS:
        msg = f"the history has {len(counts):,} regions, a scenario at most {MOST_REGIONS:,}; map a coarser column"
        raise CalibrationError(msg)
    names = scenario_names((str(region) for region in counts.index), "region")
    regions: list[RegionSpec] = []
    origins: dict[str, list[str]] = {}
    warnings: list[str] = []
    own = _own_positions(orders)
    for region, spelled in names.items():
        placed = own.get(region) or _place(region, base)
        origins.setdefault(placed.origin, []).append(spelled)
        if placed.origin == _FALLBACK:
            warnings.append(
                f"nobody knows where the region {region!r} is: placed at the centre of the base's demand "
                f"({placed.lat:g}, {placed.lon:g}); map lat and lon, or name it as data/mappings do"
            )
        regions.append(
            RegionSpec(
                region_id=spelled,
                lat=placed.lat,
                lon=placed.lon,
                demand_share=round(float(counts[region]) / len(orders), 6),
                # Only one key, and it takes hours.
                **_own_hours(shape.region_profiles[region]),  # type: ignore[arg-type]
            )
        )
    return CalibratedRegions(tuple(regions), origins, tuple(warnings))


_FALLBACK = "centre of the base's demand"


def _own_hours(profile: HourProfile | None) -> dict[str, HourProfile]:
    """A region that keeps the shared hours says nothing of its own."""
    return {} if profile is None else {"hour_profile": profile}


def _own_positions(orders: pd.DataFrame) -> dict[str, Placed]:
    """Median positions of regions with enough located orders."""
    located = orders[["region", "lat", "lon"]].dropna()
    return {
        str(region): Placed(
            round(float(own["lat"].median()), 2), _median_longitude(own["lon"]), "median of the history"
        )
        for region, own in located.groupby("region")
        if len(own) >= MIN_LOCATED_ORDERS
    }


def _place(region: str, base: Scenario) -> Placed:
    for known in base.regions:
        if matching_key(known.region_id) == matching_key(region):
            return Placed(known.lat, known.lon, "base scenario")
    listed = position_of(region)
    if listed is not None:
        return Placed(*listed, "gazetteer (approximate centres)")
    shares = np.array([known.demand_share for known in base.regions])
    lat = float(shares @ [known.lat for known in base.regions] / shares.sum())
    lon = float(shares @ [known.lon for known in base.regions] / shares.sum())
    return Placed(round(lat, 2), round(lon, 2), _FALLBACK)


def _median_longitude(degrees: pd.Series) -> float:
    """The median on a circle cut opposite the mean direction, so that the date line parts nobody."""
    angles = np.deg2rad(degrees.to_numpy(dtype=np.float64))
    middle = np.rad2deg(np.arctan2(np.sin(angles).mean(), np.cos(angles).mean()))
    around = (degrees - middle + 180) % 360 - 180
    return round(float((around.median() + middle + 180) % 360 - 180), 2)
