"""Own outcomes of all candidates at once, nearly exact: an order takes the slot of whoever joins its node next.

With first come, first served, an order that comes between two others is begun when the next one was in fact, or as
soon as hands are idle. So its passage can be looked up in the node's factual course. It is wrong where the order
itself changes who is ahead of whom, or makes goods be ordered earlier; `audited` measures how often.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.delivery import arrivals, factual_luck
from simulator.errors import SimulatorError
from simulator.rows import CandidateRows, candidate_rows
from simulator.run import WorldRun
from simulator.stage import Stage
from simulator.station import StationPlan
from simulator.timetable import HOURS_PER_DAY, Timetable
from simulator.truth.chosen import checked_orders
from simulator.truth.damage import broken
from simulator.truth.routing import Direct, direct_outcomes
from simulator.truth.traces import NodeTrace, node_traces

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class BulkAudit:
    """How often the bulk approximation is exact: leaves, arrives, and finds stock, as the exact branch to the last bit.

    Parameters
    ----------
    n_orders, n_alternatives : int
        Orders drawn at random, and their candidates other than the factual ones, which are compared.
    exact_share, stock_out_exact_share : float
        Of these alternatives.
    mean_absolute_lateness_error_hours : float
        Over all of them, the exact ones included.
    """

    n_orders: int
    n_alternatives: int
    exact_share: float
    stock_out_exact_share: float
    mean_absolute_lateness_error_hours: float


class Bulk:
    """A finished run, watched once, ready to tell the own outcome of any candidate."""

    def __init__(self, run: WorldRun) -> None:
        self.run = run
        self._traces = node_traces(run)

    def outcomes(self, order_indices: Sequence[int] | Ints) -> tuple[CandidateRows, Direct]:
        """Every candidate of these orders."""
        stage = self.run.stage
        rows = candidate_rows(stage, checked_orders(self.run, order_indices))
        shipped_at, stock_out = np.empty(len(rows.order)), np.empty(len(rows.order), dtype=np.bool_)
        node, carrier = stage.table.node[rows.lane], stage.table.carrier[rows.lane]
        for place, trace in enumerate(self._traces):
            mine = np.flatnonzero(node == place)
            if len(mine):
                shipped_at[mine], stock_out[mine] = _passed(stage, trace, rows.order[mine], carrier[mine])
        delivered_at = arrivals(stage, rows.lane, shipped_at, factual_luck(stage, rows.lane, rows.order))
        return rows, Direct(shipped_at, stock_out, delivered_at, broken(stage, rows.order, rows.lane, shipped_at))

    def audited(self, n_orders: int, seed: int) -> BulkAudit:
        """Compare a random sample with exact branches."""
        fulfilled = self.run.fulfilled_orders()
        if not 0 < n_orders <= len(fulfilled):
            msg = f"an audit of {n_orders} orders; give a number from 1 to the run's {len(fulfilled)}"
            raise SimulatorError(msg)
        drawn = np.random.Generator(np.random.Philox(seed)).choice(fulfilled, n_orders, replace=False)
        rows, bulk = self.outcomes(np.sort(drawn))
        exact = direct_outcomes(self.run, rows)
        other = rows.lane != np.array(self.run.lane_of)[rows.order]
        same_stock = bulk.stock_out == exact.stock_out
        same = (
            (bulk.shipped_at_hours == exact.shipped_at_hours)
            & (bulk.delivered_at_hours == exact.delivered_at_hours)
            & same_stock
        )
        promised_at = self.run.stage.demand.promised_at_hours[rows.order]
        error = np.maximum(0, bulk.delivered_at_hours - promised_at) - np.maximum(
            0, exact.delivered_at_hours - promised_at
        )
        return BulkAudit(
            n_orders,
            int(other.sum()),
            float(same[other].mean()),
            float(same_stock[other].mean()),
            float(np.abs(error[other]).mean()),
        )


def _passed(stage: Stage, trace: NodeTrace, order: Ints, carrier: Ints) -> tuple[Floats, Flags]:
    """When rows of one node leave it, and whether stock is short."""
    visitors, visitor = np.unique(order, return_inverse=True)
    packed_at, short = _packed(stage, trace, visitors)
    packed_at, shipped_at = packed_at[visitor], np.empty(len(order))
    for dock, cap in enumerate(trace.plan.wave_caps):
        mine = np.flatnonzero(carrier == dock)
        shipped_at[mine] = _collected(trace, dock, cap, packed_at[mine])
    return shipped_at, short[visitor]


def _packed(stage: Stage, trace: NodeTrace, order: Ints) -> tuple[Floats, Flags]:
    placed_at = stage.demand.placed_at_hours[order]
    ready_at = _ready(stage, trace, order, placed_at)
    picked_at = _done(
        trace.plan,
        _begun(trace.pick_idle.first_from(ready_at), trace.entered_at, trace.started_at, ready_at),
        trace.plan.pick_hours * stage.demand.pick_effort[order],
    )
    packed_at = _done(
        trace.plan,
        _begun(trace.pack_idle.first_from(picked_at), trace.picked_at, trace.pack_started_at, picked_at),
        trace.plan.pack_hours * stage.demand.pack_effort[order],
    )
    own = trace.own_packed_at[order]
    return np.where(np.isnan(own), packed_at, own), ready_at > placed_at


def _ready(stage: Stage, trace: NodeTrace, order: Ints, placed_at: Floats) -> Floats:
    """When each order has all its goods."""
    demand, ready_at = stage.demand, placed_at.copy()
    for line in range(int(demand.n_lines[order].max(initial=0))):
        mine = np.flatnonzero(demand.n_lines[order] > line)
        place = demand.line_start[order[mine]] + line
        found = trace.shelf.ready_hours(demand.line_sku[place], demand.line_quantity[place], placed_at[mine])
        ready_at[mine] = np.maximum(ready_at[mine], found)
    return ready_at


def _begun(idle_at: Floats, entered_at: Floats, started_at: Floats, comes_at: Floats) -> Floats:
    """When work on orders begins: as soon as hands are idle, or when it began on whoever came next."""
    following = np.searchsorted(entered_at, comes_at, side="right")
    begun: Floats = np.minimum(idle_at, np.append(started_at, np.inf)[following])
    return begun


def _done(plan: StationPlan, begun_at: Floats, hours: Floats) -> Floats:
    """When work that begins at these moments is done, by the pace of its hour in the shift."""
    if not plan.efficiency_decay_per_hour:
        return begun_at + hours
    into_shift = begun_at - _last_occurrence(plan.shifts, begun_at)
    pace = np.maximum(1.0 - plan.efficiency_decay_per_hour * into_shift, plan.least_efficiency)
    done: Floats = begun_at + hours / pace
    return done


def _last_occurrence(timetable: Timetable, hours: Floats) -> Floats:
    """The last occurrence at or before each moment."""
    of_day = np.array([timetable.hours[-1] - HOURS_PER_DAY, *timetable.hours])
    day = np.floor(hours / HOURS_PER_DAY)
    last: Floats = (
        HOURS_PER_DAY * day + of_day[np.searchsorted(timetable.hours, hours - HOURS_PER_DAY * day, side="right")]
    )
    return last


def _collected(trace: NodeTrace, dock: int, cap: int, packed_at: Floats) -> Floats:
    """When parcels that come to a dock at these moments leave it, those before them first."""
    timetable, left = trace.plan.waves[dock], trace.plan.collected[dock]
    known = np.where(np.isfinite(packed_at), packed_at, 0.0)
    ahead = np.searchsorted(trace.packed_at[dock], known) - np.searchsorted(trace.collected_at[dock], known)
    n_waves = len(timetable.hours)
    day = np.floor(known / HOURS_PER_DAY)
    wave = (day * n_waves).astype(np.int64) + np.searchsorted(timetable.hours, known - HOURS_PER_DAY * day)
    if left.changes_at_hours:
        n_days = int(max(known.max(initial=0.0), left.changes_at_hours[-1]) // HOURS_PER_DAY) + 60
        moments = (HOURS_PER_DAY * np.arange(n_days)[:, None] + np.array(timetable.hours)).ravel()
        taken = np.concatenate(([0], np.cumsum((cap * left.many_at(moments)).astype(np.int64))))
        wave = np.searchsorted(taken, taken[wave] + ahead, side="right") - 1
    else:
        wave = wave + ahead // cap
    at_hours: Floats = HOURS_PER_DAY * (wave // n_waves) + np.array(timetable.hours)[wave % n_waves]
    return np.where(np.isfinite(packed_at), at_hours, np.inf)
