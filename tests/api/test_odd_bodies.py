"""Numbers that are allowed and that no real network has are answered, planned and explained all the same."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from api.schemas.examples import PLANS_EXAMPLE, ROUTING_EXAMPLE

PARIS, _, LILLE_AIR = (item["candidate_id"] for item in ROUTING_EXAMPLE["candidates"])

ODD_NUMBERS: dict[str, list[Any]] = {
    "available_quantity": [0, 1, 2, 10**9],
    "safety_stock": [0, 10**9],
    "capacity_utilization": [0.0, 1.0, 100.0],
    "backlog_orders": [0, 10**7],
    "lead_time_hours": [0.0, 8_784.0],
    "distance_km": [0.0, 50_000.0],
    "freight_minor": [0, 10**10],
    "carrier_utilization": [None, 0.0, 100.0],
    "weather_severity": [None, 1.0],
    "cut_off_at": ["2026-03-02T08:00:00Z", "2026-03-02T10:00:00Z", "2099-12-31T23:59:59Z"],
}


def odd_body(generator: np.random.Generator) -> dict[str, Any]:
    """A plan's body with allowed numbers that no real network has."""

    def one_of(values: list[Any]) -> Any:
        return values[int(generator.integers(len(values)))]

    body = copy.deepcopy(PLANS_EXAMPLE)
    for item in body["candidates"]:
        item.update({name: one_of(ODD_NUMBERS[name]) for name in generator.permutation(list(ODD_NUMBERS))[:4]})
    for item in body["line_stock"]:
        item["available_quantity"] = one_of([0, 1, 2, 10**9])
    pace, peak = one_of([None, 1e-9, 2.0]), one_of([None, 0.0, 1e7])
    report = {"node_id": "node-paris", "labour_efficiency": pace, "orders_last_hour": peak}
    body["node_reports"] = [{**report, "usual_orders_per_hour": one_of([None, 0.0, 1e-300])}]
    body["value_lane_from_minor"] = one_of([None, 0, 10**10])
    body["current_choice"] = one_of([None, PARIS, LILLE_AIR])
    return body


def test_odd_but_allowed_questions_are_answered_planned_and_explained(informed: Any) -> None:
    generator = np.random.Generator(np.random.Philox(5))
    for _ in range(40):
        body = odd_body(generator)
        plans = informed.client.post("/v1/routing/plans", json=body)
        assert plans.status_code == 200, body
        for plan in plans.json()["plans"]:
            assert sorted(line for item in plan["shipments"] for line in item["line_ids"]) == ["1", "2"]
        question = {name: value for name, value in body.items() if name not in {"line_stock", "max_shipments"}}
        answer = informed.route(question)
        assert answer.status_code == 200, body
        now = informed.client.post("/v1/routing/attributions", json=question).json()
        stored = informed.client.get(f"/v1/decisions/{answer.json()['decision_id']}/attribution").json()
        assert (stored["verdict"], stored["recommended"]) == (now["verdict"], now["recommended"])
        assert "{" not in now["text"]
