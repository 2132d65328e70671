from __future__ import annotations

import json
import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from api.mapping.questions import compensation_question, routing_question
from api.problems import PROBLEM_TYPES
from api.schemas.compensation import CompensationRequest
from api.schemas.examples import (
    COMPENSATION_EXAMPLE,
    PLANS_EXAMPLE,
    PREVENTION_EXAMPLE,
    PROMISES_EXAMPLE,
    ROUTING_EXAMPLE,
)
from api.schemas.meanings import MEANINGS
from api.schemas.routing import CandidateShape, RoutingRequest
from data.candidates import Candidate
from data.objective import DEFAULT_UNIT_VALUES
from experiments.bodies import compensation_body, routing_body

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "api.md"
README = ROOT / "README.md"


def document(rules: Any) -> dict[str, Any]:
    found: dict[str, Any] = rules.client.get("/openapi.json").json()
    return found


def test_the_example_of_every_post_works_as_it_stands(rules: Any) -> None:
    posted = 0
    for path, operations in document(rules)["paths"].items():
        if "post" in operations and "{" not in path:
            content = operations["post"]["requestBody"]["content"]["application/json"]
            (example,) = content["schema"].get("examples") or content["examples"]
            assert rules.client.post(path, json=example).status_code == 200
            posted += 1
    assert posted == 6


def test_every_reference_of_the_document_leads_somewhere(rules: Any) -> None:
    found = document(rules)
    references = set(re.findall(r'"\$ref": "#/components/schemas/([^"]+)"', json.dumps(found)))
    assert references <= set(found["components"]["schemas"])
    assert "RoutingRequest" in references
    assert "HTTPValidationError" not in found["components"]["schemas"]


def test_every_refusal_is_documented_as_a_problem(rules: Any) -> None:
    for path, operations in document(rules)["paths"].items():
        for operation in operations.values():
            refusals = {status: item for status, item in operation["responses"].items() if int(status) >= 400}
            assert refusals or path == "/healthz"
            assert all(list(item["content"]) == ["application/problem+json"] for item in refusals.values())


def test_nothing_is_loaded_from_elsewhere(rules: Any) -> None:
    assert rules.client.get("/docs").status_code == 404
    assert "cdn" not in json.dumps(document(rules)).lower()


def test_the_candidate_of_a_request_mirrors_the_value_it_becomes() -> None:
    assert list(CandidateShape.model_fields) == [item.name for item in fields(Candidate)]


def test_every_member_of_a_candidate_says_what_it_is(rules: Any) -> None:
    members = document(rules)["components"]["schemas"]["CandidateShape"]["properties"]
    assert [name for name, said in members.items() if len(said.get("description", "")) < 20] == []
    # Whoever leaves weather out must not take that for calm.
    assert "mean of the training log, which is not 0" in members["weather_severity"]["description"]


def test_every_member_and_parameter_of_a_request_says_what_it_is(rules: Any) -> None:
    found = document(rules)
    shapes, silent = found["components"]["schemas"], []
    for operation in (operation for path in found["paths"].values() for operation in path.values()):
        silent += [item["name"] for item in operation.get("parameters", ()) if not item.get("description")]
    requests = {name for name, shape in shapes.items() if name.endswith(("Request", "Query"))}
    reached = requests | {
        name for name in shapes for told in requests if f'schemas/{name}"' in json.dumps(shapes[told]["properties"])
    }
    assert {"RoutingRequest", "CustomerShape", "LineStockShape", "ResolutionRequest"} <= reached
    for name in sorted(reached):
        members = shapes[name].get("properties", {})
        silent += [f"{name}.{member}" for member, told in members.items() if "description" not in told]
    assert silent == []


def test_no_meaning_is_told_of_what_nobody_sends(rules: Any) -> None:
    text = json.dumps(document(rules), ensure_ascii=False)
    assert [name for name, meaning in MEANINGS.items() if json.dumps(meaning, ensure_ascii=False) not in text] == []


def test_the_page_lists_every_problem_with_its_status() -> None:
    text = PAGE.read_text(encoding="utf-8")
    listed = {(slug, int(status)) for slug, status in re.findall(r"^\| `([a-z-]+)` \| (\d{3}) \|", text, re.MULTILINE)}
    assert listed == {(kind.slug, kind.status) for kind in PROBLEM_TYPES}


def test_the_page_tells_the_prices_that_are_used() -> None:
    text = PAGE.read_text(encoding="utf-8").split("### What outcomes are worth")[1].split("\n## ")[0]
    told = {
        (label, term): float(price.replace(",", ""))
        for label, price, term in re.findall(r"^\| ([a-z ,-]+) \| ([\d,]+)[^|]* \| `(\w+)` \|", text, re.MULTILINE)
    }
    values = DEFAULT_UNIT_VALUES
    assert told == {
        ("freight and handling", "cost"): 1.0,
        ("lateness", "time"): values.lateness_minor_per_hour,
        ("carbon", "carbon"): values.carbon_minor_per_kg,
        ("an order that is late at all", "customer_value"): values.late_order_minor,
        ("a stock-out", "customer_value"): values.stock_out_minor,
        ("a lost or damaged order", "customer_value"): values.damaged_order_minor,
        ("the same, sent again or refunded", "cost"): values.replacement_minor,
    }


def test_the_page_names_every_path(rules: Any) -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert [path for path in document(rules)["paths"] if path not in text] == []


@pytest.mark.parametrize("page", [PAGE, README], ids=lambda page: page.name)
def test_the_bodies_on_the_pages_work_as_they_stand(rules: Any, page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    sent = re.findall(r"curl -s http://127\.0\.0\.1:8000(/v1/[a-z/]+) [^'`]*-d '([^']+)'", text)
    assert {path for path, _ in sent} >= {"/v1/routing/recommendations", "/v1/compensation/recommendations"}
    for path, body in sent:
        answer = rules.client.post(path, content=body, headers={"content-type": "application/json"})
        assert answer.status_code == 200, answer.text


def test_the_examples_of_page_and_document_are_one(rules: Any) -> None:
    text = PAGE.read_text(encoding="utf-8")
    bodies = [json.loads(body) for body in re.findall(r"-d '([^']+)'", text)]
    examples = (ROUTING_EXAMPLE, PLANS_EXAMPLE, PROMISES_EXAMPLE, COMPENSATION_EXAMPLE, PREVENTION_EXAMPLE)
    assert all(body in bodies for body in examples)


def test_the_answers_on_the_page_are_those_that_are_given_without_a_model(rules: Any) -> None:
    text = PAGE.read_text(encoding="utf-8")
    shown = re.findall(r"Without a model[^\n]*\n\n```json\n(.*?)```", text, re.DOTALL)
    for path, body, part in zip(
        ("compensation/preventions", "routing/plans"), (PREVENTION_EXAMPLE, PLANS_EXAMPLE), shown, strict=True
    ):
        answer = rules.client.post(f"/v1/{path}", json=body).json()
        for name, value in json.loads(part).items():
            assert (answer[name][: len(value)] if isinstance(value, list) else answer[name]) == value


def test_a_question_written_as_a_body_is_read_as_the_same_question() -> None:
    route = routing_question(RoutingRequest.model_validate(ROUTING_EXAMPLE), None)
    assert routing_question(RoutingRequest.model_validate(routing_body(route)), None) == route
    offer = compensation_question(CompensationRequest.model_validate(COMPENSATION_EXAMPLE))
    assert compensation_question(CompensationRequest.model_validate(compensation_body(offer))) == offer
