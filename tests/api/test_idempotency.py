from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pydantic import BaseModel

from api.idempotency import key_for
from api.schemas.examples import COMPENSATION_EXAMPLE, PREVENTION_EXAMPLE, ROUTING_EXAMPLE


def n_rows(service: Any, table: str) -> int:
    connection = sqlite3.connect(service.home.root / "routecause.db")
    try:
        (count,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608
    finally:
        connection.close()
    return int(count)


def test_without_a_key_every_post_is_a_new_decision(informed: Any) -> None:
    first, second = (informed.route(ROUTING_EXAMPLE).json()["decision_id"] for _ in range(2))
    assert first != second


def test_with_a_key_the_answer_is_the_first_byte_for_byte(informed: Any) -> None:
    first = informed.route(ROUTING_EXAMPLE, **{"Idempotency-Key": "k-1"})
    again = informed.route(ROUTING_EXAMPLE, **{"Idempotency-Key": '"k-1"'})
    assert again.content == first.content
    assert ("idempotency-replayed" in first.headers, again.headers["idempotency-replayed"]) == (False, "true")
    assert n_rows(informed, "decisions") == 1


def test_the_layout_of_the_body_does_not_matter_but_its_content_does(informed: Any) -> None:
    key = {"Idempotency-Key": "k"}
    first = informed.route(ROUTING_EXAMPLE, **key)
    reversed_members = dict(reversed(list(ROUTING_EXAMPLE.items())))
    assert informed.route(reversed_members, **key).content == first.content
    other = informed.route({**ROUTING_EXAMPLE, "mode": "idle"}, **key)
    assert (other.status_code, other.json()["type"]) == (422, "urn:routecause:problem:idempotency-key-reused")
    assert n_rows(informed, "decisions") == 1


def test_the_two_questions_do_not_share_keys(informed: Any) -> None:
    informed.route(ROUTING_EXAMPLE, **{"Idempotency-Key": "k"})
    assert informed.compensate(COMPENSATION_EXAMPLE, **{"Idempotency-Key": "k"}).status_code == 200


def test_a_refused_request_does_not_use_up_its_key(informed: Any) -> None:
    key = {"Idempotency-Key": "k"}
    assert informed.route({**ROUTING_EXAMPLE, "mode": "maybe"}, **key).status_code == 422
    assert informed.route(ROUTING_EXAMPLE, **key).status_code == 200


@pytest.mark.parametrize("key", ["", '"', "a b", "x" * 201, "k\x7f"])
def test_a_key_that_cannot_be_read_is_refused(rules: Any, key: str) -> None:
    answer = rules.route(ROUTING_EXAMPLE, **{"Idempotency-Key": key})
    assert (answer.status_code, answer.json()["type"]) == (400, "urn:routecause:problem:bad-header")


def test_forty_requests_at_once_under_one_key_make_one_decision_and_one_review(informed: Any) -> None:
    # An old report sends the order to a person, so that a review is at stake as well.
    body = {**ROUTING_EXAMPLE, "decided_at": "2026-03-09T10:00:00Z"}

    def post(_number: int) -> bytes:
        answer = informed.route(body, **{"Idempotency-Key": "k"})
        assert answer.status_code == 200
        content: bytes = answer.content
        return content

    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(post, range(40)))
    assert len(answers) == 1
    assert [n_rows(informed, table) for table in ("decisions", "reviews", "idempotency_keys")] == [1, 1, 1]


def test_a_replay_survives_a_restart_and_a_new_model(serve: Any, publish: Any) -> None:
    with serve() as service:
        first = service.route(ROUTING_EXAMPLE, **{"Idempotency-Key": "k"})
    publish(service.home, "1")
    with serve() as service:
        assert service.route(ROUTING_EXAMPLE, **{"Idempotency-Key": "k"}).content == first.content
        assert service.route(ROUTING_EXAMPLE).json()["model"]["version"] == "1"


def test_routing_has_keys_of_its_own_and_compensation_shares_them_with_prevention(rules: Any) -> None:
    key = {"Idempotency-Key": "one-for-all"}
    assert rules.route(ROUTING_EXAMPLE, **key).status_code == 200
    offered = rules.compensate(COMPENSATION_EXAMPLE, **key)
    assert (offered.status_code, "idempotency-replayed" in offered.headers) == (200, False)
    prevented = rules.client.post("/v1/compensation/preventions", json=PREVENTION_EXAMPLE, headers=key)
    assert (prevented.status_code, prevented.json()["type"]) == (422, "urn:routecause:problem:idempotency-key-reused")


def test_a_default_that_is_sent_is_the_same_content_as_one_that_is_left_out(rules: Any) -> None:
    key = {"Idempotency-Key": "defaults"}
    short = {name: value for name, value in ROUTING_EXAMPLE.items() if name != "mode"}
    first = rules.route(short, **key)
    again = rules.route({**short, "mode": "live", "node_reports": []}, **key)
    assert (again.headers.get("idempotency-replayed"), again.content) == ("true", first.content)


def test_a_member_that_is_new_and_optional_changes_no_key_of_those_who_do_not_send_it() -> None:
    class Question(BaseModel):
        order_id: str

    class Later(Question):
        routing_decision_id: str | None = None

    before, after = key_for("routing", "k", Question(order_id="a")), key_for("routing", "k", Later(order_id="a"))
    assert before == after
    assert key_for("routing", "k", Later(order_id="a", routing_decision_id="d")) != after
