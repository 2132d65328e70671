"""Recommendations: what is offered, what it changes, and who decides."""

from __future__ import annotations

import time
from dataclasses import replace
from itertools import permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.customer_value import COMPENSATION_OUTCOMES, DEFAULT_CUSTOMER_VALUES, compensation_coefficients
from data.decisions import CompensationRecommendation, Disposition, RejectionReason, ReviewReason
from data.incidents import ARMS, CompensationArm, Incident, IncidentType
from data.objective import DEFAULT_WEIGHTS, ObjectiveWeights
from data.orders import Customer
from decision.compensation.calibration import ArmTruth, calibrated, true_losses
from decision.compensation.features import TAGS
from decision.compensation.fitting import CompensationFit
from decision.compensation.model import CompensationModel
from decision.compensation.policy import CausalCompensationPolicy
from decision.compensation.recommendation import CompensationQuestion, recommend_compensation
from decision.compensation.rules import CompensationRules
from decision.confidence import expected_calibration_error
from decision.errors import QuestionError, TrainingError

CUSTOMER = Customer(
    "C1", {"value_tier": "plus", "lateness_tolerance": 0.5, "n_past_orders": 4.0, "n_past_incidents": 0.0}
)
LATE = Incident("I1", "O1", IncidentType.LATE, 30.0, 9_000, CUSTOMER, ARMS[:5], 100_000)


def ask(
    model: CompensationModel | None, incident: Incident, weights: ObjectiveWeights = DEFAULT_WEIGHTS
) -> CompensationRecommendation:
    return recommend_compensation(model, CompensationQuestion(incident, weights, DEFAULT_CUSTOMER_VALUES))


def with_tags(incident: Incident, **tags: Any) -> Incident:
    return replace(incident, customer=Customer("C1", {**incident.customer.tags, **tags}))


def test_the_model_loses_a_tenth_of_the_oracles_gain_over_the_rules_at_most(
    model: CompensationModel, held_out: Any, truth: ArmTruth
) -> None:
    half = len(held_out.asked) // 2
    loss = {"model": 0.0, "rules": 0.0, "oracle": 0.0}
    for row in range(half, len(held_out.asked)):
        incident = held_out.asked[row]
        losses = true_losses(truth, row, incident, DEFAULT_WEIGHTS, DEFAULT_CUSTOMER_VALUES)
        chosen = {"model": ask(model, incident).recommended, "rules": CompensationRules().choose(incident).value}
        for name, arm in chosen.items():
            loss[name] += losses[ARMS.index(CompensationArm(arm))]
        loss["oracle"] += min(losses[ARMS.index(arm)] for arm in incident.allowed_arms)
    assert (loss["model"] - loss["oracle"]) / (loss["rules"] - loss["oracle"]) < 0.1


def test_chances_and_intervals_are_honest_on_incidents_that_calibration_never_saw(
    model: CompensationModel, held_out: Any, truth: ArmTruth
) -> None:
    half = len(held_out.asked) // 2
    told, came_true, inside = [], [], []
    for row in range(half, len(held_out.asked)):
        incident = held_out.asked[row]
        losses = true_losses(truth, row, incident, DEFAULT_WEIGHTS, DEFAULT_CUSTOMER_VALUES)
        answer = ask(model, incident)
        assert answer.confidence is not None
        first = losses[ARMS.index(CompensationArm(answer.recommended))]
        best = min(losses[ARMS.index(arm)] for arm in incident.allowed_arms)
        told.append(answer.confidence.p_near_best)
        came_true.append(first - best <= model.settings.epsilon_minor)
        for item in answer.ranking:
            effect = losses[ARMS.index(CompensationArm(item.arm))] - losses[0]
            inside.append(item.objective.lower - 1e-6 <= effect <= item.objective.upper + 1e-6)
    assert expected_calibration_error(told, came_true) < 0.1
    assert np.mean(inside) > 0.85


def test_a_ranking_is_sorted_adds_up_and_holds_nothing_at_zero(model: CompensationModel) -> None:
    answer = ask(model, LATE)
    objectives = [item.objective.point for item in answer.ranking]
    assert objectives == sorted(objectives)
    assert {item.arm for item in answer.ranking} == {arm.value for arm in LATE.allowed_arms}
    assert [item.propensity for item in answer.ranking] == [1.0, 0.0, 0.0, 0.0, 0.0]
    prices = compensation_coefficients(9_000, LATE.customer.value_tier, DEFAULT_WEIGHTS, DEFAULT_CUSTOMER_VALUES)
    for item in answer.ranking:
        effects = [item.effects_vs_none[name].point for name in COMPENSATION_OUTCOMES]
        assert item.objective.point == pytest.approx(np.dot(prices, effects), abs=1e-6)
        for interval in (*item.effects_vs_none.values(), item.objective):
            assert interval.lower <= interval.point <= interval.upper
    nothing = next(item for item in answer.ranking if item.arm == "none")
    assert (nothing.objective.lower, nothing.objective.point, nothing.objective.upper) == (0, 0, 0)


def test_the_order_in_which_arms_are_allowed_changes_nothing(model: CompensationModel) -> None:
    answers = {ask(model, replace(LATE, allowed_arms=arms)) == ask(model, LATE) for arms in permutations(ARMS[:5])}
    assert answers == {True}


def test_a_weight_on_cost_alone_offers_nothing(model: CompensationModel) -> None:
    assert ask(model, LATE, ObjectiveWeights(1, 0, 0, 0)).recommended == "none"


def test_a_premium_customer_is_not_bought_with_coupons(model: CompensationModel) -> None:
    # Planted: coupons make everyone but premium customers buy again.
    plus = {item.arm: item for item in ask(model, LATE).ranking}
    premium = {item.arm: item for item in ask(model, with_tags(LATE, value_tier="premium")).ranking}
    gain = [each["coupon"].effects_vs_none["repurchase_probability"].point for each in (plus, premium)]
    assert gain[0] > gain[1] + 0.05


def test_arms_that_are_forbidden_or_too_dear_are_rejected_with_the_reason(model: CompensationModel) -> None:
    answer = ask(model, replace(LATE, allowed_arms=ARMS[:4], budget_minor=100))
    reasons = {item.action_id: item.reason for item in answer.rejected}
    assert reasons == {
        "coupon": RejectionReason.OVER_BUDGET,
        "partial_refund": RejectionReason.OVER_BUDGET,
        "gift_sample": RejectionReason.ARM_NOT_ALLOWED,
        "reship": RejectionReason.ARM_NOT_ALLOWED,
    }
    assert {item.arm for item in answer.ranking} == {"none", "apology"}


def test_budget_zero_leaves_nothing_to_decide(model: CompensationModel) -> None:
    answer = ask(model, replace(LATE, budget_minor=0))
    assert (answer.recommended, answer.disposition) == ("none", Disposition.AUTO)
    assert answer.confidence is not None
    assert (answer.confidence.p_best, answer.confidence.p_better_than_current) == (1.0, 0.0)


incidents = st.builds(
    lambda kind, hours, value, budget, tolerance, tier: with_tags(
        replace(LATE, incident_type=kind, hours_late=hours, order_value_minor=value, budget_minor=budget),
        lateness_tolerance=tolerance,
        value_tier=tier,
    ),
    st.sampled_from(tuple(IncidentType)),
    st.floats(0, 2_000),
    st.integers(0, 10**9),
    st.integers(0, 10**6),
    st.floats(0, 1),
    st.sampled_from(["basic", "plus", "premium", "gold", 7.0, True]),
)


@given(incident=incidents, allowed=st.sets(st.sampled_from(ARMS)).map(tuple))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
def test_an_arm_that_the_incident_forbids_is_never_offered(
    model: CompensationModel, incident: Incident, allowed: tuple[CompensationArm, ...]
) -> None:
    for each in (model, None):
        answer = ask(each, replace(incident, allowed_arms=allowed))
        assert CompensationArm(answer.recommended) in {*allowed, CompensationArm.NONE}
        assert {item.arm for item in answer.ranking} <= {*(arm.value for arm in allowed), "none"}


def test_without_a_model_the_rules_answer_and_say_so() -> None:
    answer = ask(None, LATE)
    assert (answer.disposition, answer.review_reasons) == (Disposition.FALLBACK, (ReviewReason.NO_MODEL,))
    assert answer.recommended == CompensationRules().choose(LATE).value == answer.ranking[0].arm
    assert answer.confidence is None
    assert sum(item.propensity for item in answer.ranking) == 1


def test_an_arm_that_the_log_never_showed_sends_the_incident_to_a_person(model: CompensationModel) -> None:
    # Planted: reshipping was never allowed for late orders.
    answer = ask(model, replace(LATE, allowed_arms=ARMS))
    assert ReviewReason.NO_OVERLAP in answer.review_reasons
    assert answer.disposition is Disposition.REVIEW
    assert "reship" not in {item.arm for item in answer.ranking}


@pytest.mark.parametrize("unseen", [IncidentType.STOCK_OUT, IncidentType.DWELL_OVERRUN])
def test_a_type_of_incident_that_the_log_never_showed_is_left_to_rules_and_a_person(
    model: CompensationModel, unseen: IncidentType
) -> None:
    answer = ask(model, replace(LATE, incident_type=unseen))
    assert (answer.disposition, answer.review_reasons) == (Disposition.REVIEW, (ReviewReason.NO_OVERLAP,))
    assert answer.recommended == CompensationRules().choose(LATE).value


def test_an_incident_far_from_all_others_is_out_of_distribution(model: CompensationModel, world: Any) -> None:
    longest = float(world.incidents["hours_late"].max())
    for strange in ({"order_value_minor": 10**10, "budget_minor": 10**12}, {"hours_late": longest + 1}):
        assert ReviewReason.OUT_OF_DISTRIBUTION in ask(model, replace(LATE, **strange)).review_reasons
    assert ReviewReason.OUT_OF_DISTRIBUTION not in ask(model, LATE).review_reasons


@pytest.mark.parametrize("tag", [*TAGS, "value_tier"])
def test_a_tag_that_is_not_known_is_assumed_and_said(model: CompensationModel, tag: str) -> None:
    tags = {name: value for name, value in CUSTOMER.tags.items() if name != tag}
    answer = ask(model, replace(LATE, customer=Customer("C1", tags)))
    assert ReviewReason.ASSUMED_STATE in answer.review_reasons
    assert answer.disposition is Disposition.REVIEW


def test_low_confidence_sends_the_incident_to_a_person(model: CompensationModel) -> None:
    strict = replace(model, settings=replace(model.settings, threshold=1.0))
    answer = ask(strict, LATE)
    assert ReviewReason.LOW_CONFIDENCE in answer.review_reasons
    assert CausalCompensationPolicy(strict, DEFAULT_WEIGHTS, DEFAULT_CUSTOMER_VALUES, confident_only=True).choose(
        LATE, 0.5
    ).arm is CompensationRules().choose(LATE)
    relaxed = CausalCompensationPolicy(strict, DEFAULT_WEIGHTS, DEFAULT_CUSTOMER_VALUES).choose(LATE, 0.5)
    assert relaxed.arm.value == answer.recommended


def test_confidence_that_told_nothing_where_it_was_calibrated_decides_nothing(model: CompensationModel) -> None:
    # One base rate for all, and a high one: slope 0.
    flat = replace(model, platt=np.array([(1.0, 0.0), (0.0, 5.0), (1.0, 0.0)]))
    assert ask(model, LATE).disposition is Disposition.AUTO
    answer = ask(flat, LATE)
    assert (answer.disposition, answer.review_reasons) == (
        Disposition.REVIEW,
        (ReviewReason.UNINFORMATIVE_CONFIDENCE,),
    )
    nothing_to_choose = ask(flat, replace(LATE, budget_minor=0, allowed_arms=(CompensationArm.NONE,)))
    assert nothing_to_choose.disposition is Disposition.AUTO


def test_drivers_name_what_sets_this_incident_apart(model: CompensationModel) -> None:
    calm, strained = (with_tags(LATE, lateness_tolerance=tolerance) for tolerance in (0.9, 0.1))
    weights = ObjectiveWeights(0.05, 0, 0, 0.95)
    worth = {}
    for name, incident in (("calm", calm), ("strained", strained)):
        refund_only = replace(incident, allowed_arms=(CompensationArm.NONE, CompensationArm.PARTIAL_REFUND))
        answer = ask(model, refund_only, weights)
        assert answer.recommended == "partial_refund"
        worth[name] = {driver.feature: driver for driver in answer.drivers}["lateness_tolerance"]
    # Planted: a refund keeps the impatient.
    assert worth["strained"].objective_minor < 0 < worth["calm"].objective_minor
    assert (worth["calm"].recommended, worth["strained"].recommended) == (0.9, 0.1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"hours_late": float("nan")}, "hours_late must be from 0 to 1e.12, got nan"),
        ({"hours_late": -1.0}, "hours_late must .* got -1"),
        ({"hours_late": float("inf")}, "hours_late must .* got inf"),
        ({"order_value_minor": -5}, "order_value_minor must be"),
        ({"order_value_minor": 10**15}, "order_value_minor must be"),
        ({"order_value_minor": 10**400}, "order_value_minor must be"),
        ({"budget_minor": -1}, "budget_minor is -1"),
    ],
)
def test_numbers_that_mean_nothing_are_refused(model: CompensationModel, change: dict[str, Any], message: str) -> None:
    for each in (model, None):
        with pytest.raises(QuestionError, match=message):
            ask(each, replace(LATE, **change))


@pytest.mark.parametrize("value", ["high", True, float("nan"), float("inf"), -0.1, 1.1])
def test_a_tag_that_is_no_number_is_refused(model: CompensationModel, value: str | float | bool) -> None:
    with pytest.raises(QuestionError, match="lateness_tolerance"):
        ask(model, with_tags(LATE, lateness_tolerance=value))


def test_a_model_that_has_gone_wrong_leaves_the_answer_to_rules_and_a_person(model: CompensationModel) -> None:
    answer = ask(replace(model, coefficients=model.coefficients * np.nan), LATE)
    assert (answer.disposition, answer.review_reasons) == (Disposition.REVIEW, (ReviewReason.NOT_FINITE,))


def test_calibration_needs_a_truth_row_for_every_incident(fit: CompensationFit, held_out: Any, truth: ArmTruth) -> None:
    with pytest.raises(TrainingError, match="give a row each"):
        calibrated(fit.model, held_out.asked[:10], truth)
    with pytest.raises(TrainingError, match="0 incidents"):
        calibrated(fit.model, (), truth)


def test_an_answer_takes_milliseconds(model: CompensationModel) -> None:
    ask(model, LATE)
    start = time.process_time()
    for _ in range(20):
        ask(model, LATE)
    assert (time.process_time() - start) / 20 < 0.02
