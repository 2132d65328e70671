"""Promises over HTTP, and prevention by what a recorded route promises."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from api.schemas.examples import COMPENSATION_EXAMPLE, PREVENTION_EXAMPLE, PROMISES_EXAMPLE, ROUTING_EXAMPLE
from data.home import Home
from decision.routing.model import RoutingModel

PARIS, LILLE_ROAD, LILLE_AIR = (item["candidate_id"] for item in ROUTING_EXAMPLE["candidates"])
BY_ROUTE = {name: value for name, value in PREVENTION_EXAMPLE.items() if name != "late_probability"}
PAGE = Path(__file__).resolve().parents[2] / "docs" / "api.md"
INSTANTS = ("quoted_at", "earliest_at", "median_at", "latest_at", "kept_by")


@pytest.fixture
def foresighted(
    serve: Any, publish: Any, make_promising_model: Callable[..., RoutingModel], tmp_path: Path
) -> Iterator[Any]:
    """A service whose routing model promises; a node with a queue of days makes it doubt."""
    publish(Home(tmp_path / "home"), "1", routing=make_promising_model(logged_queue=10.0))
    with serve() as service:
        yield service


def asked(service: Any, **changes: Any) -> Any:
    return service.client.post("/v1/routing/promises", json={**PROMISES_EXAMPLE, **changes})


def prevented(service: Any, decision_id: object, **changes: Any) -> Any:
    body = {**BY_ROUTE, "routing_decision_id": decision_id, **changes}
    return service.client.post("/v1/compensation/preventions", json=body)


def tight() -> dict[str, Any]:
    """The example under a promise that chance may break."""
    return {**copy.deepcopy(ROUTING_EXAMPLE), "requested_delivery_date": "2026-03-04T00:00:00Z"}


def test_a_promise_tells_known_parts_exactly_and_the_rest_as_a_distribution(foresighted: Any) -> None:
    found = asked(foresighted).json()
    told = found["promise"]
    # 8 hours to the collection, then 34 on the road, of which .6 to 1.6 are taken; a day more in a fifth of all cases.
    moments = {name: datetime.fromisoformat(told[name]) for name in INSTANTS}
    collection = datetime.fromisoformat("2026-03-02T18:00:00Z")
    assert moments["quoted_at"] - collection == timedelta(hours=34)
    assert moments["earliest_at"] < moments["median_at"] < moments["latest_at"] == moments["kept_by"]
    assert moments["earliest_at"] > collection + timedelta(hours=0.6 * 34)
    assert told["attainment"]["point"] == pytest.approx(0.8 * 1 + 0.2 * ((72 - 24) / 34 - 0.6), abs=1e-6)
    assert (told["doubts"], found["untold"], found["rejected_as"]) == ([], None, None)
    assert (found["candidate_id"], found["promised_at"]) == (LILLE_ROAD, "2026-03-05T18:00:00Z")
    assert found["model"]["version"] == "1"


def test_the_promise_on_the_page_is_that_of_such_a_model(foresighted: Any) -> None:
    (shown,) = re.findall(
        r"answered so \(in parts\):\n\n```json\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL
    )
    found = asked(foresighted).json()
    assert {name: found[name] for name in json.loads(shown)} == json.loads(shown)


def test_nothing_is_recorded_and_the_same_question_has_the_same_answer(foresighted: Any) -> None:
    first, again = asked(foresighted), asked(foresighted)
    assert first.content == again.content
    assert "decision_id" not in first.json()


def test_without_a_candidate_the_recommended_one_is_told(foresighted: Any) -> None:
    recommended = foresighted.route(tight()).json()["recommended"]
    found = foresighted.client.post("/v1/routing/promises", json=tight()).json()
    assert found["candidate_id"] == recommended
    assert found["promise"]["kept_chance"] == 0.95


def test_a_higher_chance_is_promised_for_later(foresighted: Any) -> None:
    by = [asked(foresighted, kept_chance=chance).json()["promise"]["kept_by"] for chance in (0.5, 0.8, 0.99)]
    assert by == sorted(by)
    assert len(set(by)) == 3


def test_a_law_of_effects_and_rules_promise_nothing_and_say_so(informed: Any, rules: Any) -> None:
    for service, reason in ((informed, "effects_only"), (rules, "no_model")):
        found = asked(service).json()
        assert (found["promise"], found["untold"]) == (None, reason)


def test_a_candidate_that_cannot_be_chosen_says_why_beside_its_promise(foresighted: Any) -> None:
    rule = {"forbidden": [{"node_id": "node-lille", "ground": "regional_law"}]}
    found = asked(foresighted, constraints=rule).json()
    assert (found["rejected_as"], found["untold"]) == ("regional_law", None)
    every = {"forbidden": [{"node_id": node, "ground": "regional_law"} for node in ("node-lille", "node-paris")]}
    left = asked(foresighted, constraints=every, candidate_id=None).json()
    assert (left["candidate_id"], left["promise"], left["untold"]) == (None, None, "no_feasible_candidate")


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"candidate_id": "CANARY7"}, "/candidate_id"),
        ({"candidate_id": 7}, "/candidate_id"),
        ({"kept_chance": 0.2}, "/kept_chance"),
        ({"kept_chance": 1}, "/kept_chance"),
        ({"kept_chance": "CANARY7"}, "/kept_chance"),
        ({"CANARY7": 1}, ""),
    ],
)
def test_a_promise_that_makes_no_sense_is_refused(rules: Any, changes: dict[str, Any], pointer: str) -> None:
    answer = asked(rules, **changes)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert "CANARY7" not in answer.text


def test_a_recorded_decision_has_the_promise_of_its_question(foresighted: Any) -> None:
    decision_id = foresighted.route(tight()).json()["decision_id"]
    path = f"/v1/decisions/{decision_id}/promise"
    assert foresighted.client.get(path).json() == foresighted.client.post("/v1/routing/promises", json=tight()).json()
    other = foresighted.client.get(path, params={"candidate_id": PARIS, "kept_chance": "0.8"}).json()
    assert (other["candidate_id"], other["promise"]["kept_chance"]) == (PARIS, 0.8)
    stranger = foresighted.client.get(path, params={"candidate_id": "nobody"})
    assert (stranger.status_code, stranger.json()["type"]) == (422, "urn:routecause:problem:contradiction")


def test_only_routing_decisions_have_a_promise(rules: Any) -> None:
    offered = rules.compensate(COMPENSATION_EXAMPLE).json()["decision_id"]
    for decision_id in (offered, "dec_none"):
        assert rules.client.get(f"/v1/decisions/{decision_id}/promise").status_code == 404


def test_prevention_by_a_decision_is_prevention_by_the_same_number(foresighted: Any) -> None:
    decided = foresighted.route(tight()).json()
    found = prevented(foresighted, decided["decision_id"]).json()
    told = foresighted.client.post("/v1/routing/promises", json=tight()).json()["promise"]["attainment"]
    assert found["late_probability"] == pytest.approx(1 - told["point"], abs=1e-9)
    source = found["late_probability_from"]
    assert (source["source"], source["candidate_id"]) == ("routing_decision", decided["recommended"])
    assert source["routing_decision_id"] == decided["decision_id"]
    assert source["interval"]["lower"] == pytest.approx(1 - told["upper"], abs=1e-9)
    assert source["interval"]["lower"] < found["late_probability"] < source["interval"]["upper"]
    body = {**PREVENTION_EXAMPLE, "late_probability": found["late_probability"]}
    plain = foresighted.client.post("/v1/compensation/preventions", json=body).json()
    assert plain["late_probability_from"]["source"] == "caller"
    alike = found.keys() - {"decision_id", "decided_at", "late_probability_from", "review"}
    assert {name: found[name] for name in alike} == {name: plain[name] for name in alike}


def test_prevention_follows_the_candidate_that_a_reviewer_chose(foresighted: Any) -> None:
    rule = {"avoided": [{"node_id": "node-lille"}, {"node_id": "node-paris"}]}
    decided = foresighted.route({**tight(), "constraints": rule}).json()
    other = next(name for name in (PARIS, LILLE_ROAD, LILLE_AIR) if name != decided["recommended"])
    resolution = {"resolution": "override", "reviewer": "ada", "chosen_action": other, "reason": "the yard is closed"}
    review = decided["review"]["review_id"]
    before = prevented(foresighted, decided["decision_id"]).json()["late_probability_from"]
    assert foresighted.client.post(f"/v1/reviews/{review}/resolve", json=resolution).status_code == 200
    after = prevented(foresighted, decided["decision_id"]).json()["late_probability_from"]
    assert (before["candidate_id"], after["candidate_id"]) == (decided["recommended"], other)
    assert foresighted.client.get(f"/v1/decisions/{decided['decision_id']}/promise").json()["candidate_id"] == other


def test_a_doubtful_chance_sends_prevention_to_a_person_with_the_reason(foresighted: Any) -> None:
    body = tight()
    body["candidates"] = [{**body["candidates"][0], "capacity_utilization": 8.0}]
    found = prevented(foresighted, foresighted.route(body).json()["decision_id"]).json()
    assert found["disposition"] == "review"
    assert "busier_than_logged" in found["review"]["reasons"]
    assert found["late_probability_from"]["doubts"] == ["busier_than_logged"]
    assert foresighted.client.get(f"/v1/reviews/{found['review']['review_id']}").status_code == 200


def test_a_chance_that_a_law_cannot_tell_is_null_and_asks_a_person(informed: Any) -> None:
    found = prevented(informed, informed.route(tight()).json()["decision_id"]).json()
    assert (found["late_probability"], found["recommended"], found["disposition"]) == (None, "none", "review")
    assert found["review"]["reasons"] == ["lateness_untold"]
    assert found["late_probability_from"]["untold"] == "effects_only"


def test_a_repeated_question_about_a_decision_gets_its_first_answer(foresighted: Any) -> None:
    decision_id = foresighted.route(tight()).json()["decision_id"]
    body = {**BY_ROUTE, "routing_decision_id": decision_id}
    first, again = (
        foresighted.client.post("/v1/compensation/preventions", json=body, headers={"idempotency-key": "one"})
        for _ in range(2)
    )
    assert first.content == again.content
    assert again.headers["idempotency-replayed"] == "true"


def refused(answer: Any, pointer: str, rule: str) -> None:
    assert answer.status_code == 422
    (fault,) = answer.json()["errors"]
    assert fault["pointer"] == pointer
    assert rule in fault["detail"]


def test_exactly_one_source_of_the_chance_must_be_named(rules: Any) -> None:
    both = rules.client.post("/v1/compensation/preventions", json={**PREVENTION_EXAMPLE, "routing_decision_id": "d"})
    refused(both, "/routing_decision_id", "must not be sent beside late_probability")
    neither = rules.client.post("/v1/compensation/preventions", json=BY_ROUTE)
    refused(neither, "/late_probability", "must be sent, or routing_decision_id in its place")


def test_a_decision_that_tells_of_no_chance_is_refused(foresighted: Any, rules: Any) -> None:
    pointer = "/routing_decision_id"
    refused(prevented(foresighted, "CANARY7"), pointer, "there is none of this name")
    offered = foresighted.compensate(COMPENSATION_EXAMPLE).json()["decision_id"]
    refused(prevented(foresighted, offered), pointer, "must name a routing decision")
    routed = foresighted.route(tight()).json()["decision_id"]
    refused(prevented(foresighted, routed, order_id="order-2"), pointer, "must name a decision on this order")
    by_rules = rules.route(ROUTING_EXAMPLE).json()["decision_id"]
    refused(prevented(rules, by_rules), pointer, "the rules answered that one")


def test_a_decision_of_the_rules_tells_of_no_chance_even_where_a_person_was_asked_of_a_rule(
    serve: Any, publish: Any, make_promising_model: Callable[..., RoutingModel], tmp_path: Path
) -> None:
    misspelt = {"forbidden": [{"node_id": "node-pariss", "ground": "regional_law"}]}
    with serve() as service:
        decided = service.route({**tight(), "constraints": misspelt}).json()
        assert (decided["disposition"], decided["model"]["name"]) == ("review", "rules")
        refused(prevented(service, decided["decision_id"]), "/routing_decision_id", "the rules answered that one")
    publish(Home(tmp_path / "home"), "1", routing=make_promising_model())
    with serve() as service:
        refused(prevented(service, decided["decision_id"]), "/routing_decision_id", "the rules answered that one")


@pytest.mark.parametrize("chance", ["0.9_5", "%200.9", "9e-1", ".9", "%D9%A0.9"])
def test_a_chance_in_a_query_is_a_number_in_digits(rules: Any, chance: str) -> None:
    answer = rules.client.get(f"/v1/decisions/dec_1/promise?kept_chance={chance}")
    (fault,) = answer.json()["errors"]
    assert (answer.status_code, fault["pointer"]) == (422, "/kept_chance")
    assert fault["detail"] == "must be a number in digits, such as 50 or 0.95"


def test_what_was_asked_for_moves_no_arrival(foresighted: Any) -> None:
    told = [
        asked(foresighted, requested_delivery_date=date).json()["promise"]
        for date in ("2026-03-03T18:00:00Z", "2026-03-05T18:00:00Z", "2026-04-05T18:00:00Z")
    ]
    for name in ("quoted_at", "earliest_at", "median_at", "latest_at", "kept_by"):
        assert len({promise[name] for promise in told}) == 1
    chances = [promise["attainment"]["point"] for promise in told]
    assert chances == sorted(chances)
    assert chances[0] < chances[-1]


def test_beyond_the_longest_queue_a_promise_moves_no_more(foresighted: Any) -> None:
    kept = []
    for load in (2.0, 60.0, 100.0):
        body = copy.deepcopy(PROMISES_EXAMPLE["candidates"])
        for item in body:
            item["capacity_utilization"] = load
        kept.append(asked(foresighted, candidates=body).json()["promise"]["kept_by"])
    assert kept[0] < kept[1] == kept[2]


def test_a_collection_at_the_instant_of_the_decision_is_still_to_come(foresighted: Any) -> None:
    body = copy.deepcopy(PROMISES_EXAMPLE["candidates"])
    moments = {"2026-03-02T10:00:00Z": None, "2026-03-02T09:59:59Z": "cut_off_passed"}
    for moment, untold in moments.items():
        body[1]["cut_off_at"] = moment
        found = asked(foresighted, candidates=body).json()
        assert (found["untold"], found["rejected_as"]) == (untold, untold)
