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
from experiments.benchmarks.decision.worlds import PlayedWorld, Sizes, played_world
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
    seconds : float
        Processor time of fitting and calibrating both models, the world apart.
    """

    base: str
    seed: int
    world: PlayedWorld
    routing: RoutingModel
    compensation: CompensationModel
    seconds: float


def lesson(base: str, seed: int, sizes: Sizes, pricing: Pricing) -> Lesson:
    """Play a world, learn from its first four fifths and calibrate on the rest."""
    world = played_world(
        base, seed, sizes.n_taught, n_judged=sizes.n_calibrating, from_share=TAUGHT_SHARE, redraws=sizes.redraws
    )
    began = time.process_time()
    n_orders = len(world.log.orders)
    early = pd.Series(np.arange(n_orders) < TAUGHT_SHARE * n_orders)
    taught, later = part(world.log, early), part(world.log, ~early)
    routing = calibrated_routing(fit_routing(taught, seed=seed), world.judged, world.routing, pricing)
    fit = fit_compensation(taught.incidents, seed=seed)
    compensation = calibrated_compensation(fit, later.incidents, world.compensation, pricing)
    return Lesson(base, seed, world, routing, compensation, time.process_time() - began)
