"""Which plans are found: every line is sent once, by who holds it, in no more shipments than it takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest

from data.candidates import Candidate
from data.decisions import Rejected, RejectionReason
from data.orders import Order, OrderLine
from decision.errors import QuestionError
from decision.routing.model import RoutingModel
from decision.routing.question import RoutingQuestion
from decision.shipments import SplitWishes
from decision.splits import MOST_PLANS, Plan, PlanAnswer, Shortfall, plan_shipments

MakeModel = Callable[..., RoutingModel]
MakeCandidate = Callable[..., Candidate]
Planned = Callable[..., PlanAnswer]
Shelves = dict[str, dict[str, int]]
ALL, LEFT, RIGHT, SLOW = "all|road|standard", "left|road|standard", "right|road|standard", "right|sea|slow"


def by_shipments(answer: PlanAnswer) -> dict[tuple[str, ...], Plan]:
    return {tuple(item.candidate_id for item in plan.shipments): plan for plan in answer.plans}


def test_every_line_is_sent_once_and_by_a_node_that_holds_it(planned: Planned, shelves: Shelves) -> None:
    for plan in planned(3).plans:
        sent = [line for shipment in plan.shipments for line in shipment.line_ids]
        assert sorted(sent) == ["1", "2"]
        for shipment in plan.shipments:
            node = shipment.candidate_id.split("|")[0]
            assert all(line in shelves[node] for line in shipment.line_ids)


def test_a_shipment_that_could_be_left_out_is_not_sent(planned: Planned) -> None:
    plans = by_shipments(planned(3))
    assert set(plans) == {(ALL,), (LEFT, RIGHT), (LEFT, SLOW)}


def test_ship_complete_allows_one_shipment_only(
    model: MakeModel, planned: Planned, split_question: RoutingQuestion
) -> None:
    assert set(by_shipments(planned(1))) == {(ALL,)}
    nowhere = SplitWishes({"left": {"1": 5}, "right": {"2": 5}}, 1)
    assert plan_shipments(model(), split_question, nowhere).plans == ()


def test_chances_of_being_best_share_out_all_draws(planned: Planned) -> None:
    plans = planned(2, variance=400.0).plans
    assert sum(plan.p_best for plan in plans) == pytest.approx(1.0)
    assert 0 < plans[0].p_best < 1
    assert all(one.objective.point <= other.objective.point for one, other in pairwise(plans))


def test_a_line_that_nobody_holds_is_named(model: MakeModel, split_question: RoutingQuestion) -> None:
    answer = plan_shipments(model(), split_question, SplitWishes({"left": {"1": 5}, "right": {"2": 2}}, 2))
    assert (answer.unserved_lines, answer.plans) == (("2",), ())


def test_a_line_of_nothing_goes_with_any_node_of_a_split(
    planned: Planned, split_question: RoutingQuestion, two_lines: Order
) -> None:
    lines = (*two_lines.lines, OrderLine("3", "c", 0, 1_000))
    plans = planned(question=replace(split_question, order=replace(two_lines, lines=lines))).plans
    assert {line for plan in plans for item in plan.shipments for line in item.line_ids} == {"1", "2", "3"}


def test_six_lines_over_five_nodes_go_in_three_shipments_that_hold_them(
    journeys: MakeModel,
    candidate: MakeCandidate,
    split_question: RoutingQuestion,
    two_lines: Order,
) -> None:
    lines = tuple(OrderLine(str(number), f"s{number}", 1, 1_000) for number in range(1, 7))
    many = tuple(candidate(f"n{place}|road|standard", 20.0 + place) for place in range(5))
    # Node n holds lines n + 1 and n + 2.
    stock = {f"n{place}": {str(place + 1): 4, str(place + 2): 4} for place in range(5)}
    question = replace(
        split_question, order=replace(two_lines, lines=lines), candidates=(split_question.candidates[0], *many)
    )
    answer = plan_shipments(journeys(0.5, 0.5), question, SplitWishes(stock, 3))
    assert [[item.line_ids for item in plan.shipments] for plan in answer.plans] == [
        [("1", "2"), ("3", "4"), ("5", "6")],
    ]
    fewer = plan_shipments(journeys(0.5, 0.5), question, SplitWishes(stock, 2))
    assert (fewer.plans, fewer.shortfall) == ((), Shortfall.TOO_FEW_SHIPMENTS)


def test_what_is_refused_takes_part_in_no_plan(planned: Planned, split_question: RoutingQuestion) -> None:
    law = {RIGHT: RejectionReason.REGIONAL_LAW, SLOW: RejectionReason.REGIONAL_LAW}
    answer = planned(question=replace(split_question, refusals=law))
    assert set(by_shipments(answer)) == {(ALL,)}
    assert set(answer.rejected) == {Rejected(name, reason) for name, reason in law.items()}


@pytest.mark.parametrize("most_shipments", [0, 4, -1])
def test_a_number_of_shipments_that_cannot_be_planned_is_refused(planned: Planned, most_shipments: int) -> None:
    with pytest.raises(QuestionError, match="from 1 to 3 can be planned"):
        planned(most_shipments)


def test_the_search_stays_bounded_and_the_same(
    model: MakeModel, candidate: MakeCandidate, split_question: RoutingQuestion
) -> None:
    many = tuple(candidate(f"n{place}|road|standard", 20.0 + place) for place in range(60))
    stock = {f"n{place}": {str(1 + place % 2): 9} for place in range(60)}
    question = replace(split_question, candidates=(split_question.candidates[0], *many))
    found = plan_shipments(model(), question, SplitWishes(stock, 3))
    assert len(found.plans) == MOST_PLANS
    assert plan_shipments(model(), question, SplitWishes(stock, 3)) == found
