"""What a log of a simulated network tells of its carriers' calls."""

from __future__ import annotations

import pytest

from decision.exploration import RulePolicy
from decision.routing.overbooking import logged_collection_hours
from simulator.reference_policies import UniformCompensation
from simulator.run import simulate
from simulator.scenario.loading import load_scenario


@pytest.mark.parametrize("name", ["small", "dataco"])
def test_a_log_tells_how_often_each_carrier_calls(name: str) -> None:
    scenario = load_scenario(name)
    log = simulate(scenario, RulePolicy(), UniformCompensation(), n_orders=3_000, seed=31).decision_log()
    calls = {item.carrier_id: 24 / len(item.collection_hours) for item in scenario.carriers}
    assert logged_collection_hours(log.candidates) == pytest.approx(calls, rel=1e-9)
