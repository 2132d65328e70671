"""Spillover: what an order's other candidate would have done to others, everybody's decision frozen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import inf, isnan, nan

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.delivery import Delivery
from simulator.errors import InfeasibleActionError
from simulator.rows import candidate_rows
from simulator.run import WorldRun
from simulator.truth.branch import NodeBranch, branched_node
from simulator.truth.chosen import checked_orders, row_keys
from simulator.truth.timelines import Timelines

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Moved:
    """Another order that a branch ships at another time, or serves otherwise, than the factual run does.

    Parameters
    ----------
    shipped_at_hours, lateness_change_hours : float
        NaN where it is cancelled in the branch or in fact, or leaves after the branch's end.
    late_change, stock_out_change : int
        -1, 0 or 1.
    """

    order: int
    shipped_at_hours: float
    lateness_change_hours: float
    late_change: int
    stock_out_change: int


@dataclass(frozen=True, slots=True)
class Branch:
    """An order under another candidate.

    Parameters
    ----------
    shipped_at_hours, delivered_at_hours : float
        Of the order itself; NaN if it leaves after the branch's end.
    hours : float
        Until both nodes were in their factual state again, or the branch ended, counted from the decision.
    coalesced : bool
        Whether they were.
    moved : tuple of Moved
        Others, by number.
    """

    order: int
    place: int
    shipped_at_hours: float
    delivered_at_hours: float
    stock_out: bool
    hours: float
    coalesced: bool
    moved: tuple[Moved, ...]


class Branching:
    """A finished run, ready for branches of any of its orders."""

    def __init__(self, run: WorldRun, every_hours: float = 6.0) -> None:
        self.run, self.timelines = run, Timelines(run, every_hours)
        self._delivery = Delivery(run.stage)
        self._promised_at = run.stage.demand.promised_at_hours.tolist()
        self._menu_of: list[int] = run.stage.menu_of.tolist()

    def coalesced(self, order: int, place: int) -> Branch:
        """Play an order's candidate until nothing can differ any more.

        Raises
        ------
        InfeasibleActionError
            If the order has no such candidate.
        """
        return self._branch(order, place, self._nodes(order, place, inf, stop=True))

    def plain(self, order: int, place: int, hours: float = 48.0) -> Branch:
        """Play an order's candidate for so many hours, coalesced or not."""
        return self._branch(order, place, self._nodes(order, place, hours, stop=False))

    def lane(self, order: int, place: int) -> int:
        """The lane of an order's candidate."""
        lanes: tuple[int, ...] = self.run.stage.table.menus[self._menu_of[order]].lanes
        if not 0 <= place < len(lanes):
            msg = f"order {order}: forced candidate {place} is not one of its {len(lanes)}; take a feasible one"
            raise InfeasibleActionError(msg)
        return lanes[place]

    def moved(self, order: int, branches: Iterable[NodeBranch]) -> tuple[Moved, ...]:
        """Others whose shipping or stock-out differs from the factual run's."""
        record, found = self.run.record, []
        for branch in branches:
            # Those cancelled here but not in fact are told by a shipping time that is not a number.
            shipped = {**branch.shipped_at_hours, **dict.fromkeys(branch.cancelled, nan)}
            short = {one for one, short in branch.stock_out.items() if short != bool(self.run.stock_out[one])}
            away = {one for one, at in shipped.items() if not _same(at, record.shipped_at_hours[one])}
            found += [self._move(one, shipped.get(one, nan), one in short, one in away) for one in short | away]
        return tuple(sorted((one for one in found if one.order != order), key=lambda one: one.order))

    def _nodes(self, order: int, place: int, hours: float, *, stop: bool) -> list[NodeBranch]:
        """The order's new node first, then the one that it leaves."""
        lanes = self.run.stage.table.lanes
        new, old = lanes[self.lane(order, place)], lanes[self.run.lane_of[order]]
        played = [branched_node(self.timelines, new.node, order, new.carrier, hours=hours, stop=stop)]
        if old.node != new.node:
            played.append(branched_node(self.timelines, old.node, order, None, hours=hours, stop=stop))
        return played

    def _branch(self, order: int, place: int, nodes: list[NodeBranch]) -> Branch:
        # An order that waits at a coalesced node goes on as it does in fact.
        left_at = self.run.record.shipped_at_hours[order] if nodes[0].coalesced else nan
        shipped_at = nodes[0].shipped_at_hours.get(order, left_at)
        delivered_at = nan if isnan(shipped_at) else self._delivery.of(order, self.lane(order, place), shipped_at)[0]
        return Branch(
            order,
            place,
            shipped_at,
            delivered_at,
            nodes[0].stock_out[order],
            max(node.until_hours for node in nodes) - self.timelines.placed_at[order],
            all(node.coalesced for node in nodes),
            self.moved(order, nodes),
        )

    def _move(self, order: int, shipped_at: float, short: bool, away: bool) -> Moved:
        stock_out_change = (-1 if self.run.stock_out[order] else 1) if short else 0
        factual = self.run.record.delivered_at_hours[order]
        if not away:
            return Moved(order, self.run.record.shipped_at_hours[order], 0.0, 0, stock_out_change)
        if isnan(shipped_at) or isnan(factual):
            return Moved(order, shipped_at, nan, 0, stock_out_change)
        promised_at = self._promised_at[order]
        delivered_at = self._delivery.of(order, self.run.lane_of[order], shipped_at)[0]
        change = max(0.0, delivered_at - promised_at) - max(0.0, factual - promised_at)
        late_change = int(delivered_at > promised_at) - int(factual > promised_at)
        return Moved(order, shipped_at, change, late_change, stock_out_change)


def spillover_truth(
    run: WorldRun, order_indices: Sequence[int] | Ints, *, branching: Branching | None = None
) -> pd.DataFrame:
    """The frozen spillover of every candidate of the chosen orders, against the factual action.

    Parameters
    ----------
    order_indices : sequence of int
        Numbers of the orders, 0 for the first of the run; each at most once.
    branching : Branching or None
        Of this run, if it is at hand already.

    Returns
    -------
    DataFrame
        One row an order and candidate, orders as given: order_id, candidate_id, n_moved (other orders that leave at
        another time or find other stock), spillover_lateness_hours, spillover_late, spillover_stock_out (sums of their
        changes), n_cancelled_otherwise (others cancelled in the branch or in fact but not in both: they have no
        lateness to compare), coalesced. The factual candidate's row is all zero.

    Raises
    ------
    SimulatorError
        If an order is not in the run or comes twice.
    """
    orders = checked_orders(run, order_indices)
    rows, ready = candidate_rows(run.stage, orders), branching or Branching(run)
    table, played = row_keys(run.stage, orders, rows), _Played(ready)
    found = pd.DataFrame(
        [played.row(order, lane) for order, lane in zip(rows.order.tolist(), rows.lane.tolist(), strict=True)],
        columns=list(_COLUMNS),
    )
    return pd.concat([table, found], axis=1)


_COLUMNS = (
    "n_moved",
    "spillover_lateness_hours",
    "spillover_late",
    "spillover_stock_out",
    "n_cancelled_otherwise",
    "coalesced",
)


class _Played:
    """The branches of one order after the other, each node and carrier played once."""

    def __init__(self, ready: Branching) -> None:
        self._ready = ready
        self._order = -1
        self._nodes: dict[tuple[int, int | None], tuple[NodeBranch, tuple[Moved, ...]]] = {}

    def row(self, order: int, lane_place: int) -> tuple[int, float, int, int, int, bool]:
        """The columns of one candidate."""
        if order != self._order:
            self._order, self._nodes = order, {}
        run = self._ready.run
        new, old = run.stage.table.lanes[lane_place], run.stage.table.lanes[run.lane_of[order]]
        if (new.node, new.carrier) == (old.node, old.carrier):
            return 0, 0.0, 0, 0, 0, True
        played = [self._node(order, new.node, new.carrier)]
        if new.node != old.node:
            played.append(self._node(order, old.node, None))
        moved = [one for _, others in played for one in others]
        known = [one for one in moved if not isnan(one.lateness_change_hours)]
        return (
            len(moved),
            sum(one.lateness_change_hours for one in known),
            sum(one.late_change for one in known),
            sum(one.stock_out_change for one in known),
            len(moved) - len(known),
            all(node.coalesced for node, _ in played),
        )

    def _node(self, order: int, node: int, carrier: int | None) -> tuple[NodeBranch, tuple[Moved, ...]]:
        if (node, carrier) not in self._nodes:
            branch = branched_node(self._ready.timelines, node, order, carrier)
            self._nodes[node, carrier] = branch, self._ready.moved(order, [branch])
        return self._nodes[node, carrier]


def _same(first: float, second: float) -> bool:
    return first == second or (isnan(first) and isnan(second))
