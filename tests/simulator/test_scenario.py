"""Scenarios that cannot be played are refused with the field, the value and the remedy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from data.incidents import IncidentType
from simulator.errors import ScenarioError, ScenarioFileError, ScenarioValueError
from simulator.lanes import lane_table
from simulator.network import network_of
from simulator.scenario.loading import SHIPPED, load_scenario, scenario_hash, shipped_scenarios
from simulator.scenario.schema import Scenario

BOMB = "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: [*c, *c]\n"


@pytest.mark.parametrize("name", shipped_scenarios())
def test_every_shipped_scenario_loads_and_has_a_network(name: str) -> None:
    scenario = load_scenario(name)
    network = network_of(scenario)
    assert scenario.name == name
    assert scenario.description
    assert scenario.source
    assert all(network.lanes_by_region.values())


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "the file is empty"),
        (b"  \n\n", "the file is empty"),
        (b"\x00\x01\x02", "not plain YAML"),
        (b"\xff\xfe\x00a", "not UTF-8"),
        (b"name: [1, 2", "not plain YAML"),
        (b"- just\n- a list\n", "holds list, not a mapping"),
        (b"42", "holds int, not a mapping"),
        (BOMB.encode(), "anchors and aliases are not allowed"),
        (b"name: a\nname: b\n", "the key 'name' comes twice"),
        (b"nodes: {x: 1, x: 2}\n", "the key 'x' comes twice"),
        (b"base: {<<: {a: 1}}\n", "merge keys"),
        (b"a: !!python/object/apply:os.system [ls]\n", "not plain YAML"),
        (b"a: " + b"[" * 100 + b"]" * 100, "nesting deeper than 30"),
        (b"[" * 100_000, "nesting deeper than 30|not plain YAML"),
        (b"? [a, b]\n: 1\n", "a key must be plain text"),
        (b"x" * 2_000_001, "larger than 2,000,000 bytes"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_files_that_are_no_scenario_are_refused(tmp_path: Path, content: bytes, complaint: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_bytes(content)
    with pytest.raises(ScenarioFileError, match=complaint) as refusal:
        load_scenario(path)
    assert str(path) in str(refusal.value)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ScenarioFileError, match="cannot be read"):
        load_scenario(tmp_path / "absent.yaml")
    with pytest.raises(ScenarioFileError, match="cannot be read"):
        load_scenario(tmp_path)


def test_an_unknown_name_lists_those_that_ship() -> None:
    with pytest.raises(ScenarioFileError, match=r"no scenario 'smal' ships .*'small'"):
        load_scenario("smal")


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"demand.orders_per_day": float("nan")}, "demand.orders_per_day: must be a finite number, got nan"),
        ({"demand.orders_per_day": float("inf")}, "demand.orders_per_day"),
        ({"demand.orders_per_day": -5}, "demand.orders_per_day: must be above 0, got -5"),
        ({"demand.orders_per_day": True}, "demand.orders_per_day: .* got True"),
        ({"demand.orders_per_day": "5"}, "demand.orders_per_day: .* got '5'"),
        ({"demand.n_skus": 10**400}, "demand.n_skus"),
        ({"carriers.0.wave_cap_orders": -1}, "carriers.falcon.wave_cap_orders: .* got -1"),
        ({"nodes.1.shifts.0.pickers": -2}, "nodes.duisburg.shifts.0.pickers: .* got -2"),
        ({"nodes": []}, "nodes: .* at least 1 item"),
        ({"regions": []}, "regions: .* at least 1 item"),
        ({"carriers.0.services.0.service_level": "warp"}, "unknown service level 'warp'; known are"),
        ({"nodes.1.node_id": "hamburg"}, "node_id 'hamburg' comes twice"),
        ({"nodes.1.node_id": "a|b"}, r"nodes\.a.b\.node_id: must be of the form"),
        ({"nodes.1.shifts": [{"start_hour": 0, "pickers": 0, "packers": 1}]}, "needs a picker and one a packer"),
        ({"nodes.1.stock.order_up_to_days": 2}, "order_up_to_days must be above reorder_point_days"),
        ({"demand.hour_profile": [1.0] * 23}, "demand.hour_profile: .* at least 24 items"),
        ({"demand.hour_profile": [0.0] * 24}, "demand.hour_profile: at least one weight must be above 0"),
        ({"service_levels.0.transit_hours_quantiles": [5, 3]}, "quantiles must not fall"),
        ({"weather.severity": 1}, "weather.severity: is no field here; did you mean .severity_mean"),
        ({"start_at": "2025-03-03T00:00:00"}, "start_at: needs a time zone"),
        ({"currency": "euro"}, "currency"),
        ({"customers.arms.none": {}}, "'none' is always on offer"),
        ({"customers.arms.bribe": {}}, "customers.arms.bribe"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_values_that_make_no_world_are_refused(
    changed: Callable[..., Scenario], changes: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(ScenarioValueError, match=complaint):
        changed(changes)


def test_goods_that_no_node_takes_are_refused(small: Scenario, changed: Callable[..., Scenario]) -> None:
    nobody = {f"nodes.{node}.cold_chain": False for node in range(len(small.nodes))}
    with pytest.raises(ScenarioValueError, match="no node takes such goods"):
        changed(nobody)


def test_a_broken_field_is_reported_with_its_file(tmp_path: Path) -> None:
    content = yaml.safe_load((SHIPPED / "small.yaml").read_text())
    content["nodes"][2]["pick_minutes"] = -4
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(content))
    with pytest.raises(ScenarioError, match=rf"{path}: nodes.leipzig.pick_minutes: must be above 0, got -4"):
        load_scenario(path)


def test_the_hash_follows_the_world_and_not_its_name(small: Scenario, changed: Callable[..., Scenario]) -> None:
    assert scenario_hash(changed({"name": "other", "description": "", "source": {}})) == scenario_hash(small)
    assert scenario_hash(changed({"demand.orders_per_day": 1501})) != scenario_hash(small)


def test_a_feature_that_is_off_leaves_the_hash_of_published_scenarios(small: Scenario) -> None:
    assert scenario_hash(small).startswith("3fc1b61d588c49ca")


def test_an_arm_for_every_type_and_one_for_the_first_types_are_two_worlds(changed: Callable[..., Scenario]) -> None:
    every = [kind.value for kind in IncidentType]
    hashes = {scenario_hash(changed({"customers.arms.coupon.allowed_for": kinds})) for kinds in (every, every[:5], [])}
    assert len(hashes) == 3


def test_a_carrier_farther_away_takes_longer_and_costs_more(small: Scenario) -> None:
    lanes = lane_table(small).lanes
    for near in lanes:
        for far in lanes:
            same = (near.carrier, near.service_level) == (far.carrier, far.service_level)
            if same and near.distance_km < far.distance_km:
                assert near.lead_time_hours <= far.lead_time_hours
                assert near.freight_minor(2) <= far.freight_minor(2)
                assert near.carbon_kg(2) < far.carbon_kg(2)
