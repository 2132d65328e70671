"""The spillover study on small worlds: levels agree with the truth of contrasts, and the study tells what it asked."""

from __future__ import annotations

import json

import numpy as np
import pytest

from data.objective import UnitValues
from experiments.delays_to_others import COLUMNS, presence_of_orders, priced
from experiments.policies import DEFAULT_EXPLORATION, policies_named
from experiments.spillover_study import main
from simulator.errors import SimulatorError
from simulator.run import WorldRun, simulate
from simulator.scenario.loading import load_scenario
from simulator.truth.spillover import spillover_truth


@pytest.fixture(scope="module")
def run() -> WorldRun:
    policies = policies_named("explore", DEFAULT_EXPLORATION)
    return simulate(load_scenario("small"), policies.routing, policies.compensation, n_orders=1_200, seed=33)


def test_the_difference_of_two_presences_is_the_frozen_spillover(run: WorldRun) -> None:
    orders = np.asarray(run.fulfilled_orders())[300:1_100:80]
    presence, truth = presence_of_orders(run, orders), spillover_truth(run, orders)
    candidates = run.decision_log().candidates
    taken = candidates.loc[candidates["is_chosen"], ["order_id", "candidate_id"]].merge(presence)
    factual = taken.set_index("order_id").loc[presence["order_id"]]
    told = truth[[f"spillover_{name}" for name in COLUMNS]].to_numpy(dtype=np.float64)
    found = presence[list(COLUMNS)].to_numpy(dtype=np.float64) - factual[list(COLUMNS)].to_numpy(dtype=np.float64)
    assert np.abs(found - told).max() < 1e-9
    assert np.abs(told).max() > 0


def test_delays_of_others_cost_what_an_orders_own_delays_cost(run: WorldRun) -> None:
    presence = presence_of_orders(run, [400]).assign(lateness_hours=2.0, late=1.0, stock_out=3.0)
    values = UnitValues(lateness_minor_per_hour=10, late_order_minor=100, stock_out_minor=1_000)
    assert priced(presence, values) == pytest.approx([3_120.0] * len(presence))


def test_an_order_that_is_not_in_the_run_is_named(run: WorldRun) -> None:
    with pytest.raises(SimulatorError, match="order 99999 is not in the run"):
        presence_of_orders(run, [99_999])


@pytest.mark.filterwarnings("ignore:Co-variance matrix")
def test_the_study_answers_both_questions(capsys: pytest.CaptureFixture[str]) -> None:
    sizes = ["--taught", "900", "--played", "60", "--orders", "300", "--judged", "20", "--worlds", "2"]
    main(["--scenarios", "small", *sizes])
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert 0 <= found["slope"] <= 1
    assert [check["scenario"] for check in found["held_out"]] == ["small"]
    assert len(found["held_out"][0]["deciles"]) == 10
    gain = found["gains"][0]["counting"]["loss"]
    assert gain["lower"] <= gain["point"] <= gain["upper"]
