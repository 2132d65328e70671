"""Policy against policy: both run a whole simulated world of their own, on the same demand and the same noise.

Unlike a held-out check this lets every decision reach the orders after it (stock, queues, capacity), so it
is only ever reported as a mean over worlds, paired by seed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from data.decision_log.dataset import DecisionLog
from experiments.intervals import Estimate, clustered_mean
from experiments.losses import Pricing, observed_routing_loss
from experiments.policies import Policies
from simulator.run import simulate
from simulator.scenario.schema import Scenario


@dataclass(frozen=True, slots=True)
class SimulatedGain:
    """Means over worlds of the target policy less the baseline, with 95% intervals.

    Parameters
    ----------
    loss : Estimate
        Routing objective, in minor currency units an order; negative is better.
    cost_minor, carbon_kg : Estimate
        An order; negative is better.
    on_time_share : Estimate
        Share of orders delivered by their promise; positive is better.
    """

    n_worlds: int
    n_orders: int
    loss: Estimate
    cost_minor: Estimate
    carbon_kg: Estimate
    on_time_share: Estimate


def simulated_gain(
    scenario: Scenario, target: Policies, baseline: Policies, *, n_orders: int, seeds: Sequence[int]
) -> SimulatedGain:
    """Play both policies in one world a seed, and pair the worlds.

    Parameters
    ----------
    n_orders : int
        Orders a world.
    seeds : sequence of int
        One world each; at least two.
    """
    means = np.array(
        [[_means(_world(scenario, policies, n_orders, seed)) for policies in (target, baseline)] for seed in seeds]
    )
    differences = means[:, 0] - means[:, 1]
    loss, cost, carbon, on_time = (clustered_mean(column, np.arange(len(seeds))) for column in differences.T)
    return SimulatedGain(len(seeds), n_orders, loss, cost, carbon, on_time)


def _world(scenario: Scenario, policies: Policies, n_orders: int, seed: int) -> DecisionLog:
    run = simulate(scenario, policies.routing, policies.compensation, n_orders=n_orders, seed=seed)
    return run.decision_log()


def _means(log: DecisionLog) -> tuple[float, float, float, float]:
    outcomes = log.outcomes
    return (
        float(observed_routing_loss(log, Pricing()).mean()),
        float(outcomes["cost_minor"].mean()),
        float(outcomes["carbon_kg"].mean()),
        1.0 - float(outcomes["late"].mean()),
    )
