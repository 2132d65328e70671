"""Whole days become a distribution without stairs and with the same mean."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from simulator.calibration.durations import SpreadDurations, spread_durations
from simulator.calibration.hour_profiles import prior_orders


def _orders(stated_days: list[float], exact_hours: list[float] | None = None) -> pd.DataFrame:
    ordered_at = pd.Series(pd.Timestamp("2024-01-01T10:00Z"), index=range(len(stated_days))).dt.as_unit("us")
    stated = np.array(stated_days) * 24
    exact = np.array(exact_hours) if exact_hours else stated
    return pd.DataFrame(
        {
            "ordered_at": ordered_at,
            "delivered_hours": stated,
            "delivered_at": ordered_at + pd.to_timedelta(exact, unit="h"),
        }
    )


def test_days_2_to_6_alike_are_one_uniform_stretch() -> None:
    spread = spread_durations(_orders([2, 3, 4, 5, 6]), 24)
    assert spread.quantiles(11) == pytest.approx(np.linspace(36, 156, 11))
    assert spread.mean == pytest.approx(96)


def test_a_parcel_of_12_hours_that_the_calendar_calls_0_or_1_days_took_0_to_24_hours() -> None:
    spread = spread_durations(_orders([0, 1], [12, 12]), 24)
    assert spread.quantiles(5) == pytest.approx([0, 6, 12, 18, 24])


def test_an_instant_that_says_something_else_altogether_is_not_believed() -> None:
    spread = spread_durations(_orders([3], [400]), 24)
    assert spread.mean == pytest.approx(72)


def test_a_gap_between_days_stays_a_gap() -> None:
    quantiles = spread_durations(_orders([1, 9]), 24).quantiles(101)
    assert not ((quantiles > 36.1) & (quantiles < 203.9)).any()


def test_exact_durations_are_taken_as_they_are() -> None:
    hours = [1.5, 2.5, 7.0]
    assert spread_durations(_orders([hour / 24 for hour in hours]), 0).quantiles(3) == pytest.approx(hours)


def test_the_mean_of_the_quantiles_is_the_mean_of_the_stretches() -> None:
    rng = np.random.default_rng(5)
    low = rng.gamma(4, 12, 3_000)
    spread = SpreadDurations(low, low + rng.uniform(1, 24, 3_000))
    quantiles = spread.quantiles(2_001)
    assert float(np.trapezoid(quantiles, dx=1 / 2_000)) == pytest.approx(spread.mean, rel=1e-3)
    assert (np.diff(quantiles) >= 0).all()


def test_hours_that_differ_by_chance_only_are_not_believed() -> None:
    rng = np.random.default_rng(3)
    counts = rng.multinomial(300, np.full(24, 1 / 24), size=20)
    assert prior_orders(counts, counts.sum(axis=0) / counts.sum()) is None


def test_the_prior_is_the_planted_likeness_of_regions() -> None:
    # Dirichlet profiles with concentration k: k orders of the shared profile are what is best to add.
    rng = np.random.default_rng(4)
    profiles = rng.dirichlet(np.full(24, 200 / 24), size=60)
    counts = np.array([rng.multinomial(500, profile) for profile in profiles])
    assert prior_orders(counts, counts.sum(axis=0) / counts.sum()) == pytest.approx(200, rel=0.25)
