"""Guards of recommendations: what is refused, what goes to a person, and that anything else has a finite answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.decisions import Disposition, RejectionReason, ReviewReason, RoutingRecommendation
from data.network import Carrier, Network, Node
from data.orders import Order
from decision.errors import QuestionError
from decision.routing.fitting import RoutingFit
from decision.routing.model import RoutingModel
from decision.routing.recommendation import recommend_routing

NOW = datetime(2026, 1, 7, 10, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def model(fit: RoutingFit) -> RoutingModel:
    return fit.model


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (lambda _: {"current_choice": "nobody"}, "'nobody' is not among the 3 candidates"),
        (lambda _: {"candidates": ()}, "no candidates to choose from"),
        (lambda ways: {"candidates": (ways.near, ways.near)}, "comes twice"),
    ],
)
def test_a_question_that_contradicts_itself_is_refused(
    model: RoutingModel, question: Any, ways: Any, changes: Callable[[Any], dict[str, object]], message: str
) -> None:
    with pytest.raises(QuestionError, match=message):
        recommend_routing(model, question(**changes(ways)))


def test_a_missed_collection_cannot_be_chosen(model: RoutingModel, question: Any, ways: Any) -> None:
    missed = replace(ways.air, cut_off_at=NOW - timedelta(minutes=1))
    answer = recommend_routing(model, question(ways.near, missed))
    assert [(item.action_id, item.reason) for item in answer.rejected] == [
        (ways.air.candidate_id, RejectionReason.CUT_OFF_PASSED)
    ]


def test_a_node_without_the_stock_cannot_be_chosen_while_another_has_it(
    model: RoutingModel, question: Any, ways: Any
) -> None:
    empty = replace(ways.weak, available_quantity=2)
    assert [item.reason for item in recommend_routing(model, question(ways.near, empty)).rejected] == [
        RejectionReason.NO_STOCK
    ]
    both = recommend_routing(model, question(replace(ways.near, available_quantity=2), empty))
    assert both.rejected == ()
    assert len(both.ranking) == 2


def test_an_order_that_no_candidate_holds_goes_to_a_person(model: RoutingModel, question: Any, ways: Any) -> None:
    alone = recommend_routing(model, question(replace(ways.near, available_quantity=0)))
    assert alone.disposition is Disposition.REVIEW
    assert ReviewReason.OUT_OF_STOCK in alone.review_reasons
    assert ReviewReason.OUT_OF_STOCK not in recommend_routing(model, question(ways.near)).review_reasons


def test_a_rejected_current_choice_is_still_what_effects_are_measured_against(
    model: RoutingModel, question: Any, ways: Any
) -> None:
    empty = replace(ways.weak, available_quantity=0)
    answer = recommend_routing(model, question(ways.near, empty, current_choice=ways.weak.candidate_id))
    assert answer.current_choice == ways.weak.candidate_id
    assert [item.candidate_id for item in answer.ranking] == [ways.near.candidate_id]
    assert answer.ranking[0].effects_vs_current["stock_out_probability"].point < -0.3


def test_where_nothing_is_feasible_a_person_decides(model: RoutingModel, question: Any, ways: Any) -> None:
    answer = recommend_routing(model, question(replace(ways.near, cut_off_at=NOW - timedelta(hours=1))))
    assert answer.disposition is Disposition.REVIEW
    assert answer.recommended is None
    assert answer.review_reasons == (ReviewReason.NO_FEASIBLE_CANDIDATE,)


def care_network(**node: bool) -> Network:
    nodes = (Node("ada", 50, 8, 100, 80, **node), Node("bel", 50, 8, 100, 80, cold_chain=True, hazmat=True))
    return Network("EUR", (), nodes, (Carrier("c", (18.0,), 100),), (), ())


@pytest.mark.parametrize(
    ("care", "reason"),
    [("hazmat", RejectionReason.HAZMAT_NOT_ALLOWED), ("cold_chain", RejectionReason.COLD_CHAIN_MISSING)],
)
def test_goods_that_need_care_go_only_where_it_is_given(
    model: RoutingModel, care: str, reason: RejectionReason, question: Any, ways: Any
) -> None:
    asked = question(ways.near, ways.weak, network=care_network(**{care: False}))
    delicate = replace(asked.order, lines=(replace(asked.order.lines[0], **{care: True}),))
    answer = recommend_routing(model, replace(asked, order=delicate))
    assert [(item.action_id, item.reason) for item in answer.rejected] == [(ways.near.candidate_id, reason)]
    assert answer.recommended == ways.weak.candidate_id


def test_care_that_nobody_vouches_for_goes_to_a_person(model: RoutingModel, question: Any, order: Order) -> None:
    delicate = replace(order, lines=(replace(order.lines[0], hazmat=True),))
    assert ReviewReason.ASSUMED_STATE in recommend_routing(model, question(order=delicate)).review_reasons


def test_assumed_state_goes_to_a_person(model: RoutingModel, question: Any) -> None:
    assert ReviewReason.ASSUMED_STATE in recommend_routing(model, question(state_assumed=True)).review_reasons


def test_an_old_report_goes_to_a_person(model: RoutingModel, question: Any, ways: Any) -> None:
    old = replace(ways.near, observed_at=NOW - timedelta(hours=25))
    assert ReviewReason.STALE_STATE in recommend_routing(model, question(old)).review_reasons
    assert ReviewReason.STALE_STATE not in recommend_routing(model, question(ways.near)).review_reasons


def test_a_place_nobody_has_been_to_goes_to_a_person(model: RoutingModel, question: Any, ways: Any) -> None:
    remote = replace(ways.near, distance_km=9_000.0, lead_time_hours=20.0)
    answer = recommend_routing(model, question(remote))
    assert {ReviewReason.OUT_OF_DISTRIBUTION, ReviewReason.NO_OVERLAP} <= set(answer.review_reasons)
    assert not answer.ranking[0].in_support


@pytest.mark.parametrize("column", ["lead_time_hours", "capacity_utilization", "distance_km", "carbon_kg"])
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_number_that_is_none_goes_to_a_person_by_the_rules(
    model: RoutingModel, column: str, value: float, question: Any, ways: Any
) -> None:
    broken = replace(ways.air, **{column: value})
    answer = recommend_routing(model, question(ways.near, broken))
    assert answer.disposition is Disposition.REVIEW
    assert answer.review_reasons == (ReviewReason.NOT_FINITE,)


def test_unknown_weather_and_carrier_load_are_no_obstacle(model: RoutingModel, question: Any, ways: Any) -> None:
    blind = tuple(replace(item, carrier_utilization=None, weather_severity=None, weather_now=None) for item in ways)
    answer = recommend_routing(model, question(*blind))
    assert ReviewReason.NOT_FINITE not in answer.review_reasons
    assert answer.confidence is not None


def every_number(answer: RoutingRecommendation) -> list[float]:
    intervals = [
        interval for item in answer.ranking for interval in (*item.effects_vs_current.values(), item.objective)
    ]
    return [number for interval in intervals for number in (interval.point, interval.lower, interval.upper)]


CHANGES = st.fixed_dictionaries(
    {
        "available_quantity": st.integers(0, 10_000),
        "safety_stock": st.integers(0, 500),
        "capacity_utilization": st.floats(0, 50),
        "backlog_orders": st.integers(0, 100_000),
        "cut_off_at": st.floats(-2, 500).map(lambda hours: NOW + timedelta(hours=hours)),
        "lead_time_hours": st.floats(0, 5_000),
        "distance_km": st.floats(0, 20_000),
        "freight_minor": st.integers(0, 10**9),
        "carbon_kg": st.floats(0, 1e5),
        "observed_at": st.floats(-10, 5_000).map(lambda hours: NOW - timedelta(hours=hours)),
        "carrier_utilization": st.none() | st.floats(0, 20),
        "weather_severity": st.none() | st.floats(0, 1),
        "weather_now": st.none() | st.floats(0, 1),
    }
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=st.lists(st.tuples(st.integers(0, 2), CHANGES), min_size=1, max_size=6))
def test_whatever_comes_in_probabilities_come_out(
    model: RoutingModel, drawn: list[tuple[int, dict[str, Any]]], question: Any, ways: Any
) -> None:
    candidates = tuple(
        replace(ways[like], candidate_id=str(place), **changes) for place, (like, changes) in enumerate(drawn)
    )
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
