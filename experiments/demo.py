"""The whole way once: simulate, train, register, and put worked questions to the model."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from data.home import Home
from decision.artefact import load_artefact
from experiments.datasets import load_dataset
from experiments.examples import Example, compensation_example, routing_examples
from experiments.losses import Pricing
from experiments.policies import RULES, Exploration, causal_policies, policies_named
from experiments.policy_value import SimulatedGain, simulated_gain
from experiments.simulation import SimulationRequest, simulate_dataset
from experiments.split import TRAINING_SHARE, split_by_time
from experiments.study import TrueFindings
from experiments.training import TrainingReport, TrainingRequest, train
from simulator.scenario.loading import load_scenario

SCENARIO = "dataco"
# Exploring is free in a simulated world, and tells the alternatives apart sooner.
EXPLORATION = Exploration(routing=0.5, compensation=0.8)
# Playing every alternative is the dearest step: only what is held out of training is played, and a little more.
TRUTH_SHARE = 1.01 - TRAINING_SHARE
# Half of them calibrate, half judge; they cost most of a minute.
REDRAWN_ORDERS = 240
N_WORLDS, WORLD_ORDERS = 5, 3_000
# Short runs of other seeds, far from those of the new worlds: confidence from one run knows one week's weather.
N_CALIBRATING, CALIBRATING_ORDERS, CALIBRATING_SEEDS = 3, 40, 1_000


@dataclass(frozen=True, slots=True)
class DemoRequest:
    """What to show.

    Parameters
    ----------
    world_orders : int
        Orders of each new world that both policies play, and of each run that only calibrates.
    redrawn_orders : int
        Held-out orders whose futures are redrawn, to calibrate and to judge confidence by.
    calibrating_runs : int
        Runs of other seeds that routing is calibrated on too.
    """

    n_orders: int
    seed: int
    scenario: str = SCENARIO
    world_orders: int = WORLD_ORDERS
    redrawn_orders: int = REDRAWN_ORDERS
    calibrating_runs: int = N_CALIBRATING


@dataclass(frozen=True)
class DemoResult:
    """What the demonstration made.

    Parameters
    ----------
    routing, ambiguous, compensation : Example
        A clear routing case, one that a person should decide, and a compensation case.
    played : SimulatedGain
        Both policies in whole worlds of their own, where every decision reaches the orders after it.
    bodies : dict of str to Path
        The file of each example's body, by the example's name.
    seconds : float
        Wall time from start to finish.
    peak_rss_mb : float
        The most memory that the process ever held.
    """

    training: TrainingReport
    routing: Example
    ambiguous: Example
    compensation: Example
    played: SimulatedGain
    bodies: dict[str, Path]
    seconds: float
    peak_rss_mb: float

    @property
    def findings(self) -> TrueFindings:
        """What the truth says of the routing policy; a simulated log always has one."""
        found = self.training.studies["routing"].true
        if found is None:
            msg = "the demonstration's data set has no truth"
            raise AssertionError(msg)
        return found

    def to_plain(self) -> dict[str, Any]:
        """The result as plain data."""
        check = self.findings.check
        return {
            "policy_gain": {
                "rules_mean": check.rules_mean,
                "causal_mean": check.causal_mean,
                "difference": asdict(check.difference),
                "n_orders": check.n_decisions,
            },
            "routing_example": self.routing.to_plain(),
            "compensation_example": self.compensation.to_plain(),
            "mlflow": {
                "store": self.training.store,
                "run_id": self.training.run_id,
                "model_version": self.training.model.version,
            },
            "seconds": self.seconds,
            "peak_rss_mb": self.peak_rss_mb,
        }


def run_demo(request: DemoRequest, home: Home, on_step: Callable[[str], None], *, begun: float) -> DemoResult:
    """Simulate, train and register, then ask the new model three questions of the orders that it had not seen.

    Parameters
    ----------
    begun : float
        When the program started, by `time.perf_counter`.

    Raises
    ------
    SimulatorError, DataError, ExperimentsError, DecisionError
        As the parts do.
    """
    on_step(f"simulating {request.n_orders:,} orders, and what each would have met elsewhere")
    simulation = SimulationRequest(
        request.scenario,
        request.n_orders,
        request.seed,
        exploration=EXPLORATION,
        truth=True,
        truth_share=TRUTH_SHARE,
        redrawn_orders=request.redrawn_orders,
    )
    dataset = simulate_dataset(simulation, home.datasets / "demo")
    on_step(f"simulating {request.calibrating_runs} runs of other seeds, to be calibrated on")
    elsewhere = tuple(_calibrating(request, number, home) for number in range(request.calibrating_runs))
    report = train(TrainingRequest(dataset.folder, seed=request.seed, calibrate_on=elsewhere), home, on_step)
    on_step("asking the model")
    routing, ambiguous, compensation = examples = _examples(dataset.folder, report.model.folder)
    bodies = {example.name: example.write(home.root / "demo") for example in examples}
    on_step(f"playing {N_WORLDS} new worlds twice, by the rules and by the model")
    played = _played(request, report.model.folder)
    seconds = time.perf_counter() - begun
    return DemoResult(report, routing, ambiguous, compensation, played, bodies, seconds, peak_rss_mb())


def _calibrating(request: DemoRequest, number: int, home: Home) -> Path:
    simulation = SimulationRequest(
        request.scenario,
        request.world_orders,
        request.seed + CALIBRATING_SEEDS * (number + 1),
        exploration=EXPLORATION,
        truth=True,
        truth_share=TRUTH_SHARE,
        redrawn_orders=CALIBRATING_ORDERS,
    )
    return simulate_dataset(simulation, home.datasets / f"demo-calibrating-{number + 1}").folder


def peak_rss_mb() -> float:
    """The most memory that this process ever held, in megabytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Linux counts in kilobytes, macOS in bytes.
    return peak / 1024**2 if sys.platform == "darwin" else peak / 1024


def _examples(dataset: Path, artefact_folder: Path) -> tuple[Example, Example, Example]:
    artefact, pricing = load_artefact(artefact_folder), Pricing()
    unseen = split_by_time(load_dataset(dataset, None).log).evaluation
    routing, ambiguous = routing_examples(artefact, unseen, pricing)
    return routing, ambiguous, compensation_example(artefact, unseen, pricing)


def _played(request: DemoRequest, artefact_folder: Path) -> SimulatedGain:
    return simulated_gain(
        load_scenario(request.scenario),
        causal_policies(artefact_folder),
        policies_named(RULES, EXPLORATION),
        n_orders=request.world_orders,
        seeds=[request.seed + number for number in range(1, N_WORLDS + 1)],
    )
