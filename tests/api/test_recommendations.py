from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from api.schemas.examples import COMPENSATION_EXAMPLE, ROUTING_EXAMPLE
from data.network import Carrier, Lane, Network, Node, Region, ServiceLevel

PARIS, LILLE_ROAD, LILLE_AIR = (item["candidate_id"] for item in ROUTING_EXAMPLE["candidates"])


def altered(**members: Any) -> dict[str, Any]:
    body = copy.deepcopy(ROUTING_EXAMPLE)
    body.update(members)
    return body


def with_candidate(position: int, **members: Any) -> dict[str, Any]:
    body = copy.deepcopy(ROUTING_EXAMPLE)
    body["candidates"][position].update(members)
    return body


def test_without_a_model_the_rules_answer_and_say_so(rules: Any) -> None:
    answer = rules.route(ROUTING_EXAMPLE)
    assert answer.status_code == 200
    found = answer.json()
    assert (found["disposition"], found["review"]["reasons"]) == ("fallback", ["no_model"])
    assert found["model"] == {"name": "rules", "version": None, "alias": None}
    assert found["recommended"] == PARIS
    assert found["ranking"][1]["effects_vs_current"]["cost_minor"] == {"point": 70.0, "lower": 70.0, "upper": 70.0}
    assert found["ranking"][1]["effects_vs_current"]["lateness_hours"] is None
    offer = rules.compensate(COMPENSATION_EXAMPLE).json()
    assert (offer["disposition"], offer["review"]["reasons"]) == ("fallback", ["no_model"])


def test_the_models_effects_are_those_that_were_planted(informed: Any) -> None:
    found = informed.route(ROUTING_EXAMPLE).json()
    assert found["model"] == {"name": "routecause", "version": "1", "alias": "champion"}
    effects = {item["candidate_id"]: item["effects_vs_current"] for item in found["ranking"]}
    # 16 hours less of lead time are two thirds of a day: 6.7 hours of lateness and .13 of lateness risk.
    assert effects[LILLE_AIR]["lateness_hours"]["point"] == pytest.approx(-10 * 16 / 24)
    assert effects[LILLE_AIR]["late_probability"]["point"] == pytest.approx(-0.2 * 16 / 24)
    assert effects[LILLE_AIR]["cost_minor"] == {"point": 840.0, "lower": 840.0, "upper": 840.0}
    assert effects[PARIS]["lateness_hours"] == {"point": 0.0, "lower": 0.0, "upper": 0.0}
    assert set(effects[PARIS]) == {
        "cost_minor",
        "lateness_hours",
        "late_probability",
        "stock_out_probability",
        "damage_probability",
        "delays_to_others_minor",
        "carbon_kg",
    }
    # Its log told nothing of damage: the answer says so.
    assert effects[PARIS]["damage_probability"] is None


def test_a_clear_case_is_decided_and_opens_no_review(informed: Any) -> None:
    found = informed.route(ROUTING_EXAMPLE).json()
    assert (found["disposition"], found["recommended"]) == ("auto", PARIS)
    assert found["review"] == {"required": False, "reasons": [], "review_id": None}
    assert found["confidence"]["p_near_best"] > found["confidence"]["threshold"] == 0.85
    assert informed.client.get("/v1/reviews").json()["reviews"] == []


def test_the_weights_decide_without_retraining(informed: Any) -> None:
    # A slow candidate that is cheap: time and customer value say no, cost says yes.
    body = with_candidate(1, lead_time_hours=80.0, freight_minor=100, carbon_kg=0.4)
    body["objective_weights"] = {"cost": 1.0, "time": 0.0, "carbon": 0.0, "customer_value": 0.0}
    assert informed.route(body).json()["recommended"] == LILLE_ROAD
    body["objective_weights"] = {"cost": 0.0, "time": 1.0, "carbon": 0.0, "customer_value": 0.0}
    assert informed.route(body).json()["recommended"] == LILLE_AIR


def test_compensation_recommends_the_arm_that_was_planted_to_work(informed: Any) -> None:
    found = informed.compensate(COMPENSATION_EXAMPLE).json()
    assert (found["recommended"], found["incident_id"]) == ("coupon", "incident-501")
    best = found["ranking"][0]
    assert best["action"] == "coupon"
    assert best["effects_vs_none"]["repurchase_probability"]["point"] == pytest.approx(0.3)
    assert best["effects_vs_none"]["churn_probability"]["point"] == pytest.approx(-0.3)
    assert {"action": "reship", "reason_code": "arm_not_allowed"} in found["rejected"]


def test_a_decision_can_be_read_back_with_its_question(informed: Any) -> None:
    answer = informed.route(altered(mode="idle")).json()
    kept = informed.client.get(f"/v1/decisions/{answer['decision_id']}").json()
    assert (kept["answer"], kept["review"]) == (answer, None)
    assert (kept["kind"], kept["subject_id"], kept["mode"]) == ("routing", "order-1001", "idle")
    assert kept["question"]["candidates"][0]["node_id"] == "node-paris"


def test_a_body_written_long_ago_gets_the_same_answer_today(informed: Any) -> None:
    # Its dates say when the question arose; the clock does not come into it.
    found = informed.route(ROUTING_EXAMPLE).json()
    assert found["decided_at"] == ROUTING_EXAMPLE["order_date"]
    later = informed.route(with_candidate(2, observed_at="2026-03-02T11:30:00+01:00")).json()
    assert later["decided_at"] == "2026-03-02T10:30:00Z"


def test_an_old_report_of_the_chosen_node_asks_a_person(informed: Any) -> None:
    found = informed.route(with_candidate(0, observed_at="2026-03-01T09:00:00Z")).json()
    assert (found["disposition"], found["review"]["reasons"]) == ("review", ["stale_state"])
    asked_later = informed.route(altered(decided_at="2026-03-03T10:00:00Z")).json()
    assert asked_later["disposition"] == "review"


def test_a_collection_that_has_passed_is_rejected_by_name(informed: Any) -> None:
    found = informed.route(with_candidate(2, cut_off_at="2026-03-02T08:00:00Z")).json()
    assert found["rejected"] == [{"candidate_id": LILLE_AIR, "reason_code": "cut_off_passed"}]
    assert LILLE_AIR not in [item["candidate_id"] for item in found["ranking"]]


def test_an_order_that_nothing_can_ship_goes_to_a_person(informed: Any) -> None:
    body = altered(decided_at="2026-03-09T10:00:00Z")
    found = informed.route(body).json()
    assert (found["recommended"], found["ranking"], found["confidence"]) == (None, [], None)
    assert found["review"]["reasons"] == ["no_feasible_candidate"]
    review = informed.client.get(f"/v1/reviews/{found['review']['review_id']}").json()
    assert review["actions"] == [PARIS, LILLE_ROAD, LILLE_AIR]


def test_candidates_are_generated_where_the_network_is_known(
    serve: Callable[..., Any], publish: Callable[..., None], tmp_path: Path
) -> None:
    lane = Lane("near", "north", "quick", "express", 50.0, 20.0, 700, 100, 1.0, 0.1)
    network = Network(
        "EUR",
        (Region("north", 60.0, 10.0),),
        (Node("near", 59.0, 10.0, 200.0, 150), Node("warm", 58.0, 10.0, 200.0, 100, hazmat=False)),
        (Carrier("quick", (12.0, 18.0), 50),),
        (ServiceLevel("express", 24.0),),
        (lane, Lane("warm", "north", "quick", "express", 90.0, 22.0, 600, 100, 1.0, 0.1)),
    )
    network.save(tmp_path / "network.json")
    body = altered(ship_to={"region": "north"}, current_choice=None)
    del body["candidates"]
    with serve(network=tmp_path / "network.json") as service:
        publish(service.home, "1")
        _wait_for_version(service, "1")
        found = service.route(body).json()
        assert found["disposition"] == "review"
        assert "assumed_state" in found["review"]["reasons"]
        assert {item["candidate_id"] for item in found["ranking"]} == {"near|quick|express", "warm|quick|express"}
        body["lines"][0]["hazmat"] = True
        assert service.route(body).json()["rejected"] == [
            {"candidate_id": "warm|quick|express", "reason_code": "hazmat_not_allowed"}
        ]
        refused = service.route({**body, "ship_to": {"region": "CANARY"}})
        assert (refused.status_code, refused.json()["type"]) == (422, "urn:routecause:problem:unknown-region")
        assert "CANARY" not in refused.text
        assert refused.json()["detail"].startswith("ship_to.region is none that the network reaches (north);")
        unknown_choice = service.route({**body, "current_choice": "CANARY"})
        assert (unknown_choice.status_code, "CANARY" in unknown_choice.text) == (422, False)


def _wait_for_version(service: Any, version: str) -> None:
    for _ in range(400):
        if service.client.get("/readyz").json()["model"]["version"] == version:
            return
    pytest.fail(f"version {version} was not taken up")


def test_without_candidates_and_without_a_network_the_remedy_is_told(rules: Any) -> None:
    body = altered()
    del body["candidates"]
    answer = rules.route({**body, "current_choice": None})
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:routecause:problem:no-network")


def test_the_largest_question_that_is_allowed_is_answered(informed: Any) -> None:
    template = ROUTING_EXAMPLE["candidates"][1]
    body = altered(
        candidates=[{**template, "candidate_id": f"c{n}", "freight_minor": 700 + n} for n in range(200)],
        current_choice="c199",
        lines=[{**ROUTING_EXAMPLE["lines"][0], "line_id": str(n), "unit_value_minor": 10**10} for n in range(500)],
    )
    found = informed.route(body).json()
    assert len(found["ranking"]) == 200
    assert found["recommended"] == "c0"


def test_extreme_but_allowed_numbers_never_break_an_answer(informed: Any) -> None:
    extremes = {
        "available_quantity": 10**9,
        "safety_stock": 10**9,
        "capacity_utilization": 100.0,
        "backlog_orders": 10**7,
        "lead_time_hours": 8784.0,
        "distance_km": 50_000.0,
        "freight_minor": 10**10,
        "carbon_kg": 1e6,
        "carrier_utilization": 100.0,
        "weather_severity": 1.0,
        "cut_off_at": "2099-12-31T23:59:59Z",
        "observed_at": "2000-01-01T00:00:00Z",
    }
    answer = informed.route(with_candidate(0, **extremes))
    assert answer.status_code == 200
    zeros = {name: 0 for name in extremes if not name.endswith("_at")}
    assert informed.route(with_candidate(0, **zeros)).status_code == 200
    weights = {"cost": 1e-9, "time": 0.0, "carbon": 0.0, "customer_value": 0.0}
    assert informed.route(altered(objective_weights=weights)).status_code == 200
    incident = {**COMPENSATION_EXAMPLE, "hours_late": 8784.0, "order_value_minor": 10**10, "budget_minor": 10**10}
    assert informed.compensate(incident).status_code == 200
    nothing = {**COMPENSATION_EXAMPLE, "hours_late": 0, "order_value_minor": 0, "budget_minor": 0}
    assert informed.compensate(nothing).status_code == 200


@pytest.mark.parametrize("name", ["order-ü", "注文", "O'Brien; DROP TABLE--", "a|b|c", "{0}%s\\"])
def test_identifiers_of_any_script_come_back_as_they_were_sent(rules: Any, name: str) -> None:
    answer = rules.route(altered(order_id=name)).json()
    assert answer["order_id"] == name
    assert rules.client.get(f"/v1/decisions/{answer['decision_id']}").json()["subject_id"] == name


def test_every_answer_is_strict_json(rules: Any) -> None:
    def refuse(name: str) -> None:
        raise AssertionError(name)

    for answer in (rules.route(ROUTING_EXAMPLE), rules.compensate(COMPENSATION_EXAMPLE)):
        json.loads(answer.content, parse_constant=refuse)
