"""Recommendations: who decides, what it changes, and why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.candidates import Candidate
from data.choice_sets import ChoiceSet
from data.decisions import Disposition, RejectionReason, ReviewReason, RoutingRecommendation
from data.network import Carrier, Network, Node
from data.objective import (
    DEFAULT_UNIT_VALUES,
    DEFAULT_WEIGHTS,
    ROUTING_OUTCOMES,
    ObjectiveWeights,
    UnitValues,
    objective_coefficients,
)
from data.orders import Customer, Destination, Order, OrderLine
from decision.errors import QuestionError
from decision.routing.fitting import RoutingFit
from decision.routing.model import RoutingModel
from decision.routing.policy import CausalRoutingPolicy
from decision.routing.recommendation import RoutingQuestion, recommend_routing

NOW = datetime(2026, 1, 7, 10, 0, tzinfo=UTC)
ORDER = Order(
    order_id="o1",
    ordered_at=NOW,
    promised_at=NOW + timedelta(hours=48),
    ship_to=Destination("r"),
    customer=Customer("c1"),
    lines=(OrderLine("1", "s1", 3, 2_000),),
)
NEAR = Candidate(
    candidate_id="ada|c|road",
    node_id="ada",
    carrier_id="c",
    service_level="road",
    available_quantity=10,
    safety_stock=2,
    capacity_utilization=0.6,
    backlog_orders=36,
    cut_off_at=NOW + timedelta(hours=8),
    lead_time_hours=30.0,
    distance_km=250.0,
    freight_minor=520,
    carbon_kg=0.4,
    observed_at=NOW - timedelta(hours=1),
    handling_minor=80,
    carrier_utilization=0.6,
    weather_severity=0.2,
)
# Fails its promise: overloaded, far and slow.
WEAK = replace(
    NEAR, candidate_id="bel|c|road", node_id="bel", capacity_utilization=1.4, lead_time_hours=48.0, distance_km=400.0
)
AIR = replace(
    NEAR, candidate_id="ada|c|air", service_level="air", lead_time_hours=20.0, freight_minor=640, carbon_kg=1.2
)
ALL = (NEAR, WEAK, AIR)


@pytest.fixture(scope="module")
def model(fit: RoutingFit) -> RoutingModel:
    return fit.model


def question(*candidates: Candidate, **changes: object) -> RoutingQuestion:
    plain = RoutingQuestion(
        order=ORDER,
        candidates=candidates or ALL,
        current_choice=(candidates or ALL)[0].candidate_id,
        weights=DEFAULT_WEIGHTS,
        values=DEFAULT_UNIT_VALUES,
        decided_at=NOW,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def test_a_failing_current_choice_is_left_with_confidence(model: RoutingModel) -> None:
    answer = recommend_routing(model, question(current_choice=WEAK.candidate_id))
    assert answer.recommended in {NEAR.candidate_id, AIR.candidate_id}
    assert answer.confidence is not None
    assert answer.confidence.p_better_than_current > 0.95
    effects = answer.ranking[0].effects_vs_current
    assert effects["lateness_hours"].upper < 0
    assert effects["late_probability"].point < -0.1


def test_the_current_choice_changes_nothing_against_itself(model: RoutingModel) -> None:
    for candidate in ALL:
        answer = recommend_routing(model, question(current_choice=candidate.candidate_id))
        own = next(item for item in answer.ranking if item.candidate_id == candidate.candidate_id)
        for interval in (*own.effects_vs_current.values(), own.objective):
            assert (interval.point, interval.lower, interval.upper) == (0, 0, 0)


def test_cost_and_carbon_are_exact(model: RoutingModel) -> None:
    answer = recommend_routing(model, question())
    air = next(item for item in answer.ranking if item.candidate_id == AIR.candidate_id)
    # Its log told nothing of damage, nor of what orders do to each other.
    assert set(ROUTING_OUTCOMES) - set(air.effects_vs_current) == {"damage_probability", "delays_to_others_minor"}
    for name, expected in (("cost_minor", 120.0), ("carbon_kg", 0.8)):
        interval = air.effects_vs_current[name]
        assert interval.lower == interval.point == interval.upper == pytest.approx(expected)


def test_effects_chain_through_any_reference(model: RoutingModel) -> None:
    """What A changes against B, and B against C, add up to what A changes against C."""
    losses = {
        name: {item.candidate_id: item.objective.point for item in answer.ranking}
        for name in (NEAR.candidate_id, WEAK.candidate_id)
        for answer in [recommend_routing(model, question(current_choice=name))]
    }
    via = losses[NEAR.candidate_id][WEAK.candidate_id] + losses[WEAK.candidate_id][AIR.candidate_id]
    assert via == pytest.approx(losses[NEAR.candidate_id][AIR.candidate_id])


def test_the_objective_is_the_priced_sum_of_the_effects(model: RoutingModel) -> None:
    weights = ObjectiveWeights(1, 2, 3, 4)
    prices = dict(zip(ROUTING_OUTCOMES, objective_coefficients(weights, DEFAULT_UNIT_VALUES), strict=True))
    for item in recommend_routing(model, question(weights=weights)).ranking:
        priced = [prices[name] * effect.point for name, effect in item.effects_vs_current.items()]
        assert item.objective.point == pytest.approx(sum(priced))


def test_rescaled_weights_give_the_same_answer(model: RoutingModel) -> None:
    once, tenfold = (
        recommend_routing(model, question(weights=ObjectiveWeights(*(scale * share for share in (1, 2, 3, 4)))))
        for scale in (1, 10)
    )
    assert [item.candidate_id for item in once.ranking] == [item.candidate_id for item in tenfold.ranking]
    assert once.ranking[-1].objective.point == pytest.approx(tenfold.ranking[-1].objective.point)


def test_the_operators_weights_decide_between_cheap_and_fast(model: RoutingModel) -> None:
    tight = replace(ORDER, promised_at=NOW + timedelta(hours=36))
    thrift = recommend_routing(model, question(order=tight, weights=ObjectiveWeights(1, 0, 0, 0)))
    haste = recommend_routing(model, question(order=tight, weights=ObjectiveWeights(0, 0.5, 0, 0.5)))
    assert thrift.recommended != AIR.candidate_id
    assert haste.recommended == AIR.candidate_id


def test_the_order_of_candidates_does_not_matter(model: RoutingModel) -> None:
    answers = [
        recommend_routing(model, question(*order, current_choice=NEAR.candidate_id)) for order in permutations(ALL)
    ]
    assert len({answer.recommended for answer in answers}) == 1
    assert len({tuple(item.candidate_id for item in answer.ranking) for answer in answers}) == 1
    sure = [answer.confidence.p_near_best for answer in answers if answer.confidence]
    assert sure == pytest.approx([sure[0]] * len(answers))


def test_a_dominated_candidate_does_not_change_the_recommendation(model: RoutingModel) -> None:
    before = recommend_routing(model, question())
    for parent in ALL:
        worse = replace(parent, candidate_id="zzz", freight_minor=parent.freight_minor + 300)
        assert recommend_routing(model, question(*ALL, worse)).recommended == before.recommended


def test_two_ways_that_trade_evenly_go_to_a_person(model: RoutingModel) -> None:
    """Dearer by just what its speed is estimated to save: the estimate is unsure, and so is the model."""
    plain = recommend_routing(model, question(NEAR, AIR, order=replace(ORDER, promised_at=NOW + timedelta(hours=36))))
    gap = next(item.objective.point for item in plain.ranking if item.candidate_id == AIR.candidate_id)
    even = replace(AIR, freight_minor=round(AIR.freight_minor - gap))
    careful = replace(model, settings=replace(model.settings, epsilon_minor=0.5))
    answer = recommend_routing(
        careful, question(NEAR, even, order=replace(ORDER, promised_at=NOW + timedelta(hours=36)))
    )
    assert answer.disposition is Disposition.REVIEW
    assert ReviewReason.LOW_CONFIDENCE in answer.review_reasons
    assert answer.confidence is not None
    assert 0.3 < answer.confidence.p_near_best < 0.85


def test_equal_losses_keep_the_current_choice(model: RoutingModel) -> None:
    twin = replace(NEAR, candidate_id="aaa")
    assert recommend_routing(model, question(NEAR, twin)).recommended == NEAR.candidate_id


def test_drivers_add_up_to_the_objective(model: RoutingModel) -> None:
    for current in ALL:
        for weights in (DEFAULT_WEIGHTS, ObjectiveWeights(0, 1, 0, 1)):
            answer = recommend_routing(model, question(current_choice=current.candidate_id, weights=weights))
            total = sum(driver.objective_minor for driver in answer.drivers)
            assert total == pytest.approx(answer.ranking[0].objective.point, abs=1e-9)


def test_drivers_add_up_where_a_probability_is_held_to_its_bounds(model: RoutingModel) -> None:
    wild = replace(model, law=replace(model.law, coefficients=model.law.coefficients * 50))
    answer = recommend_routing(wild, question(current_choice=WEAK.candidate_id))
    first = answer.ranking[0]
    assert first.effects_vs_current["late_probability"].point == -1
    assert sum(driver.objective_minor for driver in answer.drivers) == pytest.approx(first.objective.point)


def test_drivers_name_physical_differences(model: RoutingModel) -> None:
    answer = recommend_routing(model, question(NEAR, WEAK, current_choice=WEAK.candidate_id))
    load = next(driver for driver in answer.drivers if driver.feature == "capacity_utilization")
    assert (load.recommended, load.current) == (0.6, 1.4)
    assert load.objective_minor < 0


def test_without_a_model_the_rules_answer_and_say_so() -> None:
    answer = recommend_routing(None, question(current_choice=WEAK.candidate_id))
    assert answer.disposition is Disposition.FALLBACK
    assert answer.review_reasons == (ReviewReason.NO_MODEL,)
    assert answer.recommended == NEAR.candidate_id == answer.ranking[0].candidate_id
    assert answer.confidence is None
    assert set(answer.ranking[0].effects_vs_current) == {"cost_minor", "carbon_kg"}


def test_without_a_current_choice_the_rules_choice_is_the_reference(model: RoutingModel) -> None:
    answer = recommend_routing(model, question(current_choice=None))
    assert answer.current_choice == NEAR.candidate_id
    same = recommend_routing(model, question(current_choice=NEAR.candidate_id))
    assert answer.ranking == same.ranking


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"current_choice": "nobody"}, "'nobody' is not among the 3 candidates"),
        ({"candidates": ()}, "no candidates to choose from"),
        ({"candidates": (NEAR, NEAR)}, "comes twice"),
    ],
)
def test_a_question_that_contradicts_itself_is_refused(
    model: RoutingModel, changes: dict[str, object], message: str
) -> None:
    with pytest.raises(QuestionError, match=message):
        recommend_routing(model, question(**changes))


def test_a_missed_collection_cannot_be_chosen(model: RoutingModel) -> None:
    missed = replace(AIR, cut_off_at=NOW - timedelta(minutes=1))
    answer = recommend_routing(model, question(NEAR, missed))
    assert [(item.action_id, item.reason) for item in answer.rejected] == [
        (AIR.candidate_id, RejectionReason.CUT_OFF_PASSED)
    ]


def test_a_node_without_the_stock_cannot_be_chosen_while_another_has_it(model: RoutingModel) -> None:
    empty = replace(WEAK, available_quantity=2)
    assert [item.reason for item in recommend_routing(model, question(NEAR, empty)).rejected] == [
        RejectionReason.NO_STOCK
    ]
    both = recommend_routing(model, question(replace(NEAR, available_quantity=2), empty))
    assert both.rejected == ()
    assert len(both.ranking) == 2


def test_an_order_that_no_candidate_holds_goes_to_a_person(model: RoutingModel) -> None:
    alone = recommend_routing(model, question(replace(NEAR, available_quantity=0)))
    assert alone.disposition is Disposition.REVIEW
    assert ReviewReason.OUT_OF_STOCK in alone.review_reasons
    assert ReviewReason.OUT_OF_STOCK not in recommend_routing(model, question(NEAR)).review_reasons


def test_a_rejected_current_choice_is_still_what_effects_are_measured_against(model: RoutingModel) -> None:
    empty = replace(WEAK, available_quantity=0)
    answer = recommend_routing(model, question(NEAR, empty, current_choice=WEAK.candidate_id))
    assert answer.current_choice == WEAK.candidate_id
    assert [item.candidate_id for item in answer.ranking] == [NEAR.candidate_id]
    assert answer.ranking[0].effects_vs_current["stock_out_probability"].point < -0.3


def test_where_nothing_is_feasible_a_person_decides(model: RoutingModel) -> None:
    answer = recommend_routing(model, question(replace(NEAR, cut_off_at=NOW - timedelta(hours=1))))
    assert answer.disposition is Disposition.REVIEW
    assert answer.recommended is None
    assert answer.review_reasons == (ReviewReason.NO_FEASIBLE_CANDIDATE,)


def care_network(**node: bool) -> Network:
    nodes = (Node("ada", 50, 8, 100, 80, **node), Node("bel", 50, 8, 100, 80, cold_chain=True, hazmat=True))
    return Network("EUR", (), nodes, (Carrier("c", (18.0,), 100),), (), ())


@pytest.mark.parametrize(
    ("care", "lacking", "reason"),
    [
        ("hazmat", {"hazmat": False}, RejectionReason.HAZMAT_NOT_ALLOWED),
        ("cold_chain", {"cold_chain": False}, RejectionReason.COLD_CHAIN_MISSING),
    ],
)
def test_goods_that_need_care_go_only_where_it_is_given(
    model: RoutingModel, care: str, lacking: dict[str, bool], reason: RejectionReason
) -> None:
    delicate = replace(ORDER, lines=(replace(ORDER.lines[0], **{care: True}),))  # type: ignore[arg-type]
    answer = recommend_routing(model, question(NEAR, WEAK, order=delicate, network=care_network(**lacking)))
    assert [(item.action_id, item.reason) for item in answer.rejected] == [(NEAR.candidate_id, reason)]
    assert answer.recommended == WEAK.candidate_id


def test_care_that_nobody_vouches_for_goes_to_a_person(model: RoutingModel) -> None:
    delicate = replace(ORDER, lines=(replace(ORDER.lines[0], hazmat=True),))
    assert ReviewReason.ASSUMED_STATE in recommend_routing(model, question(order=delicate)).review_reasons


def test_assumed_state_goes_to_a_person(model: RoutingModel) -> None:
    assert ReviewReason.ASSUMED_STATE in recommend_routing(model, question(state_assumed=True)).review_reasons


def test_an_old_report_goes_to_a_person(model: RoutingModel) -> None:
    old = replace(NEAR, observed_at=NOW - timedelta(hours=25))
    assert ReviewReason.STALE_STATE in recommend_routing(model, question(old)).review_reasons
    assert ReviewReason.STALE_STATE not in recommend_routing(model, question(NEAR)).review_reasons


def test_a_place_nobody_has_been_to_goes_to_a_person(model: RoutingModel) -> None:
    remote = replace(NEAR, distance_km=9_000.0, lead_time_hours=20.0)
    answer = recommend_routing(model, question(remote))
    assert {ReviewReason.OUT_OF_DISTRIBUTION, ReviewReason.NO_OVERLAP} <= set(answer.review_reasons)
    assert not answer.ranking[0].in_support


@pytest.mark.parametrize("column", ["lead_time_hours", "capacity_utilization", "distance_km", "carbon_kg"])
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_number_that_is_none_goes_to_a_person_by_the_rules(model: RoutingModel, column: str, value: float) -> None:
    broken = replace(AIR, **{column: value})  # type: ignore[arg-type]
    answer = recommend_routing(model, question(NEAR, broken))
    assert answer.disposition is Disposition.REVIEW
    assert answer.review_reasons == (ReviewReason.NOT_FINITE,)


def test_unknown_weather_and_carrier_load_are_no_obstacle(model: RoutingModel) -> None:
    blind = tuple(replace(item, carrier_utilization=None, weather_severity=None) for item in ALL)
    answer = recommend_routing(model, question(*blind))
    assert ReviewReason.NOT_FINITE not in answer.review_reasons
    assert answer.confidence is not None


def every_number(answer: RoutingRecommendation) -> list[float]:
    intervals = [
        interval for item in answer.ranking for interval in (*item.effects_vs_current.values(), item.objective)
    ]
    return [number for interval in intervals for number in (interval.point, interval.lower, interval.upper)]


CANDIDATES = st.builds(
    replace,
    st.sampled_from(ALL),
    available_quantity=st.integers(0, 10_000),
    safety_stock=st.integers(0, 500),
    capacity_utilization=st.floats(0, 50),
    backlog_orders=st.integers(0, 100_000),
    cut_off_at=st.floats(-2, 500).map(lambda hours: NOW + timedelta(hours=hours)),
    lead_time_hours=st.floats(0, 5_000),
    distance_km=st.floats(0, 20_000),
    freight_minor=st.integers(0, 10**9),
    carbon_kg=st.floats(0, 1e5),
    observed_at=st.floats(-10, 5_000).map(lambda hours: NOW - timedelta(hours=hours)),
    carrier_utilization=st.none() | st.floats(0, 20),
    weather_severity=st.none() | st.floats(0, 1),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(CANDIDATES, min_size=1, max_size=6))
def test_whatever_comes_in_probabilities_come_out(model: RoutingModel, drawn: list[Candidate]) -> None:
    candidates = tuple(replace(item, candidate_id=str(place)) for place, item in enumerate(drawn))
    answer = recommend_routing(model, question(*candidates, current_choice="0"))
    assert np.isfinite(every_number(answer)).all()
    for item in answer.ranking:
        for name in ("late_probability", "stock_out_probability"):
            interval = item.effects_vs_current[name]
            assert -1 <= interval.lower <= interval.point <= interval.upper <= 1
        assert item.objective.lower <= item.objective.point <= item.objective.upper
    points = [item.objective.point for item in answer.ranking]
    # Losses closer than the sixth decimal are the same loss.
    assert points == pytest.approx(sorted(points), abs=2e-6)
    if answer.confidence:
        sure = answer.confidence
        assert 0 <= sure.p_best <= sure.p_near_best <= 1
        assert 0 <= sure.p_better_than_current <= 1
    assert {item.candidate_id for item in answer.ranking} | {item.action_id for item in answer.rejected} == {
        item.candidate_id for item in candidates
    }


def test_the_policy_takes_what_the_service_would_recommend(
    model: RoutingModel, make_choices: Callable[[int], list[ChoiceSet]]
) -> None:
    policy = CausalRoutingPolicy(model, DEFAULT_WEIGHTS, UnitValues())
    for choices in make_choices(30):
        choice = policy.choose(choices, 0.5)
        assert choice.propensities[choice.index] == 1 == sum(choice.propensities)
        asked = _as_question(choices)
        answer = recommend_routing(model, replace(asked, current_choice=choices.candidate_id[choice.default_index]))
        assert choices.candidate_id[choice.index] == answer.recommended


def _as_question(choices: ChoiceSet) -> RoutingQuestion:
    # A Wednesday; modifiers and features do not read the calendar.
    order = replace(
        ORDER,
        promised_at=NOW + timedelta(hours=choices.promise_hours),
        lines=(OrderLine("1", "s1", choices.max_line_quantity, 2_000),),
    )
    candidates = tuple(
        replace(
            NEAR,
            candidate_id=choices.candidate_id[row],
            available_quantity=int(choices.available_quantity[row]),
            safety_stock=int(choices.safety_stock[row]),
            capacity_utilization=choices.capacity_utilization[row],
            backlog_orders=int(choices.backlog_orders[row]),
            cut_off_at=NOW + timedelta(hours=choices.hours_to_cut_off[row]),
            lead_time_hours=choices.lead_time_hours[row],
            distance_km=choices.distance_km[row],
            freight_minor=int(choices.freight_minor[row]),
            handling_minor=int(choices.handling_minor[row]),
            carbon_kg=choices.carbon_kg[row],
            observed_at=NOW - timedelta(hours=choices.observation_age_hours[row]),
            carrier_utilization=choices.carrier_utilization[row],
            weather_severity=choices.weather_severity[row],
        )
        for row in range(len(choices.candidate_id))
    )
    return question(*candidates, order=order)
