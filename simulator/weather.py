"""Weather on an hourly grid: what comes, and what was forecast."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray
from scipy import special

from data.network import distance_km
from simulator.noise import Noise
from simulator.scenario.demand import RegionSpec
from simulator.scenario.disruptions import Storm
from simulator.scenario.moments import world_hours
from simulator.scenario.schema import Scenario
from simulator.scenario.weather import WeatherSpec

Floats = NDArray[np.float64]
SEVERITY_CONCENTRATION = 5.0
HOURS_PER_DAY = 24.0


@dataclass(frozen=True)
class Weather:
    """Severity, 0 calm to 1 storm, by region and hour since midnight of the first day.

    Parameters
    ----------
    severity, forecast : list of lists of float
        `severity[region][hour]`; beyond the last hour the last one holds.
    """

    severity: list[list[float]]
    forecast: list[list[float]]
    last_hour: int


@dataclass(frozen=True)
class Fronts:
    """Fronts in the order in which they form; `stays_hours` has shape (n_fronts, n_regions_crossed)."""

    forms_at_hours: Floats
    first_region: NDArray[np.int64]
    severity: Floats
    stays_hours: Floats


def weather_path(scenario: Scenario, noise: Noise, horizon_hours: float) -> Weather:
    """Draw the weather from hour 0 to the horizon."""
    spec, n_hours = scenario.weather, int(horizon_hours) + 1
    routes = front_routes(scenario.regions, spec.n_regions_crossed)
    fronts = draw_fronts("weather/front", spec, spec.fronts_per_day, len(routes), noise, horizon_hours)
    severity = painted(fronts, routes, n_hours)
    forecast = painted(as_forecast(fronts, spec, noise), routes, n_hours)
    forecast = np.maximum(forecast, painted(draw_false_fronts(scenario, noise, horizon_hours), routes, n_hours))
    for storm in storms(scenario):
        told = storm.severity if storm.forecast_severity is None else storm.forecast_severity
        paint_storm(severity, storm, storm.severity, scenario)
        paint_storm(forecast, storm, told, scenario)
    return Weather(severity.tolist(), forecast.tolist(), n_hours - 1)


def draw_false_fronts(scenario: Scenario, noise: Noise, horizon_hours: float) -> Fronts:
    """Fronts that are forecast and never come."""
    rate = scenario.weather.forecast.false_fronts_per_day
    return draw_fronts("weather/false_front", scenario.weather, rate, len(scenario.regions), noise, horizon_hours)


def storms(scenario: Scenario) -> list[Storm]:
    """The storms that a scenario prescribes."""
    return [item for item in scenario.disruptions if isinstance(item, Storm)]


def paint_storm(grid: Floats, storm: Storm, severity: float, scenario: Scenario) -> None:
    """Raise every hour that the storm touches to at least this severity, in place."""
    start, end = (world_hours(moment, scenario.start_at) for moment in (storm.starts_at, storm.ends_at))
    hours = slice(int(start), ceil(end))
    for region, spec in enumerate(scenario.regions):
        if spec.region_id in storm.regions:
            np.maximum(grid[region, hours], severity, out=grid[region, hours])


def front_routes(regions: tuple[RegionSpec, ...], n_crossed: int) -> list[list[int]]:
    """From each region on: always to the nearest region that the front has not crossed."""
    routes = []
    for start in range(len(regions)):
        route = [start]
        while len(route) < min(n_crossed, len(regions)):
            here = regions[route[-1]]
            ahead = [index for index in range(len(regions)) if index not in route]
            route.append(
                min(ahead, key=lambda index: distance_km(here.lat, here.lon, regions[index].lat, regions[index].lon))
            )
        routes.append(route)
    return routes


def draw_fronts(
    purpose: str, spec: WeatherSpec, per_day: float, n_regions: int, noise: Noise, horizon_hours: float
) -> Fronts:
    """Draw fronts from hour 0 on, and a few that form after the horizon."""
    expected = per_day * horizon_hours / HOURS_PER_DAY
    # Ten standard deviations more than expected: the last front forms after the horizon for any seed.
    n_fronts = int(expected + 10 * np.sqrt(expected) + 10) if per_day else 0
    gaps = -np.log1p(-noise.uniforms(f"{purpose}/gap", n_fronts))
    forms_at = np.cumsum(gaps) * HOURS_PER_DAY / per_day if per_day else gaps
    alpha = spec.severity_mean * SEVERITY_CONCENTRATION
    stays = noise.uniforms(f"{purpose}/stay", n_fronts * spec.n_regions_crossed)
    return Fronts(
        forms_at,
        (noise.uniforms(f"{purpose}/region", n_fronts) * n_regions).astype(np.int64),
        special.betaincinv(alpha, SEVERITY_CONCENTRATION - alpha, noise.uniforms(f"{purpose}/severity", n_fronts)),
        -np.log1p(-stays).reshape(n_fronts, spec.n_regions_crossed) * spec.duration_hours,
    )


def as_forecast(fronts: Fronts, spec: WeatherSpec, noise: Noise) -> Fronts:
    """The same fronts as the forecast has them: some missed, the others early or late, milder or worse."""
    error, n_fronts = spec.forecast, len(fronts.severity)
    # The normal quantile is infinite at 0, which one draw in 2**53 hits.
    timing, severity = (
        special.ndtri(noise.uniforms(f"weather/forecast/{what}", n_fronts).clip(min=1e-16))
        for what in ("timing", "severity")
    )
    shift, bias = timing * error.timing_error_hours, np.exp(severity * error.severity_error)
    seen = noise.uniforms("weather/forecast/miss", n_fronts) >= error.miss_probability
    return Fronts(
        fronts.forms_at_hours + shift,
        fronts.first_region,
        np.where(seen, np.minimum(1.0, fronts.severity * bias), 0.0),
        fronts.stays_hours,
    )


def painted(fronts: Fronts, routes: list[list[int]], n_hours: int) -> Floats:
    """The worst front in each region and hour, shape (n_regions, n_hours)."""
    grid = np.zeros((len(routes), n_hours))
    for front, forms_at in enumerate(fronts.forms_at_hours):
        enters = forms_at
        for region, stay in zip(routes[fronts.first_region[front]], fronts.stays_hours[front], strict=False):
            hours = slice(max(0, int(enters)), max(0, int(enters + stay) + 1))
            np.maximum(grid[region, hours], fronts.severity[front], out=grid[region, hours])
            enters += stay
    return grid
