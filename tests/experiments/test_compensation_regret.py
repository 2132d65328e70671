"""The regret study: judged as the bench judges, with planted customers who react as they were planted."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from decision.compensation.fitting import fit_compensation
from experiments.arm_worlds import COUPON, LINES, LOG_ODDS, STEPS, ArmWorld, arm_world, places, with_customers
from experiments.benchmarks.decision.examination import compensation_check
from experiments.benchmarks.decision.worlds import PlayedWorld
from experiments.compensation_regret import main, told
from experiments.losses import Pricing
from experiments.policies import DEFAULT_EXPLORATION, EXPLORE, policies_named
from simulator.run import simulate
from simulator.scenario.loading import load_scenario
from simulator.truth.compensation import compensation_truth

N_ORDERS = 2_500


@pytest.fixture(scope="module")
def world() -> ArmWorld:
    return arm_world("small", 41, N_ORDERS)


def test_regret_is_what_the_bench_finds_by_asking_one_incident_after_the_other(world: ArmWorld) -> None:
    policies = policies_named(EXPLORE, DEFAULT_EXPLORATION)
    run = simulate(load_scenario("small"), policies.routing, policies.compensation, n_orders=N_ORDERS, seed=41)
    log = run.decision_log()
    model = fit_compensation(world.incidents, seed=41).model
    asked = PlayedWorld("small", 41, log, log, pd.DataFrame(), compensation_truth(run))
    found = compensation_check(model, asked, Pricing())
    assert world.regret(told(model, world).loss(world)) == pytest.approx(found.regret_share, abs=1e-9)


def test_the_oracle_regrets_nothing_and_the_rules_everything(world: ArmWorld) -> None:
    true = world.loss(world.chance, world.cost_minor)
    assert world.regret(true) == 0
    rules = np.ones(true.shape)
    rules[np.arange(len(rules)), world.default] = 0.0
    assert world.regret(rules) == 1


@pytest.mark.parametrize("law", [LINES, STEPS])
def test_planted_customers_do_what_was_planted(world: ArmWorld, law: str) -> None:
    planted = with_customers(world, law, 5, seed=6)
    every, arm = np.arange(len(world.incidents)), places(world.incidents["arm"])
    chance = planted.chance[every, :, arm]
    happened = planted.incidents[["repurchase_90d", "churn_90d"]].to_numpy(dtype=np.float64)
    error = np.sqrt((chance * (1 - chance)).sum(axis=0))
    assert (np.abs((happened - chance).sum(axis=0)) < 4 * error).all()
    assert (chance >= 0).all()
    assert (chance <= 1).all()


def test_planted_coupons_cost_only_those_who_come_back(world: ArmWorld) -> None:
    planted = with_customers(world, LINES, 5, seed=6)
    coupons = planted.incidents[places(planted.incidents["arm"]) == COUPON]
    assert ((coupons["cost_minor"] > 0) == coupons["repurchase_90d"]).all()
    full = world.cost_minor[:, COUPON] / world.chance[:, 0, COUPON]
    assert planted.cost_minor[:, COUPON] == pytest.approx(full * planted.chance[:, 0, COUPON])


def test_worlds_that_share_their_customers_share_their_chances(world: ArmWorld) -> None:
    once, again = (with_customers(world, STEPS, 5, seed=seed) for seed in (6, 7))
    other = with_customers(world, STEPS, 6, seed=6)
    assert np.array_equal(once.chance, again.chance)
    assert not np.array_equal(once.incidents["churn_90d"], again.incidents["churn_90d"])
    assert not np.allclose(once.chance, other.chance)
    assert with_customers(world, LOG_ODDS, 5, seed=6) is world


def test_the_study_prints_one_json_object_last(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--lessons", "1", "--taught", "4500", "--worlds", "1", "--orders", "700", "--customers", "lines"])
    summary = json.loads(capsys.readouterr().out.splitlines()[-1])["summary"]
    assert {"as it serves", "true effect on churn", "lines fitted to the truth"} <= set(summary)
    # Nothing that chooses by the truth can do worse than doing the same for all.
    assert summary["one arm for each tier"]["regret"] <= summary["one arm for all"]["regret"]
