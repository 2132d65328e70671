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
from simulator.station_plan import StationPlan
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
        shipped_at = np.empty(len(rows.order))
        stock_out, is_split = (np.zeros(len(rows.order), dtype=np.bool_) for _ in range(2))
        node, carrier = stage.table.node[rows.lane], stage.table.carrier[rows.lane]
        for place, trace in enumerate(self._traces):
            mine = np.flatnonzero(node == place)
            if len(mine):
                found = _passed(stage, trace, rows.order[mine], carrier[mine])
                shipped_at[mine], stock_out[mine], is_split[mine] = found
        delivered_at = arrivals(stage, rows.lane, shipped_at, factual_luck(stage, rows.lane, rows.order))
        damaged = broken(stage, rows.order, rows.lane, shipped_at)
        return rows, Direct(
            shipped_at_hours=shipped_at,
            stock_out=stock_out,
            is_split=is_split,
            delivered_at_hours=delivered_at,
            broken=damaged,
        )

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


def _passed(stage: Stage, trace: NodeTrace, order: Ints, carrier: Ints) -> tuple[Floats, Flags, Flags]:
    """When rows of one node leave it, whether stock is short, and whether that splits the order."""
    visitors, visitor = np.unique(order, return_inverse=True)
    packed_at, short, is_split = _packed(stage, trace, visitors)
    packed_at, shipped_at = packed_at[visitor], np.empty(len(order))
    for dock, cap in enumerate(trace.plan.wave_caps):
        mine = np.flatnonzero(carrier == dock)
        shipped_at[mine] = _collected(trace, dock, cap, packed_at[mine])
    return shipped_at, short[visitor], is_split[visitor]


def _packed(stage: Stage, trace: NodeTrace, order: Ints) -> tuple[Floats, Flags, Flags]:
    """When (the last parcel of) each order is packed, whether it is short of a line, and whether that splits it."""
    placed_at = stage.demand.placed_at_hours[order]
    ready_at, n_missing = _ready(stage, trace, order, placed_at)
    n_lines, more = stage.demand.n_lines[order], trace.plan.split_line_effort
    if more is None:
        is_split, packed_at = np.zeros(len(order), dtype=np.bool_), _worked(stage, trace, order, ready_at, None)
    else:
        is_split, whole = (n_missing > 0) & (n_missing < n_lines), 1 + more * (n_lines - 1)
        first, rest = (np.where(is_split, (1 + more * (n - 1)) / whole, 1.0) for n in (n_lines - n_missing, n_missing))
        packed_at = _worked(stage, trace, order, ready_at, rest)
        packed_at = np.where(is_split, np.maximum(packed_at, _worked(stage, trace, order, placed_at, first)), packed_at)
    own = trace.own_packed_at[order]
    return np.where(np.isnan(own), packed_at, own), n_missing > 0, is_split


def _worked(stage: Stage, trace: NodeTrace, order: Ints, ready_at: Floats, share: Floats | None) -> Floats:
    """When parcels that come to the pickers at these moments are packed; each is a share of its order's work."""
    plan, to_pick, to_pack = trace.plan, stage.demand.pick_effort[order], stage.demand.pack_effort[order]
    if share is not None:
        to_pick, to_pack = to_pick * share, to_pack * share
    begun = _begun(trace.pick_idle.first_from(ready_at), trace.entered_at, trace.started_at, ready_at)
    picked_at = _done(plan, begun, plan.pick_hours * to_pick)
    begun = _begun(trace.pack_idle.first_from(picked_at), trace.picked_at, trace.pack_started_at, picked_at)
    return _done(plan, begun, plan.pack_hours * to_pack)


def _ready(stage: Stage, trace: NodeTrace, order: Ints, placed_at: Floats) -> tuple[Floats, Ints]:
    """When each order has all its goods, and how many of its lines were missing when it came."""
    demand, ready_at, n_missing = stage.demand, placed_at.copy(), np.zeros(len(order), dtype=np.int64)
    for line in range(int(demand.n_lines[order].max(initial=0))):
        mine = np.flatnonzero(demand.n_lines[order] > line)
        place = demand.line_start[order[mine]] + line
        found = trace.shelf.ready_hours(demand.line_sku[place], demand.line_quantity[place], placed_at[mine])
        ready_at[mine] = np.maximum(ready_at[mine], found)
        n_missing[mine] += found > placed_at[mine]
    return ready_at, n_missing


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
