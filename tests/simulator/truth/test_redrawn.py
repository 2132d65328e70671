"""Redrawn futures begin where the world stood, follow its laws, and give back the factual truth on factual noise."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from simulator.clock import Kind
from simulator.delivery import arrivals, factual_luck
from simulator.errors import SimulatorError
from simulator.noise import Noise
from simulator.reference_policies import CheapestFromNearest, UniformCompensation, UniformRouting
from simulator.run import WorldRun, simulate
from simulator.scenario.schema import Scenario
from simulator.stage import set_stage
from simulator.truth.future import Future
from simulator.truth.redraw import redraw_noise, redrawn_stage
from simulator.truth.redrawn import N_POINTS, expected_in, passages, redrawn_truth
from simulator.truth.routing import routing_truth
from simulator.truth.weather import Sky
from simulator.truth.windows import Window, windows


@pytest.fixture(scope="module")
def run(small: Scenario) -> WorldRun:
    return simulate(small, CheapestFromNearest(), UniformCompensation(), n_orders=1_200, seed=2)


def one_window(run: WorldRun, orders: list[int], width_hours: float = 0.0) -> Window:
    return next(windows(run, np.array(orders), width_hours))


@pytest.mark.parametrize(("width_hours", "horizon_hours"), [(0.0, 24.0), (0.0, 1.0), (0.5, 5.0)])
def test_a_future_on_factual_noise_is_the_factual_truth_bit_for_bit(
    run: WorldRun, width_hours: float, horizon_hours: float
) -> None:
    """200 random decisions in all, every candidate, the factual one among them."""
    orders = np.sort(np.random.default_rng(3).choice(1_150, 67, replace=False))
    stage, truth = run.stage, routing_truth(run, orders, redraws=N_POINTS)
    played: list[pd.DataFrame] = []
    for window in windows(run, orders, width_hours):
        future = Future(run, stage, window, window.snapshot.now + horizon_hours)
        journey, stock_out = expected_in(future, stage, stage.noise)
        shipped_at, _ = passages(Future(run, stage, window, window.snapshot.now + horizon_hours), stage)
        rows = window.rows
        delivered_at = arrivals(stage, rows.lane, shipped_at, factual_luck(stage, rows.lane, rows.order))
        played.append(
            pd.DataFrame(
                {
                    "lateness_hours": np.maximum(0.0, delivered_at - stage.demand.promised_at_hours[rows.order]),
                    "stock_out": stock_out,
                    "expected_lateness_hours": journey.lateness_hours,
                    "expected_late_probability": journey.late_probability,
                    "expected_damage_probability": journey.damage_probability,
                }
            )
        )
    found = pd.concat(played, ignore_index=True)
    pd.testing.assert_frame_equal(found, truth[list(found)], check_exact=True)


def test_orders_that_came_stay_and_later_ones_are_others(run: WorldRun) -> None:
    window = one_window(run, [700])
    first, second = (
        redrawn_stage(run.stage, window.snapshot, [700], window.snapshot.now + 12.0, redraw_noise(1, 700, k)).demand
        for k in range(2)
    )
    for demand in (first, second):
        assert demand.placed_at_hours[:701].tolist() == run.stage.demand.placed_at_hours[:701].tolist()
        assert (
            demand.line_sku[: demand.line_start[701]].tolist()
            == run.stage.demand.line_sku[: demand.line_start[701]].tolist()
        )
        assert (demand.placed_at_hours[701:] > window.snapshot.now).all()
    assert first.placed_at_hours[701] != second.placed_at_hours[701]


def test_later_demand_comes_at_the_scenarios_pace(run: WorldRun) -> None:
    window, hours = one_window(run, [700]), 24.0
    counts = [
        redrawn_stage(run.stage, window.snapshot, [700], window.snapshot.now + hours, Noise(seed)).n_orders - 701
        for seed in range(40)
    ]
    expected = run.stage.scenario.demand.orders_per_day
    weekday = run.stage.scenario.demand.weekday_profile
    assert 0.9 * expected * min(weekday) < np.mean(counts) < 1.1 * expected * max(weekday)
    assert np.var(counts, ddof=1) == pytest.approx(np.mean(counts), rel=0.6)


def test_work_that_has_begun_stays_as_it_is(run: WorldRun) -> None:
    window = one_window(run, [700])
    begun = {entity for _, kind, _, entity in window.snapshot.queue if kind == Kind.PACKED}
    waiting = {order for station in window.snapshot.stations for order in station.pick_queue}
    redrawn = redrawn_stage(run.stage, window.snapshot, [700], window.snapshot.now + 1.0, Noise(4)).demand
    same = redrawn.pick_effort[:701] == run.stage.demand.pick_effort[:701]
    assert set(np.flatnonzero(~same).tolist()) <= waiting | {700} | set().union(
        *(station.missing_lines for station in window.snapshot.stations)
    )
    assert all(redrawn.pack_effort[order] == run.stage.demand.pack_effort[order] for order in begun - {700})
    assert not same[700]


def test_each_future_depends_on_its_keys_alone(run: WorldRun) -> None:
    alone = redrawn_truth(run, [640], redraws=3, seed=9)
    among = redrawn_truth(run, [900, 640, 100], redraws=3, seed=9)
    part = among[among["order_id"] == alone["order_id"].iloc[0]].reset_index(drop=True)
    pd.testing.assert_frame_equal(alone, part)
    assert not alone.equals(redrawn_truth(run, [640], redraws=3, seed=10))


def test_redrawn_expectations_average_to_the_factual_means(small: Scenario) -> None:
    run = simulate(small, UniformRouting(), UniformCompensation(), n_orders=1_000, seed=8)
    orders = np.arange(100, 900, 80)
    redrawn = redrawn_truth(run, orders, redraws=4, seed=1)
    factual = routing_truth(run, orders, redraws=32)
    gap = redrawn["expected_late_probability"] - factual["expected_late_probability"]
    by_order = gap.groupby(redrawn["order_id"]).mean()
    assert abs(by_order.mean()) < 3 * by_order.std() / np.sqrt(len(by_order)) + 0.01
    assert (redrawn["expected_stock_out_probability"] == factual["expected_stock_out_probability"]).all()
    assert redrawn["expected_late_probability"].between(0, 1).all()
    assert (redrawn["expected_late_probability_se"] >= 0).all()


def test_a_wider_window_changes_expectations_by_no_more_than_their_error(run: WorldRun) -> None:
    orders = range(600, 624, 4)
    own = redrawn_truth(run, orders, redraws=4, seed=3)
    shared = redrawn_truth(run, orders, redraws=4, seed=3, window_minutes=60.0)
    error = np.hypot(own["expected_lateness_hours_se"], shared["expected_lateness_hours_se"]).mean()
    assert abs((own["expected_lateness_hours"] - shared["expected_lateness_hours"]).mean()) < 3 * error


@pytest.mark.parametrize(
    "wrong", [{"redraws": 0}, {"seed": -1}, {"window_minutes": -1.0}, {"horizon_hours": float("nan")}]
)
def test_futures_that_cannot_be_drawn_are_refused(run: WorldRun, wrong: dict[str, Any]) -> None:
    with pytest.raises(SimulatorError, match="give"):
        redrawn_truth(run, [3], **({"redraws": 2, "seed": 1} | wrong))


def test_redrawn_weather_keeps_what_came_and_is_as_bad_on_average_as_what_comes(small: Scenario) -> None:
    gaps = []
    for seed in range(30):
        stage = set_stage(small, seed, 5)
        truth, redrawn = np.array(stage.weather.severity), np.array(Sky(stage).redrawn(30.0, Noise(seed)).severity)
        assert (redrawn[:, :30] == truth[:, :30]).all()
        gaps.append(redrawn[:, 31:].mean() - truth[:, 31:].mean())
    assert abs(np.mean(gaps)) < 3 * np.std(gaps) / np.sqrt(len(gaps))
    assert np.std(gaps) > 0


def test_redrawn_weather_heeds_the_forecast(small: Scenario) -> None:
    run = simulate(small, CheapestFromNearest(), UniformCompensation(), n_orders=50, seed=6)
    forecast = np.array(run.stage.weather.forecast)[:, 60:]
    sky = Sky(run.stage)
    mean = np.mean([sky.redrawn(50.0, Noise(seed)).severity for seed in range(40)], axis=0)[:, 60:]
    assert np.corrcoef(mean.ravel(), forecast.ravel())[0, 1] > 0.6
