from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from data.candidates import Candidate
from data.decisions import Confidence, Disposition, Interval, RankedCandidate, RoutingRecommendation
from data.network import Carrier, Lane, Network, Node, Region, ServiceLevel
from data.objective import DEFAULT_UNIT_VALUES, DEFAULT_WEIGHTS, ObjectiveWeights
from data.orders import Customer, Destination, Order, OrderLine
from decision.consolidation import WINDOW, Consolidation, OpenOrder, suggest_consolidation
from decision.routing.question import RoutingQuestion

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
NEAR, FAR = "near|road|standard", "far|road|standard"
BASE = 400


def candidate(name: str) -> Candidate:
    node, carrier, service = name.split("|")
    return Candidate(name, node, carrier, service, 9, 1, 0.5, 40, NOW + timedelta(hours=3), 30.0, 20.0, 650, 0.4, NOW)


def lane(node: str) -> Lane:
    return Lane(node, "west", "road", "standard", 50.0, 30.0, BASE, 50, 1.0, 0.1)


NETWORK = Network(
    "EUR",
    (Region("west", 50.0, 8.0),),
    tuple(Node(node, 50.0, 8.0, 100.0, 80) for node in ("near", "far")),
    (Carrier("road", (18.0,), 50),),
    (ServiceLevel("standard", 48.0),),
    (lane("near"), lane("far")),
)
ORDER = Order("o", NOW, NOW + timedelta(hours=48), Destination("west"), Customer("c"), (OrderLine("1", "a", 1, 100),))
QUESTION = RoutingQuestion(
    ORDER, (candidate(NEAR), candidate(FAR)), NEAR, DEFAULT_WEIGHTS, DEFAULT_UNIT_VALUES, NOW, NETWORK
)
SURE = Confidence(0.9, 0.95, 0.9, 0.85)
EARLIER = OpenOrder("earlier", NOW - timedelta(minutes=20), "far", "road", "standard")


def answer(loss_of_far: float) -> RoutingRecommendation:
    ranking = tuple(
        RankedCandidate(name, {}, Interval(loss, loss, loss), 0.0, in_support=True)
        for name, loss in ((NEAR, 0.0), (FAR, loss_of_far))
    )
    return RoutingRecommendation(Disposition.AUTO, NEAR, NEAR, ranking, SURE, (), (), ())


def suggested(loss: float = 100.0, question: RoutingQuestion = QUESTION, **members: object) -> Consolidation | None:
    return suggest_consolidation(question, answer(loss), [replace(EARLIER, **members)])  # type: ignore[arg-type]


def test_two_orders_of_half_an_hour_go_together_where_the_freight_saved_outweighs_the_detour() -> None:
    assert suggested(loss=100.0) == Consolidation("earlier", FAR, saved_minor=BASE, gain_minor=BASE - 100.0)
    assert suggested(loss=BASE + 1.0) is None


def test_the_saving_is_weighed_like_any_cost() -> None:
    # A weight of cost alone counts four times.
    thrifty = replace(QUESTION, weights=ObjectiveWeights(1, 0, 0, 0))
    found = suggested(loss=100.0, question=thrifty)
    assert found is not None
    assert found.gain_minor == pytest.approx(4 * BASE - 100)


@pytest.mark.parametrize(
    "members",
    [
        {"placed_at": NOW - WINDOW - timedelta(seconds=1)},
        {"placed_at": NOW + timedelta(seconds=1)},
        {"closes_at": NOW},
        {"node_id": "elsewhere"},
        {"carrier_id": "air"},
        {"service_level": "express"},
    ],
    ids=["too old", "not yet placed", "closed", "another node", "another carrier", "another service"],
)
def test_an_order_that_cannot_be_joined_is_not_suggested(members: dict[str, object]) -> None:
    assert suggested(**members) is None  # type: ignore[arg-type]


def test_half_an_hour_to_the_second_still_counts() -> None:
    assert suggested(placed_at=NOW - WINDOW) is not None


def test_of_two_orders_the_better_saving_is_suggested() -> None:
    orders = [EARLIER, replace(EARLIER, order_id="here", node_id="near")]
    found = suggest_consolidation(QUESTION, answer(100.0), orders)
    assert found is not None
    assert (found.with_order_id, found.gain_minor) == ("here", BASE)


def test_nothing_is_suggested_where_nobody_knows_what_a_parcel_costs() -> None:
    assert suggested(question=replace(QUESTION, network=None)) is None
    ruled = replace(answer(0.0), confidence=None)
    assert suggest_consolidation(QUESTION, ruled, [EARLIER]) is None
