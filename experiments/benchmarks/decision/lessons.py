"""A lesson: both models, learned from one world's log and calibrated on its last part."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import pandas as pd

from decision.compensation.fitting import fit_compensation
from decision.compensation.model import CompensationModel
from decision.routing.fitting import fit_routing
from decision.routing.model import RoutingModel
from experiments.benchmarks.decision.worlds import PlayedWorld, Sizes, played_incidents, played_world
from experiments.compensation_study import calibrated_compensation
from experiments.losses import Pricing
from experiments.routing_study import calibrated_routing
from experiments.split import part

TAUGHT_SHARE = 0.8


@dataclass(frozen=True)
class Lesson:
    """What was learned.

    Parameters
    ----------
    compensation, compensation_short : CompensationModel
        Learned from the incidents of a longer run of the same world, and from those of the log that taught routing.
    n_incidents, n_incidents_short : int
        How many these were, calibration included.
    seconds : float
        Processor time of fitting and calibrating routing and the shorter lesson of compensation, the world apart.
    """

    base: str
    seed: int
    world: PlayedWorld
    routing: RoutingModel
    compensation: CompensationModel
    compensation_short: CompensationModel
    n_incidents: int
    n_incidents_short: int
    seconds: float


def lesson(base: str, seed: int, sizes: Sizes, pricing: Pricing) -> Lesson:
    """Play a world, learn from its first four fifths and calibrate on the rest."""
    world = played_world(
        base, seed, sizes.n_taught, n_judged=sizes.n_calibrating, from_share=TAUGHT_SHARE, redraws=sizes.redraws
    )
    began = time.process_time()
    n_orders = len(world.log.orders)
    early = pd.Series(np.arange(n_orders) < TAUGHT_SHARE * n_orders)
    taught = part(world.log, early)
    routing = calibrated_routing(fit_routing(taught, seed=seed), world.judged, world.routing, pricing)
    short = _taught_compensation(world.log.incidents, world.compensation, seed, pricing)
    seconds = time.process_time() - began
    incidents, truth = played_incidents(base, seed, sizes.n_taught_compensation)
    return Lesson(
        base=base,
        seed=seed,
        world=world,
        routing=routing,
        compensation=_taught_compensation(incidents, truth, seed, pricing),
        compensation_short=short,
        n_incidents=len(incidents),
        n_incidents_short=len(world.log.incidents),
        seconds=seconds,
    )


def _taught_compensation(
    incidents: pd.DataFrame, truth: pd.DataFrame, seed: int, pricing: Pricing
) -> CompensationModel:
    """Learned from the first four fifths of the incidents and calibrated on the rest."""
    n_taught = int(TAUGHT_SHARE * len(incidents))
    fit = fit_compensation(incidents.iloc[:n_taught].reset_index(drop=True), seed=seed)
    return calibrated_compensation(fit, incidents.iloc[n_taught:].reset_index(drop=True), truth, pricing)
