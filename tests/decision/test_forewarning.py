"""Prevention by what the model itself says of an order that was routed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from data.customer_value import DEFAULT_CUSTOMER_VALUES
from data.decisions import Disposition, ReviewReason
from data.incidents import ARMS, Incident, IncidentType
from data.objective import DEFAULT_WEIGHTS
from data.orders import Customer
from decision.compensation.guardrails import Guardrails
from decision.compensation.prevention import recommend_prevention
from decision.compensation.recommendation import CompensationQuestion
from decision.errors import QuestionError
from decision.forewarning import forewarn
from decision.routing.model import RoutingModel
from decision.routing.promise import Promise, Untold
from decision.routing.question import RoutingCase, RoutingQuestion

MakeModel = Callable[..., RoutingModel]
Ask = Callable[..., RoutingQuestion]

ORDER = Incident("o1", "o1", IncidentType.LATE_EXPECTED, 20.0, 6_000, Customer("c1"), ARMS[:5], 100_000)
OFFER = CompensationQuestion(ORDER, DEFAULT_WEIGHTS, DEFAULT_CUSTOMER_VALUES, Guardrails())


def test_a_chance_that_the_model_tells_leads_where_the_same_number_would(
    make_promising_model: MakeModel, question: Ask, ways: Any
) -> None:
    found = forewarn(make_promising_model(), None, (RoutingCase.of(question()), ways.weak.candidate_id), OFFER)
    assert isinstance(found.foreseen, Promise)
    assert found.foreseen.doubts == ()
    assert 0 < found.foreseen.late_probability.point < 1
    assert found.prevention == recommend_prevention(None, OFFER, found.foreseen.late_probability.point)


def test_a_doubtful_chance_asks_a_person_and_says_why(
    make_promising_model: MakeModel, question: Ask, ways: Any
) -> None:
    old = replace(ways.near, observed_at=ways.near.observed_at - timedelta(days=2))
    found = forewarn(make_promising_model(), None, (RoutingCase.of(question(old)), old.candidate_id), OFFER)
    said = found.prevention.recommendation
    assert said.disposition is Disposition.REVIEW
    assert said.review_reasons == (ReviewReason.NO_MODEL, ReviewReason.STALE_STATE)


def test_a_chance_that_cannot_be_told_recommends_nothing_and_asks_a_person(
    make_promising_model: MakeModel, question: Ask, ways: Any
) -> None:
    law = replace(make_promising_model(), journeys=None)
    found = forewarn(law, None, (RoutingCase.of(question()), ways.near.candidate_id), OFFER)
    said = found.prevention.recommendation
    assert found.foreseen is Untold.EFFECTS_ONLY
    assert (said.recommended, said.disposition) == ("none", Disposition.REVIEW)
    assert said.review_reasons == (ReviewReason.LATENESS_UNTOLD,)


@pytest.mark.parametrize("law_only", [False, True])
def test_what_has_happened_cannot_be_prevented(
    make_promising_model: MakeModel, question: Ask, ways: Any, law_only: bool
) -> None:
    model = make_promising_model()
    late = replace(OFFER, incident=replace(ORDER, incident_type=IncidentType.LATE))
    with pytest.raises(QuestionError, match="has happened"):
        forewarn(
            replace(model, journeys=None) if law_only else model,
            None,
            (RoutingCase.of(question()), ways.near.candidate_id),
            late,
        )
