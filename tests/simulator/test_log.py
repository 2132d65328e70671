"""The decision log says what was seen, when, and never more."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from data.choice_sets import CANDIDATE_COLUMNS, ORDER_COLUMNS, ChoiceSets
from data.decision_log.dataset import DecisionLog
from simulator.reference_policies import UniformCompensation, UniformRouting
from simulator.run import WorldRun, simulate
from simulator.scenario.schema import Scenario

Listen = Callable[[], Any]


@pytest.fixture(scope="module")
def log(uniform_run: WorldRun) -> DecisionLog:
    return uniform_run.decision_log()


def test_the_log_holds_what_the_policy_saw(small: Scenario, listening: Listen) -> None:
    policy = listening()
    log = simulate(small, policy, UniformCompensation(), n_orders=300, seed=8).decision_log()
    logged = ChoiceSets.of_log(log)
    for name in ORDER_COLUMNS:
        shown = [getattr(choices, name) for choices in policy.shown]
        assert logged.order[name] == pytest.approx(shown, abs=1e-6), name
    for name in CANDIDATE_COLUMNS:
        shown_rows = np.concatenate([getattr(choices, name) for choices in policy.shown])
        assert logged.candidate[name] == pytest.approx(shown_rows, abs=1e-6), name
    assert log.candidates["candidate_id"].tolist() == [name for item in policy.shown for name in item.candidate_id]


def test_reports_are_as_old_as_the_nodes_interval_allows(small: Scenario, log: DecisionLog) -> None:
    decided_at = log.candidates.merge(log.orders[["order_id", "decided_at"]], on="order_id")["decided_at"]
    age_hours = (decided_at - log.candidates["observed_at"]).dt.total_seconds() / 3600
    oldest = age_hours.groupby(log.candidates["node_id"]).max()
    assert age_hours.min() >= 0
    for node in small.nodes:
        assert oldest[node.node_id] <= node.reporting_interval_hours + 1e-6
        assert oldest[node.node_id] > 0.8 * node.reporting_interval_hours


def test_between_reports_a_node_looks_unchanged(log: DecisionLog) -> None:
    told = log.candidates.groupby(["node_id", "observed_at"])["backlog_orders"]
    assert (told.min() == told.max()).all()
    assert told.size().max() > 100


def test_cut_offs_are_ahead_and_at_collection_hours(small: Scenario, log: DecisionLog) -> None:
    decided_at = log.candidates.merge(log.orders[["order_id", "decided_at"]], on="order_id")["decided_at"]
    assert (log.candidates["cut_off_at"] > decided_at).all()
    for carrier in small.carriers:
        mine = log.candidates.loc[log.candidates["carrier_id"] == carrier.carrier_id, "cut_off_at"]
        assert set(mine.dt.hour.unique()) <= set(carrier.collection_hours)
        assert (mine.dt.minute == 0).all()


def test_cost_is_freight_and_handling_of_the_choice(log: DecisionLog) -> None:
    chosen = log.candidates[log.candidates["is_chosen"]]
    assert (chosen["freight_minor"] + chosen["handling_minor"]).tolist() == log.outcomes["cost_minor"].tolist()
    assert chosen["carbon_kg"].tolist() == log.outcomes["carbon_kg"].tolist()


def test_freight_agrees_with_the_network_beside_the_log(log: DecisionLog) -> None:
    lanes = {
        (lane.region_id, lane.node_id, lane.carrier_id, lane.service_level): lane
        for lanes in log.network.lanes_by_region.values()
        for lane in lanes
    }
    rows = log.candidates.merge(log.orders[["order_id", "region", "n_units"]], on="order_id").head(2_000)
    keys = rows[["region", "node_id", "carrier_id", "service_level"]].itertuples(index=False, name=None)
    taken = [lanes[region, node, carrier, level] for region, node, carrier, level in keys]
    units = rows["n_units"].tolist()
    assert rows["freight_minor"].tolist() == [lane.freight_minor(n) for lane, n in zip(taken, units, strict=True)]
    assert rows["carbon_kg"].tolist() == [lane.carbon_kg(n) for lane, n in zip(taken, units, strict=True)]
    assert rows["lead_time_hours"].tolist() == [lane.lead_time_hours for lane in taken]


def test_choices_follow_their_propensities(log: DecisionLog) -> None:
    place = log.candidates[log.candidates["is_chosen"]]
    assert place["propensity"].to_numpy() == pytest.approx(
        1 / log.candidates.groupby("order_id", sort=False).size().to_numpy()
    )
    expected = log.candidates.groupby("carrier_id")["propensity"].sum()
    counted = place.groupby("carrier_id").size()
    assert (abs(counted - expected) < 4 * np.sqrt(expected)).all()


def test_incidents_are_the_orders_that_went_wrong(log: DecisionLog, uniform_run: WorldRun) -> None:
    broken = np.frombuffer(uniform_run.record.lost, np.uint8) | np.frombuffer(uniform_run.record.damaged, np.uint8)
    wrong = log.outcomes["late"] | log.outcomes["stock_out"] | pd.Series(broken > 0)
    assert sorted(log.incidents["order_id"]) == sorted(log.outcomes.loc[wrong, "order_id"])
    assert log.incidents["occurred_at"].is_monotonic_increasing


def test_a_customer_remembers_earlier_incidents(log: DecisionLog) -> None:
    nth = log.incidents.groupby("customer_id").cumcount()
    assert nth.max() > 0
    assert (log.incidents["n_past_incidents"] == nth).all()


def test_signals_of_trouble_go_with_trouble(small: Scenario) -> None:
    run = simulate(small, UniformRouting(), UniformCompensation(), n_orders=6_000, seed=12)
    log = run.decision_log()
    chosen = log.candidates[log.candidates["is_chosen"]].reset_index(drop=True)
    shipped_after = (log.outcomes["shipped_at"] - log.orders["decided_at"]).dt.total_seconds()
    transit = (log.outcomes["delivered_at"] - log.outcomes["shipped_at"]).dt.total_seconds() / chosen["lead_time_hours"]
    fresh = chosen["observed_at"].gt(log.orders["decided_at"] - pd.Timedelta(hours=1))
    in_stock = ~log.outcomes["stock_out"]
    assert _rank(chosen["backlog_orders"][fresh & in_stock], shipped_after[fresh & in_stock]) > 0.2
    assert _rank(chosen["weather_severity"], transit) > 0.2
    assert _rank(chosen["available_quantity"], log.outcomes["stock_out"]) < -0.1


def _rank(signal: pd.Series, outcome: pd.Series) -> float:
    return float(signal.corr(outcome, method="spearman"))


def test_saving_and_loading_keeps_every_value(log: DecisionLog, tmp_path: Path) -> None:
    folder = tmp_path / "log"
    log.save(folder, {"seed": 5})
    loaded = DecisionLog.load(folder)
    for name in ("orders", "candidates", "outcomes", "incidents"):
        pd.testing.assert_frame_equal(getattr(loaded, name), getattr(log, name))
    assert loaded.network == log.network


def test_the_weather_now_is_what_it_is_and_no_forecast(uniform_run: WorldRun, log: DecisionLog) -> None:
    weather, stage = uniform_run.stage.weather, uniform_run.stage
    regions = {spec.region_id: place for place, spec in enumerate(stage.scenario.regions)}
    nodes = {spec.node_id: stage.node_region[place] for place, spec in enumerate(stage.scenario.nodes)}
    orders = log.orders.set_index("order_id").loc[log.candidates["order_id"]]
    hours = (orders["decided_at"] - stage.scenario.start_at).dt.total_seconds().to_numpy() / 3600
    there, here = orders["region"].map(regions).to_numpy(), log.candidates["node_id"].map(nodes).to_numpy()
    severity, hour = np.array(weather.severity), np.minimum((hours + 1e-9).astype(int), weather.last_hour)
    expected = np.maximum(severity[there, hour], severity[here, hour])
    assert log.candidates["weather_now"].to_numpy() == pytest.approx(expected)
    assert not np.allclose(log.candidates["weather_now"], log.candidates["weather_severity"])
