"""Many questions at once get the answers that each of them gets alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice, product
from typing import Any

import numpy as np
import pytest

from data.candidates import Candidate
from data.decisions import ReviewReason
from data.objective import DEFAULT_UNIT_VALUES, DEFAULT_WEIGHTS, ObjectiveWeights
from data.orders import Customer, Destination, Order, OrderLine
from decision.errors import QuestionError
from decision.routing.fitting import RoutingFit
from decision.routing.question import RoutingQuestion
from decision.routing.recommendation import ORDERS_AT_ONCE, recommend_many, recommend_routing

NOW = datetime(2026, 1, 7, 10, 0, tzinfo=UTC)


def question(number: int) -> RoutingQuestion:
    """An order with one to six candidates whose numbers are drawn anew."""
    draw = np.random.Generator(np.random.Philox(number))
    lines = (OrderLine("1", "s1", int(draw.integers(1, 4)), 2_000),)
    order = Order(f"o{number}", NOW, NOW + timedelta(hours=72), Destination("r"), Customer("c1"), lines)
    candidates = tuple(
        Candidate(
            candidate_id=f"n{node}|c|{service}",
            node_id=f"n{node}",
            carrier_id="c",
            service_level=service,
            available_quantity=int(draw.integers(4, 40)),
            safety_stock=2,
            capacity_utilization=float(draw.uniform(0.3, 1.4)),
            backlog_orders=int(draw.integers(0, 80)),
            cut_off_at=NOW + timedelta(hours=float(draw.uniform(-1.0, 9.0))),
            lead_time_hours=float(draw.uniform(20.0, 60.0)),
            distance_km=100.0 + 90.0 * node,
            freight_minor=int(draw.integers(300, 900)),
            carbon_kg=float(draw.uniform(0.2, 1.2)),
            observed_at=NOW - timedelta(hours=1),
            handling_minor=80,
            carrier_utilization=0.6,
            weather_severity=0.2 if draw.random() < 0.7 else None,
        )
        for node, service in islice(product(range(3), ("road", "air")), int(draw.integers(1, 7)))
    )
    return RoutingQuestion(
        order, candidates, candidates[-1].candidate_id, DEFAULT_WEIGHTS, DEFAULT_UNIT_VALUES, decided_at=NOW
    )


def varied() -> list[RoutingQuestion]:
    """Enough for two rounds: other prices, careful ones, ones without a current choice, and broken ones among them."""
    questions = [question(number) for number in range(ORDERS_AT_ONCE + 15)]
    questions[3] = replace(questions[3], weights=ObjectiveWeights(1, 2, 3, 4))
    questions[5] = replace(questions[5], risk_averse=True, current_choice=None)
    broken = replace(questions[7].candidates[-1], lead_time_hours=float("nan"))
    questions[7] = replace(questions[7], candidates=(*questions[7].candidates[:-1], broken))
    gone = [replace(item, cut_off_at=NOW - timedelta(hours=1)) for item in questions[9].candidates]
    questions[9] = replace(questions[9], candidates=tuple(gone))
    return questions


@pytest.mark.parametrize("learner", ["fit", "staged_fit"])
def test_many_at_once_are_answered_as_each_alone(learner: str, request: Any) -> None:
    fitted: RoutingFit = request.getfixturevalue(learner)
    questions = varied()
    together = list(recommend_many(fitted.model, questions))
    assert ReviewReason.NOT_FINITE in together[7].review_reasons
    assert ReviewReason.NO_FEASIBLE_CANDIDATE in together[9].review_reasons
    for asked, answer in zip(questions, together, strict=True):
        alone = recommend_routing(fitted.model, asked)
        assert answer.recommended == alone.recommended
        assert answer.review_reasons == alone.review_reasons
        assert answer.confidence == alone.confidence
        told, expected = ([item.objective for item in one.ranking] for one in (answer, alone))
        assert np.allclose(np.array(told), np.array(expected), rtol=0, atol=1e-9)
        assert [item.objective_minor for item in answer.drivers] == pytest.approx(
            [item.objective_minor for item in alone.drivers], abs=1e-9
        )


def test_without_a_model_the_rules_answer_them_all() -> None:
    questions = varied()
    assert list(recommend_many(None, questions)) == [recommend_routing(None, asked) for asked in questions]


def test_no_questions_have_no_answers() -> None:
    assert list(recommend_many(None, [])) == []


def test_answers_before_a_question_that_contradicts_itself_are_given(staged_fit: RoutingFit) -> None:
    wrong = replace(question(0), candidates=())
    answers = recommend_many(staged_fit.model, [*(question(number) for number in range(ORDERS_AT_ONCE)), wrong])
    given = [next(answers) for _ in range(ORDERS_AT_ONCE)]
    assert sum(answer.confidence is not None for answer in given) > ORDERS_AT_ONCE / 2
    with pytest.raises(QuestionError, match="no candidates"):
        next(answers)
