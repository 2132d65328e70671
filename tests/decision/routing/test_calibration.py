"""Calibration on truth that the model was not fitted on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from data.objective import DEFAULT_UNIT_VALUES, DEFAULT_WEIGHTS, objective_coefficients
from decision.confidence import N_DRAWS, coverage, expected_calibration_error, platt_scaled
from decision.errors import TrainingError
from decision.routing.calibration import calibrated, rules_rows, verdicts
from decision.routing.fitting import RoutingFit
from decision.routing.model import RoutingModel
from decision.routing.parts import LEARNED_OUTCOMES, TIMED_OUTCOMES

PRICES = np.array(objective_coefficients(DEFAULT_WEIGHTS, DEFAULT_UNIT_VALUES))


def truth_of(world: Any) -> dict[str, np.ndarray]:
    return dict(zip(LEARNED_OUTCOMES, world.expected.T, strict=True))


@pytest.fixture(scope="module")
def held_out(make_world: Any) -> Any:
    return make_world(600, seed=99)


@pytest.fixture(scope="module")
def boastful(fit: RoutingFit) -> RoutingModel:
    """A model that claims a third of the error it has."""
    return replace(fit.model, law=replace(fit.model.law, covariance=fit.model.law.covariance / 9))


@pytest.fixture(scope="module")
def humbled(boastful: RoutingModel, held_out: Any) -> RoutingModel:
    return calibrated(boastful, held_out.choice_sets, truth_of(held_out))


def test_intervals_cover_nine_in_ten_once_calibrated(humbled: RoutingModel, held_out: Any) -> None:
    effects = humbled.predict(held_out.choice_sets, held_out.default_rows)
    error = effects.point - held_out.true_effects
    for outcome in range(len(TIMED_OUTCOMES)):
        assert coverage(error[:, outcome], effects.standard_error[:, outcome]) == pytest.approx(0.9, abs=0.01)
    assert humbled.calibrated
    assert (humbled.spread[: len(TIMED_OUTCOMES)] > 2).all()


def test_chances_agree_with_what_comes_true_once_calibrated(
    boastful: RoutingModel, humbled: RoutingModel, make_world: Any
) -> None:
    fresh = make_world(600, seed=100)
    gaps = []
    for model in (boastful, humbled):
        found = verdicts(model, fresh.choice_sets, fresh.expected, PRICES)
        scaling = (float(model.platt[0, 0]), float(model.platt[0, 1]))
        said = [platt_scaled(item.said.best, scaling, N_DRAWS) for item in found]
        gaps.append(expected_calibration_error(said, [item.true.best for item in found]))
    assert gaps[1] < gaps[0]
    assert gaps[1] < 0.08


def test_a_batch_and_the_log_agree_on_what_the_rules_pick(held_out: Any) -> None:
    assert np.array_equal(rules_rows(held_out.choice_sets), held_out.default_rows)


def test_a_truth_with_gaps_is_refused(fit: RoutingFit, held_out: Any) -> None:
    truth = truth_of(held_out)
    with pytest.raises(TrainingError, match=r"lacks \['late'\]"):
        calibrated(fit.model, held_out.choice_sets, {name: truth[name] for name in truth if name != "late"})
    holed = {**truth, "late": np.where(np.arange(len(truth["late"])) == 3, np.nan, truth["late"])}
    with pytest.raises(TrainingError, match="must be finite"):
        calibrated(fit.model, held_out.choice_sets, holed)
