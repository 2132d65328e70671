from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from data.candidate_generation import AssumedState, generate_candidates, next_collection
from data.errors import NetworkError, UnservedRegionError
from data.network import Carrier, Lane, Network, Node, Region, ServiceLevel
from data.orders import Customer, Destination, Order, OrderLine

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
FAR = Lane("far", "north", "quick", "express", 900.0, 20.0, 900, 100, 2.0, 0.5)
NETWORK = Network(
    currency="EUR",
    regions=(Region("north", 60.0, 10.0), Region("south", 40.0, 10.0)),
    nodes=(Node("near", 59.0, 10.0, 200.0, 150), Node("far", 52.0, 10.0, 500.0, 120)),
    carriers=(Carrier("quick", (12.0, 18.0), 50), Carrier("slow", (8.0,), 500)),
    service_levels=(ServiceLevel("express", 24.0), ServiceLevel("standard", 96.0)),
    lanes=(
        FAR,
        replace(FAR, node_id="near", distance_km=100.0, freight_base_minor=700),
        replace(FAR, node_id="near", carrier_id="slow", service_level="standard", distance_km=100.0),
    ),
)


def order(region: str = "north") -> Order:
    lines = (OrderLine("1", "sku-1", 2, 1000), OrderLine("2", "sku-2", 3, 500))
    return Order("o", NINE, NINE + timedelta(days=2), Destination(region), Customer("c"), lines)


def test_every_lane_to_the_region_is_a_candidate_nearest_first() -> None:
    names = [item.candidate_id for item in generate_candidates(NETWORK, order(), NINE)]
    assert names == ["near|quick|express", "near|slow|standard", "far|quick|express"]
    assert [item.candidate_id for item in generate_candidates(NETWORK, order(), NINE, limit=1)] == names[:1]


def test_tariffs_are_for_the_units_of_the_order() -> None:
    near, _, far = generate_candidates(NETWORK, order(), NINE)
    assert (near.freight_minor, far.freight_minor) == (700 + 5 * 100, 900 + 5 * 100)
    assert (near.carbon_kg, near.handling_minor, far.handling_minor) == (4.5, 150, 120)


def test_assumed_state_is_what_was_said_to_be_assumed() -> None:
    state = AssumedState(capacity_utilization=0.5, backlog_days=0.1, spare_orders=4)
    near, _, far = generate_candidates(NETWORK, order(), NINE, state)
    assert (near.capacity_utilization, near.available_quantity, near.safety_stock) == (0.5, 12, 0)
    assert (near.backlog_orders, far.backlog_orders) == (20, 50)
    assert near.observed_at == NINE
    assert (near.carrier_utilization, near.weather_severity) == (None, None)


def test_the_cut_off_is_the_carriers_next_collection() -> None:
    quick, slow = NETWORK.carriers
    assert next_collection(quick, NINE) == datetime(2026, 3, 2, 12, tzinfo=UTC)
    assert next_collection(quick, datetime(2026, 3, 2, 12, tzinfo=UTC)) == datetime(2026, 3, 2, 12, tzinfo=UTC)
    assert next_collection(slow, NINE) == datetime(2026, 3, 3, 8, tzinfo=UTC)


@pytest.mark.parametrize("region", ["south", "nowhere"])
def test_a_region_that_no_lane_reaches_is_an_error(region: str) -> None:
    with pytest.raises(NetworkError, match=f"no lane to the region '{region}'; it reaches north; send") as refused:
        generate_candidates(NETWORK, order(region), NINE)
    assert isinstance(refused.value, UnservedRegionError)
    assert region not in refused.value.plainly
    assert refused.value.plainly.startswith("ship_to.region is none that the network reaches (north);")


def test_of_many_regions_the_first_are_told_and_the_rest_counted() -> None:
    told = UnservedRegionError("nowhere", (f"region-{number:03}" for number in range(100))).plainly
    assert "region-039 and 60 more" in told
    assert "region-040" not in told


def test_a_carrier_that_never_collects_is_an_error() -> None:
    with pytest.raises(NetworkError, match="no collection hours"):
        next_collection(Carrier("idle", (), 1), NINE)
