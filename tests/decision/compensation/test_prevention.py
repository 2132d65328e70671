"""Acting before a promise is broken: right in expectation over whether it will be, and silent where the log is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from data.appeasement_costs import highest_cost_minor
from data.customer_value import DEFAULT_CUSTOMER_VALUES
from data.decisions import Disposition, RejectionReason, ReviewReason
from data.incidents import ARMS, CompensationArm, Incident, IncidentType
from data.objective import DEFAULT_WEIGHTS
from data.orders import Customer
from decision.compensation.features import INCIDENT_TYPES
from decision.compensation.guardrails import Guardrails
from decision.compensation.model import CompensationModel
from decision.compensation.prevention import Prevention, recommend_prevention
from decision.compensation.recommendation import CompensationQuestion, recommend_compensation
from decision.errors import QuestionError

TAGS: dict[str, Any] = {"value_tier": "plus", "lateness_tolerance": 0.5, "n_past_orders": 4.0, "n_past_incidents": 0.0}
ORDER = Incident("O1", "O1", IncidentType.LATE_EXPECTED, 30.0, 9_000, Customer("C1", TAGS), ARMS[:5], 100_000)
AHEAD, LATE = (INCIDENT_TYPES.index(kind) for kind in ("late_expected", "late"))


@pytest.fixture
def informed(model: CompensationModel) -> CompensationModel:
    """The model of a log that showed offers ahead of a promise as often as offers to the late."""
    return replace(model, typical=replace(model.typical, support=supported(model, {AHEAD: 100.0})))


def supported(model: CompensationModel, rows: dict[int, float]) -> np.ndarray[Any, np.dtype[np.float64]]:
    support = model.typical.support.copy()
    for row, count in rows.items():
        support[row] = count
    return support


def question(incident: Incident = ORDER, guardrails: Guardrails | None = None) -> CompensationQuestion:
    return CompensationQuestion(incident, DEFAULT_WEIGHTS, DEFAULT_CUSTOMER_VALUES, guardrails or Guardrails())


def objectives(found: Prevention) -> dict[str, float]:
    return {item.arm: item.objective.point for item in found.recommendation.ranking}


def test_a_certain_lateness_is_answered_as_the_incident_that_it_will_be(informed: CompensationModel) -> None:
    told = recommend_compensation(informed, question())
    found = recommend_prevention(informed, question(), 1.0)
    assert objectives(found) == pytest.approx({item.arm: item.objective.point for item in told.ranking})


def test_an_offer_is_worth_a_share_of_its_effect_and_costs_all_it_can_where_nothing_goes_wrong(
    informed: CompensationModel,
) -> None:
    surely = objectives(recommend_prevention(informed, question(), 1.0))
    for chance in (0.0, 0.3, 0.8):
        found = recommend_prevention(informed, question(), chance)
        expected = {
            arm: chance * loss + (1 - chance) * highest_cost_minor(arm, ORDER.order_value_minor, informed.costs)
            for arm, loss in surely.items()
        }
        assert objectives(found) == pytest.approx(expected)


def test_nothing_is_offered_where_nothing_can_go_wrong(informed: CompensationModel) -> None:
    found = recommend_prevention(informed, question(), 0.0)
    assert found.recommendation.recommended == "none"
    assert min(objectives(found).values()) == 0


def test_waiting_is_the_best_answer_to_a_late_order_times_the_chance_of_one(informed: CompensationModel) -> None:
    late = recommend_compensation(informed, question(replace(ORDER, incident_type=IncidentType.LATE)))
    waiting = recommend_prevention(informed, question(), 0.4).waiting
    assert waiting is not None
    assert waiting.arm.value == late.recommended
    assert waiting.objective.point == pytest.approx(0.4 * late.ranking[0].objective.point)


def test_an_action_now_is_taken_from_the_stated_chance_on_and_not_before(informed: CompensationModel) -> None:
    # Without late orders in the log there is nothing to wait for, so that the only rival is doing nothing.
    unseen = replace(informed, typical=replace(informed.typical, support=supported(informed, {LATE: 0.0})))
    for arm in ("partial_refund", "gift_sample"):
        alone = question(replace(ORDER, allowed_arms=(CompensationArm(arm),)))
        found = recommend_prevention(unseen, alone, 0.5)
        assert found.waiting is None
        if found.acts_from is None:
            assert objectives(recommend_prevention(unseen, alone, 1.0))[arm] >= 0
            continue
        below, above = (recommend_prevention(unseen, alone, found.acts_from + step) for step in (-1e-6, 1e-6))
        assert (below.recommendation.recommended, above.recommendation.recommended) == ("none", arm)


def test_a_log_without_preventive_offers_cannot_tell(model: CompensationModel) -> None:
    found = recommend_prevention(model, question(), 0.9)
    assert found.recommendation.recommended == "none"
    assert found.recommendation.disposition is Disposition.REVIEW
    assert found.recommendation.review_reasons == (ReviewReason.NO_OVERLAP,)
    assert found.recommendation.confidence is None
    assert all(set(item.effects_vs_none) == {"cost_minor"} for item in found.recommendation.ranking)


def test_without_a_model_nothing_is_offered_ahead() -> None:
    answer = recommend_prevention(None, question(), 0.9).recommendation
    assert (answer.recommended, answer.disposition) == ("none", Disposition.FALLBACK)
    assert answer.review_reasons == (ReviewReason.NO_MODEL,)


def test_guardrails_hold_before_anything_goes_wrong(informed: CompensationModel) -> None:
    refused = replace(ORDER, customer=Customer("C1", {**TAGS, "opt_out_coupon": True, "opt_out_automated": True}))
    found = recommend_prevention(informed, question(refused, Guardrails(most_per_incident_minor=0)), 0.9)
    assert set(objectives(found)) <= {"none", "apology"}
    assert ("coupon", RejectionReason.CUSTOMER_REFUSED) in {
        (item.action_id, item.reason) for item in found.recommendation.rejected
    }
    assert ReviewReason.PERSON_REQUESTED in found.recommendation.review_reasons


def test_confidence_that_told_nothing_where_it_was_calibrated_acts_on_nothing_ahead(
    informed: CompensationModel,
) -> None:
    flat = replace(informed, platt=np.array([(1.0, 0.0), (0.0, 5.0), (1.0, 0.0)]))
    found = recommend_prevention(flat, question(), 0.9).recommendation
    assert ReviewReason.UNINFORMATIVE_CONFIDENCE in found.review_reasons
    assert found.disposition is Disposition.REVIEW


@pytest.mark.parametrize("chance", [-0.1, 1.1, float("nan"), float("inf")])
def test_a_chance_that_is_none_is_refused(informed: CompensationModel, chance: float) -> None:
    with pytest.raises(QuestionError, match="late_probability"):
        recommend_prevention(informed, question(), chance)


def test_what_has_happened_cannot_be_prevented(informed: CompensationModel) -> None:
    with pytest.raises(QuestionError, match="has happened"):
        recommend_prevention(informed, question(replace(ORDER, incident_type=IncidentType.LOST)), 0.5)
