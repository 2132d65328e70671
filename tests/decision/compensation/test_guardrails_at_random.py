"""Whatever the incident, the record and the limits: what they forbid is never chosen, ranked, paired or drawn."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from data.appeasement_costs import DEFAULT_ARM_COSTS, ArmCosts, highest_cost_minor
from data.customer_value import DEFAULT_CUSTOMER_VALUES
from data.decisions import Disposition, ReviewReason
from data.incidents import ARMS, CompensationArm, Incident, IncidentType
from data.objective import DEFAULT_WEIGHTS
from data.orders import Customer
from decision.compensation.guardrails import Guardrails
from decision.compensation.model import CompensationModel
from decision.compensation.policy import CausalCompensationPolicy
from decision.compensation.recommendation import CompensationQuestion, recommend_compensation
from decision.compensation.rules import CompensationRules, ExploringCompensation

NONE, APOLOGY = CompensationArm.NONE, CompensationArm.APOLOGY
PAIRS = [frozenset({one, other}) for one in ARMS[1:] for other in ARMS[1:] if one is not other]
# What a record may say, and whether it says yes.
SAID = {"yes": True, True: True, "": False, "No": False, False: False}

money = st.integers(0, 12_000)
answers = st.sampled_from(list(SAID))
names = st.sampled_from([*(f"opt_out_{arm.value}" for arm in ARMS[1:]), "do_not_market", "opt_out_automated"])
records = st.fixed_dictionaries(
    {},
    optional={
        "value_tier": st.sampled_from(["basic", "plus", "premium"]),
        "lateness_tolerance": st.floats(0, 1),
        "n_past_orders": st.integers(0, 50),
        "n_past_incidents": st.integers(0, 9),
        "offers_90d": st.integers(0, 5),
        "compensated_90d_minor": money,
        "reacted_coupon": st.sampled_from(["yes", "no"]),
        "reacted_gift_sample": st.sampled_from(["yes", "no"]),
    },
)
incidents = st.builds(
    Incident,
    st.just("I1"),
    st.just("O1"),
    st.sampled_from(IncidentType),
    st.floats(0, 300),
    st.integers(0, 30_000),
    st.builds(
        lambda record, said: Customer("C1", {**record, **said}), records, st.dictionaries(names, answers, max_size=3)
    ),
    st.sets(st.sampled_from(ARMS)).map(tuple),
    money,
)
limits = st.builds(
    Guardrails,
    most_offers_90d=st.integers(0, 5),
    most_spent_90d_minor=money,
    most_per_incident_minor=money,
    four_eyes_from_minor=money,
    opt_outs=st.sets(st.sampled_from(ARMS[1:]), min_size=1).map(lambda arms: (("do_not_market", frozenset(arms)),)),
    combinations=st.lists(st.sampled_from(PAIRS), unique=True, max_size=4).map(tuple),
)


def forbids(incident: Incident, guardrails: Guardrails, costs: ArmCosts, arms: tuple[CompensationArm, ...]) -> bool:
    """Policy, budget and record, told once more from the documentation alone; several arms are paid together."""
    tags: dict[str, Any] = dict(incident.customer.tags)
    offered = [arm for arm in arms if arm is not NONE]
    of_value = [arm for arm in offered if arm is not APOLOGY]
    cost = {arm: highest_cost_minor(arm, incident.order_value_minor, costs) for arm in offered}
    marketing = next((ruled_out for tag, ruled_out in guardrails.opt_outs if SAID.get(tags.get(tag))), frozenset())
    worth = sum(cost[arm] for arm in of_value)
    broken = (
        any(arm not in incident.allowed_arms for arm in offered),
        sum(cost.values()) > incident.budget_minor,
        any(SAID.get(tags.get(f"opt_out_{arm.value}")) for arm in offered),
        any(tags.get(f"reacted_{arm.value}") == "no" for arm in offered),
        bool(marketing & set(offered)),
        bool(of_value) and tags.get("offers_90d", 0) >= guardrails.most_offers_90d,
        bool(of_value) and worth > guardrails.most_per_incident_minor,
        bool(of_value) and worth + tags.get("compensated_90d_minor", 0) > guardrails.most_spent_90d_minor,
        any(cost[arm] < 1 for arm in of_value),
    )
    return any(broken)


@settings(max_examples=250, deadline=None)
@given(incident=incidents, guardrails=limits)
def test_nothing_forbidden_is_ever_offered(
    model: CompensationModel, incident: Incident, guardrails: Guardrails
) -> None:
    for served, costs in ((model, model.costs), (None, DEFAULT_ARM_COSTS)):
        question = CompensationQuestion(incident, DEFAULT_WEIGHTS, DEFAULT_CUSTOMER_VALUES, guardrails)
        answer = recommend_compensation(served, question)
        ranked = [CompensationArm(item.arm) for item in answer.ranking]
        assert CompensationArm(answer.recommended) in ranked
        assert not any(forbids(incident, guardrails, costs, (arm,)) for arm in ranked)
        assert {item.action_id for item in answer.rejected}.isdisjoint(arm.value for arm in ranked)
        pairs = [tuple(map(CompensationArm, pair.arms)) for pair in answer.combinations]
        assert all(frozenset(pair) in guardrails.combinations for pair in pairs)
        assert not any(forbids(incident, guardrails, costs, pair) for pair in pairs)
        refused = [tuple(map(CompensationArm, pair.arms)) for pair in answer.rejected_combinations]
        assert all(forbids(incident, guardrails, costs, pair) for pair in refused)
        assert not any(forbids(incident, guardrails, costs, (arm,)) for pair in refused for arm in pair)


@settings(max_examples=150, deadline=None)
@given(incident=incidents, guardrails=limits)
def test_what_four_eyes_must_see_is_never_decided_alone(
    model: CompensationModel, incident: Incident, guardrails: Guardrails
) -> None:
    for served, costs in ((model, model.costs), (None, DEFAULT_ARM_COSTS)):
        question = CompensationQuestion(incident, DEFAULT_WEIGHTS, DEFAULT_CUSTOMER_VALUES, guardrails)
        answer = recommend_compensation(served, question)
        chosen = CompensationArm(answer.recommended)
        dear = highest_cost_minor(chosen, incident.order_value_minor, costs) >= guardrails.four_eyes_from_minor
        assert (ReviewReason.FOUR_EYES in answer.review_reasons) == (dear and chosen is not NONE)
        wanted = bool(SAID.get(incident.customer.tags.get("opt_out_automated")))
        assert (ReviewReason.PERSON_REQUESTED in answer.review_reasons) == wanted
        if wanted or ReviewReason.FOUR_EYES in answer.review_reasons:
            assert answer.disposition is Disposition.REVIEW


@settings(max_examples=150, deadline=None)
@given(incident=incidents, uniform=st.floats(0, 1, exclude_max=True))
def test_no_policy_takes_what_the_default_limits_forbid(
    model: CompensationModel, incident: Incident, uniform: float
) -> None:
    policies = (
        (CausalCompensationPolicy(model, DEFAULT_WEIGHTS, DEFAULT_CUSTOMER_VALUES), model.costs),
        (ExploringCompensation(CompensationRules(), 0.8), DEFAULT_ARM_COSTS),
    )
    for policy, costs in policies:
        choice = policy.choose(incident, uniform)
        likely = [arm for arm, chance in zip(ARMS, choice.propensities, strict=True) if chance > 0]
        assert choice.arm in likely
        assert not any(forbids(incident, Guardrails(), costs, (arm,)) for arm in likely)
