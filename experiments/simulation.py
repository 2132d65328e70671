"""Simulated data sets: a world, a policy that decides in it, the log it leaves and the truth behind it."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from data.manifest import MANIFEST_NAME, sha256_of, whole_folder, write_manifest
from experiments.datasets import LOG_NAME, TRUTH_NAME
from experiments.policies import DEFAULT_EXPLORATION, EXPLORE, Exploration, policies_named
from experiments.simulated_truth import TruthSample, simulated_truth
from simulator.run import WorldRun, simulate
from simulator.scenario.loading import load_scenario, scenario_hash

TRUTH_REDRAWS = 64


@dataclass(frozen=True, slots=True)
class SimulationRequest:
    """What to simulate.

    Parameters
    ----------
    scenario : str or Path
        Name of a scenario that ships, or path of one of your own.
    policy : str
        See `experiments.policies.policies_named`.
    exploration : Exploration
        How much `explore` explores.
    truth : bool
        Whether to work out the potential outcomes too.
    redraws : int
        Points of chance over which an expected outcome is integrated.
    truth_share : float
        Share of the orders, the last ones, whose routing alternatives are played; a training asks for no others.
    redrawn_orders : int
        Held-out orders whose futures are redrawn too: by them a training calibrates without hindsight.
    """

    scenario: str | Path
    n_orders: int
    seed: int
    policy: str = EXPLORE
    exploration: Exploration = DEFAULT_EXPLORATION
    truth: bool = False
    redraws: int = TRUTH_REDRAWS
    truth_share: float = 1.0
    redrawn_orders: int = 0


@dataclass(frozen=True, slots=True)
class SimulatedDataset:
    """Where a simulated data set lies, and how large it is; there may be fewer orders to redraw than were asked for."""

    folder: Path
    truth_folder: Path | None
    n_orders: int
    n_candidates: int
    n_incidents: int
    n_redrawn: int


def simulate_dataset(request: SimulationRequest, out: Path) -> SimulatedDataset:
    """Simulate a world and write `<out>/log` and, if asked for, `<out>/truth`: both whole, or neither.

    Raises
    ------
    SimulatorError
        If the scenario cannot be read.
    PolicyNameError
        If no policy goes by the name given.
    InputFileError
        If `out` exists and was not written by routecause.
    """
    scenario = load_scenario(request.scenario)
    policies = policies_named(request.policy, request.exploration)
    facts = {
        **_plain(request),
        "scenario_sha256": scenario_hash(scenario),
        "versions": {name: version(name) for name in ("routecause", "numpy", "simpy")},
    }
    n_redrawn = 0
    with whole_folder(out) as scratch:
        run = simulate(scenario, policies.routing, policies.compensation, n_orders=request.n_orders, seed=request.seed)
        log = run.decision_log()
        log.save(
            scratch / LOG_NAME,
            {
                "source": "simulated",
                **_counts(run),
                **facts,
            },
        )
        if request.truth:
            n_redrawn = _save_truth(run, request, facts, scratch)
        write_manifest(scratch, {"kind": "dataset", **facts})
    return SimulatedDataset(
        folder=out,
        truth_folder=out / TRUTH_NAME if request.truth else None,
        n_orders=len(log.orders),
        n_candidates=len(log.candidates),
        n_incidents=len(log.incidents),
        n_redrawn=n_redrawn,
    )


def _save_truth(run: WorldRun, request: SimulationRequest, facts: dict[str, Any], dataset: Path) -> int:
    """Write the truth of a run, and say of how many orders futures were redrawn."""
    played = run.fulfilled_orders()
    played = played[played >= math.floor(request.n_orders * (1 - request.truth_share))]
    sample = TruthSample(redrawn_orders=request.redrawn_orders)
    truth, found = simulated_truth(run, played, redraws=request.redraws, sample=sample)
    folder = dataset / TRUTH_NAME
    folder.mkdir()
    truth.save(folder, {"log_sha256": sha256_of(dataset / LOG_NAME / MANIFEST_NAME), **facts, **found})
    return int(found["n_redrawn_orders"])


def _counts(run: WorldRun) -> dict[str, int]:
    """Orders drawn, those of them that came, and what became of these; `n_orders` beside them is what was asked for."""
    n_cancelled, n_absent = len(run.record.cancelled_at_hours), len(run.record.absent)
    n_drawn = run.stage.n_orders
    return {
        "n_drawn": n_drawn,
        "n_absent": n_absent,
        "n_came": n_drawn - n_absent,
        "n_cancelled": n_cancelled,
        "n_fulfilled": n_drawn - n_absent - n_cancelled,
    }


def _plain(request: SimulationRequest) -> dict[str, Any]:
    """The request as plain data, without settings that nothing in it makes use of."""
    unused = set() if request.policy == EXPLORE else {"exploration"}
    unused |= set() if request.truth else {"redraws", "truth_share", "redrawn_orders"}
    kept = {name: value for name, value in asdict(request).items() if name not in unused}
    return {**kept, "scenario": str(request.scenario)}
