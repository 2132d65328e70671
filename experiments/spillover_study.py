"""Spillover study: whether a law of what orders do to those behind them holds elsewhere, and whether counting it helps.

Two questions that need not have the same answer. *Held out*: orders of fresh seeds are played with and without, and
what the law said of each candidate against the default is held against what came of it. *Policy*: whole worlds are
played on the same demand by the rules, by the causal policy, and by the causal policy that counts delays to others.

Run it with ``python -m experiments.spillover_study``; it prints what it found and, last, one JSON object.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.choice_sets import ChoiceSets
from data.decision_log.dataset import DecisionLog
from data.objective import DEFAULT_UNIT_VALUES, DEFAULT_WEIGHTS
from decision.compensation.rules import RuleCompensation
from decision.routing.features import Imputation
from decision.routing.fitting import fit_routing
from decision.routing.model import RoutingModel
from decision.routing.policy import CausalRoutingPolicy
from decision.routing.spillover import SpilloverLaw
from decision.routing.spillover_fitting import fitted_spillover
from decision.routing.stages import stage_columns
from experiments.delays_to_others import presence_of_orders, priced
from experiments.losses import aligned
from experiments.plain_json import plain_json
from experiments.policies import DEFAULT_EXPLORATION, EXPLORE, RULES, Policies, policies_named
from experiments.policy_value import SimulatedGain, simulated_gain
from experiments.split import part
from simulator.run import simulate
from simulator.scenario.loading import load_scenario

Floats = NDArray[np.float64]

# Orders before this share of a run meet a network that is still filling up; the last ones meet one that empties.
FROM_SHARE, TO_SHARE = 0.1, 0.95
N_DECILES = 10


@dataclass(frozen=True, slots=True)
class PlayedOrders:
    """Orders of an exploring world that were played with and without, and what that cost others by candidate."""

    whole: DecisionLog
    log: DecisionLog
    minor: Floats


@dataclass(frozen=True, slots=True)
class HeldOut:
    """How a law fared on contrasts with the default in a world that it was not learned from.

    Parameters
    ----------
    r_squared : float
        Of contrasts, against saying 0 always; below 0 is worse than saying nothing.
    slope : float
        By how much contrasts rose with what was said; 1 is right.
    deciles : tuple of (float, float)
        Mean said and mean played, by tenth of what was said.
    """

    scenario: str
    seed: int
    n_orders: int
    r_squared: float
    correlation: float
    slope: float
    deciles: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class PolicyGain:
    """Whole worlds of one scenario: causal against rules, and counting delays to others against not."""

    scenario: str
    causal: SimulatedGain
    counting: SimulatedGain


def played_orders(scenario: str, seed: int, n_orders: int, n_played: int) -> PlayedOrders:
    """Play a world under the exploring rules, and some of its orders with and without."""
    policies = policies_named(EXPLORE, DEFAULT_EXPLORATION)
    run = simulate(load_scenario(scenario), policies.routing, policies.compensation, n_orders=n_orders, seed=seed)
    fulfilled = np.asarray(run.fulfilled_orders())
    first, last = (int(share * len(fulfilled)) for share in (FROM_SHARE, TO_SHARE))
    chosen = fulfilled[np.unique(np.linspace(first, last, n_played, endpoint=False).astype(np.int64))]
    presence = presence_of_orders(run, chosen)
    whole = run.decision_log()
    log = part(whole, whole.orders["order_id"].isin(presence["order_id"]))
    told = aligned(presence, log.candidates, ["order_id", "candidate_id"])
    return PlayedOrders(whole, log, priced(told, DEFAULT_UNIT_VALUES))


def taught(scenario: str, seed: int, n_orders: int, n_played: int) -> RoutingModel:
    """A routing model of one world, with the law of what its orders did to each other."""
    played = played_orders(scenario, seed, n_orders, n_played)
    model = fit_routing(played.whole, seed=seed).model
    words = f"{scenario}, seed {seed}, {n_orders} orders"
    law = fitted_spillover(played.log, played.minor, model.imputation, learned_from=words, seed=seed)
    return replace(model, spillover=law)


def held_out(law: SpilloverLaw, imputation: Imputation, scenario: str, seed: int, size: tuple[int, int]) -> HeldOut:
    """Hold a law against a fresh world of so many orders, so many of them played with and without."""
    played = played_orders(scenario, seed, *size)
    sets, default = ChoiceSets.of_log(played.log), np.flatnonzero(played.log.candidates["is_default"])
    reference = default[sets.order_of_row]
    said = law.by_bag(stage_columns(sets, imputation)).mean(axis=0)
    others = reference != np.arange(len(reference))
    said, true = ((values - values[reference])[others] for values in (said, played.minor))
    tenths = np.array_split(np.argsort(said, kind="stable"), N_DECILES)
    return HeldOut(
        scenario=scenario,
        seed=seed,
        n_orders=sets.n_orders,
        r_squared=1.0 - _ratio(float(np.square(true - said).sum()), float(true @ true)),
        correlation=_ratio(float(np.cov(said, true)[0, 1]), float(said.std(ddof=1) * true.std(ddof=1))),
        slope=_ratio(float(said @ true), float(said @ said)),
        deciles=tuple((float(said[tenth].mean()), float(true[tenth].mean())) for tenth in tenths),
    )


def _ratio(part: float, whole: float) -> float:
    """Not a number where nothing was said, or nobody was moved."""
    return part / whole if whole > 0 else float("nan")


def policy_gain(model: RoutingModel, scenario: str, *, n_orders: int, seeds: Sequence[int]) -> PolicyGain:
    """Play whole worlds under the rules and under both causal policies; the rules answer incidents in all of them."""
    world, rules = load_scenario(scenario), policies_named(RULES, DEFAULT_EXPLORATION)
    silent, counting = (
        Policies(
            name,
            CausalRoutingPolicy(model, DEFAULT_WEIGHTS, replace(DEFAULT_UNIT_VALUES, count_spillover=counts)),
            RuleCompensation(),
        )
        for name, counts in (("causal", False), ("causal counting delays to others", True))
    )
    return PolicyGain(
        scenario,
        simulated_gain(world, silent, rules, n_orders=n_orders, seeds=seeds),
        simulated_gain(world, counting, silent, n_orders=n_orders, seeds=seeds),
    )


def table(gains: Sequence[PolicyGain]) -> pd.DataFrame:
    """One row a scenario and comparison, differences with their 95% intervals."""
    rows = [
        {
            "scenario": gain.scenario,
            "compared": words,
            **{
                name: f"{found.point:.3f} [{found.lower:.3f}, {found.upper:.3f}]"
                for name, found in (
                    ("loss_minor", told.loss),
                    ("on_time", told.on_time_share),
                    ("cost", told.cost_minor),
                )
            },
        }
        for gain in gains
        for words, told in (("causal - rules", gain.causal), ("counting - causal", gain.counting))
    ]
    return pd.DataFrame(rows)


def studied(asked: argparse.Namespace, say: Callable[[str], None]) -> dict[str, object]:
    """Teach one model a base scenario and put both questions to it."""
    say(f"learn from {asked.base}")
    model = taught(asked.base, asked.seed, asked.taught, asked.played)
    if model.spillover is None:
        msg = "a model that was just taught spillover has lost it"
        raise AssertionError(msg)
    checks, gains = [], []
    for scenario in asked.scenarios:
        say(f"held out: {scenario}")
        size = (asked.orders, asked.judged)
        checks.append(held_out(model.spillover, model.imputation, scenario, asked.fresh_seed, size))
        say(f"whole worlds: {scenario}")
        seeds = range(asked.fresh_seed + 1, asked.fresh_seed + 1 + asked.worlds)
        gains.append(policy_gain(model, scenario, n_orders=asked.orders, seeds=seeds))
    print(pd.DataFrame([asdict(check) for check in checks]).drop(columns="deciles").to_string(index=False))  # noqa: T201
    print(table(gains).to_string(index=False))  # noqa: T201
    return {
        "asked": vars(asked),
        "slope": model.spillover.slope,
        "held_out": [asdict(check) for check in checks],
        "gains": [asdict(gain) for gain in gains],
    }


def main(arguments: list[str] | None = None) -> None:
    """Print tables and, last, one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0] if __doc__ else None)
    parser.add_argument("--base", default="small", help="scenario that is learned from")
    parser.add_argument("--scenarios", nargs="+", default=["small", "singles_day", "live_stream_spike"])
    parser.add_argument("--seed", type=int, default=22)
    parser.add_argument("--fresh-seed", type=int, default=520)
    parser.add_argument("--taught", type=int, default=12_000, help="orders of the world that is learned from")
    parser.add_argument("--played", type=int, default=1_000, help="orders of it that are played with and without")
    parser.add_argument("--orders", type=int, default=6_000, help="orders of each fresh world")
    parser.add_argument("--judged", type=int, default=300, help="orders of a fresh world played with and without")
    parser.add_argument("--worlds", type=int, default=8, help="whole worlds a scenario")
    print(plain_json(studied(parser.parse_args(arguments), lambda what: print(what, file=sys.stderr))))  # noqa: T201


if __name__ == "__main__":
    main()
