"""A recommendation takes a fresh count of an empty shelf at its word, as a plan does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from data.choice_sets import CANDIDATE_COLUMNS, ORDER_COLUMNS
from data.decisions import Interval, RoutingRecommendation
from decision.confidence import INTERVAL_Z
from decision.routing.model import RoutingModel
from decision.routing.question import RoutingQuestion
from decision.routing.recommendation import recommend_many, recommend_routing
from decision.routing.settled_stock import settled_chances
from decision.shipments import SplitWishes
from decision.splits import plan_shipments

MakeModel = Callable[..., RoutingModel]


@pytest.fixture(scope="module")
def empty_shelf(split_question: RoutingQuestion) -> Callable[..., RoutingQuestion]:
    """An order of one line, of which its current node holds nothing by a count of so many hours ago."""

    def asked(hours_ago: float = 0.0, units: int = 0) -> RoutingQuestion:
        order = replace(split_question.order, lines=split_question.order.lines[1:])
        counted_at = split_question.decided_at - timedelta(hours=hours_ago)
        current, left, right, _ = split_question.candidates
        candidates = (
            replace(current, available_quantity=units, observed_at=counted_at),
            replace(left, distance_km=200.0),
            replace(right, distance_km=300.0, lead_time_hours=60.0),
        )
        return replace(split_question, order=order, candidates=candidates)

    return asked


@pytest.fixture(scope="module")
def models(waiting_if_short: MakeModel, model: MakeModel) -> dict[str, RoutingModel]:
    """A learner of levels, and one of effects alone, in which an order that is short is later."""
    return {"journeys": waiting_if_short(0.8, empty=0.6, full=0.1), "law": model(feature="shortage")}


@pytest.mark.parametrize("learner", ["journeys", "law"])
def test_a_recommendation_and_a_plan_say_the_same_of_an_empty_shelf(
    models: dict[str, RoutingModel], empty_shelf: Callable[..., RoutingQuestion], learner: str
) -> None:
    question = empty_shelf()
    stock = {item.node_id: {"2": item.available_quantity} for item in question.candidates}
    plans = plan_shipments(models[learner], question, SplitWishes(stock, most_shipments=1)).plans
    told = {item.candidate_id: item.effects_vs_current for item in recommend_routing(models[learner], question).ranking}
    assert len(plans) == len(told) == 2
    for plan in plans:
        advised = told[plan.shipments[0].candidate_id]
        assert advised["stock_out_probability"] == Interval(-1.0, -1.0, -1.0)
        assert plan.effects_vs_current["stock_out_probability"] == Interval(-1.0, -1.0, -1.0)
        for name in ("late_probability", "lateness_hours"):
            assert advised[name].point == pytest.approx(plan.effects_vs_current[name].point, abs=1e-3)


def test_an_old_count_leaves_a_recommendation_to_the_model(
    models: dict[str, RoutingModel], empty_shelf: Callable[..., RoutingQuestion]
) -> None:
    answer = recommend_routing(models["journeys"], empty_shelf(hours_ago=1.1))
    assert stock_outs(answer) == pytest.approx([0.1 - 0.6] * 2)


def test_lines_that_were_counted_long_ago_settle_nothing_of_a_plan_whatever_their_node_reports(
    models: dict[str, RoutingModel], empty_shelf: Callable[..., RoutingQuestion]
) -> None:
    question = empty_shelf()
    stock = {item.node_id: {"2": item.available_quantity} for item in question.candidates}
    counts = {item.node_id: {"2": question.decided_at - timedelta(hours=9)} for item in question.candidates}
    plans = plan_shipments(models["law"], question, SplitWishes(stock, 1, counts)).plans
    assert [plan.effects_vs_current["stock_out_probability"].point for plan in plans] == pytest.approx([0, 0], abs=1e-6)


@pytest.mark.parametrize("minutes", [60, 61])
def test_by_effects_alone_no_rival_is_left_behind_for_an_older_count(
    models: dict[str, RoutingModel], empty_shelf: Callable[..., RoutingQuestion], minutes: int
) -> None:
    question = empty_shelf()
    current, left, right = question.candidates
    older = replace(right, observed_at=question.decided_at - timedelta(minutes=minutes))
    question = replace(question, candidates=(current, left, older))
    settled = -1.0 if minutes == 60 else 0.0
    assert stock_outs(recommend_routing(models["law"], question)) == [settled, settled]
    stock = {item.node_id: {"2": item.available_quantity} for item in question.candidates}
    plans = plan_shipments(models["law"], question, SplitWishes(stock, 1)).plans
    told = [plan.effects_vs_current["stock_out_probability"].point for plan in plans]
    assert told == pytest.approx([settled, settled], abs=1e-6)


def test_what_is_left_open_beside_what_is_settled_is_as_unsure_as_it_is_by_itself(
    journeys: MakeModel, empty_shelf: Callable[..., RoutingQuestion]
) -> None:
    """Both bags say of every node the same: of a difference they would seem to be sure."""
    plain = journeys(0.5, 0.5)
    assert plain.journeys is not None
    bags = replace(plain.journeys.node, leaf=np.array([[0.0, 0.05], [0.0, 0.45]]))
    question = empty_shelf()
    current, left, right = question.candidates
    older = replace(right, observed_at=question.decided_at - timedelta(hours=2))
    asked = replace(question, candidates=(current, left, older))
    answer = recommend_routing(replace(plain, journeys=replace(plain.journeys, node=bags)), asked)
    told = {item.candidate_id: item.effects_vs_current["stock_out_probability"] for item in answer.ranking}
    assert told[left.candidate_id] == Interval(-1.0, -1.0, -1.0)
    # Two bags, each .2 from their mean.
    reach = INTERVAL_Z * 0.2 * np.sqrt(2)
    assert told[right.candidate_id].point == pytest.approx(0.25 - 1.0)
    assert told[right.candidate_id].upper == pytest.approx(-0.75 + reach)
    assert told[right.candidate_id].lower == -1.0


def test_where_the_current_choice_holds_the_goods_nothing_is_settled(
    models: dict[str, RoutingModel], empty_shelf: Callable[..., RoutingQuestion]
) -> None:
    answer = recommend_routing(models["journeys"], empty_shelf(units=3))
    assert {item.effects_vs_current["stock_out_probability"].point for item in answer.ranking} == {0.0}


@pytest.mark.parametrize("learner", ["journeys", "law"])
def test_what_a_settled_shelf_is_worth_is_told_of_the_stock_that_is_left(
    models: dict[str, RoutingModel], empty_shelf: Callable[..., RoutingQuestion], learner: str
) -> None:
    answers = [recommend_routing(models[learner], empty_shelf(hours_ago)) for hours_ago in (0.0, 1.1)]
    for answer in answers:
        assert sum(item.objective_minor for item in answer.drivers) == pytest.approx(answer.ranking[0].objective.point)
    settled, unsettled = (
        {item.feature: item.objective_minor for item in answer.drivers}["stock_left"] for answer in answers
    )
    assert settled < unsettled < 0


def test_an_order_gets_the_same_answer_beside_others(
    models: dict[str, RoutingModel], empty_shelf: Callable[..., RoutingQuestion]
) -> None:
    asked = [empty_shelf(units=9), empty_shelf(), empty_shelf(hours_ago=2.0)]
    for learner in models.values():
        assert list(recommend_many(learner, asked)) == [recommend_routing(learner, question) for question in asked]


@pytest.mark.parametrize(("units", "chance"), [(0, 1.0), (1, np.nan), (2, np.nan), (3, 0.0)])
def test_of_several_lines_only_what_is_sure_is_settled(units: int, chance: float) -> None:
    """The scarcest line needs a unit at least, the largest needs three."""
    np.testing.assert_array_equal(of_three_and_two(0, 9, units), [1.0, 0.0, chance])


def test_nothing_is_settled_where_nobody_or_the_current_choice_holds_the_goods() -> None:
    assert np.isnan(of_three_and_two(0, 0, 2)).all()
    assert np.isnan(of_three_and_two(3, 0, 9)).all()


def test_nothing_is_settled_where_the_only_candidate_that_holds_the_goods_is_collected_no_more() -> None:
    assert np.isnan(of_three_and_two(0, 9, hours_to_cut_off=-1.0)).all()


def stock_outs(answer: RoutingRecommendation) -> list[float]:
    return [item.effects_vs_current["stock_out_probability"].point for item in answer.ranking]


def of_three_and_two(*units: int, hours_to_cut_off: float = 1.0) -> np.ndarray:
    """What is settled of an order of lines of three and of two, by units of the scarcest; the first is the current."""
    candidate, order = np.zeros((len(CANDIDATE_COLUMNS), len(units))), np.zeros((len(ORDER_COLUMNS), 1))
    candidate[CANDIDATE_COLUMNS.index("available_quantity")] = units
    candidate[CANDIDATE_COLUMNS.index("hours_to_cut_off")] = hours_to_cut_off
    order[ORDER_COLUMNS.index("n_units")], order[ORDER_COLUMNS.index("max_line_quantity")] = 5, 3
    first = np.zeros(len(units), dtype=np.int64)
    return settled_chances(candidate, order, first, first, by_level=True)
