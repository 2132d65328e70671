"""Expected lateness is what many independent draws come to, with a fraction of their noise."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.delivery import Floats, Ints, Luck, arrivals
from simulator.mishaps import draw_mishaps
from simulator.reference_policies import UniformCompensation, UniformRouting
from simulator.rows import CandidateRows, candidate_rows
from simulator.run import WorldRun, simulate
from simulator.scenario.loading import load_scenario
from simulator.stage import Stage
from simulator.truth.expected import Journey, expected_journey

N_DRAWS = 400


@pytest.fixture(scope="module", params=["small", "customs_jam", "missing_papers"])
def run(request: pytest.FixtureRequest) -> WorldRun:
    return simulate(load_scenario(request.param), UniformRouting(), UniformCompensation(), n_orders=250, seed=4)


def _parcels(run: WorldRun) -> tuple[CandidateRows, np.ndarray]:
    rows = candidate_rows(run.stage, np.arange(run.stage.n_orders))
    return rows, run.stage.demand.placed_at_hours[rows.order] + 9.0


def _integrated(run: WorldRun, n_points: int) -> Journey:
    rows, shipped_at = _parcels(run)
    return expected_journey(run.stage, rows.order, rows.lane, shipped_at, run.stage.noise, n_points)


def test_the_integral_is_the_mean_of_many_draws(run: WorldRun) -> None:
    rows, shipped_at = _parcels(run)
    promised_at = run.stage.demand.promised_at_hours[rows.order]
    late_by = np.stack(
        [
            arrivals(run.stage, rows.lane, shipped_at, redrawn_luck(run.stage, draw, rows.lane, rows.order))
            - promised_at
            for draw in range(N_DRAWS)
        ]
    )
    journey = _integrated(run, 64)
    hours, chance = journey.lateness_hours, journey.late_probability
    for drawn, integrated in ((np.maximum(late_by, 0.0), hours), (late_by > 0, chance)):
        error = drawn.mean(axis=0) - integrated
        standard_error = drawn.std(axis=0) / np.sqrt(N_DRAWS)
        # Rows of one order share draws: their mean is judged by order.
        by_order = np.add.reduceat(error, rows.offsets[:-1])
        assert abs(by_order.mean()) < 4 * by_order.std() / np.sqrt(len(by_order)) + 1e-3
        assert np.sqrt(np.mean(error**2)) < 1.5 * np.sqrt(np.mean(standard_error**2))


def test_more_points_change_little(run: WorldRun) -> None:
    few, many = (_integrated(run, n).late_probability for n in (64, 1024))
    assert np.sqrt(np.mean((few - many) ** 2)) < 0.01


def test_no_points_leave_the_expectation_unknown(run: WorldRun) -> None:
    assert np.isnan(_integrated(run, 0).lateness_hours).all()


def redrawn_luck(stage: Stage, redraw: int, lane_place: Ints, order: Ints) -> Luck:
    """Other draws of all that chance decides after the decision, keyed by carrier, order and redraw."""
    carrier, prefix = stage.table.carrier[lane_place], f"redraw/{redraw}/"
    names = [item.carrier_id for item in stage.scenario.carriers]

    def by_carrier(purpose: str) -> Floats:
        drawn = np.array([stage.noise.uniforms(f"{prefix}{purpose}/{name}", stage.n_orders) for name in names])
        chosen: Floats = drawn[carrier, order]
        return chosen

    customs = stage.noise.uniforms(f"{prefix}customs", stage.n_orders)[order]
    mishaps = draw_mishaps(stage.scenario, stage.table, stage.noise, stage.demand.hazmat, prefix)
    return Luck(by_carrier("transit"), by_carrier("loss"), customs, order, mishaps)
