"""Disruptions that no world could see are refused, with what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from simulator.errors import ScenarioValueError
from simulator.scenario.schema import Scenario

Change = Callable[..., Scenario]
OUTAGE: dict[str, Any] = {"kind": "node_outage", "node": "nuremberg", "starts_at": 8, "ends_at": 20}
SICKNESS: dict[str, Any] = {"kind": "capacity_loss", "node": "duisburg", "strength": 0.5, "starts_at": 6, "ends_at": 18}
STRIKE: dict[str, Any] = {"kind": "carrier_strike", "carrier": "tortoise", "starts_at": 10, "ends_at": 30}
JAM: dict[str, Any] = {"kind": "customs_jam", "regions": ["alps"], "starts_at": 0, "ends_at": 96}
STORM: dict[str, Any] = {"kind": "storm", "regions": ["west"], "severity": 0.8, "starts_at": 12, "ends_at": 30.5}
SPIKE: dict[str, Any] = {"kind": "demand_spike", "multiplier": 4, "starts_at": 9.5, "ends_at": 12.5}
OPENING: dict[str, Any] = {"kind": "node_opening", "node": "leipzig", "opens_at": "2025-03-03T12:00:00Z"}


@pytest.mark.parametrize(
    ("disruption", "complaint"),
    [
        ({**OUTAGE, "node": "nurnberg"}, r"disruption 0 \(node_outage\): node 'nurnberg' is not in .* known are"),
        ({**STRIKE, "nodes": ["leipzig", "x"]}, "nodes 'x' is not in the scenario"),
        ({**STRIKE, "carrier": "snail"}, "carrier 'snail' is not in the scenario"),
        ({**STORM, "regions": ["moon"]}, "regions 'moon' is not in the scenario"),
        ({**STORM, "regions": []}, "regions: .* at least 1 item"),
        ({**OUTAGE, "ends_at": 8}, "ends at hour 8, not after its start at 8"),
        ({**OUTAGE, "ends_at": "2025-03-03T06:00:00Z"}, "ends at hour 6, not after its start at 8"),
        ({**OUTAGE, "starts_at": "2025-03-02T06:00:00Z"}, "hour -18 of the world is outside its first year"),
        ({**OUTAGE, "starts_at": "2025-03-03T06:00:00"}, "starts_at"),
        ({**OUTAGE, "ends_at": 1e9}, "ends_at"),
        ({**OUTAGE, "ends_at": None}, "ends_at"),
        ({**OUTAGE, "ends_at": float("nan")}, "ends_at"),
        ({**SICKNESS, "strength": 0}, "strength: must be above 0"),
        ({**SPIKE, "multiplier": -1}, "multiplier: must be above 0"),
        ({**SPIKE, "hot_share": 0.5}, "no hot_articles are named"),
        ({**SPIKE, "hot_articles": [121]}, "hot article 121 is beyond the last of 120"),
        ({**JAM, "delay_hours_quantiles": [4, 2]}, "quantiles must not fall"),
        ({**STORM, "kind": "earthquake"}, "disruptions.0: .*earthquake"),
        ({**STORM, "wind": 3}, "disruptions.0.wind: is no field here; (did you|there are)"),
    ],
    ids=lambda value: str(value)[:50],
)
def test_impossible_disruptions_are_refused(changed: Change, disruption: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ScenarioValueError, match=complaint):
        changed({"disruptions": [disruption]})


def test_goods_that_nobody_takes_for_a_while_are_refused(changed: Change) -> None:
    closed = [{**OPENING, "node": node} for node in ("hamburg", "duisburg", "nuremberg")]
    with pytest.raises(ScenarioValueError, match="from hour 0 on no node takes every kind of goods"):
        changed({"disruptions": closed})
