from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from api.mapping.questions import routing_question
from api.mapping.wishes import plans_answer
from api.schemas.answers import IntervalShape, ModelShape
from api.schemas.examples import PLANS_EXAMPLE
from api.schemas.plans import PlansRequest
from data.decisions import Interval
from decision.shipments import Shipment
from decision.splits import Plan, PlanAnswer

NODES = ("node-paris", "node-lille")
PARIS, LILLE_ROAD, LILLE_AIR = (item["candidate_id"] for item in PLANS_EXAMPLE["candidates"])


def test_an_order_that_no_node_holds_whole_is_planned_in_two_shipments(informed: Any) -> None:
    answer = informed.client.post("/v1/routing/plans", json=PLANS_EXAMPLE)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["current_choice"], found["unserved_lines"]) == (PARIS, [])
    assert found["plans"]
    for plan in found["plans"]:
        assert [item["line_ids"] for item in plan["shipments"]] in ([["1"], ["2"]], [["2"], ["1"]])
    assert sum(plan["p_best"] for plan in found["plans"]) == pytest.approx(1.0)
    assert informed.client.get("/v1/reviews?status=any").json()["reviews"] == []


def test_a_fresh_count_of_stock_settles_the_chance_of_a_stock_out(informed: Any) -> None:
    stock = [{**item, "observed_at": "2026-03-02T09:58:00Z"} for item in PLANS_EXAMPLE["line_stock"]]
    old = [{**item, "observed_at": "2026-03-02T05:58:00Z"} for item in PLANS_EXAMPLE["line_stock"]]
    told = {}
    for name, counted in (("fresh", stock), ("old", old)):
        found = informed.client.post("/v1/routing/plans", json={**PLANS_EXAMPLE, "line_stock": counted}).json()
        told[name] = [plan["effects_vs_current"]["stock_out_probability"]["point"] for plan in found["plans"]]
        # A law of effects cannot tell what a plan itself would lead to.
        assert all(set(plan["expected"].values()) == {None} for plan in found["plans"])
    assert set(told["fresh"]) == {-1.0}
    assert np.abs(told["old"]).max() < 0.01


def test_what_a_plan_itself_would_lead_to_is_shown_where_it_is_known() -> None:
    request = PlansRequest.model_validate_json(json.dumps(PLANS_EXAMPLE))
    late = Interval(0.25, 0.1, 0.4)
    plan = Plan((Shipment(PARIS, ("1", "2")),), {}, {"late_probability": late}, late, 1.0)
    model = ModelShape(name="routecause", version="1", alias="champion")
    question = routing_question(request, None)
    shown = plans_answer(request, question, PlanAnswer(PARIS, (plan,), None, (), ()), model).plans[0].expected
    assert shown["late_probability"] == IntervalShape(point=0.25, lower=0.1, upper=0.4)
    assert list(shown) == ["lateness_hours", "late_probability", "stock_out_probability", "damage_probability"]
    assert shown["damage_probability"] is None


def test_ship_complete_plans_no_split(informed: Any) -> None:
    found = informed.client.post("/v1/routing/plans", json={**PLANS_EXAMPLE, "ship_complete": True}).json()
    assert found["plans"] == []
    stock = [*PLANS_EXAMPLE["line_stock"][2:], {"node_id": "node-lille", "line_id": "1", "available_quantity": 9}]
    whole = informed.client.post("/v1/routing/plans", json={**PLANS_EXAMPLE, "line_stock": stock, "max_shipments": 1})
    assert {item["shipments"][0]["candidate_id"] for item in whole.json()["plans"]} == {LILLE_ROAD, LILLE_AIR}


def test_rules_without_a_model_plan_by_tables(rules: Any) -> None:
    found = rules.client.post("/v1/routing/plans", json=PLANS_EXAMPLE).json()
    assert found["model"]["name"] == "rules"
    assert found["plans"][0]["effects_vs_current"]["lateness_hours"] is None


def test_a_rule_holds_for_plans_as_well(informed: Any) -> None:
    rules = {"forbidden": [{"carrier_id": "carrier-air", "ground": "regional_law"}]}
    found = informed.client.post("/v1/routing/plans", json={**PLANS_EXAMPLE, "constraints": rules}).json()
    assert found["rejected"] == [{"candidate_id": LILLE_AIR, "reason_code": "regional_law"}]
    used = {item["candidate_id"] for plan in found["plans"] for item in plan["shipments"]}
    assert used == {PARIS, LILLE_ROAD}


def test_an_order_that_cannot_be_planned_is_told_why(informed: Any) -> None:
    split = PLANS_EXAMPLE["line_stock"]
    reasons: dict[str, dict[str, Any]] = {
        "unserved_lines": {"line_stock": split[:2]},
        "too_few_shipments": {
            "line_stock": [{**item, "available_quantity": 2} for item in (split[0], split[2])],
            "ship_complete": True,
        },
        "no_feasible_candidate": {
            "constraints": {"forbidden": [{"node_id": node, "ground": "regional_law"} for node in NODES]}
        },
    }
    for reason, members in reasons.items():
        found = informed.client.post("/v1/routing/plans", json={**PLANS_EXAMPLE, **members}).json()
        assert (found["plans"], found["shortfall"]) == ([], reason)
    assert informed.client.post("/v1/routing/plans", json=PLANS_EXAMPLE).json()["shortfall"] is None
