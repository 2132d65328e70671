"""Chosen orders of a run and their candidate rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.errors import SimulatorError
from simulator.identifiers import order_id
from simulator.log import texts
from simulator.rows import CandidateRows
from simulator.run import WorldRun
from simulator.stage import Stage

Ints = NDArray[np.int64]


def checked_orders(run: WorldRun, order_indices: Sequence[int] | Ints) -> Ints:
    """The numbers of chosen orders, each in the run and named once."""
    orders = np.asarray(order_indices, dtype=np.int64)
    outside = orders[(orders < 0) | (orders >= run.stage.n_orders)]
    if len(outside):
        msg = f"order {outside[0]} is not in the run; give numbers from 0 to {run.stage.n_orders - 1}"
        raise SimulatorError(msg)
    if len(np.unique(orders)) != len(orders):
        msg = "an order comes twice among those to play; name each once"
        raise SimulatorError(msg)
    return require_fulfilled(run, orders)


def require_fulfilled(run: WorldRun, orders: Ints) -> Ints:
    """Refuse orders that have no outcome which could have been another."""
    unfulfilled = orders[~np.isin(orders, run.fulfilled_orders())]
    if len(unfulfilled):
        what = "did not come" if unfulfilled[0] in run.record.absent else "was cancelled"
        msg = f"order {unfulfilled[0]} {what} and has no outcome; choose among run.fulfilled_orders()"
        raise SimulatorError(msg)
    return orders


def row_keys(stage: Stage, orders: Ints, rows: CandidateRows) -> pd.DataFrame:
    """The identifiers of candidate rows: order_id, candidate_id."""
    places = np.repeat(np.arange(len(orders)), np.diff(rows.offsets))
    return pd.DataFrame(
        {
            "order_id": texts((order_id(order) for order in orders.tolist()), places),
            "candidate_id": texts((lane.candidate_id for lane in stage.table.lanes), rows.lane),
        }
    )
