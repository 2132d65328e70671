"""What a counterfactual costs: one decision changed in a finished run, everybody else's kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np

from experiments.benchmarks.timing import cpu_seconds
from simulator.rows import candidate_rows
from simulator.run import WorldRun
from simulator.truth.routing import routing_truth
from simulator.world import Snapshot, World

HORIZON_HOURS = 48.0
SEED = 7


@dataclass(frozen=True)
class _Fork:
    """A decision that is about to be taken, and the candidate to take instead."""

    order: int
    alternative: int
    snapshot: Snapshot


def branch_figures(run: WorldRun, n_branches: int) -> dict[str, Any]:
    """Milliseconds of a branch that is played on for 48 hours, and own outcomes of all alternatives in bulk."""
    spent = [cpu_seconds(lambda fork=fork: _played(run, fork)) for fork in _forks(run, n_branches)]  # type: ignore[misc]
    rows = candidate_rows(run.stage, np.arange(run.stage.n_orders))
    bulk = cpu_seconds(lambda: routing_truth(run, range(run.stage.n_orders), redraws=0))
    return {
        "branch_ms_48h": 1e3 * median(spent),
        "bulk_branches_per_s": len(rows.order) / bulk,
        "n_branches": n_branches,
        "branch_world_orders": run.stage.n_orders,
        "branch_world_days": float(np.ptp(run.stage.demand.placed_at_hours)) / 24,
    }


def _forks(run: WorldRun, n_branches: int) -> Iterator[_Fork]:
    """Random decisions with an alternative, and 48 hours of world after them, in the order of their coming."""
    rng = np.random.default_rng(SEED)
    placed_at = run.stage.demand.placed_at_hours
    before_the_end = int(np.searchsorted(placed_at, placed_at[-1] - HORIZON_HOURS))
    last = max(before_the_end, min(n_branches, run.stage.n_orders))
    world = World(run.stage, run.routing, run.compensation, run.record.chosen)
    world.open()
    for order in np.sort(rng.choice(last, min(n_branches, last), replace=False)).tolist():
        world.run_until_order(order)
        n_candidates = len(run.stage.table.menus[run.stage.menu_of[order]].lanes)
        alternative = (run.record.chosen[order] + 1 + int(rng.integers(max(n_candidates - 1, 1)))) % n_candidates
        yield _Fork(order, alternative, world.snapshot())


def _played(run: WorldRun, fork: _Fork) -> World:
    forced = run.record.chosen[:]
    forced[fork.order] = fork.alternative
    branch = World(run.stage, run.routing, run.compensation, forced)
    branch.restore(fork.snapshot)
    until = fork.snapshot.now + HORIZON_HOURS
    while not branch.is_over and branch.clock.next_event()[0] <= until:
        branch.step()
    return branch
