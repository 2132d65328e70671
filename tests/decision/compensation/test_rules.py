"""Rules for compensation, and exploration around them with exact propensities."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.appeasement_costs import DEFAULT_ARM_COSTS, highest_cost_minor
from data.decisions import RejectionReason
from data.incidents import ARMS, CompensationArm, Incident, IncidentType
from data.orders import Customer
from decision.compensation.admission import admissible_arms, rejected_arms
from decision.compensation.rules import CompensationRules, ExploringCompensation, RuleCompensation
from decision.errors import QuestionError

LATE = Incident("I1", "O1", IncidentType.LATE, 30.0, 10_000, Customer("C1"), ARMS, 100_000)


@pytest.mark.parametrize(
    ("kind", "hours_late", "arm"),
    [
        (IncidentType.LOST, 0.0, CompensationArm.RESHIP),
        (IncidentType.DAMAGED, 90.0, CompensationArm.PARTIAL_REFUND),
        (IncidentType.LATE, 24.1, CompensationArm.COUPON),
        (IncidentType.LATE, 24.0, CompensationArm.APOLOGY),
        (IncidentType.STOCK_OUT, 50.0, CompensationArm.COUPON),
    ],
)
def test_rules_offer_what_an_oms_offers(kind: IncidentType, hours_late: float, arm: CompensationArm) -> None:
    assert CompensationRules().choose(replace(LATE, incident_type=kind, hours_late=hours_late)) is arm


def test_an_arm_that_is_not_admitted_falls_back_to_an_apology_and_then_to_nothing() -> None:
    lost = replace(LATE, incident_type=IncidentType.LOST, budget_minor=500)
    assert CompensationRules().choose(lost) is CompensationArm.APOLOGY
    assert CompensationRules().choose(replace(lost, allowed_arms=())) is CompensationArm.NONE


def test_a_budget_holds_the_worst_case_of_a_coupon() -> None:
    worst = int(highest_cost_minor("coupon", LATE.order_value_minor))
    assert CompensationArm.COUPON in admissible_arms(replace(LATE, budget_minor=worst), DEFAULT_ARM_COSTS)
    short = replace(LATE, budget_minor=worst - 1)
    reasons = {item.action_id: item.reason for item in rejected_arms(short, DEFAULT_ARM_COSTS)}
    assert reasons["coupon"] is RejectionReason.OVER_BUDGET


def test_budget_zero_leaves_free_arms_only() -> None:
    assert admissible_arms(replace(LATE, budget_minor=0), DEFAULT_ARM_COSTS) == (CompensationArm.NONE,)


arms = st.sets(st.sampled_from(ARMS)).map(tuple)


@given(
    allowed=arms,
    kind=st.sampled_from(tuple(IncidentType)),
    hours=st.floats(0, 500),
    budget=st.integers(0, 20_000),
    exploration=st.floats(0, 1),
    uniform=st.floats(0, 1, exclude_max=True),
)
def test_propensities_are_a_distribution_over_admissible_arms(
    allowed: tuple[CompensationArm, ...],
    kind: IncidentType,
    hours: float,
    budget: int,
    exploration: float,
    uniform: float,
) -> None:
    incident = replace(LATE, allowed_arms=allowed, incident_type=kind, hours_late=hours, budget_minor=budget)
    choice = ExploringCompensation(CompensationRules(), exploration).choose(incident, uniform)
    assert sum(choice.propensities) == pytest.approx(1, abs=1e-12)
    assert choice.propensities[ARMS.index(choice.arm)] > 0
    admissible = admissible_arms(incident, DEFAULT_ARM_COSTS)
    assert all(share == 0 or arm in admissible for arm, share in zip(ARMS, choice.propensities, strict=True))
    assert CompensationArm.NONE in admissible


def test_arms_are_taken_as_often_as_their_propensities_say() -> None:
    policy, n_draws = ExploringCompensation(CompensationRules(), 0.5), 10_000
    taken = Counter(policy.choose(LATE, (draw + 0.5) / n_draws).arm for draw in range(n_draws))
    for arm, share in zip(ARMS, policy.choose(LATE, 0.0).propensities, strict=True):
        assert taken[arm] == pytest.approx(share * n_draws, abs=1)


def test_the_rule_policy_never_explores() -> None:
    choice = RuleCompensation().choose(LATE, 0.99)
    assert choice.arm is CompensationArm.COUPON
    assert max(choice.propensities) == 1.0


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_exploration_is_a_share(share: float) -> None:
    with pytest.raises(QuestionError, match="share from 0 to 1"):
        ExploringCompensation(CompensationRules(), share)
