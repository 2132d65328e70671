"""Decisions whose candidates came from a network that has changed since."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from api.schemas.examples import PREVENTION_EXAMPLE, ROUTING_EXAMPLE
from data.home import Home
from data.network import Carrier, Lane, Network, Node, Region, ServiceLevel
from decision.routing.model import RoutingModel

PARIS, LILLE = "node-paris|carrier-road|standard", "node-lille|carrier-road|standard"
KEY = {"Idempotency-Key": "k"}


def network_of(*nodes: str, region: str = "Western Europe") -> Network:
    """Each node is the farther and the slower, the later it is named."""
    lanes = tuple(
        Lane(node, region, "carrier-road", "standard", 50.0 * place, 20.0 * place, 600, 60, 0.5, 0.1)
        for place, node in enumerate(nodes, start=1)
    )
    return Network(
        "EUR",
        (Region(region, 48.0, 2.0),),
        tuple(Node(node, 48.0, 2.0, 100.0, 50) for node in nodes),
        (Carrier("carrier-road", (18.0,), 50),),
        (ServiceLevel("standard", 72.0),),
        lanes,
    )


def left_to_the_network(**changes: Any) -> dict[str, Any]:
    body = {**copy.deepcopy(ROUTING_EXAMPLE), "current_choice": None, **changes}
    del body["candidates"]
    return body


@dataclass(frozen=True)
class Served:
    """A service that promises, with whatever network it is started on."""

    start: Callable[..., Any]
    path: Path

    def on(self, network: Network) -> Any:
        network.save(self.path)
        return self.start(network=self.path)


@pytest.fixture
def served(serve: Any, publish: Any, make_promising_model: Callable[..., RoutingModel], tmp_path: Path) -> Served:
    publish(Home(tmp_path / "home"), "1", routing=make_promising_model())
    return Served(serve, tmp_path / "network.json")


def test_a_decision_is_still_explained_when_one_of_its_candidates_is_gone(served: Served) -> None:
    with served.on(network_of("node-paris", "node-lille")) as service:
        found = service.route(left_to_the_network()).json()
        before = service.client.get(f"/v1/decisions/{found['decision_id']}/attribution").json()
    assert {item["candidate_id"] for item in found["ranking"]} == {PARIS, LILLE}
    with served.on(network_of("node-paris")) as service:
        answer = service.client.get(f"/v1/decisions/{found['decision_id']}/attribution")
    assert answer.status_code == 200, answer.text
    after = answer.json()
    health = "How the nodes are"
    assert [item for item in after["sections"] if item["heading"] != health] == [
        item for item in before["sections"] if item["heading"] != health
    ]


def test_another_main_node_is_never_taken_in_silence_for_a_current_choice_that_is_gone(served: Served) -> None:
    with served.on(network_of("node-paris", "node-lille")) as service:
        found = service.route(left_to_the_network(current_choice=PARIS)).json()
    path = f"/v1/decisions/{found['decision_id']}/attribution"
    with served.on(network_of("node-lille")) as service:
        refused = service.client.get(path)
        named = service.client.get(path, params={"main_node": "node-lille"})
    assert refused.status_code == 422
    assert "the network has changed since that decision" in refused.json()["detail"]
    assert (named.status_code, named.json()["main_node"]) == (200, "node-lille")


def test_a_promise_of_a_candidate_that_is_gone_is_refused_by_that_reason(served: Served) -> None:
    with served.on(network_of("node-paris", "node-lille")) as service:
        found = service.route(left_to_the_network(current_choice=PARIS)).json()
    assert found["recommended"] == PARIS
    path = f"/v1/decisions/{found['decision_id']}/promise"
    with served.on(network_of("node-lille")) as service:
        refused = service.client.get(path)
        other = service.client.get(path, params={"candidate_id": LILLE})
    assert (refused.status_code, refused.json()["type"]) == (422, "urn:routecause:problem:network-changed")
    assert "name candidate_id" in refused.json()["detail"]
    assert (other.status_code, other.json()["candidate_id"]) == (200, LILLE)


@pytest.mark.parametrize("what", ["attribution", "promise"])
def test_a_region_that_is_no_longer_reached_is_told_as_a_change_of_the_network(served: Served, what: str) -> None:
    with served.on(network_of("node-paris")) as service:
        decision_id = service.route(left_to_the_network()).json()["decision_id"]
    with served.on(network_of("node-paris", region="North")) as service:
        refused = service.client.get(f"/v1/decisions/{decision_id}/{what}")
    assert (refused.status_code, refused.json()["type"]) == (422, "urn:routecause:problem:network-changed")


def test_prevention_by_a_candidate_that_is_gone_is_refused_by_that_reason(served: Served) -> None:
    with served.on(network_of("node-paris", "node-lille")) as service:
        decision_id = service.route(left_to_the_network()).json()["decision_id"]
    body = {name: value for name, value in PREVENTION_EXAMPLE.items() if name != "late_probability"}
    with served.on(network_of("node-lille")) as service:
        refused = service.client.post(
            "/v1/compensation/preventions", json={**body, "routing_decision_id": decision_id}
        ).json()
    assert refused["errors"][0]["pointer"] == "/routing_decision_id"
    assert "the network has changed since that one, send late_probability instead" in refused["errors"][0]["detail"]


def test_a_misspelt_rule_is_explained_by_what_was_known_when_a_person_was_asked(served: Served) -> None:
    misspelt = {"forbidden": [{"node_id": "node-pariss", "ground": "regional_law"}]}
    with served.on(network_of("node-paris", "node-lille")) as service:
        found = service.route({**ROUTING_EXAMPLE, "constraints": misspelt}).json()
        path = f"/v1/decisions/{found['decision_id']}/attribution"
        before = service.client.get(path).json()
    assert "the rule on node-pariss: nothing that is known is called so; was node-paris meant?" in before["text"]
    # The network of today has a node of that very name, and yet it was not known to the decision.
    with served.on(network_of("node-pariss")) as service:
        assert service.client.get(path).json() == before


def test_a_key_that_was_used_gets_its_first_answer_though_the_network_could_not_give_it_again(served: Served) -> None:
    question = left_to_the_network(current_choice=PARIS)
    prevention = {name: value for name, value in PREVENTION_EXAMPLE.items() if name != "late_probability"}
    with served.on(network_of("node-paris", "node-lille")) as service:
        decided = service.route(question, **KEY)
        prevention["routing_decision_id"] = decided.json()["decision_id"]
        first = service.client.post("/v1/compensation/preventions", json=prevention, headers=KEY)
        assert first.status_code == 200, first.text
    with served.on(network_of("node-lille")) as service:
        assert service.route(question).status_code == 422
        again = service.client.post("/v1/compensation/preventions", json=prevention, headers=KEY)
        assert (service.route(question, **KEY).content, again.content) == (decided.content, first.content)
        other = service.client.post("/v1/compensation/preventions", json={**prevention, "budget_minor": 1}, headers=KEY)
    assert again.headers["idempotency-replayed"] == "true"
    assert other.json()["type"] == "urn:routecause:problem:idempotency-key-reused"
