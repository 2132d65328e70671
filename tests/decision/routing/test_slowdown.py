"""Slowdown by weather on journeys whose slope is planted."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from decision.routing.journeys import MOST_SLOWDOWN
from decision.routing.slowdown import fitted_slowdown

Floats = NDArray[np.float64]
Told = tuple[Floats, Floats, Floats]
N_ORDERS = 4_000


def _journeys(slope: float, worst: float, seed: int) -> Told:
    """Ratios, weather and pace of three kinds of service that keep their quotes unlike each other."""
    draw = np.random.Generator(np.random.Philox(seed))
    kind = draw.integers(0, 3, N_ORDERS)
    weather = np.where(draw.random(N_ORDERS) < 0.3, draw.uniform(0, worst, N_ORDERS), 0.0)
    luck = np.exp(draw.normal(0, 0.3, N_ORDERS) - 0.045)
    return np.array([0.8, 1.0, 1.4])[kind] * (1 + slope * weather) * luck, weather, np.array([5.0, 9.0, 20.0])[kind]


def _once() -> NDArray[np.int64]:
    return np.ones((1, N_ORDERS), dtype=np.int64)


@pytest.mark.parametrize("slope", [0.0, 0.8, 2.0])
def test_a_planted_slope_is_found_whatever_kinds_of_service_keep_their_quotes(slope: float) -> None:
    found = fitted_slowdown(*_journeys(slope, 1.0, seed=3), _once())
    assert found[0] == pytest.approx(slope, abs=0.12)


def test_a_log_of_mild_weather_tells_the_slope_that_a_storm_has() -> None:
    found = fitted_slowdown(*_journeys(0.8, 0.4, seed=4), _once())
    assert found[0] == pytest.approx(0.8, abs=0.15)


def test_orders_in_calm_weather_say_nothing_of_storms() -> None:
    ratio, _, pace = _journeys(0.0, 1.0, seed=5)
    assert fitted_slowdown(ratio, np.zeros(N_ORDERS), pace, _once()).tolist() == [0.0]


def test_a_road_that_is_closed_is_bounded() -> None:
    ratio, weather, pace = _journeys(0.0, 1.0, seed=6)
    assert fitted_slowdown(ratio * (1 + 1e6 * weather), weather, pace, _once())[0] <= MOST_SLOWDOWN


def test_bags_that_met_other_storms_disagree() -> None:
    ratio, weather, pace = _journeys(0.8, 1.0, seed=7)
    counts = np.random.Generator(np.random.Philox(8)).integers(0, 3, (16, N_ORDERS))
    rare = np.where(np.arange(N_ORDERS) < 400, weather, 0.0)
    often, seldom = (fitted_slowdown(ratio, told, pace, counts).std() for told in (weather, rare))
    assert 0 < often < seldom


def test_a_bag_that_holds_nothing_of_one_kind_learns_from_the_others() -> None:
    ratio, weather, pace = _journeys(0.8, 1.0, seed=7)
    without = (pace < pace.max()).astype(np.int64)[None]
    assert fitted_slowdown(ratio, weather, pace, without)[0] == pytest.approx(0.8, abs=0.15)
