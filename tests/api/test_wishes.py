from __future__ import annotations

import copy
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from api.schemas.examples import PLANS_EXAMPLE, ROUTING_EXAMPLE
from data.home import Home
from data.network import Carrier, Lane, Network, Node, Region, ServiceLevel

PARIS, LILLE_ROAD, LILLE_AIR = (item["candidate_id"] for item in ROUTING_EXAMPLE["candidates"])

EARLIER = {
    "order_id": "order-1000",
    "placed_at": "2026-03-02T09:45:00Z",
    "node_id": "node-paris",
    "carrier_id": "carrier-road",
    "service_level": "standard",
}


def asked(**members: Any) -> dict[str, Any]:
    return {**copy.deepcopy(ROUTING_EXAMPLE), **members}


def held(*documents: str) -> list[dict[str, Any]]:
    return [{**ROUTING_EXAMPLE["lines"][0], "documents": list(documents)}]


@pytest.mark.parametrize("ground", ["regional_law", "customer_refused", "operator_policy"])
def test_what_is_forbidden_is_rejected_with_its_ground(informed: Any, ground: str) -> None:
    rule = {"carrier_id": "carrier-air", "ground": ground}
    found = informed.route(asked(constraints={"forbidden": [rule]})).json()
    assert found["rejected"] == [{"candidate_id": LILLE_AIR, "reason_code": ground}]
    assert LILLE_AIR not in [item["candidate_id"] for item in found["ranking"]]


def test_a_reviewer_may_not_overrule_the_law(informed: Any) -> None:
    rules = {"forbidden": [{"node_id": "node-lille", "ground": "regional_law"}], "avoided": [{"node_id": "node-paris"}]}
    found = informed.route(asked(constraints=rules)).json()
    review = informed.client.get(f"/v1/reviews/{found['review']['review_id']}").json()
    assert review["actions"] == [PARIS]


def test_papers_must_be_there_before_stock_is_locked(informed: Any) -> None:
    rules = {"documents": [{"node_id": "node-lille", "required": ["hs_code", "rohs"]}]}
    missing = informed.route(asked(constraints=rules, lines=held("hs_code"))).json()
    assert {item["reason_code"] for item in missing["rejected"]} == {"documents_missing"}
    assert {item["candidate_id"] for item in missing["rejected"]} == {LILLE_ROAD, LILLE_AIR}
    assert informed.route(asked(constraints=rules, lines=held("hs_code", "rohs"))).json()["rejected"] == []


def test_an_avoided_choice_asks_a_person_and_refuses_nothing(informed: Any) -> None:
    found = informed.route(asked(constraints={"avoided": [{"node_id": "node-paris"}]})).json()
    assert (found["recommended"], found["disposition"]) == (PARIS, "review")
    assert found["review"]["reasons"] == ["avoided_choice"]
    elsewhere = informed.route(asked(constraints={"avoided": [{"carrier_id": "carrier-air"}]})).json()
    assert elsewhere["disposition"] == "auto"


def test_a_node_in_trouble_asks_a_person_while_a_healthy_one_could_ship(informed: Any) -> None:
    tired = {"node_id": "node-paris", "labour_efficiency": 0.6}
    found = informed.route(asked(node_reports=[tired])).json()
    assert (found["disposition"], found["review"]["reasons"]) == ("review", ["node_unhealthy"])
    paris, lille = found["node_health"]
    assert (paris["node_id"], paris["level"], lille["level"]) == ("node-paris", "critical", "healthy")
    # A load of 1.3 at .6 of the pace: seven hours of work take fifteen.
    assert paris["clearing_hours"] == pytest.approx(7 * 1.3 / 0.6, rel=1e-4)
    assert any("keep 60% of a fresh shift's pace" in reason for reason in paris["reasons"])
    both = [tired, {"node_id": "node-lille", "labour_efficiency": 0.7}]
    assert informed.route(asked(node_reports=both)).json()["disposition"] == "auto"


def test_load_alone_asks_nobody_for_the_model_has_weighed_it(informed: Any) -> None:
    body = asked()
    body["candidates"][0]["capacity_utilization"] = 2.0
    found = informed.route(body).json()
    assert (found["node_health"][0]["level"], found["disposition"]) == ("critical", "auto")


def test_a_valuable_order_takes_what_is_nearly_certain(serve: Any, publish: Any, tmp_path: Path) -> None:
    publish(Home(tmp_path / "home"), "1", variance=100.0)
    body = asked(objective_weights={"cost": 0.0, "time": 1.0, "carbon": 0.0, "customer_value": 0.0})
    with serve() as service:
        plain = service.route(body).json()
        careful = service.route({**body, "value_lane_from_minor": 9_980}).json()
        below = service.route({**body, "value_lane_from_minor": 9_981}).json()
    # Sixteen hours of lead time are surely worth nothing when the slope may be of either sign.
    assert (plain["lane"], plain["recommended"]) == ("standard", LILLE_AIR)
    assert (careful["lane"], careful["recommended"]) == ("value", PARIS)
    assert (below["lane"], below["recommended"]) == ("standard", LILLE_AIR)
    upper = [item["objective"]["upper"] for item in careful["ranking"]]
    assert upper == sorted(upper)


def test_a_valuable_order_that_stays_is_said_to_stay_for_its_bound(serve: Any, publish: Any, tmp_path: Path) -> None:
    publish(Home(tmp_path / "home"), "1", variance=100.0)
    time_only = {"cost": 0.0, "time": 1.0, "carbon": 0.0, "customer_value": 0.0}
    body = asked(objective_weights=time_only, value_lane_from_minor=9_980)
    with serve() as service:
        now = service.client.post("/v1/routing/attributions", json=body).json()["text"]
        decision_id = service.route(body).json()["decision_id"]
        later = service.client.get(f"/v1/decisions/{decision_id}/attribution").json()["text"]
    assert now == later
    assert "The value lane takes it (orders worth 9,980 minor units or more)" in now
    assert f"{LILLE_AIR} is estimated to be better by" in now
    assert "no alternative is estimated to be better" not in now


def test_the_rules_do_not_rank_by_bounds_whatever_an_order_is_worth(rules: Any) -> None:
    assert rules.route(asked(value_lane_from_minor=0)).json()["lane"] == "standard"


@pytest.fixture
def networked(serve: Callable[..., Any], publish: Callable[..., None], tmp_path: Path) -> Any:
    lanes = tuple(
        Lane(node, "Western Europe", "carrier-road", "standard", 50.0, 30.0, 600, 60, 0.5, 0.1)
        for node in ("node-paris", "node-lille")
    )
    Network(
        "EUR",
        (Region("Western Europe", 48.0, 2.0),),
        tuple(Node(node, 48.0, 2.0, 100.0, 50) for node in ("node-paris", "node-lille")),
        (Carrier("carrier-road", (18.0,), 50),),
        (ServiceLevel("standard", 72.0),),
        lanes,
    ).save(tmp_path / "network.json")
    publish(Home(tmp_path / "home"), "1")
    return serve(network=tmp_path / "network.json")


def test_an_order_of_the_last_half_hour_may_be_joined(networked: Any) -> None:
    earlier = {
        "order_id": "order-1000",
        "placed_at": "2026-03-02T09:45:00Z",
        "node_id": "node-paris",
        "carrier_id": "carrier-road",
        "service_level": "standard",
    }
    with networked as service:
        found = service.route(asked(open_orders=[earlier])).json()["consolidation"]
        older = service.route(asked(open_orders=[{**earlier, "placed_at": "2026-03-02T09:29:59Z"}])).json()
    assert (found["with_order_id"], found["candidate_id"], found["saved_minor"]) == ("order-1000", PARIS, 600)
    # A weight of .3 for cost counts 1.2 times.
    assert found["gain_minor"] == pytest.approx(720)
    assert older["consolidation"] is None


def test_what_speaks_of_no_candidate_is_pointed_at(informed: Any) -> None:
    rules = {
        "forbidden": [{"node_id": "node-pariss", "ground": "operator_policy"}],
        "avoided": [{"carrier_id": "carrier-air"}, {"node_id": "node-paris", "carrier_id": "carrier-air"}],
    }
    reports = [{"node_id": "node-paris"}, {"node_id": "node-lile"}]
    found = informed.route(asked(constraints=rules, node_reports=reports)).json()
    assert found["unmatched"] == ["/constraints/forbidden/0", "/constraints/avoided/1", "/node_reports/1"]
    assert informed.route(asked()).json()["unmatched"] == []
    stock = [*PLANS_EXAMPLE["line_stock"], {"node_id": "node-lyon", "line_id": "1", "available_quantity": 5}]
    plans = informed.client.post("/v1/routing/plans", json={**PLANS_EXAMPLE, "line_stock": stock}).json()
    assert plans["unmatched"] == ["/line_stock/3"]


def forbidding(**names: str) -> dict[str, Any]:
    return asked(constraints={"forbidden": [{**names, "ground": "regional_law"}]})


@pytest.mark.parametrize(
    ("names", "member", "near"),
    [
        ({"node_id": "node-pariss"}, "node_id", "node-paris"),
        ({"carrier_id": "Carrier_Road"}, "carrier_id", "carrier-road"),
        ({"node_id": "node-paris", "service_level": "standart"}, "service_level", "standard"),
    ],
)
def test_a_person_is_asked_where_a_misspelt_law_would_let_the_order_ship(
    informed: Any, rules: Any, names: dict[str, str], member: str, near: str
) -> None:
    for service, reasons in ((informed, ["misnamed_rule"]), (rules, ["no_model", "misnamed_rule"])):
        found = service.route(forbidding(**names)).json()
        assert (found["disposition"], found["review"]["reasons"]) == ("review", reasons)
        assert found["misnamed_rules"] == [{"pointer": f"/constraints/forbidden/0/{member}", "near": [near]}]
        assert found["unmatched"] == ["/constraints/forbidden/0"]
        report = service.client.post("/v1/routing/attributions", json=forbidding(**names)).json()["text"]
        assert f"Look at the rule on {names[member]}: nothing that is known is called so; was {near} meant?" in report


def test_papers_that_a_misspelt_rule_asks_for_are_asked_of_a_person(informed: Any) -> None:
    rule = {"node_id": "node-lile", "required": ["hs_code"]}
    found = informed.route(asked(constraints={"documents": [rule]})).json()
    assert found["misnamed_rules"] == [{"pointer": "/constraints/documents/0/node_id", "near": ["node-lille"]}]
    plan = {**PLANS_EXAMPLE, "constraints": {"documents": [rule]}}
    assert informed.client.post("/v1/routing/plans", json=plan).json()["misnamed_rules"] == found["misnamed_rules"]


@pytest.mark.parametrize(
    "names",
    [{"carrier_id": "carrier-sea"}, {"node_id": "node-rome"}, {"node_id": "node-paris", "carrier_id": "carrier-air"}],
)
def test_a_law_that_stands_for_all_orders_asks_nobody(informed: Any, names: dict[str, str]) -> None:
    found = informed.route(forbidding(**names)).json()
    assert (found["disposition"], found["misnamed_rules"]) == ("auto", [])
    assert found["unmatched"] == ["/constraints/forbidden/0"]


def test_a_network_that_knows_all_candidates_knows_every_name_of_a_law(networked: Any) -> None:
    body = asked()
    body["candidates"] = [item for item in body["candidates"] if item["carrier_id"] == "carrier-road"]
    with networked as service:
        body["constraints"] = {"forbidden": [{"node_id": "rome", "ground": "regional_law"}]}
        unknown = service.route(body).json()
        body["candidates"] = body["candidates"][:1]
        body["constraints"] = {"forbidden": [{"node_id": "node-lille", "ground": "regional_law"}]}
        known = service.route(body).json()
    assert unknown["misnamed_rules"] == [{"pointer": "/constraints/forbidden/0/node_id", "near": []}]
    assert unknown["review"]["reasons"] == ["misnamed_rule"]
    assert (known["misnamed_rules"], known["disposition"]) == ([], "auto")


@pytest.mark.parametrize(
    ("members", "pointer"),
    [
        ({"requested_delivery_date": "2026-03-01T10:00:00Z"}, "/requested_delivery_date"),
        ({"decided_at": "2026-03-02T09:59:00Z"}, "/decided_at"),
        ({"current_choice": "nobody"}, "/current_choice"),
        ({"lines": [ROUTING_EXAMPLE["lines"][0]] * 2}, "/lines"),
        ({"node_reports": [{"node_id": "node-paris"}] * 2}, "/node_reports"),
        ({"open_orders": [{**EARLIER, "closes_at": "2026-03-02T09:44:00Z"}]}, "/open_orders/0/closes_at"),
    ],
)
def test_a_rule_of_the_whole_body_points_at_the_member_that_breaks_it(
    informed: Any, members: dict[str, Any], pointer: str
) -> None:
    refused = informed.route(asked(**members))
    assert refused.status_code == 422
    assert [item["pointer"] for item in refused.json()["errors"]] == [pointer]


def test_one_wrong_observation_does_not_move_the_decision(informed: Any) -> None:
    body = asked()
    body["candidates"][1]["observed_at"] = "2026-03-03T10:00:01Z"
    refused = informed.route(body).json()
    assert (refused["errors"][0]["pointer"], refused["status"]) == ("/decided_at", 422)
    assert informed.route({**body, "decided_at": "2026-03-03T10:00:01Z"}).status_code == 200


def test_a_main_node_that_nobody_offers_is_told_without_its_name(informed: Any) -> None:
    refused = informed.client.post("/v1/routing/attributions?main_node=zz", json=ROUTING_EXAMPLE).json()
    assert refused["detail"] == "main_node is not the node of any candidate; name a node of the candidates"


def test_a_stored_decision_keeps_its_wishes(informed: Any) -> None:
    body = asked(constraints={"avoided": [{"node_id": "node-paris"}]}, node_reports=[{"node_id": "node-paris"}])
    decision_id = informed.route(body).json()["decision_id"]
    kept = informed.client.get(f"/v1/decisions/{decision_id}").json()
    assert kept["question"]["constraints"]["avoided"][0]["node_id"] == "node-paris"
    report = informed.client.get(f"/v1/decisions/{decision_id}/attribution").json()
    assert "one to be avoided" in report["text"]


def test_a_decision_on_tags_that_are_refused_by_now_can_still_be_explained(informed: Any) -> None:
    decision_id = informed.route(asked()).json()["decision_id"]
    with closing(sqlite3.connect(informed.home.root / "routecause.db")) as database, database:
        database.execute("UPDATE decisions SET question = replace(question, 'value_tier', 'value_tiers')")
    assert informed.client.get(f"/v1/decisions/{decision_id}").json()["question"]["customer"]["tags"]["value_tiers"]
    for part in ("attribution", "promise"):
        assert informed.client.get(f"/v1/decisions/{decision_id}/{part}").status_code == 200


def test_a_decision_on_half_a_point_can_still_be_explained(informed: Any) -> None:
    decision_id = informed.route(asked()).json()["decision_id"]
    with closing(sqlite3.connect(informed.home.root / "routecause.db")) as database, database:
        database.execute("""UPDATE decisions SET question = replace(question, '"lon":2.38', '"lon":null')""")
    assert informed.client.get(f"/v1/decisions/{decision_id}").json()["question"]["ship_to"]["lon"] is None
    for part in ("attribution", "promise"):
        assert informed.client.get(f"/v1/decisions/{decision_id}/{part}").status_code == 200
