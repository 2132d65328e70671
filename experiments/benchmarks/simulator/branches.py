"""What a counterfactual costs: one decision changed in a finished run, everybody else's kept."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np
import pandas as pd

from experiments.benchmarks.timing import cpu_seconds
from simulator.rows import candidate_rows
from simulator.run import WorldRun
from simulator.truth.routing import routing_truth
from simulator.truth.spillover import Branch, Branching

HORIZON_HOURS = 48.0
SEED = 7


@dataclass(frozen=True)
class _Fork:
    """A decision, and the candidate to take instead."""

    order: int
    place: int


def branch_figures(run: WorldRun, n_branches: int) -> dict[str, Any]:
    """Time branches of random decisions to random alternatives, and the own outcomes of all alternatives in bulk."""
    ready: list[Branching] = []
    checkpoints = cpu_seconds(lambda: ready.append(Branching(run)))
    branching, forks = ready[0], _forks(run, n_branches)
    plain = [_milliseconds(branching, fork, stop=False) for fork in forks]
    branches: list[Branch] = []
    stopped = [_milliseconds(branching, fork, stop=True, found=branches) for fork in forks]
    tables: list[pd.DataFrame] = []
    orders = run.fulfilled_orders()
    bulk = cpu_seconds(lambda: tables.append(routing_truth(run, orders, redraws=0)))
    return {
        "branch_ms_48h": median(plain),
        "coalesced_branch_ms_median": median(stopped),
        "coalesced_branch_ms_p95": float(np.percentile(stopped, 95)),
        "coalesced_share": float(np.mean([branch.coalesced for branch in branches])),
        "coalesced_hours_median": median(branch.hours for branch in branches),
        "checkpoint_seconds": checkpoints,
        "bulk_branches_per_s": len(tables[0]) / bulk,
        "bulk_exact_share": _exact_share(run, tables[0], branches),
        "branch_world": {
            "n_orders": run.stage.n_orders,
            "n_days": float(np.ptp(run.stage.demand.placed_at_hours)) / 24,
            "n_branches": len(forks),
            "n_bulk_branches": len(tables[0]),
        },
    }


def _forks(run: WorldRun, n_branches: int) -> list[_Fork]:
    """Random decisions with an alternative and 48 hours of world after them."""
    rng, placed_at = np.random.default_rng(SEED), run.stage.demand.placed_at_hours
    orders = run.fulfilled_orders()
    early = orders[placed_at[orders] <= placed_at[-1] - HORIZON_HOURS]
    chosen = early if len(early) else orders
    forks = []
    for order in rng.choice(chosen, min(n_branches, len(chosen)), replace=False).tolist():
        lanes = run.stage.table.menus[run.stage.menu_of[order]].lanes
        others = [place for place, lane in enumerate(lanes) if lane != run.lane_of[order]]
        if others:
            forks.append(_Fork(order, others[int(rng.integers(len(others)))]))
    return forks


def _milliseconds(branching: Branching, fork: _Fork, *, stop: bool, found: list[Branch] | None = None) -> float:
    """Processor time of one branch; what came out is added to `found`."""
    played: list[Branch] = [] if found is None else found

    def play() -> None:
        if stop:
            played.append(branching.coalesced(fork.order, fork.place))
        else:
            played.append(branching.plain(fork.order, fork.place, hours=HORIZON_HOURS))

    return 1e3 * cpu_seconds(play)


def _exact_share(run: WorldRun, bulk: pd.DataFrame, branches: list[Branch]) -> float:
    """Share of the branches whose own lateness and stock-out the bulk tells to the last bit."""
    orders = run.fulfilled_orders()
    starts = dict(zip(orders.tolist(), candidate_rows(run.stage, orders).offsets[:-1].tolist(), strict=True))
    promised_at = run.stage.demand.promised_at_hours
    lateness, stock_out = bulk["lateness_hours"].to_numpy(), bulk["stock_out"].to_numpy()
    same = [
        lateness[starts[one.order] + one.place] == max(0.0, one.delivered_at_hours - promised_at[one.order])
        and bool(stock_out[starts[one.order] + one.place]) == one.stock_out
        for one in branches
    ]
    return float(np.mean(same))
