"""Playing a run: from the world's first hour, or from a state that all contenders share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.objective import ObjectiveWeights
from experiments.losses import Pricing
from experiments.whatif.contenders import PolicySpec, build_policies
from experiments.whatif.facts import order_facts
from experiments.whatif.warm_start import WarmStart
from simulator.demand import start_hours
from simulator.run import WorldRun, finished, require_affordable, require_usable, simulate
from simulator.scenario.loading import scenario_hash
from simulator.scenario.schema import Scenario
from simulator.snapshot import Snapshot
from simulator.stage import Stage, set_stage
from simulator.world import World

# A scenario and the same scenario without its disruptions: what contenders that play side by side begin from.
MOST_PASTS = 2


@dataclass(frozen=True, slots=True)
class RunSettings:
    """What every replication of a contender shares.

    Parameters
    ----------
    warm_up_days : float
        Orders of the first days are played, but count for nothing.
    weights : ObjectiveWeights
        By which the objective judges all contenders alike.
    force : bool
        Whether a single run may be larger than the simulator allows by itself.
    warm_start : WarmStart or None
        Whence contenders go on; None is that each plays from the first hour.
    tracks_recovery : bool
        Whether what passes is played once more without it, to see how long it takes to recover.
    """

    n_orders: int
    warm_up_days: float
    weights: ObjectiveWeights
    force: bool = False
    warm_start: WarmStart | None = None
    tracks_recovery: bool = True


@dataclass(frozen=True)
class Past:
    """A world that was played up to a moment.

    Parameters
    ----------
    first_order : int
        Number of the first order that is still to come.
    """

    stage: Stage
    snapshot: Snapshot
    first_order: int


class Pasts:
    """Pasts of the runs at hand, each played once for all contenders; they live in memory and are played anew if lost.

    A past is a function of scenario, seed and warm start, so whoever plays it again finds the same state.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[str, int, RunSettings], Past] = {}

    def of(self, scenario: Scenario, seed: int, settings: RunSettings, warm_start: WarmStart) -> Past:
        """The past of a scenario and seed."""
        key = (scenario_hash(scenario), seed, settings)
        if key not in self._known:
            while len(self._known) >= MOST_PASTS:
                del self._known[next(iter(self._known))]
            self._known[key] = past_of(scenario, seed, settings, warm_start)
        return self._known[key]


def past_of(scenario: Scenario, seed: int, settings: RunSettings, warm_start: WarmStart) -> Past:
    """Play until just before a moment; whatever happens at the moment itself is still to come."""
    require_usable(settings.n_orders, seed)
    if not settings.force:
        require_affordable(scenario, settings.n_orders)
    until_hours = start_hours(scenario) + 24 * warm_start.days
    policies, stage = build_policies(warm_start.policy), set_stage(scenario, seed, settings.n_orders)
    world = World(stage, policies.routing, policies.compensation)
    world.open()
    world.run_until(until_hours)
    return Past(stage, world.snapshot(), int(np.searchsorted(stage.demand.placed_at_hours, until_hours)))


def play_on(past: Past, policy: PolicySpec) -> WorldRun:
    """Let a policy go on from a past; the run tells of what happened since."""
    policies = build_policies(policy)
    world = World(past.stage, policies.routing, policies.compensation)
    world.restore(past.snapshot)
    world.run()
    return finished(world, policies.routing, policies.compensation)


def played(
    scenario: Scenario, policy: PolicySpec, seed: int, settings: RunSettings, pasts: Pasts
) -> tuple[pd.DataFrame, str]:
    """What each order of a run met, and the digest of all that happened in it."""
    pricing = Pricing(settings.weights)
    if settings.warm_start is not None:
        past = pasts.of(scenario, seed, settings, settings.warm_start)
        run = play_on(past, policy)
        return order_facts(run, pricing, past.first_order), run.digest()
    policies = build_policies(policy)
    run = simulate(
        scenario,
        policies.routing,
        policies.compensation,
        n_orders=settings.n_orders,
        seed=seed,
        force=settings.force,
    )
    return order_facts(run, pricing), run.digest()
