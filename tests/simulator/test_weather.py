"""Fronts come, move on, and are forecast right only in part."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from simulator.noise import Noise
from simulator.scenario.schema import Scenario
from simulator.weather import weather_path

YEAR_HOURS = 24.0 * 365


def test_no_fronts_is_calm(changed: Callable[..., Scenario]) -> None:
    scenario = changed({"weather.fronts_per_day": 0, "weather.forecast.false_fronts_per_day": 0})
    weather = weather_path(scenario, Noise(1), 500.0)
    assert np.max(weather.severity) == 0
    assert np.max(weather.forecast) == 0


def test_severity_and_forecast_are_shares(small: Scenario) -> None:
    weather = weather_path(small, Noise(1), YEAR_HOURS)
    for grid in (np.array(weather.severity), np.array(weather.forecast)):
        assert grid.shape == (6, int(YEAR_HOURS) + 1)
        assert grid.min() >= 0
        assert grid.max() <= 1


def test_forecast_is_informative_but_not_the_truth(small: Scenario) -> None:
    weather = weather_path(small, Noise(1), YEAR_HOURS)
    correlation = np.corrcoef(np.ravel(weather.severity), np.ravel(weather.forecast))[0, 1]
    assert 0.4 < correlation < 0.95


def test_a_perfect_forecast_is_the_truth(changed: Callable[..., Scenario]) -> None:
    exact = {"miss_probability": 0, "timing_error_hours": 0, "severity_error": 0, "false_fronts_per_day": 0}
    weather = weather_path(changed({"weather.forecast": exact}), Noise(1), YEAR_HOURS)
    assert weather.severity == weather.forecast


def test_time_in_storm_agrees_with_rate_and_duration(changed: Callable[..., Scenario]) -> None:
    rare = {"weather.fronts_per_day": 0.05, "weather.n_regions_crossed": 1, "weather.duration_hours": 20}
    weather = weather_path(changed(rare), Noise(5), 40 * YEAR_HOURS)
    share = float((np.array(weather.severity) > 0).mean())
    # Rounding outwards to whole hours adds one to each stay on average; overlaps are rare.
    expected = 0.05 * (20 + 1) / 24 / 6
    assert abs(share - expected) < 0.1 * expected


def test_a_front_moves_to_the_nearest_region(changed: Callable[..., Scenario]) -> None:
    lone = {"weather.fronts_per_day": 0.01, "weather.n_regions_crossed": 2, "weather.duration_hours": 60}
    severity = np.array(weather_path(changed(lone), Noise(8), 4 * YEAR_HOURS).severity)
    # Alps (5) is nearest to south (3), and east (4) to north (0), as the crow flies.
    met_together = [np.mean([(severity[other] == level).any() for level in _levels(severity[5])]) for other in (3, 0)]
    assert met_together[0] > met_together[1]


def test_a_front_leaves_a_region_as_it_enters_the_next_one(changed: Callable[..., Scenario]) -> None:
    """One front, followed hour by hour: it is never gone between two regions, and never back in one."""
    lone = {"weather.fronts_per_day": 0.002, "weather.n_regions_crossed": 4, "weather.duration_hours": 48}
    severity = np.array(weather_path(changed(lone), Noise(2), 4 * YEAR_HOURS).severity)
    for level in _levels(severity.max(axis=0)):
        region, hours = np.nonzero(severity == level)
        stays = sorted((hours[region == place].min(), hours[region == place].max()) for place in np.unique(region))
        for (_, left), (entered, _) in pairwise(stays):
            assert entered in (left, left + 1)
        for place in np.unique(region):
            here = np.sort(hours[region == place])
            assert (np.diff(here) == 1).all()


def _levels(row: np.ndarray) -> list[float]:
    return [float(level) for level in np.unique(row) if level > 0]
