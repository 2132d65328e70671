from __future__ import annotations

import copy
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from api.schemas.examples import ROUTING_EXAMPLE

PARIS, LILLE_ROAD, LILLE_AIR = (item["candidate_id"] for item in ROUTING_EXAMPLE["candidates"])
ACCEPT = {"resolution": "accept", "reviewer": "ada"}


def ambiguous(order_id: str = "order-7") -> dict[str, Any]:
    """Lille is a day slower than Paris and cheaper by what that day is worth, give or take the model's error."""
    body = copy.deepcopy(ROUTING_EXAMPLE)
    body["order_id"] = order_id
    body["objective_weights"] = {"cost": 1.0, "time": 1.0, "carbon": 0.0, "customer_value": 0.0}
    paris, lille = body["candidates"][:2]
    # A day costs 10 hours of lateness at 20 minor units.
    lille.update(lead_time_hours=paris["lead_time_hours"] + 24, freight_minor=1000)
    paris.update(freight_minor=1200)
    body["candidates"] = [paris, lille]
    return body


def test_an_ambiguous_order_goes_to_a_person_and_its_resolution_shows(informed: Any) -> None:
    answer = informed.route(ambiguous()).json()
    assert (answer["disposition"], answer["review"]["reasons"]) == ("review", ["low_confidence"])
    assert answer["confidence"]["p_near_best"] < 0.85
    review_id = answer["review"]["review_id"]
    (listed,) = informed.client.get("/v1/reviews").json()["reviews"]
    assert (listed["review_id"], listed["subject_id"], listed["resolution"]) == (review_id, "order-7", None)
    assert set(listed["actions"]) == {PARIS, LILLE_ROAD}

    chosen = next(action for action in listed["actions"] if action != answer["recommended"])
    body = {"resolution": "override", "reviewer": "ada", "chosen_action": chosen, "reason": "the yard is closed"}
    resolved = informed.client.post(f"/v1/reviews/{review_id}/resolve", json={**body, "version": 1})
    assert resolved.status_code == 200
    assert resolved.json()["status"] == "overridden"

    assert informed.client.get("/v1/reviews").json()["reviews"] == []
    kept = informed.client.get(f"/v1/decisions/{answer['decision_id']}").json()
    assert kept["review"]["resolution"]["chosen_action"] == chosen
    assert kept["review"]["resolution"]["reason"] == "the yard is closed"
    assert kept["answer"] == answer

    again = informed.client.post(f"/v1/reviews/{review_id}/resolve", json=ACCEPT)
    assert (again.status_code, again.json()["type"]) == (409, "urn:routecause:problem:review-conflict")


def test_an_override_by_what_was_recommended_is_an_acceptance_that_keeps_its_reason(informed: Any) -> None:
    answer = informed.route(ambiguous()).json()
    body = {"resolution": "override", "reviewer": "ada", "chosen_action": answer["recommended"], "reason": "I looked"}
    done = informed.client.post(f"/v1/reviews/{answer['review']['review_id']}/resolve", json=body).json()
    assert (done["status"], done["resolution"]["reason"]) == ("accepted", "I looked")
    text = informed.client.get(f"/v1/decisions/{answer['decision_id']}/attribution").json()["text"]
    assert f": {answer['recommended']}." in next(line for line in text.splitlines() if "accepted the recomm" in line)


def test_two_reviewers_at_once_cannot_both_win(informed: Any) -> None:
    review_id = informed.route(ambiguous()).json()["review"]["review_id"]

    def resolve(number: int) -> int:
        body = {**ACCEPT, "reviewer": f"reviewer-{number}", "version": 1}
        status: int = informed.client.post(f"/v1/reviews/{review_id}/resolve", json=body).status_code
        return status

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(resolve, range(8)))
    assert statuses == [200] + [409] * 7


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({**ACCEPT, "version": 2}, 409),
        ({**ACCEPT, "chosen_action": PARIS}, 422),
        ({"resolution": "override", "reviewer": "ada", "reason": "why not"}, 422),
        ({"resolution": "override", "reviewer": "ada", "chosen_action": PARIS, "reason": "  "}, 422),
        ({"resolution": "override", "reviewer": "ada", "chosen_action": "CANARY", "reason": "r"}, 422),
        ({"resolution": "accept"}, 422),
    ],
)
def test_a_resolution_that_does_not_fit_changes_nothing(informed: Any, body: dict[str, Any], status: int) -> None:
    review_id = informed.route(ambiguous()).json()["review"]["review_id"]
    answer = informed.client.post(f"/v1/reviews/{review_id}/resolve", json=body)
    assert (answer.status_code, "CANARY" in answer.text) == (status, False)
    assert informed.client.get(f"/v1/reviews/{review_id}").json()["status"] == "open"


def test_a_version_that_never_was_does_not_blame_another_reviewer(informed: Any) -> None:
    review_id = informed.route(ambiguous()).json()["review"]["review_id"]
    problem = informed.client.post(f"/v1/reviews/{review_id}/resolve", json={**ACCEPT, "version": 2}).json()
    assert (problem["status"], problem["type"]) == (409, "urn:routecause:problem:review-version")
    assert problem["title"] == "The review never had this version"
    assert "is open at version 1 and nobody changed it" in problem["detail"]
    assert informed.client.post(f"/v1/reviews/{review_id}/resolve", json={**ACCEPT, "version": 1}).status_code == 200
    late = informed.client.post(f"/v1/reviews/{review_id}/resolve", json={**ACCEPT, "version": 1}).json()
    assert (late["type"], late["title"]) == ("urn:routecause:problem:review-conflict", "Somebody was faster")


def test_what_is_unknown_is_not_found(informed: Any) -> None:
    assert informed.client.get("/v1/reviews/rev_none").status_code == 404
    assert informed.client.post("/v1/reviews/rev_none/resolve", json=ACCEPT).status_code == 404


def test_pages_of_reviews_follow_each_other(informed: Any) -> None:
    orders = [f"order-{number}" for number in range(5)]
    for order in orders:
        informed.route(ambiguous(order))
    seen: list[str] = []
    cursor: str | None = None
    while True:
        page = informed.client.get("/v1/reviews", params={"limit": 2, **({"cursor": cursor} if cursor else {})}).json()
        seen += [review["subject_id"] for review in page["reviews"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == orders
    assert informed.client.get("/v1/reviews?status=accepted").json()["reviews"] == []
    assert len(informed.client.get("/v1/reviews?status=any").json()["reviews"]) == 5


@pytest.mark.parametrize(
    "query",
    [
        "status=CANARY",
        "limit=0",
        "limit=201",
        "limit=CANARY",
        "limit=1_0",
        "limit=%201",
        "cursor=CANARY",
        "cursor=",
        "cursor=OS4%00",
        "CANARY=1",
    ],
)
def test_a_listing_that_cannot_be_read_is_refused(rules: Any, query: str) -> None:
    answer = rules.client.get(f"/v1/reviews?{query}")
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert "CANARY" not in answer.text


@pytest.mark.parametrize(
    ("query", "pointers"),
    [("limit=1&limit=2", ["/limit"]), ("limit=1&status=any&limit=1", ["/limit"]), ("CANARY=1&CANARY=2", ["/*"])],
)
def test_a_query_that_says_something_twice_is_refused_by_its_name(rules: Any, query: str, pointers: list[str]) -> None:
    answer = rules.client.get(f"/v1/reviews?{query}")
    assert answer.status_code == 422
    assert [fault["pointer"] for fault in answer.json()["errors"]] == pointers
    assert answer.json()["errors"][0]["detail"] == "is there twice; send it once"
    assert "CANARY" not in answer.text
