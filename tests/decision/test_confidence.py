"""Chances, spread and scaling, against formulas."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from decision.confidence import (
    INTERVAL_Z,
    calibration_noise,
    chances,
    coverage,
    expected_calibration_error,
    platt_scaled,
    platt_scaling,
    spread_factor,
    standard_normals,
)

N_DRAWS = 512


def normal_cdf(value: float) -> float:
    return 0.5 * math.erfc(-value / math.sqrt(2))


def test_draws_centre_exactly_and_are_the_same_each_time() -> None:
    draws = standard_normals(N_DRAWS, 5, seed=1)
    assert np.abs(draws.mean(axis=0)).max() < 1e-15
    assert np.array_equal(draws, standard_normals(N_DRAWS, 5, seed=1))


def test_chance_of_being_better_is_the_normal_formula() -> None:
    draws = np.stack((standard_normals(100_000, 1, seed=2)[:, 0] - 0.5, np.zeros(100_000)))
    found = chances(draws, chosen=0, current=1, epsilon_minor=0.3)
    assert found.better_than_current == pytest.approx(normal_cdf(0.5), abs=0.005)
    assert found.best == pytest.approx(normal_cdf(0.5), abs=0.005)
    assert found.near_best == pytest.approx(normal_cdf(0.8), abs=0.005)


def test_an_ineligible_action_rivals_nobody() -> None:
    draws = np.array([[1.0, 1.0], [0.0, 0.0], [2.0, 2.0]])
    assert chances(draws, 0, 2, 0.0).best == 0
    assert chances(draws, 0, 2, 0.0, eligible=np.array([True, False, True])).best == 1


@given(arrays(np.float64, (4, 16), elements=st.floats(-1e6, 1e6)), st.floats(0, 1e3))
def test_near_best_is_at_least_as_likely_as_best(draws: np.ndarray, epsilon_minor: float) -> None:
    found = chances(draws, 0, 1, epsilon_minor)
    assert 0 <= found.best <= found.near_best <= 1
    assert 0 <= found.better_than_current <= 1


def test_the_spread_factor_makes_intervals_cover_nine_in_ten() -> None:
    error = 2.5 * standard_normals(20_000, 1, seed=3)[:, 0]
    factor = spread_factor(error, np.ones(20_000))
    assert factor == pytest.approx(2.5, rel=0.03)
    assert coverage(error, np.full(20_000, factor)) == pytest.approx(0.9, abs=1e-3)
    assert coverage(error, np.ones(20_000)) == pytest.approx(1 - 2 * normal_cdf(-INTERVAL_Z / 2.5), abs=0.01)


def test_rows_that_claim_no_error_do_not_count() -> None:
    assert spread_factor([5.0, 0.0], [0.0, 0.0]) == 1
    assert math.isnan(coverage([5.0], [0.0]))


def test_honest_chances_are_left_nearly_alone() -> None:
    generator = np.random.Generator(np.random.Philox(4))
    said = generator.uniform(0.02, 0.98, 20_000)
    scaling = platt_scaling(said, generator.uniform(size=20_000) < said, N_DRAWS)
    assert scaling == pytest.approx((1, 0), abs=0.06)


def test_boastful_chances_are_bent_back() -> None:
    generator = np.random.Generator(np.random.Philox(5))
    true = generator.uniform(0.3, 0.9, 20_000)
    said = 1 / (1 + (true / (1 - true)) ** -3)
    happened = generator.uniform(size=20_000) < true
    scaling = platt_scaling(said, happened, N_DRAWS)
    scaled = np.array([platt_scaled(chance, scaling, N_DRAWS) for chance in said])
    assert scaling[0] == pytest.approx(1 / 3, abs=0.05)
    assert expected_calibration_error(scaled, happened) < 0.02 < expected_calibration_error(said, happened)


def test_chances_that_point_the_wrong_way_become_the_base_rate() -> None:
    said = np.repeat([0.1, 0.9], 200)
    happened = np.repeat([1, 0], 200)
    scaling = platt_scaling(said, happened, N_DRAWS)
    assert platt_scaled(0.99, scaling, N_DRAWS) == pytest.approx(platt_scaled(0.01, scaling, N_DRAWS))
    assert platt_scaled(0.99, scaling, N_DRAWS) == pytest.approx(0.5)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=40), st.floats(0, 1))
def test_scaled_chances_stay_chances(cases: list[tuple[float, bool]], chance: float) -> None:
    scaling = platt_scaling([said for said, _ in cases], [happened for _, happened in cases], N_DRAWS)
    assert math.isfinite(scaling[0])
    assert scaling[0] >= 0
    assert 0 <= platt_scaled(chance, scaling, N_DRAWS) <= 1


def test_honest_chances_show_the_calibration_error_that_luck_makes() -> None:
    generator = np.random.Generator(np.random.Philox(6))
    said = generator.uniform(0.3, 1.0, 80)
    seen = [expected_calibration_error(said, generator.uniform(size=80) < said) for _ in range(400)]
    assert calibration_noise(said) == pytest.approx(np.mean(seen), abs=0.006)


def test_luck_fades_with_the_square_root_of_the_cases() -> None:
    said = np.linspace(0.05, 0.95, 100)
    assert calibration_noise(np.tile(said, 16)) == pytest.approx(calibration_noise(said) / 4, rel=0.15)


def test_of_nothing_there_is_no_calibration_error() -> None:
    assert math.isnan(calibration_noise([]))
