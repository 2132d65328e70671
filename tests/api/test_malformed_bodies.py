"""Bodies that no caller should send: each gets a 4xx problem that repeats nothing of it, and never a 5xx."""

from __future__ import annotations

import copy
import gzip
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from api.schemas.examples import COMPENSATION_EXAMPLE, PLANS_EXAMPLE, RESOLUTION_EXAMPLE, ROUTING_EXAMPLE

CANARY = "CANARY7"
ROUTING, COMPENSATION, RESOLVE = (
    "/v1/routing/recommendations",
    "/v1/compensation/recommendations",
    "/v1/reviews/rev_1/resolve",
)
PLANS, ATTRIBUTION = "/v1/routing/plans", "/v1/routing/attributions"
EXAMPLES = {
    ROUTING: ROUTING_EXAMPLE,
    COMPENSATION: COMPENSATION_EXAMPLE,
    RESOLVE: RESOLUTION_EXAMPLE,
    PLANS: PLANS_EXAMPLE,
    ATTRIBUTION: ROUTING_EXAMPLE,
}
# A text member of each body, into which bytes can be put.
A_TEXT = {
    ROUTING: "order_id",
    COMPENSATION: "incident_id",
    RESOLVE: "reviewer",
    PLANS: "order_id",
    ATTRIBUTION: "order_id",
}


def with_text(path: str, raw: bytes) -> bytes:
    """The example with the JSON text of one member replaced by raw bytes."""
    body = {**EXAMPLES[path], A_TEXT[path]: "@@"}
    return json.dumps(body).encode().replace(b'"@@"', raw)


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


def whole(path: str) -> bytes:
    return json.dumps(EXAMPLES[path]).encode()


BYTES: dict[str, Callable[[str], bytes]] = {
    "empty": lambda _: b"",
    "blank": lambda _: b"  \n",
    "NaN": lambda path: with_text(path, b"NaN"),
    "Infinity": lambda path: with_text(path, b"-Infinity"),
    "1e400": lambda path: with_text(path, b"1e400"),
    "-1e400": lambda path: with_text(path, b"-1e400"),
    "an integer of 2**70": lambda path: with_text(path, str(2**70).encode()),
    "an integer of 5,000 digits": lambda path: with_text(path, b"9" * 5000),
    "a lone high surrogate": lambda path: with_text(path, b'"CANARY7\\ud800"'),
    "a lone low surrogate": lambda path: with_text(path, b'"\\udc00CANARY7"'),
    "a surrogate as raw bytes": lambda path: with_text(path, b'"CANARY7\xed\xa0\x80"'),
    "NUL as an escape": lambda path: with_text(path, b'"CANARY7\\u0000"'),
    "NUL as a byte": lambda path: with_text(path, b'"CANARY7\x00"'),
    "a raw newline in a text": lambda path: with_text(path, b'"CANARY7\n"'),
    "an RTL override": lambda path: with_text(path, '"CANARY7\u202e"'.encode()),
    "a zero-width space": lambda path: with_text(path, '"CANARY7\u200b"'.encode()),
    "an escape character": lambda path: with_text(path, b'"CANARY7\\u001b[31m"'),
    "a text that is not in normal form C": lambda path: with_text(path, '"CANARY7e\u0301"'.encode()),
    "an empty identifier": lambda path: with_text(path, b'""'),
    "a blank identifier": lambda path: with_text(path, b'" "'),
    "an identifier of 201 characters": lambda path: with_text(path, b'"' + b"x" * 201 + b'"'),
    "a list for a text": lambda path: with_text(path, b'["CANARY7"]'),
    "null for a text": lambda path: with_text(path, b"null"),
    "true for a text": lambda path: with_text(path, b"true"),
    "a number for a text": lambda path: with_text(path, b"7"),
    "a key twice": lambda path: whole(path)[:-1] + b', "mode": "live", "mode": "CANARY7"}',
    "an unknown member": lambda path: whole(path)[:-1] + b', "CANARY7": 1}',
    "__proto__": lambda path: whole(path)[:-1] + b', "__proto__": {"CANARY7": 1}}',
    "nested 500 deep": lambda _: nested(500),
    "nested 100,000 deep": lambda _: nested(100_000),
    "nested 100,000 deep and open": lambda _: b'{"a":' * 100_000,
    "UTF-16": lambda path: whole(path).decode().encode("utf-16"),
    "UTF-8 with a byte order mark": lambda path: b"\xef\xbb\xbf" + whole(path),
    "Latin-1": lambda path: with_text(path, b'"CANARY7\xe9"'),
    "gzip": lambda path: gzip.compress(whole(path)),
    "random bytes": lambda _: bytes(range(256)) * 4,
    "two values": lambda path: whole(path) * 2,
    "cut off": lambda path: whole(path)[:-20],
    "single quotes": lambda _: b"{'CANARY7': 1}",
    "a comment": lambda path: b"/* CANARY7 */" + whole(path),
    "a trailing comma": lambda path: whole(path)[:-1] + b",}",
    "a list": lambda _: b'["CANARY7"]',
    "a text": lambda _: b'"CANARY7"',
    "a number": lambda _: b"7",
    "null": lambda _: b"null",
    "form data": lambda _: b"order_id=CANARY7",
    "1,100,000 bytes": lambda path: whole(path) + b" " * 1_100_000,
}


def candidate(**members: Any) -> dict[str, Any]:
    body = copy.deepcopy(ROUTING_EXAMPLE)
    body["candidates"][0].update(members)
    return body


def line(**members: Any) -> dict[str, Any]:
    body = copy.deepcopy(ROUTING_EXAMPLE)
    body["lines"][0].update(members)
    return body


def routing(**members: Any) -> dict[str, Any]:
    return {**copy.deepcopy(ROUTING_EXAMPLE), **members}


def place(**members: Any) -> dict[str, Any]:
    return routing(ship_to={**ROUTING_EXAMPLE["ship_to"], **members})


def tags(**members: Any) -> dict[str, Any]:
    return routing(customer={"customer_id": "c", "tags": members})


def weights(cost: Any, others: Any = 0.0) -> dict[str, Any]:
    return routing(objective_weights={"cost": cost, "time": others, "carbon": others, "customer_value": others})


def offer(**members: Any) -> dict[str, Any]:
    return {**copy.deepcopy(COMPENSATION_EXAMPLE), **members}


def plans(**members: Any) -> dict[str, Any]:
    return {**copy.deepcopy(PLANS_EXAMPLE), **members}


def resolve(**members: Any) -> dict[str, Any]:
    return {**RESOLUTION_EXAMPLE, **members}


FIRST = ROUTING_EXAMPLE["candidates"][0]
OPEN_ORDER = {
    "order_id": "o",
    "placed_at": "2026-03-02T09:50:00Z",
    "node_id": "n",
    "carrier_id": "c",
    "service_level": "s",
}
ROUTING_BODIES: dict[str, dict[str, Any]] = {
    "no candidates": routing(candidates=[]),
    "201 candidates": routing(candidates=[{**FIRST, "candidate_id": str(n)} for n in range(201)], current_choice="0"),
    "10,000 candidates": routing(candidates=[{**FIRST, "candidate_id": str(n)} for n in range(10_000)]),
    "10,000 empty candidates": routing(candidates=[{}] * 10_000),
    "a candidate twice": routing(candidates=[FIRST, FIRST]),
    "an unknown current_choice": routing(current_choice=CANARY),
    "an unknown member of a candidate": candidate(CANARY7=1),
    "a negative quantity": line(quantity=-1),
    "no quantity at all": line(quantity=0),
    "half a unit": line(quantity=1.5),
    "true units": line(quantity=True),
    "a quantity as text": line(quantity="2"),
    "2**63 units": line(quantity=2**63),
    "a line twice": routing(lines=ROUTING_EXAMPLE["lines"] * 2),
    "no lines": routing(lines=[]),
    "501 lines": routing(lines=[{**ROUTING_EXAMPLE["lines"][0], "line_id": str(n)} for n in range(501)]),
    "negative freight": candidate(freight_minor=-1),
    "freight in fractions": candidate(freight_minor=10.0),
    "freight beyond 64 bits": candidate(freight_minor=2**64),
    "negative stock": candidate(available_quantity=-5),
    "a negative distance": candidate(distance_km=-0.1),
    "a load of true": candidate(capacity_utilization=True),
    "weather above 1": candidate(weather_severity=1.1),
    "weather now below 0": candidate(weather_now=-0.1),
    "an instant without an offset": routing(order_date="2026-03-02T10:00:00"),
    "a date for an instant": routing(order_date="2026-03-02"),
    "a number for an instant": routing(order_date=1_772_445_600),
    "a number as text for an instant": routing(order_date="1772445600"),
    "the year 0": routing(order_date="0000-03-02T10:00:00Z"),
    "the year 1": routing(order_date="0001-01-01T00:00:00+14:00"),
    "the year 9999": candidate(cut_off_at="9999-12-31T23:59:59-14:00"),
    "the 30th of February": routing(order_date="2026-02-30T10:00:00Z"),
    "a leap second": routing(order_date="2026-03-02T10:00:60Z"),
    "an offset of 23:59": routing(order_date="2026-03-02T10:00:00+23:59"),
    "an offset of 99 hours": routing(order_date="2026-03-02T10:00:00+99:00"),
    "digits of another script": routing(order_date="٢٠٢٦-03-02T10:00:00Z"),
    "words for an instant": routing(order_date=CANARY),
    "ordered after the requested date": routing(order_date="2026-03-06T10:00:00Z"),
    "decided before it was ordered": routing(decided_at="2026-03-02T09:00:00Z"),
    "decided before it was observed": {
        **candidate(observed_at="2026-03-02T12:00:00Z"),
        "decided_at": "2026-03-02T11:00:00Z",
    },
    "a latitude of 91": place(lat=91.0),
    "a longitude of -181": place(lon=-181),
    "a region of null": place(region=None),
    "no weight at all": weights(0.0),
    "a negative weight": weights(-1.0, 1.0),
    "a weight of 1e7": weights(1e7),
    "weights too small to tell": weights(1e-300),
    "a missing weight": routing(objective_weights={"cost": 1.0}),
    "an unknown mode": routing(mode=CANARY),
    "a tag that is a list": tags(CANARY7=[1]),
    "a tag whose name is invisible": tags(**{"CANARY7\u200b": 1}),
    "a tolerance of 2": tags(lateness_tolerance=2),
    "a tolerance in words": tags(lateness_tolerance=CANARY),
    "a tolerance of true": tags(lateness_tolerance=True),
    "a negative history": tags(n_past_orders=-1),
    "51 tags": tags(**{f"{CANARY}{n}": 1 for n in range(51)}),
    "a tag of 1e300": tags(CANARY7=1e300),
    "a rule about everything": routing(constraints={"forbidden": [{"ground": "regional_law"}]}),
    "a rule without a ground": routing(constraints={"forbidden": [{"node_id": CANARY}]}),
    "a ground of one's own": routing(constraints={"forbidden": [{"node_id": "n", "ground": CANARY}]}),
    "an unknown kind of rule": routing(constraints={CANARY: []}),
    "rules in words": routing(constraints=CANARY),
    "201 rules": routing(constraints={"avoided": [{"node_id": str(n)} for n in range(201)]}),
    "a rule that asks for no papers": routing(constraints={"documents": [{"node_id": "n", "required": []}]}),
    "papers for a rule about everything": routing(constraints={"documents": [{"required": ["hs_code"]}]}),
    "21 papers of a line": line(documents=[f"{CANARY}{n}" for n in range(21)]),
    "a paper that is a number": line(documents=[7]),
    "a pace of nothing": routing(node_reports=[{"node_id": "n", "labour_efficiency": 0}]),
    "a pace of 3": routing(node_reports=[{"node_id": "n", "labour_efficiency": 3.0}]),
    "a pace of true": routing(node_reports=[{"node_id": "n", "labour_efficiency": True}]),
    "a node that reports twice": routing(node_reports=[{"node_id": "n"}, {"node_id": "n"}]),
    "a report of nobody": routing(node_reports=[{"labour_efficiency": 1.0}]),
    "201 reports": routing(node_reports=[{"node_id": str(n)} for n in range(201)]),
    "a negative value lane": routing(value_lane_from_minor=-1),
    "a value lane in fractions": routing(value_lane_from_minor=0.5),
    "an open order without a node": routing(open_orders=[{"order_id": "o", "placed_at": "2026-03-02T09:50:00Z"}]),
    "an open order placed in words": routing(open_orders=[{**OPEN_ORDER, "placed_at": CANARY}]),
    "51 open orders": routing(open_orders=[OPEN_ORDER] * 51),
    "a missing order_id": {name: value for name, value in ROUTING_EXAMPLE.items() if name != "order_id"},
}
STOCKED = PLANS_EXAMPLE["line_stock"][0]
PLANS_BODIES: dict[str, dict[str, Any]] = {
    "no stock of any line": plans(line_stock=[]),
    "stock that is missing": {name: value for name, value in PLANS_EXAMPLE.items() if name != "line_stock"},
    "stock of an unknown line": plans(line_stock=[{**STOCKED, "line_id": CANARY}]),
    "stock told twice": plans(line_stock=[STOCKED, STOCKED]),
    "stock counted at no time": plans(line_stock=[{**STOCKED, "observed_at": CANARY}]),
    "stock counted tomorrow": plans(line_stock=[{**STOCKED, "observed_at": "2026-03-03T10:00:00Z"}]),
    "negative stock of a line": plans(line_stock=[{**STOCKED, "available_quantity": -1}]),
    "no shipment": plans(max_shipments=0),
    "4 shipments": plans(max_shipments=4),
    "a shipment and a half": plans(max_shipments=1.5),
    "true shipments": plans(max_shipments=True),
    "complete in words": plans(ship_complete=CANARY),
    "10,001 entries of stock": plans(line_stock=[{**STOCKED, "node_id": str(n)} for n in range(10_001)]),
    "a rule about everything, of a plan": plans(constraints={"avoided": [{}]}),
}
COMPENSATION_BODIES: dict[str, dict[str, Any]] = {
    "an unknown incident": offer(incident_type=CANARY),
    "an unknown action": offer(allowed_actions=["none", CANARY]),
    "no actions": offer(allowed_actions=[]),
    "an action twice": offer(allowed_actions=["none", "coupon", "coupon"]),
    "10,000 actions": offer(allowed_actions=["none"] * 10_000),
    "a negative budget": offer(budget_minor=-1),
    "a budget of 2**70": offer(budget_minor=2**70),
    "a budget in fractions": offer(budget_minor=1.5),
    "a negative delay": offer(hours_late=-0.5),
    "a delay of true": offer(hours_late=True),
    "a delay of 1e9 hours": offer(hours_late=1e9),
    "a value as text": offer(order_value_minor="100"),
    "a customer without a name": offer(customer={"tags": {}}),
    "a customer of null": offer(customer=None),
    "circumstances in words": offer(circumstances=CANARY),
    "unknown circumstances": offer(circumstances={CANARY: 1}),
    "a node of null bytes": offer(circumstances={"node_id": f"{CANARY}\u0000"}),
    "a pair of one": offer(combinable_actions=[["coupon"]]),
    "a pair of the same": offer(combinable_actions=[["coupon", "coupon"]]),
    "a pair with nothing": offer(combinable_actions=[["coupon", "none"]]),
    "a pair of one's own": offer(combinable_actions=[["coupon", CANARY]]),
    "21 pairs": offer(combinable_actions=[["coupon", "apology"]] * 21),
    "goods in words": offer(circumstances={"hazmat": CANARY}),
}
RESOLUTION_BODIES: dict[str, dict[str, Any]] = {
    "an unknown resolution": resolve(resolution=CANARY),
    "version 0": resolve(version=0),
    "version 2**31": resolve(version=2**31),
    "version of true": resolve(version=True),
    "a reason of 2,001 characters": resolve(reason="x" * 2_001),
    "a reason with a bell": resolve(reason=f"{CANARY}\u0007"),
    "no reviewer": resolve(reviewer=None),
}


def every_body() -> Iterator[Any]:
    for path in EXAMPLES:
        for name, make in BYTES.items():
            yield pytest.param(path, make(path), id=f"{path}: {name}")
    shaped = {
        ROUTING: ROUTING_BODIES,
        COMPENSATION: COMPENSATION_BODIES,
        RESOLVE: RESOLUTION_BODIES,
        PLANS: PLANS_BODIES,
    }
    for path, bodies in shaped.items():
        for name, body in bodies.items():
            yield pytest.param(path, json.dumps(body).encode(), id=f"{path}: {name}")


def send(service: Any, path: str, body: bytes) -> httpx.Response:
    answer: httpx.Response = service.client.post(path, content=body, headers={"content-type": "application/json"})
    return answer


def require_problem(answer: httpx.Response) -> None:
    assert 400 <= answer.status_code < 500
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == answer.status_code
    assert problem["type"].startswith("urn:routecause:problem:")
    assert CANARY not in answer.text
    assert len(answer.content) < 5_000


@pytest.mark.parametrize(("path", "body"), list(every_body()))
def test_a_malformed_body_gets_a_problem_that_repeats_nothing(
    rules: Any, path: str, body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    answer = send(rules, path, body)
    require_problem(answer)
    assert answer.status_code != 404
    assert CANARY not in caplog.text


def test_a_refused_body_leaves_nothing_behind(rules: Any) -> None:
    assert rules.client.get("/v1/reviews?status=any").json()["reviews"] == []


def test_faults_point_to_documented_members_only(rules: Any) -> None:
    body = candidate(freight_minor=-1, **{CANARY: 1})
    body["customer"]["tags"] = {CANARY: []}
    problem = send(rules, ROUTING, json.dumps(body).encode()).json()
    pointers = {fault["pointer"] for fault in problem["errors"]}
    assert {"/candidates/0/freight_minor", "/candidates/0"} <= pointers
    assert all(pointer.startswith(("/candidates/0", "/customer/tags")) for pointer in pointers)
