"""The README's questions are of the demo's own world: its model answers the order without a person."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from api.mapping.questions import compensation_question, routing_question
from api.schemas.compensation import CompensationRequest
from api.schemas.routing import RoutingRequest
from data.decisions import Disposition, ReviewReason
from decision.artefact import Artefact, load_artefact
from decision.compensation.recommendation import recommend_compensation
from decision.routing.recommendation import recommend_routing
from experiments.demo import DemoResult

pytestmark = pytest.mark.slow

README = Path(__file__).parents[2] / "README.md"


def body_for(decision: str) -> dict[str, object]:
    """The body that README sends to a decision's recommendations."""
    found = re.search(rf"/v1/{decision}/recommendations[^']*-d '([^']+)'", README.read_text(encoding="utf-8"))
    assert found
    body: dict[str, object] = json.loads(found[1])
    return body


@pytest.fixture(scope="module")
def artefact(shown: DemoResult) -> Artefact:
    return load_artefact(shown.training.model.folder)


def test_the_order_leaves_its_overloaded_node_without_a_person(artefact: Artefact) -> None:
    asked = routing_question(RoutingRequest.model_validate(body_for("routing")), None)
    answer = recommend_routing(artefact.routing, asked)
    assert (answer.disposition, answer.review_reasons) == (Disposition.AUTO, ())
    assert answer.recommended == "los_angeles|meridian|first_class"
    assert answer.ranking[0].objective.upper < 0


def test_the_incident_is_like_those_that_the_model_learned_from(artefact: Artefact) -> None:
    asked = compensation_question(CompensationRequest.model_validate(body_for("compensation")))
    answer = recommend_compensation(artefact.compensation, asked)
    assert not {ReviewReason.OUT_OF_DISTRIBUTION, ReviewReason.NO_OVERLAP} & set(answer.review_reasons)
    assert answer.recommended != "none"
