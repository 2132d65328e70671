"""Does the log tell when something unseen moved its choices? Honest worlds and worlds with a planted meddler.

Run with `python -m experiments.benchmarks.confounding`; the last line printed is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import binomtest

from data.decision_log.dataset import DecisionLog
from decision.compensation.rules import CompensationRules, ExploringCompensation
from decision.exploration import ExploringPolicy
from decision.rules import RuleEngine
from decision.sensitivity.hidden_confounding import HiddenConfounding, compensation_confounding, routing_confounding
from experiments.benchmarks.operators import (
    AvoidingDispatcher,
    BalancedAgent,
    CautiousDispatcher,
    SoftHeartedAgent,
    ThriftyAgent,
    blinded,
)
from experiments.losses import Pricing, observed_compensation_loss, observed_routing_loss
from simulator.policies import CompensationPolicy, RoutingPolicy
from simulator.run import simulate
from simulator.scenario.loading import load_scenario

SCENARIO = "small"
N_WORLDS, QUICK_WORLDS = 40, 12
N_ORDERS = 6_000
ROUTING = ExploringPolicy(RuleEngine(), 0.3)
COMPENSATION = ExploringCompensation(CompensationRules(), 0.8)
# Meddlers act on half of what they see.
SHARE = 0.5
INTERVAL = 0.95


@dataclass(frozen=True)
class World:
    """One simulated world and who meddles in it.

    Parameters
    ----------
    routing_form, compensation_form : str
        What the meddlers are called; `none` where nobody meddles.
    """

    seed: int
    routing: RoutingPolicy
    compensation: CompensationPolicy
    routing_form: str = "none"
    compensation_form: str = "none"


@dataclass(frozen=True, slots=True)
class Share:
    """How many of how many, with the 95% interval (Wilson) of the share."""

    n_found: int
    n_asked: int

    @property
    def point(self) -> float:
        """The share; NaN of nothing."""
        return self.n_found / self.n_asked if self.n_asked else float("nan")

    def to_plain(self) -> dict[str, float]:
        """For JSON."""
        bounds = binomtest(self.n_found, self.n_asked).proportion_ci(INTERVAL, method="wilson")
        lower, upper = float(bounds.low), float(bounds.high)
        return {"share": self.point, "lower": lower, "upper": upper, "n": self.n_asked}


def benchmark_confounding(
    n_worlds: int = N_WORLDS, *, scenario: str = SCENARIO, n_orders: int = N_ORDERS, seed: int = 1
) -> dict[str, Any]:
    """Accuse honest worlds and worlds with planted meddlers, and count.

    Every seed is played three times: honestly; with a dispatcher and an agent who override draws; and with an
    agent who keeps the books balanced, whom no test of choices can see.

    Returns
    -------
    dict
        `hidden_confounder_found_share` over all logs in which draws were overridden (routing and compensation
        each count), `clean_world_accused_share` over honest worlds (either log accused counts), both with
        intervals under `..._interval`; the same by form; and what the meddlers moved.
    """
    seeds = [int(number) for number in np.random.SeedSequence(seed).generate_state(n_worlds)]
    clean = [_accused(world, scenario, n_orders, blind=False) for world in map(_honest, seeds)]
    worlds = [_meddled(number, place) for place, number in enumerate(seeds)]
    meddled = [_accused(world, scenario, n_orders, blind=True) for world in worlds]
    balanced = [_accused(_balanced(number), scenario, n_orders, blind=True)[1] for number in seeds]
    forms: dict[str, list[bool]] = {}
    for world, (routing, compensation) in zip(worlds, meddled, strict=True):
        forms.setdefault(world.routing_form, []).append(routing.flagged)
        forms.setdefault(world.compensation_form, []).append(compensation.flagged)
    found = Share(sum(sum(flags) for flags in forms.values()), 2 * n_worlds)
    accused = Share(sum(any(item.flagged for item in pair) for pair in clean), n_worlds)
    return {
        "hidden_confounder_found_share": found.point,
        "hidden_confounder_found_share_interval": found.to_plain(),
        "clean_world_accused_share": accused.point,
        "clean_world_accused_share_interval": accused.to_plain(),
        "found_by_form": {name: Share(sum(flags), len(flags)).to_plain() for name, flags in sorted(forms.items())},
        "balanced_meddler_found_share": Share(sum(item.flagged for item in balanced), n_worlds).to_plain(),
        "clean_p_values": sorted(item.p_value for pair in clean for item in pair),
        "n_worlds": n_worlds,
        "n_orders": n_orders,
        "scenario": scenario,
        "share_acted_on": SHARE,
    }


def _honest(seed: int) -> World:
    return World(seed, ROUTING, COMPENSATION)


def _meddled(seed: int, place: int) -> World:
    """Forms take turns, so that every one has its worlds."""
    dispatchers = (AvoidingDispatcher(ROUTING, SHARE), CautiousDispatcher(ROUTING, SHARE))
    agents = (SoftHeartedAgent(COMPENSATION, SHARE), ThriftyAgent(COMPENSATION, SHARE))
    dispatcher, agent = dispatchers[place % 2], agents[place // 2 % 2]
    return World(seed, dispatcher, agent, type(dispatcher).__name__, type(agent).__name__)


def _balanced(seed: int) -> World:
    return World(seed, ROUTING, BalancedAgent(COMPENSATION, 0.25), "none", BalancedAgent.__name__)


def _accused(world: World, scenario: str, n_orders: int, *, blind: bool) -> tuple[HiddenConfounding, HiddenConfounding]:
    """What the logs of routing and compensation of one world say."""
    spec = load_scenario(scenario)
    run = simulate(spec, world.routing, world.compensation, n_orders=n_orders, seed=world.seed)
    log = run.decision_log()
    return judged(blinded(log) if blind else log)


def judged(log: DecisionLog) -> tuple[HiddenConfounding, HiddenConfounding]:
    """What a log says of its own choices, in routing and in compensation."""
    pricing = Pricing()
    return (
        routing_confounding(log, observed_routing_loss(log, pricing)),
        compensation_confounding(log.incidents, observed_compensation_loss(log.incidents, pricing)),
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the figures, one JSON object last."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a short form")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args(arguments)
    figures = benchmark_confounding(QUICK_WORLDS if asked.quick else N_WORLDS, seed=asked.seed)
    sys.stdout.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main()
