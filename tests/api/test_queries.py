"""Query parameters: what nobody reads is refused, as members of bodies are."""

from __future__ import annotations

from typing import Any

import pytest

from api.schemas.examples import ROUTING_EXAMPLE

NOT_HERE = "the query holds a parameter that is not documented here; "


def test_a_parameter_that_a_post_does_not_read_is_refused_and_not_repeated(rules: Any) -> None:
    posts = {
        path: operations["post"]["requestBody"]["content"]["application/json"]["schema"]
        for path, operations in rules.client.get("/openapi.json").json()["paths"].items()
        if "post" in operations
    }
    assert len(posts) >= 6
    for path, schema in posts.items():
        (example,) = schema["examples"]
        answer = rules.client.post(f"{path.replace('{review_id}', 'rev_1')}?CANARY=CANARY", json=example)
        assert (answer.status_code, answer.json()["type"]) == (422, "urn:routecause:problem:invalid-request")
        assert answer.headers["content-type"] == "application/problem+json"
        (fault,) = answer.json()["errors"]
        assert fault["pointer"] == ""
        reads = "documented here are language, main_node" if path.endswith("attributions") else "none is read here"
        assert fault["detail"] == f"{NOT_HERE}{reads}; leave it out"
        assert "CANARY" not in answer.text


@pytest.mark.parametrize(
    ("path", "reads"),
    [
        ("/v1/decisions/dec_1", "none is read here"),
        ("/v1/reviews/rev_1", "none is read here"),
        ("/v1/reviews", "documented here are status, limit, cursor"),
        ("/v1/decisions/dec_1/attribution", "documented here are language, main_node"),
        ("/v1/decisions/dec_1/promise", "documented here are candidate_id, kept_chance"),
    ],
)
def test_so_it_is_where_something_is_read_and_that_is_told(rules: Any, path: str, reads: str) -> None:
    answer = rules.client.get(f"{path}?CANARY=1")
    (fault,) = answer.json()["errors"]
    assert (answer.status_code, fault) == (422, {"pointer": "", "detail": f"{NOT_HERE}{reads}; leave it out"})


def test_a_misspelt_parameter_is_told_what_was_meant(rules: Any) -> None:
    (fault,) = rules.client.get("/v1/reviews?Cursors=1").json()["errors"]
    assert fault["detail"] == f"{NOT_HERE}did you mean 'cursor'?; leave it out"
    assert "Cursors" not in str(fault)


def test_a_refused_query_decides_nothing(rules: Any) -> None:
    body = {**ROUTING_EXAMPLE, "candidates": ROUTING_EXAMPLE["candidates"][:1]}
    key = {"Idempotency-Key": "refused-query"}
    assert rules.client.post("/v1/routing/recommendations?dry_run=1", json=body, headers=key).status_code == 422
    assert "Idempotency-Replayed" not in rules.route(body, **key).headers


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_probe_may_bring_parameters_that_nobody_reads(rules: Any, path: str) -> None:
    assert rules.client.get(f"{path}?CANARY=1").json() == rules.client.get(path).json()
