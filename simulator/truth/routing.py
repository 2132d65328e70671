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
from simulator.errors import TruthError
from simulator.rows import CandidateRows, candidate_rows
from simulator.run import WorldRun
from simulator.tariffs import carbon_kg, cost_minor, split_carbon_kg, split_cost_minor
from simulator.truth.chosen import checked_orders, row_keys
from simulator.truth.damage import broken
from simulator.truth.expected import expected_journey
from simulator.truth.windows import node_replays

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Direct:
    """What candidate rows meet, each of shape (n_rows,).

    Parameters
    ----------
    broken : array of bool
        Lost, damaged or spoiled.
    is_split : array of bool
        In two parcels; what is looked up in bulk is told as if it went whole.
    """

    shipped_at_hours: Floats
    stock_out: Flags
    delivered_at_hours: Floats
    broken: Flags
    is_split: Flags


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
        damaged (or lost, or spoiled), cost_minor, carbon_kg, expected_lateness_hours, expected_late_probability,
        expected_stock_out_probability, expected_damage_probability.

    Raises
    ------
    SimulatorError
        If an order is not in the run or comes twice.
    TruthError
        If playing the factual action does not reproduce the factual outcome bit for bit.
    """
    orders = checked_orders(run, order_indices)
    rows = candidate_rows(run.stage, orders)
    direct = direct_outcomes(run, rows)
    require_factual(run, rows, direct)
    lateness = np.maximum(0.0, direct.delivered_at_hours - run.stage.demand.promised_at_hours[rows.order])
    journey = expected_journey(
        run.stage, rows.order, rows.lane, direct.shipped_at_hours, run.stage.noise, max(redraws, 0)
    )
    table = row_keys(run.stage, orders, rows)
    table["lateness_hours"], table["late"] = lateness, lateness > 0
    table["stock_out"], table["damaged"] = direct.stock_out, direct.broken
    table["cost_minor"] = cost_minor(run.stage, rows.order, rows.lane)
    table["cost_minor"] += direct.is_split * split_cost_minor(run.stage, rows.lane)
    table["carbon_kg"] = carbon_kg(run.stage, rows.lane, run.stage.demand.n_units[rows.order])
    table["carbon_kg"] += direct.is_split * split_carbon_kg(run.stage, rows.lane)
    table["expected_lateness_hours"] = journey.lateness_hours
    table["expected_late_probability"] = journey.late_probability
    table["expected_stock_out_probability"] = direct.stock_out.astype(np.float64)
    table["expected_damage_probability"] = journey.damage_probability
    return table


def direct_outcomes(run: WorldRun, rows: CandidateRows) -> Direct:
    """Replay each node once, with a branch for every order that could have gone there."""
    stage = run.stage
    shipped_at, stock_out, is_split = _passages(run, rows)
    delivered_at = arrivals(stage, rows.lane, shipped_at, factual_luck(stage, rows.lane, rows.order))
    return Direct(shipped_at, stock_out, delivered_at, broken(stage, rows.order, rows.lane, shipped_at), is_split)


def _passages(run: WorldRun, rows: CandidateRows) -> tuple[Floats, Flags, Flags]:
    """When each candidate row leaves its node, whether stock is short, and whether the order is split for that."""
    table = run.stage.table
    node, carrier = table.node[rows.lane], table.carrier[rows.lane]
    shipped_at = np.full(len(rows.order), np.nan)
    stock_out, is_split = (np.zeros(len(rows.order), dtype=np.bool_) for _ in range(2))
    for place, replay in enumerate(node_replays(run)):
        mine = np.flatnonzero(node == place)
        if not len(mine):
            continue
        visitors, visitor_of_row = np.unique(rows.order[mine], return_inverse=True)
        passages = list(replay.passages(visitors.tolist()))
        by_carrier = np.array([passage.shipping_hours for passage in passages])
        shipped_at[mine] = by_carrier[visitor_of_row, carrier[mine]]
        stock_out[mine] = np.array([passage.stock_out for passage in passages])[visitor_of_row]
        is_split[mine] = np.array([passage.n_parcels > 1 for passage in passages])[visitor_of_row]
    return shipped_at, stock_out, is_split


def require_factual(run: WorldRun, rows: CandidateRows, direct: Direct) -> None:
    """Refuse a truth whose factual rows are not what the world did, to the last bit."""
    factual, record = rows.lane == np.array(run.lane_of)[rows.order], run.record
    orders = rows.order[factual]
    broken_in_fact = _flags(record.lost) | _flags(record.damaged)
    same = (
        (direct.shipped_at_hours[factual] == np.array(record.shipped_at_hours)[orders])
        & (direct.delivered_at_hours[factual] == np.array(record.delivered_at_hours)[orders])
        & (direct.stock_out[factual] == _flags(run.stock_out)[orders])
        & (direct.broken[factual] == broken_in_fact[orders])
    )
    if not same.all():
        msg = (
            f"replaying the factual action of order {orders[~same][0]} (and {int((~same).sum()) - 1} more) does not "
            f"reproduce what the world did; was the run changed after it ended?"
        )
        raise TruthError(msg)


def _flags(column: bytearray) -> Flags:
    return np.frombuffer(column, dtype=np.uint8).astype(np.bool_)
