"""The clustered interval against what is known of it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from experiments.errors import SplitError
from experiments.intervals import clustered_mean


def test_with_one_observation_a_cluster_it_is_students_interval() -> None:
    values = np.array([1.0, 4.0, -2.0, 7.0, 3.0])
    estimate = clustered_mean(values, np.arange(5))
    textbook = stats.t.interval(0.95, 4, loc=values.mean(), scale=stats.sem(values))
    assert (estimate.lower, estimate.upper) == pytest.approx(textbook)


def test_copies_of_an_observation_within_its_cluster_add_no_certainty() -> None:
    values, clusters = np.array([1.0, 4.0, -2.0]), np.arange(3)
    once = clustered_mean(values, clusters)
    many = clustered_mean(np.repeat(values, 50), np.repeat(clusters, 50))
    assert (many.lower, many.upper) == pytest.approx((once.lower, once.upper))


def test_it_covers_the_true_mean_nineteen_times_in_twenty_although_days_differ() -> None:
    rng = np.random.default_rng(7)
    days = np.repeat(np.arange(8), 40)
    hits = 0
    for _ in range(1_000):
        values = rng.normal(size=8)[days] + rng.normal(size=320)
        estimate = clustered_mean(values, days)
        hits += estimate.lower <= 0 <= estimate.upper
    assert 0.93 <= hits / 1_000 <= 0.97


def test_a_single_cluster_gives_no_interval() -> None:
    with pytest.raises(SplitError, match="at least 2 clusters, got 1"):
        clustered_mean(np.ones(10), np.zeros(10, dtype=np.int64))
