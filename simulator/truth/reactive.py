"""Reactive branches: one decision is changed, and the policy decides all later orders anew, seeing what comes of it.

Small changes grow: orders that have nothing to do with the one that was changed are decided otherwise, for better and
for worse. A single branch says nothing about its order; only averages over many, clustered by seed, do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.deciding import ASK_THE_POLICY
from simulator.errors import InfeasibleActionError, SimulatorError
from simulator.identifiers import order_id
from simulator.run import WorldRun
from simulator.snapshot import Snapshot
from simulator.truth.chosen import checked_orders
from simulator.world import World

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
LABEL = "reactive: the policy re-decides; use averages only, clustered by seed"


def reactive_branches(
    run: WorldRun, order_indices: Sequence[int] | Ints, places: Sequence[int] | Ints, *, hours: float = 48.0
) -> pd.DataFrame:
    """Play the whole world on for some hours after each of these orders took another candidate.

    Parameters
    ----------
    order_indices : sequence of int
        Numbers of the orders, 0 for the first of the run; each at most once.
    places : sequence of int
        For each order, the place of the candidate to take.

    Returns
    -------
    DataFrame
        One row an order, as they come: order_id, n_decided_otherwise (later orders that take another candidate within
        the hours), n_moved, lateness_change_hours and late_change over all other orders that have left by the end,
        against what was in fact. Its `attrs["meaning"]` is LABEL.

    Raises
    ------
    InfeasibleActionError
        If an order has no such candidate.
    SimulatorError
        If an order is not in the run or comes twice, or hours are not above 0.
    """
    place_of = dict(zip(checked_orders(run, order_indices).tolist(), np.asarray(places).tolist(), strict=True))
    if not 0.0 < hours < np.inf:
        msg = f"hours is {hours}; give a finite number above 0"
        raise SimulatorError(msg)
    rows = [
        (order_id(order), *_changes(run, order, _played(run, snapshot, order, place_of[order], hours)))
        for order, snapshot in _snapshots(run, sorted(place_of))
    ]
    names = ["order_id", "n_decided_otherwise", "n_moved", "lateness_change_hours", "late_change"]
    table = pd.DataFrame(rows, columns=names)
    table.attrs["meaning"] = LABEL
    return table


def _snapshots(run: WorldRun, orders: list[int]) -> Iterator[tuple[int, Snapshot]]:
    """The world just before each of these orders is decided."""
    world = World(run.stage, run.routing, run.compensation, run.record.chosen)
    world.open()
    for order in orders:
        world.run_until_order(order)
        yield order, world.snapshot()


def _played(run: WorldRun, snapshot: Snapshot, order: int, place: int, hours: float) -> World:
    n_candidates = len(run.stage.table.menus[int(run.stage.menu_of[order])].lanes)
    if not 0 <= place < n_candidates:
        msg = f"order {order}: forced candidate {place} is not one of its {n_candidates}; take a feasible one"
        raise InfeasibleActionError(msg)
    prescribed = np.full(run.stage.n_orders, ASK_THE_POLICY)
    prescribed[order] = place
    world = World(run.stage, run.routing, run.compensation, prescribed.tolist())
    world.restore(snapshot)
    world.run_until(snapshot.now + hours)
    return world


def _changes(run: WorldRun, order: int, world: World) -> tuple[int, int, float, int]:
    """Later decisions that differ, others that leave at another time, and what that does to their lateness."""
    lane, lane_in_fact = np.array(world.lane_of), np.array(run.lane_of)
    decided = (lane >= 0) & (np.arange(len(lane)) > order)
    shipped_at = np.array(world.record.shipped_at_hours)
    moved = np.isfinite(shipped_at) & (shipped_at != np.array(run.record.shipped_at_hours))
    delivered_at, in_fact = (np.array(record.delivered_at_hours) for record in (world.record, run.record))
    changed = np.isfinite(shipped_at) & np.isfinite(in_fact) & (delivered_at != in_fact)
    moved[order] = changed[order] = False
    promised_at = run.stage.demand.promised_at_hours[changed]
    now, then = delivered_at[changed] - promised_at, in_fact[changed] - promised_at
    lateness = np.maximum(0.0, now) - np.maximum(0.0, then)
    late = int((now > 0).sum()) - int((then > 0).sum())
    return int((lane != lane_in_fact)[decided].sum()), int(moved.sum()), float(lateness.sum()), late
