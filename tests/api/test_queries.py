"""Query parameters: what nobody reads is refused, as members of bodies are."""

from __future__ import annotations

from typing import Any

import pytest

from api.schemas.examples import COMPENSATION_EXAMPLE, PLANS_EXAMPLE, PREVENTION_EXAMPLE, ROUTING_EXAMPLE

POSTS = {
    "/v1/routing/recommendations": ROUTING_EXAMPLE,
    "/v1/routing/attributions": ROUTING_EXAMPLE,
    "/v1/routing/plans": PLANS_EXAMPLE,
    "/v1/compensation/recommendations": COMPENSATION_EXAMPLE,
    "/v1/compensation/preventions": PREVENTION_EXAMPLE,
    "/v1/reviews/rev_1/resolve": {"resolution": "accept", "reviewer": "ada"},
}
UNREAD = {"pointer": "", "detail": "the query holds a parameter that is not documented here; leave it out"}


def test_the_list_holds_every_path_that_takes_a_post(rules: Any) -> None:
    paths = rules.client.get("/openapi.json").json()["paths"]
    assert {path.replace("rev_1", "{review_id}") for path in POSTS} == {
        p for p, kinds in paths.items() if "post" in kinds
    }


@pytest.mark.parametrize(("path", "body"), POSTS.items())
def test_a_parameter_that_a_post_does_not_read_is_refused_and_not_repeated(rules: Any, path: str, body: object) -> None:
    answer = rules.client.post(f"{path}?CANARY=CANARY", json=body)
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:routecause:problem:invalid-request")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"] == [UNREAD]
    assert "CANARY" not in answer.text


@pytest.mark.parametrize(
    "path", ["/v1/decisions/dec_1", "/v1/reviews/rev_1", "/v1/reviews", "/v1/decisions/dec_1/attribution"]
)
def test_so_it_is_where_something_is_read(rules: Any, path: str) -> None:
    answer = rules.client.get(f"{path}?CANARY=1")
    assert (answer.status_code, answer.json()["errors"]) == (422, [UNREAD])


def test_a_refused_query_decides_nothing(rules: Any) -> None:
    body = {**ROUTING_EXAMPLE, "candidates": ROUTING_EXAMPLE["candidates"][:1]}
    key = {"Idempotency-Key": "refused-query"}
    assert rules.client.post("/v1/routing/recommendations?dry_run=1", json=body, headers=key).status_code == 422
    assert "Idempotency-Replayed" not in rules.route(body, **key).headers
