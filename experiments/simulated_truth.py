"""The truth of a simulated run for its data set: direct, a sample's frozen spillover, and how exact it is."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.datasets import Truth
from simulator.noise import Noise
from simulator.run import WorldRun
from simulator.truth.bulk import Bulk
from simulator.truth.compensation import compensation_truth
from simulator.truth.routing import routing_truth
from simulator.truth.spillover import spillover_truth

Ints = NDArray[np.int64]

MEANING = {
    "routing": "direct: the order's own outcome under each candidate, all other decisions and all chance as it was",
    "frozen_spillover": "sums over other orders of what changes for them against the factual action, decisions frozen",
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
    """

    spillover_orders: int = 20
    audit_orders: int = 100


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
    truth = Truth(routing_truth(run, played, redraws=redraws), compensation_truth(run), spillover_truth(run, sampled))
    n_audited = min(sample.audit_orders, len(run.fulfilled_orders()))
    audit = asdict(Bulk(run).audited(n_audited, run.stage.noise.seed)) if n_audited else {}
    return truth, {
        "meaning": MEANING,
        "coupling": COUPLING,
        "n_spillover_orders": len(sampled),
        "bulk_audit": audit,
    }


def _sampled(run: WorldRun, played: Ints, n_orders: int) -> Ints:
    """Orders drawn at random, rising; a larger sample holds the smaller one."""
    uniforms = Noise(run.stage.noise.seed).uniforms("truth/sample", run.stage.n_orders)[played]
    chosen: Ints = np.sort(played[np.argsort(uniforms, kind="stable")[:n_orders]])
    return chosen
