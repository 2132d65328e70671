"""What a customer's record, the operator and the law forbid is not offered, whatever it promises."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from data.appeasement_costs import DEFAULT_ARM_COSTS, ArmCost, ArmCosts, highest_cost_minor
from data.customer_value import DEFAULT_CUSTOMER_VALUES
from data.decisions import CompensationRecommendation, Disposition, RejectionReason, ReviewReason
from data.incidents import ARMS, CompensationArm, Incident, IncidentType
from data.objective import DEFAULT_WEIGHTS
from data.orders import Customer
from decision.compensation.admission import admissible_arms
from decision.compensation.features import INPUTS
from decision.compensation.guardrails import (
    PERMITTED_INPUTS,
    Guardrails,
    misspelt_consent,
    opted_out,
    require_permitted,
)
from decision.compensation.model import CompensationModel
from decision.compensation.recommendation import CompensationQuestion, recommend_compensation
from decision.compensation.rules import CompensationRules
from decision.errors import ForbiddenInputError, QuestionError

TAGS: dict[str, str | float | bool] = {
    "value_tier": "plus",
    "lateness_tolerance": 0.5,
    "n_past_orders": 4.0,
    "n_past_incidents": 0.0,
}
COUPON, GIFT = CompensationArm.COUPON, CompensationArm.GIFT_SAMPLE
PAIR = Guardrails(combinations=(frozenset({COUPON, GIFT}),))


def late(**tags: Any) -> Incident:
    return Incident("I1", "O1", IncidentType.LATE, 30.0, 9_000, Customer("C1", {**TAGS, **tags}), ARMS[:5], 100_000)


def ask(
    model: CompensationModel | None, incident: Incident, guardrails: Guardrails | None = None
) -> CompensationRecommendation:
    question = CompensationQuestion(incident, DEFAULT_WEIGHTS, DEFAULT_CUSTOMER_VALUES, guardrails or Guardrails())
    return recommend_compensation(model, question)


@pytest.mark.parametrize("tag", [{"opt_out_coupon": True}, {"reacted_coupon": "no"}])
def test_a_customer_who_wants_no_coupon_gets_none(model: CompensationModel, tag: dict[str, Any]) -> None:
    answer = ask(model, late(**tag))
    assert COUPON.value not in {item.arm for item in answer.ranking}
    assert ("coupon", RejectionReason.CUSTOMER_REFUSED) in {(item.action_id, item.reason) for item in answer.rejected}
    assert CompensationRules().choose(late(**tag)) is not COUPON


def test_a_past_yes_forbids_nothing(model: CompensationModel) -> None:
    assert ask(model, late(reacted_coupon="yes")) == ask(model, late())


def test_a_customer_who_had_his_share_of_offers_gets_words(model: CompensationModel) -> None:
    answer = ask(model, late(offers_90d=3))
    assert {item.arm for item in answer.ranking} == {"none", "apology"}
    assert {item.reason for item in answer.rejected if item.action_id in ("coupon", "gift_sample")} == {
        RejectionReason.OPERATOR_POLICY
    }


def test_what_a_customer_has_cost_lately_counts_against_the_cap() -> None:
    cost = highest_cost_minor(GIFT, 9_000)
    caps = Guardrails(most_spent_90d_minor=1_000)
    fits, exceeds = (late(compensated_90d_minor=spent) for spent in (1_000 - cost, 1_001 - cost))
    assert GIFT in admissible_arms(fits, DEFAULT_ARM_COSTS, caps)
    assert GIFT not in admissible_arms(exceeds, DEFAULT_ARM_COSTS, caps)


def test_a_cap_on_incidents_holds_beside_their_budget() -> None:
    arms = admissible_arms(late(), DEFAULT_ARM_COSTS, Guardrails(most_per_incident_minor=0))
    assert set(arms) == {CompensationArm.NONE, CompensationArm.APOLOGY}


def test_a_customer_who_opted_out_of_automation_meets_a_person(model: CompensationModel) -> None:
    for answer in (ask(model, late(opt_out_automated=True)), ask(None, late(opt_out_automated=True))):
        assert answer.disposition is Disposition.REVIEW
        assert ReviewReason.PERSON_REQUESTED in answer.review_reasons


@pytest.mark.parametrize("value", ["three", True, float("nan"), -1])
def test_a_count_that_is_no_count_is_refused(model: CompensationModel, value: object) -> None:
    with pytest.raises(QuestionError, match="offers_90d"):
        ask(model, late(offers_90d=value))


def test_pairs_add_up_with_a_wider_interval_and_only_where_policy_allows(model: CompensationModel) -> None:
    assert ask(model, late()).combinations == ()
    answer = ask(model, late(), PAIR)
    (pair,) = answer.combinations
    alone = {item.arm: item.objective for item in answer.ranking}
    assert pair.objective.point == pytest.approx(sum(alone[arm].point for arm in pair.arms))
    width = pair.objective.upper - pair.objective.lower
    assert width > max(alone[arm].upper - alone[arm].lower for arm in pair.arms)
    assert answer.recommended in {arm.value for arm in ARMS}


def test_a_pair_must_fit_the_budget_together(model: CompensationModel) -> None:
    together = sum(highest_cost_minor(arm, 9_000, model.costs) for arm in (COUPON, GIFT))
    tight = replace(late(), budget_minor=int(together) - 1)
    for served in (model, None):
        answer = ask(served, tight, PAIR)
        assert answer.combinations == ()
        (pair,) = answer.rejected_combinations
        assert (pair.arms, pair.reason) == ((COUPON.value, GIFT.value), RejectionReason.OVER_BUDGET)
        assert {COUPON.value, GIFT.value} <= {item.arm for item in answer.ranking}
    assert ask(model, late(), PAIR).rejected_combinations == ()


def test_an_apology_beside_a_gift_takes_nothing_from_the_caps(model: CompensationModel) -> None:
    gift = int(np.ceil(highest_cost_minor(GIFT, 9_000, model.costs)))
    caps = Guardrails(
        most_per_incident_minor=gift,
        most_spent_90d_minor=gift,
        combinations=(frozenset({GIFT, CompensationArm.APOLOGY}),),
    )
    answer = ask(model, late(), caps)
    assert [set(pair.arms) for pair in answer.combinations] == [{"gift_sample", "apology"}]
    # The budget holds whatever is paid, free of caps or not.
    assert ask(model, replace(late(), budget_minor=gift), caps).combinations == ()


def test_a_pair_with_a_turned_down_arm_is_no_pair(model: CompensationModel) -> None:
    answer = ask(model, late(reacted_coupon="no"), PAIR)
    assert (answer.combinations, answer.rejected_combinations) == ((), ())


def test_the_features_read_only_what_is_permitted() -> None:
    require_permitted(INPUTS)
    assert set(INPUTS) == PERMITTED_INPUTS


def test_a_model_trained_on_a_forbidden_attribute_is_refused(model: CompensationModel) -> None:
    arrays, facts = model.to_parts()
    with pytest.raises(ForbiddenInputError, match="postal_code"):
        CompensationModel.from_parts(arrays, {**facts, "inputs": [*facts["inputs"], "postal_code"]})


@pytest.mark.parametrize(
    "wrong", [{"most_offers_90d": -1}, {"combinations": (frozenset({COUPON}),)}, {"most_spent_90d_minor": -5}]
)
def test_guardrails_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(QuestionError, match="guardrails"):
        Guardrails(**wrong)


@pytest.mark.parametrize("said", [True, 1, "yes", "true", "TRUE", "please"])
def test_an_opt_out_is_heard_in_whatever_words_a_record_has(said: str | float | bool) -> None:
    assert opted_out(said)


@pytest.mark.parametrize(
    "name",
    ["opt_out", "opt_outs", "opt_out_coupons", "marketing_opt_out", "hasOptedOut", "opt_outcoupon", "optoutmarketing"],
)
def test_a_name_that_is_nearly_a_consent_does_not_pass_for_silence(name: str) -> None:
    assert misspelt_consent(name)


@pytest.mark.parametrize("name", ["opt_outlet_visits", "opt_outcome", "OptOutdoor", "opt_out_coupon", "stop_out"])
def test_a_name_of_something_else_or_of_a_consent_itself_is_accepted(name: str) -> None:
    assert not misspelt_consent(name)


@pytest.mark.parametrize("said", [None, False, 0, 0.0, "no", "False", ""])
def test_only_a_plain_no_is_not_an_opt_out(said: str | float | bool | None) -> None:
    assert not opted_out(said)


def test_an_order_worth_nothing_is_not_refunded_a_share_of_it(model: CompensationModel) -> None:
    answer = ask(model, replace(late(), order_value_minor=0))
    refused = {item.action_id: item.reason for item in answer.rejected}
    assert refused["partial_refund"] is refused["coupon"] is RejectionReason.GIVES_NOTHING
    assert CompensationRules().choose(replace(late(), order_value_minor=0)) is CompensationArm.APOLOGY
    assert GIFT.value in {item.arm for item in answer.ranking}


@pytest.mark.parametrize("value", [0, 1, 4])
def test_what_handling_costs_does_not_count_as_given(model: CompensationModel, value: int) -> None:
    learned = replace(model, costs=replace(model.costs, partial_refund=ArmCost(6.0, 0.2), coupon=ArmCost(5.0, 0.15)))
    worthless = replace(late(), order_value_minor=value)
    refused = {item.action_id: item.reason for item in ask(learned, worthless).rejected}
    assert refused["partial_refund"] is refused["coupon"] is RejectionReason.GIVES_NOTHING
    assert {COUPON, CompensationArm.PARTIAL_REFUND}.isdisjoint(admissible_arms(worthless, learned.costs))
    assert CompensationArm.PARTIAL_REFUND in admissible_arms(replace(worthless, order_value_minor=5), learned.costs)


def test_coupons_of_one_size_are_worth_it_whatever_the_order_is() -> None:
    flat = ArmCosts(coupon=ArmCost(500.0, 1e-5, only_if_redeemed=True))
    assert COUPON in admissible_arms(replace(late(), order_value_minor=0), flat)


def test_a_large_offer_is_for_two_pairs_of_eyes(model: CompensationModel) -> None:
    cost = highest_cost_minor(ask(model, late()).recommended, 9_000, model.costs)
    for limit, asked in ((int(cost), True), (int(cost) + 1, False)):
        answer = ask(model, late(), Guardrails(four_eyes_from_minor=limit))
        assert (ReviewReason.FOUR_EYES in answer.review_reasons) is asked


def test_a_tag_of_the_operators_own_rules_out_the_arms_he_says(model: CompensationModel) -> None:
    limits = Guardrails(opt_outs=(("do_not_market", frozenset({COUPON, GIFT})),))
    assert {COUPON.value, GIFT.value} <= {item.arm for item in ask(model, late(), limits).ranking}
    refused = {item.action_id: item.reason for item in ask(model, late(do_not_market=True), limits).rejected}
    assert refused[COUPON.value] is refused[GIFT.value] is RejectionReason.CUSTOMER_REFUSED
