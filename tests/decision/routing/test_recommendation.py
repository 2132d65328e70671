"""Recommendations: who decides, what it changes, and why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from data.choice_sets import ChoiceSet
from data.decisions import Disposition, ReviewReason
from data.objective import (
    DEFAULT_UNIT_VALUES,
    DEFAULT_WEIGHTS,
    ROUTING_OUTCOMES,
    ObjectiveWeights,
    UnitValues,
    objective_coefficients,
)
from data.orders import Order, OrderLine
from decision.routing.fitting import RoutingFit
from decision.routing.model import RoutingModel
from decision.routing.policy import CausalRoutingPolicy
from decision.routing.recommendation import RoutingQuestion, recommend_routing

NOW = datetime(2026, 1, 7, 10, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def model(fit: RoutingFit) -> RoutingModel:
    return fit.model


def test_a_failing_current_choice_is_left_with_confidence(model: RoutingModel, question: Any, ways: Any) -> None:
    answer = recommend_routing(model, question(current_choice=ways.weak.candidate_id))
    assert answer.recommended in {ways.near.candidate_id, ways.air.candidate_id}
    assert answer.confidence is not None
    assert answer.confidence.p_better_than_current > 0.95
    effects = answer.ranking[0].effects_vs_current
    assert effects["lateness_hours"].upper < 0
    assert effects["late_probability"].point < -0.1


def test_the_current_choice_changes_nothing_against_itself(model: RoutingModel, question: Any, ways: Any) -> None:
    for candidate in ways:
        answer = recommend_routing(model, question(current_choice=candidate.candidate_id))
        own = next(item for item in answer.ranking if item.candidate_id == candidate.candidate_id)
        for interval in (*own.effects_vs_current.values(), own.objective):
            assert (interval.point, interval.lower, interval.upper) == (0, 0, 0)


def test_cost_and_carbon_are_exact(model: RoutingModel, question: Any, ways: Any) -> None:
    answer = recommend_routing(model, question())
    air = next(item for item in answer.ranking if item.candidate_id == ways.air.candidate_id)
    # Its log told nothing of damage, nor of what orders do to each other.
    assert set(ROUTING_OUTCOMES) - set(air.effects_vs_current) == {"damage_probability", "delays_to_others_minor"}
    for name, expected in (("cost_minor", 120.0), ("carbon_kg", 0.8)):
        interval = air.effects_vs_current[name]
        assert interval.lower == interval.point == interval.upper == pytest.approx(expected)


def test_effects_chain_through_any_reference(model: RoutingModel, question: Any, ways: Any) -> None:
    """What A changes against B, and B against C, add up to what A changes against C."""
    losses = {
        name: {item.candidate_id: item.objective.point for item in answer.ranking}
        for name in (ways.near.candidate_id, ways.weak.candidate_id)
        for answer in [recommend_routing(model, question(current_choice=name))]
    }
    via = losses[ways.near.candidate_id][ways.weak.candidate_id] + losses[ways.weak.candidate_id][ways.air.candidate_id]
    assert via == pytest.approx(losses[ways.near.candidate_id][ways.air.candidate_id])


def test_the_objective_is_the_priced_sum_of_the_effects(model: RoutingModel, question: Any) -> None:
    weights = ObjectiveWeights(1, 2, 3, 4)
    prices = dict(zip(ROUTING_OUTCOMES, objective_coefficients(weights, DEFAULT_UNIT_VALUES), strict=True))
    for item in recommend_routing(model, question(weights=weights)).ranking:
        priced = [prices[name] * effect.point for name, effect in item.effects_vs_current.items()]
        assert item.objective.point == pytest.approx(sum(priced))


def test_rescaled_weights_give_the_same_answer(model: RoutingModel, question: Any) -> None:
    once, tenfold = (
        recommend_routing(model, question(weights=ObjectiveWeights(*(scale * share for share in (1, 2, 3, 4)))))
        for scale in (1, 10)
    )
    assert [item.candidate_id for item in once.ranking] == [item.candidate_id for item in tenfold.ranking]
    assert once.ranking[-1].objective.point == pytest.approx(tenfold.ranking[-1].objective.point)


def test_the_operators_weights_decide_between_cheap_and_fast(
    model: RoutingModel, question: Any, ways: Any, order: Order
) -> None:
    tight = replace(order, promised_at=NOW + timedelta(hours=36))
    thrift = recommend_routing(model, question(order=tight, weights=ObjectiveWeights(1, 0, 0, 0)))
    haste = recommend_routing(model, question(order=tight, weights=ObjectiveWeights(0, 0.5, 0, 0.5)))
    assert thrift.recommended != ways.air.candidate_id
    assert haste.recommended == ways.air.candidate_id


def test_the_order_of_candidates_does_not_matter(model: RoutingModel, question: Any, ways: Any) -> None:
    answers = [
        recommend_routing(model, question(*order, current_choice=ways.near.candidate_id))
        for order in permutations(ways)
    ]
    assert len({answer.recommended for answer in answers}) == 1
    assert len({tuple(item.candidate_id for item in answer.ranking) for answer in answers}) == 1
    sure = [answer.confidence.p_near_best for answer in answers if answer.confidence]
    assert sure == pytest.approx([sure[0]] * len(answers))


def test_a_dominated_candidate_does_not_change_the_recommendation(
    model: RoutingModel, question: Any, ways: Any
) -> None:
    before = recommend_routing(model, question())
    for parent in ways:
        worse = replace(parent, candidate_id="zzz", freight_minor=parent.freight_minor + 300)
        assert recommend_routing(model, question(*ways, worse)).recommended == before.recommended


def test_two_ways_that_trade_evenly_go_to_a_person(model: RoutingModel, question: Any, ways: Any, order: Order) -> None:
    """Dearer by just what its speed is estimated to save: the estimate is unsure, and so is the model."""
    plain = recommend_routing(
        model, question(ways.near, ways.air, order=replace(order, promised_at=NOW + timedelta(hours=36)))
    )
    gap = next(item.objective.point for item in plain.ranking if item.candidate_id == ways.air.candidate_id)
    even = replace(ways.air, freight_minor=round(ways.air.freight_minor - gap))
    careful = replace(model, settings=replace(model.settings, epsilon_minor=0.5))
    answer = recommend_routing(
        careful, question(ways.near, even, order=replace(order, promised_at=NOW + timedelta(hours=36)))
    )
    assert answer.disposition is Disposition.REVIEW
    assert ReviewReason.LOW_CONFIDENCE in answer.review_reasons
    assert answer.confidence is not None
    assert 0.3 < answer.confidence.p_near_best < 0.85


def test_equal_losses_keep_the_current_choice(model: RoutingModel, question: Any, ways: Any) -> None:
    twin = replace(ways.near, candidate_id="aaa")
    assert recommend_routing(model, question(ways.near, twin)).recommended == ways.near.candidate_id


def test_drivers_add_up_to_the_objective(model: RoutingModel, question: Any, ways: Any) -> None:
    for current in ways:
        for weights in (DEFAULT_WEIGHTS, ObjectiveWeights(0, 1, 0, 1)):
            answer = recommend_routing(model, question(current_choice=current.candidate_id, weights=weights))
            total = sum(driver.objective_minor for driver in answer.drivers)
            assert total == pytest.approx(answer.ranking[0].objective.point, abs=1e-9)


def test_drivers_add_up_where_a_probability_is_held_to_its_bounds(
    model: RoutingModel, question: Any, ways: Any
) -> None:
    wild = replace(model, law=replace(model.law, coefficients=model.law.coefficients * 50))
    answer = recommend_routing(wild, question(current_choice=ways.weak.candidate_id))
    first = answer.ranking[0]
    assert first.effects_vs_current["late_probability"].point == -1
    assert sum(driver.objective_minor for driver in answer.drivers) == pytest.approx(first.objective.point)


def test_drivers_name_physical_differences(model: RoutingModel, question: Any, ways: Any) -> None:
    answer = recommend_routing(model, question(ways.near, ways.weak, current_choice=ways.weak.candidate_id))
    load = next(driver for driver in answer.drivers if driver.feature == "capacity_utilization")
    assert (load.recommended, load.current) == (0.6, 1.4)
    assert load.objective_minor < 0


def test_without_a_model_the_rules_answer_and_say_so(question: Any, ways: Any) -> None:
    answer = recommend_routing(None, question(current_choice=ways.weak.candidate_id))
    assert answer.disposition is Disposition.FALLBACK
    assert answer.review_reasons == (ReviewReason.NO_MODEL,)
    assert answer.recommended == ways.near.candidate_id == answer.ranking[0].candidate_id
    assert answer.confidence is None
    assert set(answer.ranking[0].effects_vs_current) == {"cost_minor", "carbon_kg"}


def test_without_a_current_choice_the_rules_choice_is_the_reference(
    model: RoutingModel, question: Any, ways: Any
) -> None:
    answer = recommend_routing(model, question(current_choice=None))
    assert answer.current_choice == ways.near.candidate_id
    same = recommend_routing(model, question(current_choice=ways.near.candidate_id))
    assert answer.ranking == same.ranking


def test_the_policy_takes_what_the_service_would_recommend(
    model: RoutingModel, make_choices: Callable[[int], list[ChoiceSet]], question: Any
) -> None:
    policy = CausalRoutingPolicy(model, DEFAULT_WEIGHTS, UnitValues())
    for choices in make_choices(30):
        choice = policy.choose(choices, 0.5)
        assert choice.propensities[choice.index] == 1 == sum(choice.propensities)
        asked = _as_question(question(), choices)
        answer = recommend_routing(model, replace(asked, current_choice=choices.candidate_id[choice.default_index]))
        assert choices.candidate_id[choice.index] == answer.recommended


def _as_question(plain: RoutingQuestion, choices: ChoiceSet) -> RoutingQuestion:
    # A Wednesday; modifiers and features do not read the calendar.
    order = replace(
        plain.order,
        promised_at=NOW + timedelta(hours=choices.promise_hours),
        lines=(OrderLine("1", "s1", choices.max_line_quantity, 2_000),),
    )
    candidates = tuple(
        replace(
            plain.candidates[0],
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
    return replace(plain, order=order, candidates=candidates)
