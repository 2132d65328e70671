"""Whoever gets a scenario wrong is told which field by its name, what is wrong, and what may be written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from simulator.errors import ScenarioFileError, ScenarioValueError
from simulator.scenario.loading import load_scenario
from simulator.scenario.schema import Scenario

Change = Callable[..., Scenario]
STRIKE = {"kind": "carrier_strike", "carrier": "tortoise", "starts_at": 1, "ends_at": 5}


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"carriers.1.wave_cap": 3}, "carriers.meridian.wave_cap: is no field here; did you mean 'wave_cap_orders'?"),
        ({"carriers.1.wave_cap_orders": 0}, "carriers.meridian.wave_cap_orders: must be at least 1, got 0"),
        ({"carriers.1.wave_cap_orders": 2.5}, "carriers.meridian.wave_cap_orders: must be a whole number, got 2.5"),
        (
            {"carriers.1.services.0.zzz": 1},
            "carriers.meridian.services.express.zzz: is no field here; there are service_",
        ),
        ({"nodes.0.shifts": []}, "nodes.hamburg.shifts: must have at least 1 item, and has 0; write 1 more, got []"),
        ({"nodes.0.lat": "-.inf"}, "nodes.hamburg.lat: must be a finite number, got '-.inf'"),
        ({"demand.n_skus": ".nan"}, "demand.n_skus: must be a finite number, got '.nan'"),
        ({"nodes.0.cold_chain": "yes"}, "nodes.hamburg.cold_chain: must be true or false, got 'yes'"),
        ({"nodes.0.lat": "north"}, "nodes.hamburg.lat: must be a number, got 'north'"),
        ({"nodes.0.lat": 91}, "nodes.hamburg.lat: must be at most 90, got 91"),
        ({"nodes.0.stock": {}}, "nodes.hamburg.stock.reorder_point_days: is missing, and nothing stands for it"),
        ({"nodes.0.stock.shelf_life": {"days": 1e-9}}, "nodes.hamburg.stock.shelf_life.days: must be at least 0.04"),
        (
            {"disruptions": [{**STRIKE, "strenght": 1}]},
            "disruptions.0.strenght: is no field here; did you mean 'strength'?",
        ),
        ({"disruptions": [{**STRIKE, "kind": "strike"}]}, "disruptions.0: must have one of the kinds 'node_outage', "),
        (
            {"disruptions": [{**STRIKE, "reports": "no"}]},
            "disruptions.0.reports: must be 'told', 'unaware' or 'stopped'",
        ),
        ({"demand": 7}, "demand: must be a mapping of fields to values, got 7"),
        ({"customers.warning_hours": float("inf")}, "customers.warning_hours: must be a finite number"),
    ],
)
def test_a_complaint_names_the_field_and_what_may_be_written(
    changed: Change, changes: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(ScenarioValueError) as raised:
        changed(changes)
    assert f"test: {complaint}" in str(raised.value)
    assert "Input should" not in str(raised.value)


def test_a_list_is_not_called_too_short_because_of_what_is_wrong_in_it(changed: Change) -> None:
    with pytest.raises(ScenarioValueError) as raised:
        changed({"demand.channels": [{"channel_id": ""}]})
    assert str(raised.value) == "test: demand.channels.0.channel_id: must have at least 1 letter, got ''"


def test_a_misspelt_name_is_answered_with_what_comes_near() -> None:
    with pytest.raises(ScenarioFileError, match=r"'strom' ships .* it names no .yaml file; did you mean 'storm'\?"):
        load_scenario("strom")
    with pytest.raises(ScenarioFileError, match=r"no scenario 'qqqq' ships .*; there are \[.*'storm'"):
        load_scenario("qqqq")
