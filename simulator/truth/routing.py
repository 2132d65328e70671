"""Potential outcomes of routing: every candidate of an order, played with all other decisions frozen.

They are *direct*: what the order itself would have met. What its other choice would have done to others is not
counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.delivery import arrivals, factual_luck
from simulator.errors import SimulatorError, TruthError
from simulator.identifiers import order_id
from simulator.log import texts
from simulator.rows import CandidateRows, candidate_rows
from simulator.run import WorldRun
from simulator.stage import Stage
from simulator.tariffs import carbon_kg, cost_minor
from simulator.truth.chosen import require_fulfilled
from simulator.truth.expectation import expected_lateness
from simulator.truth.replay import NodeReplay

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class _Passages:
    """What each candidate row meets until its collection: hours of shipping, and whether stock was short."""

    shipped_at_hours: Floats
    stock_out: Flags


def routing_truth(run: WorldRun, order_indices: Sequence[int] | Ints, *, redraws: int) -> pd.DataFrame:
    """Play every candidate of the chosen orders.

    Parameters
    ----------
    order_indices : sequence of int
        Numbers of the orders, 0 for the first of the run; each at most once.
    redraws : int
        Points of chance (transit, customs, mishaps) over which the `expected_` columns integrate; the passage through
        the node is the factual day's. 0 leaves those columns NaN.

    Returns
    -------
    DataFrame
        One row an order and candidate, orders as given: order_id, candidate_id, lateness_hours, late, stock_out,
        cost_minor, carbon_kg, expected_lateness_hours, expected_late_probability, expected_stock_out_probability.

    Raises
    ------
    SimulatorError
        If an order is not in the run or comes twice.
    TruthError
        If playing the factual action does not reproduce the factual outcome bit for bit.
    """
    orders = _checked(run, order_indices)
    rows = candidate_rows(run.stage, orders)
    passages = _passages(run, rows)
    delivered_at = _delivered(run.stage, rows, passages)
    _require_factual(run, rows, passages, delivered_at)
    lateness = np.maximum(0.0, delivered_at - run.stage.demand.promised_at_hours[rows.order])
    mean_lateness, p_late = expected_lateness(run.stage, rows.lane, rows.order, passages.shipped_at_hours, redraws)
    n_units = run.stage.demand.n_units[rows.order]
    places = np.repeat(np.arange(len(orders)), np.diff(rows.offsets))
    return pd.DataFrame(
        {
            "order_id": texts((order_id(order) for order in orders.tolist()), places),
            "candidate_id": texts((lane.candidate_id for lane in run.stage.table.lanes), rows.lane),
            "lateness_hours": lateness,
            "late": lateness > 0,
            "stock_out": passages.stock_out,
            "cost_minor": cost_minor(run.stage, rows.order, rows.lane),
            "carbon_kg": carbon_kg(run.stage, rows.lane, n_units),
            "expected_lateness_hours": mean_lateness,
            "expected_late_probability": p_late,
            "expected_stock_out_probability": passages.stock_out.astype(np.float64),
        }
    )


def _checked(run: WorldRun, order_indices: Sequence[int] | Ints) -> Ints:
    orders = np.asarray(order_indices, dtype=np.int64)
    outside = orders[(orders < 0) | (orders >= run.stage.n_orders)]
    if len(outside):
        msg = f"order {outside[0]} is not in the run; give numbers from 0 to {run.stage.n_orders - 1}"
        raise SimulatorError(msg)
    if len(np.unique(orders)) != len(orders):
        msg = "an order comes twice among those to play; name each once"
        raise SimulatorError(msg)
    return require_fulfilled(run, orders)


def _passages(run: WorldRun, rows: CandidateRows) -> _Passages:
    """Replay each node once, with a branch for every order that could have gone there."""
    table = run.stage.table
    lane_of = np.array(run.lane_of)
    node, carrier = table.node[rows.lane], table.carrier[rows.lane]
    shipped_at = np.full(len(rows.order), np.nan)
    stock_out = np.zeros(len(rows.order), dtype=np.bool_)
    for place in range(len(run.stage.plans)):
        mine = np.flatnonzero(node == place)
        if not len(mine):
            continue
        joiners = np.flatnonzero(table.node[lane_of] == place)
        replay = NodeReplay(run.stage, place, joiners.tolist(), table.carrier[lane_of[joiners]].tolist())
        visitors, visitor_of_row = np.unique(rows.order[mine], return_inverse=True)
        passages = list(replay.passages(visitors.tolist()))
        by_carrier = np.array([passage.shipping_hours for passage in passages])
        shipped_at[mine] = by_carrier[visitor_of_row, carrier[mine]]
        stock_out[mine] = np.array([passage.stock_out for passage in passages])[visitor_of_row]
    return _Passages(shipped_at, stock_out)


def _delivered(stage: Stage, rows: CandidateRows, passages: _Passages) -> Floats:
    """Arrival of every row under the factual draws, which belong to order and carrier."""
    return arrivals(stage, rows.lane, passages.shipped_at_hours, factual_luck(stage, rows.lane, rows.order))


def _require_factual(run: WorldRun, rows: CandidateRows, passages: _Passages, delivered_at: Floats) -> None:
    factual = rows.lane == np.array(run.lane_of)[rows.order]
    orders = rows.order[factual]
    same = (
        (passages.shipped_at_hours[factual] == np.array(run.record.shipped_at_hours)[orders])
        & (delivered_at[factual] == np.array(run.record.delivered_at_hours)[orders])
        & (passages.stock_out[factual] == np.frombuffer(run.stock_out, dtype=np.uint8)[orders].astype(np.bool_))
    )
    if not same.all():
        msg = (
            f"replaying the factual action of order {orders[~same][0]} (and {int((~same).sum()) - 1} more) does not "
            f"reproduce what the world did; was the run changed after it ended?"
        )
        raise TruthError(msg)
