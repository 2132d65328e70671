"""A network refers only to what it defines, and distances are those of the globe."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from data.errors import InputFileError, NetworkError
from data.network import Network, distance_km

PLAIN: dict[str, Any] = {
    "currency": "EUR",
    "regions": [{"region_id": "north", "lat": 60.0, "lon": 10.0}],
    "nodes": [{"node_id": "oslo", "lat": 59.9, "lon": 10.7, "daily_capacity_orders": 500.0, "handling_minor": 120}],
    "carriers": [{"carrier_id": "post", "collection_hours": [12.0, 18.0], "wave_cap_orders": 200}],
    "service_levels": [{"service_level": "standard", "promise_hours": 96.0}],
    "lanes": [
        {
            "node_id": "oslo",
            "region_id": "north",
            "carrier_id": "post",
            "service_level": "standard",
            "distance_km": 40.0,
            "lead_time_hours": 48.0,
            "freight_base_minor": 400,
            "freight_unit_minor": 50,
            "carbon_base_kg": 0.3,
            "carbon_unit_kg": 0.1,
        }
    ],
}


def test_a_saved_network_comes_back_equal(tmp_path: Path) -> None:
    network = Network.from_plain(PLAIN)
    network.save(tmp_path / "network.json")
    assert Network.load(tmp_path / "network.json") == network
    assert asdict(network)["lanes"][0]["node_id"] == "oslo"


def test_a_tariff_has_a_base_and_a_part_per_unit() -> None:
    lane = Network.from_plain(PLAIN).lanes_by_region["north"][0]
    assert lane.freight_minor(3) == 550
    assert lane.carbon_kg(3) == pytest.approx(0.6)


@pytest.mark.parametrize(
    ("field", "kind"),
    [("node_id", "node"), ("region_id", "region"), ("carrier_id", "carrier"), ("service_level", "service level")],
)
def test_a_lane_to_nowhere_is_refused(field: str, kind: str) -> None:
    with pytest.raises(NetworkError, match=f"the {kind} 'atlantis'"):
        Network.from_plain({**PLAIN, "lanes": [{**PLAIN["lanes"][0], field: "atlantis"}]})


def test_an_identifier_that_comes_twice_is_refused() -> None:
    with pytest.raises(NetworkError, match="'oslo' twice"):
        Network.from_plain({**PLAIN, "nodes": PLAIN["nodes"] * 2})


@pytest.mark.parametrize("text", ["", "[]", "{}", "\x00", json.dumps({**PLAIN, "nodes": [{"node": 1}]})])
def test_a_file_that_is_no_network_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "network.json").write_text(text)
    with pytest.raises(InputFileError, match="not a network file"):
        Network.load(tmp_path / "network.json")


def test_distances_are_those_of_the_globe() -> None:
    quarter = 6371.0088 * 3.141592653589793 / 2
    assert distance_km(0, 0, 0, 90) == pytest.approx(quarter)
    assert distance_km(90, 0, 0, 77) == pytest.approx(quarter)
    assert distance_km(48.85, 2.35, 51.51, -0.13) == pytest.approx(344, abs=2)
    assert distance_km(10, 20, 10, 20) == 0
    assert distance_km(0, 0, 0, 180) == pytest.approx(2 * quarter)
