from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from api.mapping.explanations import recommendation_of
from api.schemas.examples import COMPENSATION_EXAMPLE, ROUTING_EXAMPLE
from api.schemas.routing import RoutingAnswer
from data.home import Home
from data.incidents import IncidentType
from data.network import Network
from decision.evidence import Evidence
from decision.explanation.branch import Fidelity
from decision.explanation.quantities import QUANTITY_NAMES
from decision.explanation.tree import LEAF, PolicyTree
from decision.precedents.casebook import TIERS, Casebook

PARIS, LILLE_ROAD, LILLE_AIR = (item["candidate_id"] for item in ROUTING_EXAMPLE["candidates"])

TREE = PolicyTree(
    quantity=np.array([QUANTITY_NAMES.index("node_load"), LEAF, LEAF]),
    threshold=np.array([1.1, 0.0, 0.0]),
    left=np.array([1, LEAF, LEAF]),
    right=np.array([2, LEAF, LEAF]),
    counts=np.array([[60, 10, 30], [55, 3, 2], [5, 7, 28]]),
    shifts=np.array([[50.0, 4.0, 90.0, -0.3], [40.0, 2.0, 10.0, 0.0], [60.0, 6.0, 200.0, -0.6]]),
    stand_in=np.zeros(len(QUANTITY_NAMES)),
    fidelity=Fidelity(500, 0.8, 0.75, 0.85, 0.82, 0.6),
)
CASES = Casebook(
    numbers=np.array([[30.0, 10_000.0, 0.4, 6.0, 1.0], [200.0, 500.0, 0.9, 0.0, 0.0]]),
    codes=np.array([[0, 1, 0, 0, 0], [0, 0, -1, -1, 1]]),
    goods=np.zeros((2, 2), dtype=np.int64),
    outcomes=np.array([[1.0, 0.0, 450.0], [0.0, 1.0, 0.0]]),
    words={
        "incident_type": (IncidentType.LATE.value,),
        "value_tier": TIERS,
        "node_id": ("node-paris",),
        "carrier_id": ("carrier-road",),
        "arm": ("coupon", "none"),
    },
)


@pytest.fixture
def explained(serve: Callable[..., Any], publish: Callable[..., None], tmp_path: Path) -> Iterator[Any]:
    """A service whose model brings a policy tree and a casebook."""
    publish(Home(tmp_path / "home"), "1", evidence=Evidence(TREE, CASES))
    with serve() as service:
        yield service


def test_an_answer_carries_the_branch_with_the_orders_own_numbers(explained: Any) -> None:
    branch = explained.route(ROUTING_EXAMPLE).json()["explanation"]["branch"]
    (condition,) = branch["conditions"]
    assert condition == {
        "quantity": "node_load",
        "unit": "ratio",
        "value": 1.3,
        "above": 1.1,
        "at_most": None,
        "reported": True,
    }
    assert (branch["n_orders"], branch["usual_move"], branch["share"]["other_node"]) == (40, "other_node", 0.7)
    assert "130% of what it can do until its cut-off (load above 110%)." in branch["sentence"]
    assert "left 12% at the current choice and moved 88% away" in branch["sentence"]
    assert branch["fidelity"]["agreement"] == 0.8


def test_without_a_tree_or_a_model_there_is_no_branch(informed: Any, rules: Any) -> None:
    for service in (informed, rules):
        assert service.route(ROUTING_EXAMPLE).json()["explanation"]["branch"] is None
        assert service.compensate(COMPENSATION_EXAMPLE).json()["precedents"] is None


def test_drivers_hold_no_noise_and_name_their_units(informed: Any) -> None:
    drivers = informed.route(ROUTING_EXAMPLE).json()["explanation"]["drivers"]
    assert all(abs(driver["objective_minor"]) >= 0.5 for driver in drivers)
    body = copy.deepcopy(ROUTING_EXAMPLE)
    body["candidates"][0]["lead_time_hours"] = 80.0 + 1 / 3
    found = {item["feature"]: item for item in informed.route(body).json()["explanation"]["drivers"]}
    assert (found["lead_time_hours"]["unit"], found["lead_time_hours"]["current"]) == ("hours", 80.3333)
    assert found["cost_minor"]["unit"] == "money"


def test_a_candidates_parts_add_up_to_its_objective(informed: Any) -> None:
    for item in informed.route(ROUTING_EXAMPLE).json()["ranking"]:
        parts = item["objective_parts"]
        assert set(parts) == {name for name, effect in item["effects_vs_current"].items() if effect is not None}
        assert sum(parts.values()) == pytest.approx(item["objective"]["point"], abs=0.01)


def test_similar_incidents_stand_beside_the_effects(explained: Any) -> None:
    body = {**COMPENSATION_EXAMPLE, "circumstances": {"node_id": "node-paris", "carrier_id": "carrier-road"}}
    answer = explained.compensate(body).json()
    found = answer["precedents"]
    assert (found["n_compared"], [case["action"] for case in found["cases"]]) == (2, ["coupon", "none"])
    near, far = found["cases"]
    assert near["distance"] < 0.01 < far["distance"]
    assert {item["part"] for item in far["differences"]} >= {"hours_late", "order_value_minor", "value_tier"}
    assert sum(item["share"] for item in far["differences"]) == pytest.approx(far["distance"], abs=1e-4)
    record = {item["action"]: item for item in found["by_action"]}
    assert record["coupon"] == {
        "action": "coupon",
        "n_cases": 1,
        "repurchase_share": 1.0,
        "churn_share": 0.0,
        "mean_cost_minor": 450.0,
    }
    assert explained.client.get(f"/v1/decisions/{answer['decision_id']}").json()["answer"] == answer


@pytest.mark.parametrize(("language", "title"), [("en", "Why order order-1001"), ("zh", "订单 order-1001")])
def test_a_question_is_explained_in_either_language(explained: Any, language: str, title: str) -> None:
    answer = explained.client.post(f"/v1/routing/attributions?language={language}", json=ROUTING_EXAMPLE)
    assert answer.status_code == 200, answer.text
    report = answer.json()
    assert report["title"].startswith(title)
    assert (report["main_node"], report["language"]) == ("node-paris", language)
    assert len(report["sections"]) == 7
    assert explained.client.get("/v1/reviews?status=any").json()["reviews"] == []


def test_a_refused_main_node_is_named_with_its_constraint(explained: Any) -> None:
    body = copy.deepcopy(ROUTING_EXAMPLE)
    body["candidates"][0]["available_quantity"] = 1
    report = explained.client.post("/v1/routing/attributions", json=body).json()
    assert report["verdict"] == "constraint"
    assert "1 unit is free and the largest line needs 2" in report["text"]


def health_told(report: dict[str, Any]) -> list[str]:
    (section,) = [item for item in report["sections"] if item["heading"] in {"How the nodes are", "节点状况"}]
    sentences: list[str] = section["sentences"]
    return sentences


def test_a_report_tells_how_its_nodes_are_now_and_later(explained: Any) -> None:
    tired = {"node_id": "node-paris", "labour_efficiency": 0.6}
    body = {**copy.deepcopy(ROUTING_EXAMPLE), "node_reports": [tired]}
    asked = explained.client.post("/v1/routing/attributions", json=body).json()
    said = health_told(asked)
    assert any(line.startswith("node-paris is in trouble: its people keep 60% of a fresh") for line in said)
    assert any(line.startswith("node-lille is healthy: its backlog takes 5.2 h") for line in said)
    decision_id = explained.route(body).json()["decision_id"]
    assert health_told(explained.client.get(f"/v1/decisions/{decision_id}/attribution").json()) == said


def test_a_report_says_why_nobody_is_asked_about_a_crowded_node(informed: Any) -> None:
    body = copy.deepcopy(ROUTING_EXAMPLE)
    body["candidates"][0]["capacity_utilization"] = 2.0
    for reports, why in (
        ([], "the model has weighed its load already."),
        ([{"node_id": "node-lille", "labour_efficiency": 0.7}, {"node_id": "node-paris", "labour_efficiency": 0.9}],
         "no other that could ship the order is healthy."),
    ):  # fmt: skip
        asked = {**body, "node_reports": reports}
        assert informed.route(asked).json()["disposition"] == "auto"
        report = informed.client.post("/v1/routing/attributions", json=asked).json()
        assert health_told(report)[-1] == f"Nobody is asked about the recommended node: {why}"


def test_missing_papers_are_named_of_a_question_and_of_a_decision(explained: Any) -> None:
    rule = {"node_id": "node-paris", "required": ["hs_code", "rohs"]}
    body = {**copy.deepcopy(ROUTING_EXAMPLE), "constraints": {"documents": [rule]}}
    body["lines"][0]["documents"] = ["hs_code"]
    asked = explained.client.post("/v1/routing/attributions", json=body).json()
    assert "papers that the lane asks for are missing: rohs." in asked["text"]
    decision_id = explained.route(body).json()["decision_id"]
    assert explained.client.get(f"/v1/decisions/{decision_id}/attribution").json()["text"] == asked["text"]


def test_a_decision_is_explained_by_what_was_answered_then(explained: Any, publish: Any) -> None:
    body = {**copy.deepcopy(ROUTING_EXAMPLE), "decided_at": "2026-03-02T10:00:00Z"}
    asked = explained.client.post("/v1/routing/attributions?language=zh", json=body).json()
    decision_id = explained.route(body).json()["decision_id"]
    publish(explained.home, "2", variance=400.0)
    for _ in range(400):
        if explained.client.get("/readyz").json()["model"]["version"] == "2":
            break
    later = explained.client.get(f"/v1/decisions/{decision_id}/attribution?language=zh").json()
    assert later == asked


def test_an_overridden_decision_tells_what_was_taken_instead(explained: Any) -> None:
    hasty = {"objective_weights": {"cost": 0.0, "time": 1.0, "carbon": 0.0, "customer_value": 0.0}}
    avoiding = {"constraints": {"avoided": [{"node_id": "node-lille"}]}}
    asked = explained.route({**copy.deepcopy(ROUTING_EXAMPLE), **hasty, **avoiding}).json()
    where = f"/v1/decisions/{asked['decision_id']}/attribution"
    before = explained.client.get(where).json()["text"]
    assert "A person decides, because" in before
    assert f"override the decision in its review with {PARIS}" in before
    wish = {"resolution": "override", "reviewer": "ada", "chosen_action": PARIS, "reason": "I looked"}
    done = explained.client.post(f"/v1/reviews/{asked['review']['review_id']}/resolve", json=wish).json()
    after = explained.client.get(where).json()
    on = done["resolution"]["resolved_at"][:16].replace("T", " ")
    assert f"A person overrode the recommendation on {on} UTC and chose {PARIS}." in after["text"]
    assert (after["recommended"], after["verdict"]) == (asked["recommended"], "effect")
    assert "A person decides" not in after["text"]
    assert "override the decision" not in after["text"]
    assert "not sent" not in after["title"]


def test_a_stored_answer_reads_back_as_the_recommendation_it_tells(informed: Any) -> None:
    answer = informed.route(ROUTING_EXAMPLE).json()
    recommendation = recommendation_of(RoutingAnswer.model_validate(answer))
    assert recommendation.recommended == answer["recommended"]
    assert [item.candidate_id for item in recommendation.ranking] == [
        item["candidate_id"] for item in answer["ranking"]
    ]
    assert recommendation.ranking[1].objective.upper == answer["ranking"][1]["objective"]["upper"]


def test_what_cannot_be_explained_is_refused_without_an_echo(explained: Any) -> None:
    offer = explained.compensate(COMPENSATION_EXAMPLE).json()["decision_id"]
    ask = explained.client
    refused = {
        ask.get(f"/v1/decisions/{offer}/attribution"): 404,
        ask.get("/v1/decisions/CANARY/attribution"): 404,
        ask.post("/v1/routing/attributions?language=CANARY", json=ROUTING_EXAMPLE): 422,
        ask.post("/v1/routing/attributions?language=en&language=zh", json=ROUTING_EXAMPLE): 422,
        ask.post("/v1/routing/attributions?CANARY=1", json=ROUTING_EXAMPLE): 422,
        ask.post("/v1/routing/attributions?main_node=CANARY", json=ROUTING_EXAMPLE): 422,
        ask.post("/v1/routing/attributions?main_node=%00CANARY", json=ROUTING_EXAMPLE): 422,
        ask.post("/v1/routing/attributions", json={**ROUTING_EXAMPLE, "CANARY": 1}): 422,
        ask.post("/v1/routing/attributions", content=b"{CANARY"): 415,
    }
    for answer, status in refused.items():
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert "CANARY" not in answer.text


def test_money_is_told_in_the_networks_currency(serve: Callable[..., Any], tmp_path: Path) -> None:
    Network("EUR", (), (), (), (), ()).save(tmp_path / "network.json")
    with serve(network=tmp_path / "network.json") as service:
        report = service.client.post("/v1/routing/attributions", json=ROUTING_EXAMPLE).json()
    assert "99.80 EUR" in report["text"]


def test_pairs_of_actions_are_told_for_a_person_to_consider(informed: Any) -> None:
    answer = informed.compensate(
        {**COMPENSATION_EXAMPLE, "budget_minor": 10_000, "combinable_actions": [["coupon", "apology"]]}
    ).json()
    single = {item["action"]: item["objective"] for item in answer["ranking"]}
    assert answer["combinations"]
    for pair in answer["combinations"]:
        parts = [single[action] for action in pair["actions"]]
        assert pair["objective"]["point"] == pytest.approx(sum(part["point"] for part in parts))
        widths = [part["upper"] - part["lower"] for part in parts]
        assert pair["objective"]["upper"] - pair["objective"]["lower"] > max(widths)
    assert answer["recommended"] in single
