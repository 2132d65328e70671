"""Expected potential outcomes over redraws of the whole future: what is known at the decision stays, the rest is drawn.

The true state of every node, goods under way, the weather so far and its forecast stay. Later demand, work not
begun, delays of goods not ordered yet, weather to come, transit, loss, customs and the exploration of the run's own
policy, which routes the later orders, are drawn anew. In each future every candidate is played, others frozen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.errors import SimulatorError
from simulator.node import LocalQueue
from simulator.noise import Noise
from simulator.rows import CandidateRows, candidate_rows
from simulator.run import WorldRun
from simulator.stage import Stage
from simulator.tariffs import carbon_kg, freight_minor, split_carbon_kg, split_cost_minor
from simulator.truth.chosen import checked_orders, row_keys
from simulator.truth.expected import Journey, expected_journey
from simulator.truth.future import Future
from simulator.truth.redraw import redraw_noise, redrawn_stage
from simulator.truth.replay import Visit
from simulator.truth.weather import Sky
from simulator.truth.windows import Window, windows

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

MINUTES_PER_HOUR = 60.0
# A future is played this much further whenever an order is not packed yet.
STEP_HOURS = 2.0
# Points of chance in each future over which transit, customs and mishaps are integrated.
N_POINTS = 32


@dataclass(frozen=True, slots=True)
class _Found:
    """What was found by candidate row and future, shape (n_rows, n_futures); stock is short in all or none."""

    lateness: Floats
    late: Floats
    damage: Floats
    mishap_cost: Floats
    stock_out: Flags
    is_split: Flags

    @classmethod
    def empty(cls, n_rows: int, n_futures: int) -> _Found:
        lateness, late, damage, cost = (np.empty((n_rows, n_futures)) for _ in range(4))
        stock_out, is_split = (np.zeros(n_rows, dtype=np.bool_) for _ in range(2))
        return cls(lateness, late, damage, cost, stock_out, is_split)


_FoundAt = tuple[_Found, Ints, int]


def redrawn_truth(
    run: WorldRun,
    order_indices: Sequence[int] | Ints,
    *,
    redraws: int,
    seed: int,
    window_minutes: float = 0.0,
    horizon_hours: float = 24.0,
) -> pd.DataFrame:
    """Play every candidate of the chosen orders in many futures.

    Parameters
    ----------
    order_indices : sequence of int
        Numbers of the orders, 0 for the first of the run; each at most once.
    redraws : int
        Futures per order.
    seed : int
        Of the futures, which are keyed by it, the window's last order and their number.
    window_minutes : float
        Chosen orders of so many minutes share their futures, which begin after the last of them: for up to so long
        after its decision an order meets what came in fact. 0 gives each order futures of its own.
    horizon_hours : float
        From so long after its window on, an order meets those who come in fact. It concerns orders that wait long,
        mostly for goods, and saves playing days of the world for them.

    Returns
    -------
    DataFrame
        One row an order and candidate, orders as given, keys and columns as of `routing_truth`: order_id,
        candidate_id, cost_minor (its expectation, where mishaps cost), carbon_kg, expected_lateness_hours,
        expected_late_probability, expected_stock_out_probability, expected_damage_probability; and
        expected_lateness_hours_se, expected_late_probability_se, their Monte Carlo standard errors over the futures
        (NaN for a single one).

    Raises
    ------
    SimulatorError
        If an order is not in the run or comes twice, or futures cannot be drawn like that.
    """
    orders = checked_orders(run, order_indices)
    _require_usable(redraws, seed, window_minutes, horizon_hours)
    rows = candidate_rows(run.stage, orders)
    found = _Found.empty(len(rows.order), redraws)
    row_of = dict(zip(orders.tolist(), np.split(np.arange(len(rows.order)), rows.offsets[1:-1]), strict=True))
    sky = Sky(run.stage)
    for window in windows(run, orders, window_minutes / MINUTES_PER_HOUR):
        mine = np.concatenate([row_of[order] for order in window.orders])
        for k in range(redraws):
            _play(run, window, sky, redraw_noise(seed, window.orders[-1], k), horizon_hours, (found, mine, k))
    return _table(run.stage, orders, rows, found)


def _require_usable(redraws: int, seed: int, window_minutes: float, horizon_hours: float) -> None:
    if redraws < 1 or seed < 0:
        msg = f"redraws is {redraws} and seed {seed}; give at least one redraw and a seed of 0 or more"
        raise SimulatorError(msg)
    if not 0.0 <= window_minutes < np.inf or not 0.0 < horizon_hours < np.inf:
        msg = (
            f"window_minutes is {window_minutes} and horizon_hours {horizon_hours}; give finite numbers, "
            f"the first of 0 or more and the second above 0"
        )
        raise SimulatorError(msg)


def _play(run: WorldRun, window: Window, sky: Sky, noise: Noise, horizon_hours: float, found: _FoundAt) -> None:
    """Play the candidates of a window in one future, and write down what they have to expect in it."""
    until_hours = window.snapshot.now + horizon_hours
    stage = redrawn_stage(run.stage, window.snapshot, window.orders, until_hours, noise)
    in_weather = replace(run.stage, weather=sky.redrawn(window.snapshot.now, noise))
    journey, stock_out = expected_in(Future(run, stage, window, until_hours), in_weather, noise)
    into, mine, k = found
    into.lateness[mine, k], into.late[mine, k] = journey.lateness_hours, journey.late_probability
    into.damage[mine, k], into.mishap_cost[mine, k] = journey.damage_probability, journey.mishap_cost_minor
    into.stock_out[mine] = stock_out
    if k == 0 and run.stage.scenario.fulfilment.split:
        into.is_split[mine] = _split(window, run.stage)


def _split(window: Window, stage: Stage) -> Flags:
    """Whether each candidate row of a window is split, which its node's shelf decides when it comes."""
    split: dict[tuple[int, int], bool] = {}
    for fork in window.forks:
        station = fork.station.twin(LocalQueue([], 0).post)
        station.join(fork.order, 0, float(stage.demand.placed_at_hours[fork.order]))
        split[fork.order, fork.node] = fork.order in station.unsent
    node = stage.table.node[window.rows.lane].tolist()
    return np.array([split[row] for row in zip(window.rows.order.tolist(), node, strict=True)])


def expected_in(future: Future, factual: Stage, noise: Noise) -> tuple[Journey, Flags]:
    """What the candidate rows of a future's window have to expect in it, and whether stock is short.

    Parameters
    ----------
    factual : Stage
        The run's, with the weather of this future.
    noise : Noise
        Of the points over which transit, loss, damage, customs and mishaps are integrated.
    """
    rows = future.window.rows
    shipped_at, stock_out = passages(future, factual)
    return expected_journey(factual, rows.order, rows.lane, shipped_at, noise, N_POINTS), stock_out


def _table(stage: Stage, orders: Ints, rows: CandidateRows, found: _Found) -> pd.DataFrame:
    table, n_units = row_keys(stage, orders, rows), stage.demand.n_units[rows.order]
    handling = stage.table.column("handling_minor")[rows.lane]
    table["cost_minor"] = freight_minor(stage, rows.lane, n_units) + handling + found.mishap_cost.mean(axis=1)
    table["cost_minor"] += found.is_split * split_cost_minor(stage, rows.lane)
    table["carbon_kg"] = carbon_kg(stage, rows.lane, n_units) + found.is_split * split_carbon_kg(stage, rows.lane)
    table["expected_lateness_hours"], table["expected_lateness_hours_se"] = _mean_and_error(found.lateness)
    table["expected_late_probability"], table["expected_late_probability_se"] = _mean_and_error(found.late)
    table["expected_stock_out_probability"] = found.stock_out.astype(np.float64)
    table["expected_damage_probability"] = found.damage.mean(axis=1)
    return table


def passages(future: Future, factual: Stage) -> tuple[Floats, Flags]:
    """When each candidate row of the future's window leaves its node, and whether stock is short."""
    placed_at, visits = factual.demand.placed_at_hours, {}
    for fork in future.window.forks:
        queue = fork.queue.copy()
        station = future.visited(fork.station, queue)
        at_hours = float(placed_at[fork.order])
        visits[fork.order, fork.node] = Visit(station, queue, fork.order, at_hours, future.joiners[fork.node])
    pending, until_hours = list(visits.values()), future.window.snapshot.now
    while pending:
        until_hours += STEP_HOURS
        known_until = future.play(until_hours)
        pending = [visit for visit in pending if not visit.play(known_until)]
    rows, table = future.window.rows, factual.table
    node, carrier = table.node[rows.lane].tolist(), table.carrier[rows.lane].tolist()
    taken = [visits[order, place] for order, place in zip(rows.order.tolist(), node, strict=True)]
    shipped_at = np.array([visit.shipping_hours[dock] for visit, dock in zip(taken, carrier, strict=True)])
    return shipped_at, np.array([visit.stock_out for visit in taken])


def _mean_and_error(values: Floats) -> tuple[Floats, Floats]:
    n = values.shape[1]
    if n == 1:
        return values[:, 0], np.full(len(values), np.nan)
    return values.mean(axis=1), values.std(axis=1, ddof=1) / np.sqrt(n)
