"""Worlds to learn from and worlds to be examined in: never the same ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.decision_log.dataset import DecisionLog
from experiments.policies import DEFAULT_EXPLORATION, EXPLORE, policies_named
from experiments.routing_study import KnownOrders
from experiments.simulated_truth import WINDOW_MINUTES, neighbours
from experiments.split import part
from simulator.log import incident_table
from simulator.run import WorldRun, simulate
from simulator.scenario.loading import load_scenario
from simulator.truth.compensation import compensation_truth
from simulator.truth.redrawn import redrawn_truth

Integers = NDArray[np.int64]

# Orders before this share of a run meet a network that is still filling up.
WARM_UP_SHARE = 0.15


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is played.

    Parameters
    ----------
    n_taught, n_examined : int
        Orders of a world that is learned from, and of one that is examined.
    n_taught_compensation : int
        Orders of the longer world whose incidents teach compensation: only one order in three has one.
    n_calibrating : int
        Orders whose alternatives are played for calibration, an equal share in each run of `calibrating_seeds`.
    n_judged : int
        Orders of an examined world whose alternatives are played.
    redraws : int
        Futures over which an expected outcome is averaged.
    seeds : tuple of int
        Of the worlds that are learned from, one model each; those examined have seeds of their own.
    """

    n_taught: int
    n_taught_compensation: int
    n_examined: int
    n_calibrating: int
    n_judged: int
    redraws: int
    seeds: tuple[int, ...]


# Seeds below 100 were looked at while the product was built.
FULL = Sizes(20_000, 100_000, 6_000, 512, 240, 24, (101, 102))
QUICK = Sizes(20_000, 100_000, 6_000, 384, 160, 16, (101,))


@dataclass(frozen=True)
class PlayedWorld:
    """A world that was played under the exploring rules, and the truth about some of its orders.

    Parameters
    ----------
    log : DecisionLog
        Everything that was logged.
    judged : DecisionLog
        The orders whose alternatives were played.
    routing : DataFrame
        Expected outcomes of their candidates, over redraws of everything after the decision.
    compensation : DataFrame
        Expected reactions to every arm of every incident.
    """

    name: str
    seed: int
    log: DecisionLog
    judged: DecisionLog
    routing: pd.DataFrame
    compensation: pd.DataFrame

    @property
    def known(self) -> KnownOrders:
        """The orders whose alternatives were played."""
        return KnownOrders(self.judged, self.routing)


def played_world(
    scenario: str, seed: int, n_orders: int, *, n_judged: int, from_share: float, redraws: int
) -> PlayedWorld:
    """Play a scenario under the rules with exploration, and the alternatives of some orders.

    Parameters
    ----------
    from_share : float
        The orders to be judged are spread evenly over the run from this share of it on.
    """
    run = explored(scenario, seed, n_orders)
    chosen = neighbours(np.arange(round(from_share * n_orders), n_orders), n_judged)
    log = run.decision_log()
    marked = pd.Series(np.isin(np.arange(n_orders), chosen))
    return PlayedWorld(
        name=scenario,
        seed=seed,
        log=log,
        judged=part(log, marked),
        routing=_redrawn(run, chosen, redraws, seed),
        compensation=compensation_truth(run),
    )


def _redrawn(run: WorldRun, orders: Integers, redraws: int, seed: int) -> pd.DataFrame:
    return redrawn_truth(run, orders, redraws=redraws, seed=seed, window_minutes=WINDOW_MINUTES)


def played_incidents(scenario: str, seed: int, n_orders: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The incidents of a run under the rules with exploration, and the expected reactions to every arm of each."""
    run = explored(scenario, seed, n_orders)
    return incident_table(run.stage, list(run.record.incidents)), compensation_truth(run)


def explored(scenario: str, seed: int, n_orders: int) -> WorldRun:
    """A run under the rules with exploration."""
    policies = policies_named(EXPLORE, DEFAULT_EXPLORATION)
    return simulate(load_scenario(scenario), policies.routing, policies.compensation, n_orders=n_orders, seed=seed)
