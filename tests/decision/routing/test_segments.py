"""Segments get thresholds of their own where their choices are worse than their confidence says, and only there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from data.orders import Customer, Destination, Order
from decision.routing.segments import (
    LEAST_DECISIONS,
    STATED_ACCURACY,
    log_segments,
    order_segments,
    segment_thresholds,
    wilson_lower,
)
from decision.routing.settings import OVERALL, ServingSettings

NOW = datetime(2026, 1, 7, 10, 0, tzinfo=UTC)


def thresholds(said: np.ndarray, near: np.ndarray, names: list[str]) -> dict[str, float]:
    return segment_thresholds(said, near, [(name,) for name in names], overall=0.85)


def test_an_order_belongs_to_its_region_promise_and_tier() -> None:
    customer = Customer("c", {"value_tier": "plus"})
    order = Order("o", NOW, NOW + timedelta(hours=30), Destination("west"), customer, ())
    assert order_segments(order, NOW) == ("region=west", "promise=2d", "tier=plus")


def test_a_log_and_its_questions_tell_the_same_segments(make_world: Any) -> None:
    log = make_world(30, seed=3).log
    row = log.orders.iloc[4]
    order = Order(
        row["order_id"],
        row["decided_at"],
        row["promised_at"].to_pydatetime(),
        Destination(row["region"]),
        Customer("c", {"value_tier": row["value_tier"]}),
        (),
    )
    assert log_segments(log)[4] == order_segments(order, row["decided_at"].to_pydatetime())


def test_a_segment_that_keeps_its_word_keeps_the_overall_threshold() -> None:
    assert thresholds(np.full(200, 0.9), np.ones(200, dtype=bool), ["a"] * 200) == {}


def test_a_boastful_segment_needs_more_and_the_others_do_not() -> None:
    generator = np.random.Generator(np.random.Philox(1))
    said = generator.uniform(0.85, 1.0, 800)
    boasts = np.arange(800) < 400
    true = np.where(boasts, np.clip(5 * (said - 0.8), 0, 1), 0.99)
    near = generator.uniform(size=800) < true
    found = thresholds(said, near, ["boastful" if flag else "honest" for flag in boasts])
    assert set(found) == {"boastful"}
    above = boasts & (said >= found["boastful"])
    assert near[above].mean() > 0.9 > near[boasts].mean()


def test_a_threshold_is_proven_by_the_accuracy_that_is_stated() -> None:
    """From .87 on 58 of 60 were right, which is surely above .90 only; from .91 on 40 of 40."""
    said = np.concatenate((np.full(40, 0.86), np.full(20, 0.905), np.full(40, 0.95)))
    near = np.concatenate((np.zeros(40), np.zeros(2), np.ones(58))).astype(bool)
    assert 0.90 < wilson_lower(58, 60) < STATED_ACCURACY < wilson_lower(40, 40)
    assert thresholds(said, near, ["a"] * 100) == {"a": 0.91}


def test_few_decisions_say_nothing_of_a_segment() -> None:
    few = LEAST_DECISIONS - 1
    assert thresholds(np.full(few, 0.9), np.zeros(few, dtype=bool), ["a"] * few) == {}


def test_a_segment_that_luck_alone_makes_look_short_keeps_the_overall_threshold() -> None:
    near = np.arange(40) >= 3
    assert thresholds(np.linspace(0.86, 0.99, 40), near, ["a"] * 40) == {}


def test_honest_segments_are_seldom_accused() -> None:
    generator = np.random.Generator(np.random.Philox(2))
    accused = 0
    for _ in range(200):
        near = generator.uniform(size=100) < STATED_ACCURACY
        accused += bool(thresholds(generator.uniform(0.86, 1.0, 100), near, ["a"] * 100))
    assert accused <= 200 * 0.06


def test_the_strictest_segment_of_an_order_sets_its_threshold() -> None:
    settings = ServingSettings(segment_thresholds={"region=west": 0.93, "tier=plus": 0.97, "tier=basic": 0.5})
    assert settings.threshold_for(("region=west", "tier=plus")) == (0.97, "tier=plus")
    assert settings.threshold_for(("region=east",)) == (0.85, OVERALL)
    # An operator's stricter overall threshold is never undercut.
    assert settings.threshold_for(("tier=basic",)) == (0.85, OVERALL)


@given(st.integers(1, 2_000), st.floats(0, 1))
def test_the_lower_bound_lies_below_the_share_and_rises_with_the_count(n_decisions: int, share: float) -> None:
    n_right = round(share * n_decisions)
    assert -1e-12 <= wilson_lower(n_right, n_decisions) <= n_right / n_decisions + 1e-12
    assert wilson_lower(n_right, n_decisions) <= wilson_lower(10 * n_right, 10 * n_decisions) + 1e-12
