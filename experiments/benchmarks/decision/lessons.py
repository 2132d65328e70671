"""A lesson: both models, learned from one world's log and calibrated on truth that they were not taught."""

from __future__ import annotations

import time
from dataclasses import dataclass

import pandas as pd

from data.decision_log.dataset import DecisionLog
from decision.compensation.fitting import fit_compensation
from decision.compensation.model import CompensationModel
from decision.routing.fitting import fit_routing
from decision.routing.model import RoutingModel
from experiments.benchmarks.decision.seeds import CALIBRATING_RUNS, calibrating_seeds
from experiments.benchmarks.decision.worlds import WARM_UP_SHARE, Sizes, explored, played_incidents, played_world
from experiments.compensation_study import calibrated_compensation
from experiments.losses import Pricing
from experiments.routing_study import KnownOrders, calibrated_routing
from simulator.truth.compensation import compensation_truth

TAUGHT_SHARE = 0.8


@dataclass(frozen=True)
class Lesson:
    """What was learned.

    Parameters
    ----------
    log : DecisionLog
        What routing was learned from.
    compensation, compensation_short : CompensationModel
        Learned from the incidents of a longer run of the same world, and from those of the log that taught routing.
    n_incidents, n_incidents_short : int
        How many these were, calibration included.
    seconds : float
        Processor time of fitting and calibrating routing and the shorter lesson of compensation, the world apart.
    """

    base: str
    seed: int
    log: DecisionLog
    routing: RoutingModel
    compensation: CompensationModel
    compensation_short: CompensationModel
    n_incidents: int
    n_incidents_short: int
    seconds: float


def lesson(base: str, seed: int, sizes: Sizes, pricing: Pricing) -> Lesson:
    """Play a world and learn from it; routing is calibrated on other runs, compensation on the last incidents."""
    run = explored(base, seed, sizes.n_taught)
    log = run.decision_log()
    known = [_played(base, place, sizes) for place in calibrating_seeds(seed)]
    began = time.process_time()
    routing = calibrated_routing(fit_routing(log, seed=seed), known, pricing)
    short = _taught_compensation(log.incidents, compensation_truth(run), seed, pricing)
    seconds = time.process_time() - began
    incidents, truth = played_incidents(base, seed, sizes.n_taught_compensation)
    return Lesson(
        base=base,
        seed=seed,
        log=log,
        routing=routing,
        compensation=_taught_compensation(incidents, truth, seed, pricing),
        compensation_short=short,
        n_incidents=len(incidents),
        n_incidents_short=len(log.incidents),
        seconds=seconds,
    )


def _played(base: str, seed: int, sizes: Sizes) -> KnownOrders:
    n_judged = sizes.n_calibrating // CALIBRATING_RUNS
    world = played_world(
        base, seed, sizes.n_examined, n_judged=n_judged, from_share=WARM_UP_SHARE, redraws=sizes.redraws
    )
    return world.known


def _taught_compensation(
    incidents: pd.DataFrame, truth: pd.DataFrame, seed: int, pricing: Pricing
) -> CompensationModel:
    """Learned from the first four fifths of the incidents and calibrated on the rest."""
    n_taught = int(TAUGHT_SHARE * len(incidents))
    fit = fit_compensation(incidents.iloc[:n_taught].reset_index(drop=True), seed=seed)
    return calibrated_compensation(fit, incidents.iloc[n_taught:].reset_index(drop=True), truth, pricing)
