"""The world with every feature on: each is there, the books balance, and the truth is exact."""

from __future__ import annotations

import numpy as np
import pytest

from decision.exploration import RulePolicy
from simulator.ledger import simulate_audited
from simulator.reference_policies import UniformCompensation
from simulator.run import WorldRun, simulate
from simulator.scenario.disruptions import Disruption
from simulator.scenario.loading import load_scenario
from simulator.scenario.published import LATER_FEATURES
from simulator.scenario.schema import Scenario
from simulator.truth.routing import routing_truth

N_ORDERS = 4_000


@pytest.fixture(scope="module")
def everything_on() -> Scenario:
    return load_scenario("everything_on")


@pytest.fixture(scope="module")
def run(everything_on: Scenario) -> WorldRun:
    return simulate(everything_on, RulePolicy(), UniformCompensation(), n_orders=N_ORDERS, seed=5)


def test_nothing_that_a_scenario_can_speak_of_is_left_out(everything_on: Scenario) -> None:
    stated = everything_on.model_dump_json(exclude_none=True)
    assert [feature for feature in sorted(LATER_FEATURES) if f'"{feature}":' not in stated] == []
    kinds = {kind.model_fields["kind"].annotation.__args__[0] for kind in Disruption.__origin__.__args__}  # type: ignore[attr-defined]
    assert {item.kind for item in everything_on.disruptions} == kinds


def test_every_feature_has_its_share_in_what_happens(run: WorldRun) -> None:
    kinds = {str(incident.grievance.incident_type) for incident in run.record.incidents}
    assert kinds >= {
        "late_expected",
        "dwell_overrun",
        "lost",
        "damaged",
        "stock_out",
        "address_change",
        "customs_delay",
        "carrier_refusal",
    }
    assert len(run.record.cancelled_at_hours) > 20
    assert len(run.record.absent) > 100


def test_the_world_is_stable_under_the_rules(everything_on: Scenario) -> None:
    run = simulate(everything_on, RulePolicy(), UniformCompensation(), n_orders=20_000, seed=6)
    placed, shipped = run.stage.demand.placed_at_hours, np.array(run.record.shipped_at_hours)
    waits = [np.nanmean((shipped - placed)[(placed >= start) & (placed < start + 72)]) for start in (24, 120)]
    assert waits[1] < 1.5 * waits[0]


def test_books_balance_and_truth_is_exact_with_everything_on(everything_on: Scenario) -> None:
    run = simulate_audited(everything_on, RulePolicy(), UniformCompensation(), n_orders=300, seed=5)
    truth = routing_truth(run, run.fulfilled_orders()[::3], redraws=1)
    assert np.isfinite(truth["expected_lateness_hours"]).all()
