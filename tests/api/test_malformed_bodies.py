"""Bodies of a wrong shape, which no caller should send: each gets a problem that repeats nothing of it."""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from api.schemas.examples import (
    COMPENSATION_EXAMPLE,
    PLANS_EXAMPLE,
    PREVENTION_EXAMPLE,
    RESOLUTION_EXAMPLE,
    ROUTING_EXAMPLE,
)
from api.schemas.routing import RoutingRequest

Refused = Callable[[str, bytes], dict[str, Any]]

CANARY = "CANARY7"
ROUTING, COMPENSATION, RESOLVE = (
    "/v1/routing/recommendations",
    "/v1/compensation/recommendations",
    "/v1/reviews/rev_1/resolve",
)
PLANS = "/v1/routing/plans"


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


EXAMPLES = {
    COMPENSATION: COMPENSATION_EXAMPLE,
    "/v1/compensation/preventions": PREVENTION_EXAMPLE,
    PLANS: PLANS_EXAMPLE,
    RESOLVE: RESOLUTION_EXAMPLE,
}
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
    "a latitude without a longitude": place(lon=None),
    "a longitude without a latitude": place(lat=None),
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
    shaped = {
        ROUTING: ROUTING_BODIES,
        COMPENSATION: COMPENSATION_BODIES,
        RESOLVE: RESOLUTION_BODIES,
        PLANS: PLANS_BODIES,
    }
    for path, bodies in shaped.items():
        for name, body in bodies.items():
            yield pytest.param(path, json.dumps(body).encode(), id=f"{path}: {name}")


@pytest.mark.parametrize(("path", "body"), list(every_body()))
def test_a_malformed_body_gets_a_problem_that_repeats_nothing(refused: Refused, path: str, body: bytes) -> None:
    assert refused(path, body)["status"] != 404


def test_a_refused_body_leaves_nothing_behind(rules: Any) -> None:
    assert rules.client.get("/v1/reviews?status=any").json()["reviews"] == []


def test_an_unknown_member_is_told_by_its_place_and_what_was_meant(rules: Any) -> None:
    body = routing(requested_delivery="2026-03-05T18:00:00Z", **{CANARY: 1})
    body["candidates"][1] = {**body["candidates"][1], "freightMinor": 7, "capacity_utilisation": 1.0}
    answer = rules.client.post(ROUTING, json=body)
    assert answer.status_code == 422
    told = {(fault["pointer"], fault["detail"]) for fault in answer.json()["errors"]}
    n_members, n_facts = len(body), len(body["candidates"][1])
    unknown, mend = "holds a member that is not documented, number", "; mend its name or leave it out"
    whole = ", ".join(RoutingRequest.model_fields)
    assert {
        ("", f"{unknown} {n_members - 1} of {n_members} as sent; did you mean 'requested_delivery_date'?{mend}"),
        ("", f"{unknown} {n_members} of {n_members} as sent; documented here are {whole}{mend}"),
    } <= told
    of_candidate = sorted(detail for pointer, detail in told if pointer == "/candidates/1")
    assert len(of_candidate) == 2
    for number, (detail, meant) in enumerate(
        zip(of_candidate, ("freight_minor", "capacity_utilization"), strict=True), n_facts - 1
    ):
        assert detail.startswith(f"{unknown} {number} of {n_facts} as sent; did you mean '{meant}'")
    assert all(name not in answer.text for name in ('requested_delivery"', "freightMinor", "utilisation", CANARY))


def test_a_member_that_is_known_elsewhere_is_told_where_it_stands(rules: Any) -> None:
    (fault,) = rules.client.post(ROUTING, json=candidate(candidates=[])).json()["errors"]
    n_facts = len(ROUTING_EXAMPLE["candidates"][0]) + 1
    assert fault["pointer"] == "/candidates/0"
    assert f"number {n_facts} of {n_facts} as sent" in fault["detail"]


def test_half_a_point_is_told_by_the_half_that_is_missing(rules: Any) -> None:
    for half, other in (("lat", "lon"), ("lon", "lat")):
        (fault,) = rules.client.post(ROUTING, json=place(**{half: None})).json()["errors"]
        assert fault == {
            "pointer": f"/ship_to/{half}",
            "detail": f"must be sent with {other}, or both left out",
        }
    assert rules.client.post(ROUTING, json=place(lat=None, lon=None)).status_code == 200


@pytest.mark.parametrize("path", [COMPENSATION, "/v1/compensation/preventions", PLANS, RESOLVE])
def test_so_it_is_on_every_path(rules: Any, path: str) -> None:
    (fault,) = rules.client.post(path, json={**EXAMPLES[path], CANARY: 1}).json()["errors"]
    n_members = len(EXAMPLES[path]) + 1
    assert fault["detail"].startswith(
        f"holds a member that is not documented, number {n_members} of {n_members} as sent; documented here are "
    )


def test_a_tag_of_the_callers_own_that_is_no_value_is_told_by_its_place(rules: Any) -> None:
    body = tags(vip=1.0, **{CANARY: [1]}, n_past_orders=2.0)
    (fault,) = rules.client.post(ROUTING, json=body).json()["errors"]
    assert fault["pointer"] == "/customer/tags/*"
    assert fault["detail"].endswith("leave the tag out where nothing is known; it is number 2 of 3 as sent")
    both = tags(offers_90_d=1.0, vip=1.0, opted_out=True)
    one, *_ = rules.client.post(ROUTING, json=both).json()["errors"]
    assert one["detail"].endswith("it is number 3 of 3 as sent")


def test_an_endless_name_is_not_compared_with_others(rules: Any) -> None:
    name = "order_date" * 90_000
    began = time.perf_counter()
    answer = rules.client.post(ROUTING, json={name: 1})
    assert answer.status_code == 422
    assert time.perf_counter() - began < 2
    assert "order_dateorder_date" not in answer.text


def test_faults_point_to_documented_members_only(refused: Refused) -> None:
    body = candidate(freight_minor=-1, **{CANARY: 1})
    body["customer"]["tags"] = {CANARY: []}
    problem = refused(ROUTING, json.dumps(body).encode())
    pointers = {fault["pointer"] for fault in problem["errors"]}
    assert {"/candidates/0/freight_minor", "/candidates/0"} <= pointers
    assert all(pointer.startswith(("/candidates/0", "/customer/tags")) for pointer in pointers)
