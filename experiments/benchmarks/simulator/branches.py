"""What a counterfactual costs: one decision changed in a finished run, everybody else's kept."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

import numpy as np

from experiments.benchmarks.timing import cpu_seconds
from simulator.run import WorldRun
from simulator.truth.bulk import Bulk
from simulator.truth.spillover import Branch, Branching

HORIZON_HOURS = 48.0
SEED = 7
# Orders whose alternatives are all played by exact branches too, to audit the bulk.
MOST_AUDITED = 400


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
    watched: list[Bulk] = []
    watching = cpu_seconds(lambda: watched.append(Bulk(run)))
    found: list[int] = []
    orders = run.fulfilled_orders()
    telling = cpu_seconds(lambda: found.append(len(watched[0].outcomes(orders)[0].order)))
    audit = watched[0].audited(min(MOST_AUDITED, len(orders)), SEED)
    return {
        "branch_ms_48h": median(plain),
        "coalesced_branch_ms_median": median(stopped),
        "coalesced_branch_ms_p95": float(np.percentile(stopped, 95)),
        "coalesced_share": float(np.mean([branch.coalesced for branch in branches])),
        "coalesced_hours_median": median(branch.hours for branch in branches),
        "checkpoint_seconds": checkpoints,
        "bulk_branches_per_s": found[0] / telling,
        "bulk_branches_per_s_with_watching": found[0] / (watching + telling),
        "bulk_exact_share": audit.exact_share,
        "bulk_audit": asdict(audit),
        "branch_world": {
            "n_orders": run.stage.n_orders,
            "n_days": float(np.ptp(run.stage.demand.placed_at_hours)) / 24,
            "n_branches": len(forks),
            "n_bulk_branches": found[0],
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
