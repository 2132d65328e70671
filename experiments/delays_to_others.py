"""Delays to others: what an order at a node costs the orders behind it, played in a finished world.

An order adds work, takes a place with its carrier and takes stock. Everybody's decision frozen, the node is played on
once with the order and once without it; the sums of what changes for others are the cost of its presence. So every
candidate has a level of its own, and the spillover of a choice against another is the difference of two.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.objective import UnitValues
from simulator.rows import candidate_rows
from simulator.run import WorldRun
from simulator.truth.branch import branched_node
from simulator.truth.chosen import checked_orders, row_keys
from simulator.truth.spillover import Branching

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Sums = tuple[float, float, float]

COLUMNS = ("lateness_hours", "late", "stock_out")


def presence_of_orders(run: WorldRun, order_indices: Sequence[int] | Ints) -> pd.DataFrame:
    """What every candidate of the chosen orders does to others, against the order not being there.

    Returns
    -------
    DataFrame
        One row an order and candidate, orders as given: order_id, candidate_id, and the sums over others of
        lateness_hours, late and stock_out. Others that are cancelled in one of both courses are left out.

    Raises
    ------
    SimulatorError
        If an order is not in the run or comes twice.
    """
    orders = checked_orders(run, order_indices)
    rows, table = candidate_rows(run.stage, orders), run.stage.table
    branching, found, played = Branching(run), [], _Played(-1)
    for order, place in zip(rows.order.tolist(), rows.lane.tolist(), strict=True):
        if order != played.order:
            played = _Played(order)
        lane = table.lanes[place]
        found.append(played.presence(branching, lane.node, lane.carrier))
    return pd.concat([row_keys(run.stage, orders, rows), pd.DataFrame(found, columns=list(COLUMNS))], axis=1)


def priced(presence: pd.DataFrame, values: UnitValues) -> Floats:
    """The delays of `presence_of_orders` in minor currency units, by the prices of an order's own, shape (n_rows,)."""
    prices = np.array([values.lateness_minor_per_hour, values.late_order_minor, values.stock_out_minor])
    minor: Floats = presence[list(COLUMNS)].to_numpy(dtype=np.float64) @ prices
    return minor


class _Played:
    """One order's branches, each node and carrier played once."""

    def __init__(self, order: int) -> None:
        self.order = order
        self._changes: dict[tuple[int, int | None], Sums] = {}

    def presence(self, branching: Branching, node: int, carrier: int) -> Sums:
        """What the order does to others if a carrier fetches it from a node."""
        run = branching.run
        factual = run.stage.table.lanes[run.lane_of[self.order]]
        if node != factual.node:
            return self._change(branching, node, carrier)
        # Where the order is in fact, the other course is the one without it.
        gone = self._change(branching, node, None)
        moved = (0.0, 0.0, 0.0) if carrier == factual.carrier else self._change(branching, node, carrier)
        return (moved[0] - gone[0], moved[1] - gone[1], moved[2] - gone[2])

    def _change(self, branching: Branching, node: int, carrier: int | None) -> Sums:
        """How others fare otherwise than in fact if the order is here, or is not."""
        if (node, carrier) not in self._changes:
            branch = branched_node(branching.timelines, node, self.order, carrier)
            moved = branching.moved(self.order, [branch])
            known = [one for one in moved if not isnan(one.lateness_change_hours)]
            self._changes[node, carrier] = (
                sum(one.lateness_change_hours for one in known),
                float(sum(one.late_change for one in known)),
                float(sum(one.stock_out_change for one in known)),
            )
        return self._changes[node, carrier]
