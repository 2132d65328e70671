"""Doubts of simulated logs: honest ones, meddled ones, and ones without propensities."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from data.decision_log.dataset import DecisionLog
from data.manifest import read_manifest, write_manifest
from decision.logged_choices import LoggedChoices
from decision.overlap.report import agreement_with
from decision.sensitivity.hidden_confounding import PropensitySource
from experiments.benchmarks.confounding import COMPENSATION, ROUTING, benchmark_confounding, judged
from experiments.benchmarks.operators import AvoidingDispatcher, SoftHeartedAgent, blinded
from experiments.doubts import compensation_doubts, routing_doubts
from experiments.losses import Pricing
from experiments.propensities import OF_ARMS, load_log
from simulator.run import simulate
from simulator.scenario.loading import load_scenario


@pytest.fixture(scope="module")
def log() -> DecisionLog:
    return simulate(load_scenario("small"), ROUTING, COMPENSATION, n_orders=2_500, seed=3).decision_log()


def without_propensities(log: DecisionLog, folder: Path) -> Path:
    log.save(folder, {"source": "simulated"})
    log.candidates.drop(columns="propensity").to_parquet(folder / "candidates.parquet", index=False)
    log.incidents.drop(columns=OF_ARMS).to_parquet(folder / "incidents.parquet", index=False)
    facts = {name: value for name, value in read_manifest(folder, verify=False).items() if name != "files"}
    write_manifest(folder, facts)
    return folder


def test_an_honest_log_is_not_accused_and_says_what_it_is_worth(log: DecisionLog) -> None:
    doubts = routing_doubts(log, Pricing(), PropensitySource.LOGGED)
    assert not doubts.hidden_confounding.flagged
    assert doubts.overlap.calibrated
    assert doubts.overlap.agreement is not None
    assert doubts.overlap.agreement.mean_difference < 0.01
    assert 0 < doubts.sensitivity.robustness_value < 1
    assert len(doubts.sentences) == 3


def test_propensities_are_found_again_where_a_log_lost_them(log: DecisionLog, tmp_path: Path) -> None:
    again, source = load_log(without_propensities(log, tmp_path / "log"))
    assert source is PropensitySource.ESTIMATED
    choices = LoggedChoices.of_routing(log)
    told = agreement_with(choices, again.candidates["propensity"].to_numpy(dtype=np.float64))
    assert told.mean_difference < 0.01
    doubts = compensation_doubts(again.incidents, Pricing(), source, seed=1)
    assert "cannot tell" in doubts.hidden_confounding.words


def test_a_log_that_holds_its_propensities_is_read_as_it_is(log: DecisionLog, tmp_path: Path) -> None:
    log.save(tmp_path / "log", {})
    again, source = load_log(tmp_path / "log")
    assert source is PropensitySource.LOGGED
    assert again.candidates.equals(DecisionLog.load(tmp_path / "log").candidates)


def test_overridden_draws_are_found_in_both_logs() -> None:
    dispatcher, agent = AvoidingDispatcher(ROUTING, 0.5), SoftHeartedAgent(COMPENSATION, 0.5)
    meddled = simulate(load_scenario("small"), dispatcher, agent, n_orders=3_000, seed=4).decision_log()
    assert all(found.flagged for found in judged(blinded(meddled)))


def test_the_benchmark_counts_worlds_and_gives_intervals() -> None:
    figures = benchmark_confounding(2, n_orders=1_000)
    assert figures["hidden_confounder_found_share_interval"]["n"] == 4
    assert figures["clean_world_accused_share_interval"]["n"] == 2
    assert 0 <= figures["hidden_confounder_found_share"] <= 1
