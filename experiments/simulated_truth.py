"""The truth of a simulated run for its data set: direct, a sample's frozen spillover, and how exact it is."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.datasets import Truth
from experiments.split import TRAINING_SHARE
from simulator.noise import Noise
from simulator.run import WorldRun
from simulator.truth.bulk import Bulk
from simulator.truth.compensation import compensation_truth
from simulator.truth.redrawn import redrawn_truth
from simulator.truth.routing import routing_truth
from simulator.truth.spillover import spillover_truth

Ints = NDArray[np.int64]

# Neighbours that come within so many minutes are judged by the same futures, which begin after the last of them.
GROUP_SIZE, WINDOW_MINUTES = 8, 15.0

MEANING = {
    "routing": "direct: the order's own outcome under each candidate, all other decisions and all chance as it was",
    "frozen_spillover": "sums over other orders of what changes for them against the factual action, decisions frozen",
    "redrawn_routing": "the expected outcome under each candidate, over redraws of everything after the decision",
    "compensation": "the customer's reaction to each allowed arm, by the same chance",
}
COUPLING = (
    "every draw is keyed by seed, purpose, entity and count, so branches share all noise: transit, loss and damage by "
    "order and carrier; work, customs and mishaps by order; delays of goods by node, article and count"
)


@dataclass(frozen=True, slots=True)
class TruthSample:
    """How many orders the dear parts of the truth are worked out for.

    Parameters
    ----------
    spillover_orders : int
        Orders whose candidates' spillover is told; a branch takes some hundredths of a second.
    audit_orders : int
        Orders on which the bulk approximation is compared with exact branches.
    redrawn_orders : int
        Orders whose futures are redrawn, for a confidence that holds without hindsight; a dozen a second at best.
    futures : int
        How many futures each of them gets.
    """

    spillover_orders: int = 20
    audit_orders: int = 100
    redrawn_orders: int = 0
    futures: int = 10


def simulated_truth(
    run: WorldRun, played: Ints, *, redraws: int, sample: TruthSample = TruthSample()
) -> tuple[Truth, dict[str, Any]]:
    """The truth of a run, and the facts of its manifest: meaning, coupling, samples and audit.

    Parameters
    ----------
    played : array of int
        Orders whose routing alternatives are played.
    redraws : int
        Points of chance over which an expected outcome is integrated.
    """
    sampled = _sampled(run, played, sample.spillover_orders)
    held_out = played[played >= TRAINING_SHARE * run.stage.n_orders]
    truth = Truth(
        routing_truth(run, played, redraws=redraws),
        compensation_truth(run),
        spillover_truth(run, sampled),
        redrawn_sample(run, held_out, sample.redrawn_orders, sample.futures),
    )
    n_audited = min(sample.audit_orders, len(run.fulfilled_orders()))
    audit = asdict(Bulk(run).audited(n_audited, run.stage.noise.seed)) if n_audited else {}
    return truth, {
        "meaning": MEANING,
        "coupling": COUPLING,
        "n_spillover_orders": len(sampled),
        "n_redrawn_orders": 0 if truth.redrawn is None else truth.redrawn["order_id"].nunique(),
        "bulk_audit": audit,
    }


def redrawn_sample(run: WorldRun, orders: Ints, n_orders: int, futures: int) -> pd.DataFrame | None:
    """Expected outcomes of some orders over redrawn futures, in groups of neighbours; None where none are asked for."""
    chosen = neighbours(orders, n_orders)
    if not len(chosen):
        return None
    return redrawn_truth(run, chosen, redraws=futures, seed=run.stage.noise.seed, window_minutes=WINDOW_MINUTES)


def neighbours(orders: Ints, n_orders: int) -> Ints:
    """About so many orders, in groups of neighbours spread evenly: a group shares its futures, which is what they cost.

    Examples
    --------
    >>> neighbours(np.arange(100), 16).tolist()
    [0, 1, 2, 3, 4, 5, 6, 7, 92, 93, 94, 95, 96, 97, 98, 99]
    >>> len(neighbours(np.arange(100), 3)), len(neighbours(np.arange(6), 3)), len(neighbours(np.arange(6), 0))
    (8, 6, 0)
    """
    # A few are one group: rounded down they would silently be none.
    n_groups = -(-n_orders // GROUP_SIZE)
    if n_groups * GROUP_SIZE >= len(orders):
        return orders
    starts = np.linspace(0, len(orders) - GROUP_SIZE, n_groups).astype(np.int64)
    chosen: Ints = orders[np.unique((starts[:, None] + np.arange(GROUP_SIZE)).ravel())]
    return chosen


def _sampled(run: WorldRun, played: Ints, n_orders: int) -> Ints:
    """Orders drawn at random, rising; a larger sample holds the smaller one."""
    uniforms = Noise(run.stage.noise.seed).uniforms("truth/sample", run.stage.n_orders)[played]
    chosen: Ints = np.sort(played[np.argsort(uniforms, kind="stable")[:n_orders]])
    return chosen
