"""Weather on a candidate's way: what is known of it, and how much less sure it makes an answer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from decision.confidence import coverage
from decision.routing.calibration import calibrated
from decision.routing.fitting import RoutingFit
from decision.routing.parts import LEARNED_OUTCOMES
from decision.routing.weather import BORROWED_WIDENING, worst_weather


def test_the_worst_is_of_forecast_and_observation_and_of_both_candidates(staged: Any) -> None:
    sets = staged.choice_sets
    rows = np.arange(4)
    told = replace(
        sets.taken(rows),
        candidate={
            **sets.taken(rows).candidate,
            "weather_severity": np.array([0.0, 0.4, np.nan, 0.1]),
            "weather_now": np.array([0.2, np.nan, np.nan, 0.9]),
        },
    )
    alone = worst_weather(told, rows, 0.3)
    assert alone.tolist() == [0.2, 0.4, 0.3, 0.9]
    assert worst_weather(told, np.full(4, 1), 0.3).tolist() == [0.4, 0.4, 0.4, 0.9]


def test_errors_are_as_much_larger_as_the_widening_says(staged_fit: RoutingFit, staged: Any) -> None:
    sets, reference = staged.choice_sets, staged.default_rows
    plain, wide = (replace(staged_fit.model, weather_widening=width) for width in (0.0, 0.7))
    before, after = (model.assess(model.features(sets), sets, reference).standard_error for model in (plain, wide))
    worst = worst_weather(sets, reference[sets.order_of_row], plain.imputation.weather_severity)
    told = before[:, 0] > 0
    # The unseen state of the reference's node is widened by the weather there.
    assert (after[told, 0] <= (before[:, 0] * np.exp(0.7 * worst))[told] + 1e-12).all()
    assert (after[told, 0] >= before[told, 0]).all()
    calm = told & (worst == 0)
    assert after[calm] == pytest.approx(before[calm])


def test_calibration_finds_that_storms_are_told_less_surely(staged_fit: RoutingFit, make_staged_world: Any) -> None:
    world = make_staged_world(600, seed=51)
    sets, reference = world.choice_sets, world.default_rows
    own = np.arange(len(sets.order_of_row))
    worst = worst_weather(sets, own, staged_fit.model.imputation.weather_severity)
    # Fronts that nobody forecast well: the worse they are, the less is known of when an order comes.
    missed = np.random.Generator(np.random.Philox(52)).normal(0, 2 * np.exp(1.5 * worst))
    expected = world.expected.copy()
    expected[:, 0] += 500 + 3 * missed
    model = calibrated(staged_fit.model, sets, dict(zip(LEARNED_OUTCOMES, expected.T, strict=True)))
    assert model.weather_widening >= 0.5
    assessed = model.assess(model.features(sets), sets, reference)
    error = assessed.point[:, 0] - (expected[:, 0] - expected[reference][sets.order_of_row, 0])
    assert coverage(error, assessed.standard_error[:, 0]) == pytest.approx(0.9, abs=0.02)


def test_a_calibration_that_met_no_storm_keeps_what_other_worlds_taught(
    staged_fit: RoutingFit, make_staged_world: Any
) -> None:
    world = make_staged_world(200, seed=53)
    calm = {name: np.zeros_like(world.choice_sets.candidate[name]) for name in ("weather_severity", "weather_now")}
    sets = replace(world.choice_sets, candidate={**world.choice_sets.candidate, **calm})
    model = calibrated(staged_fit.model, sets, dict(zip(LEARNED_OUTCOMES, world.expected.T, strict=True)))
    assert model.weather_widening == pytest.approx(BORROWED_WIDENING, abs=0.15)
