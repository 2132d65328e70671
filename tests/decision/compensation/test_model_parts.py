"""A model is arrays and plain facts, and comes back from them as it was or not at all."""

from __future__ import annotations

import numpy as np
import pytest

from data.customer_value import DEFAULT_CUSTOMER_VALUES
from data.decisions import CompensationRecommendation
from data.incidents import ARMS, Incident, IncidentType
from data.objective import DEFAULT_WEIGHTS
from data.orders import Customer
from decision.compensation.model import CompensationModel
from decision.compensation.recommendation import CompensationQuestion, recommend_compensation
from decision.errors import ArtefactError

LATE = Incident("I1", "O1", IncidentType.LATE, 30.0, 9_000, Customer("C1"), ARMS[:5], 100_000)


def ask(model: CompensationModel) -> CompensationRecommendation:
    return recommend_compensation(model, CompensationQuestion(LATE, DEFAULT_WEIGHTS, DEFAULT_CUSTOMER_VALUES))


def test_a_model_survives_its_parts(model: CompensationModel) -> None:
    again = CompensationModel.from_parts(*model.to_parts())
    assert ask(again) == ask(model)


@pytest.mark.parametrize("damage", ["lost", "shape", "nan", "features"])
def test_damaged_parts_are_refused(model: CompensationModel, damage: str) -> None:
    arrays, facts = model.to_parts()
    if damage == "lost":
        del arrays["covariance"]
    elif damage == "shape":
        arrays["spread"] = np.ones(2)
    elif damage == "nan":
        arrays["coefficients"] = arrays["coefficients"] * np.nan
    else:
        facts["features"] = ["moon_phase"]
    with pytest.raises(ArtefactError, match="compensation model"):
        CompensationModel.from_parts(arrays, facts)


@pytest.mark.parametrize("hours", [None, "many", -1.0, float("nan"), float("inf")])
def test_a_model_that_does_not_say_how_late_its_log_was_is_refused(
    model: CompensationModel, hours: float | str | None
) -> None:
    arrays, facts = model.to_parts()
    with pytest.raises(ArtefactError, match="compensation model"):
        CompensationModel.from_parts(arrays, {**facts, "typical_longest_hours": hours})
    del facts["typical_longest_hours"]
    with pytest.raises(ArtefactError, match="typical_longest_hours"):
        CompensationModel.from_parts(arrays, facts)
