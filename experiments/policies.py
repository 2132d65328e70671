"""Behaviour policies by name: what decides routing and compensation in a simulated world."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from decision.artefact import load_artefact
from decision.compensation.policy import CausalCompensationPolicy
from decision.compensation.rules import CompensationRules, ExploringCompensation, RuleCompensation
from decision.exploration import ExploringPolicy, RulePolicy
from decision.routing.policy import CausalRoutingPolicy
from decision.rules import RuleEngine
from experiments.errors import PolicyNameError
from experiments.losses import Pricing
from simulator.policies import CompensationPolicy, RoutingPolicy

EXPLORE, RULES, CAUSAL_PREFIX = "explore", "rules", "causal:"


@dataclass(frozen=True, slots=True)
class Policies:
    """What decides in a simulated world."""

    name: str
    routing: RoutingPolicy
    compensation: CompensationPolicy


@dataclass(frozen=True, slots=True)
class Exploration:
    """Shares of decisions that `explore` spreads evenly over all that is feasible.

    An incident has few arms and comes once in several orders, and `none` is never what the rules pick: it
    takes more exploration to learn as much.
    """

    routing: float = 0.3
    compensation: float = 0.8


DEFAULT_EXPLORATION = Exploration()


def policies_named(name: str, exploration: Exploration) -> Policies:
    """The policies that go by a name.

    Parameters
    ----------
    name : str
        `explore`, `rules`, or `causal:FOLDER` with the folder of a published model.
    exploration : Exploration
        How much `explore` explores; the others do not.

    Raises
    ------
    PolicyNameError
        If no policy goes by this name.
    ArtefactError
        If the folder holds no sound model.

    Examples
    --------
    >>> policies_named("rules", Exploration()).name
    'rules'
    """
    if name == EXPLORE:
        return Policies(
            EXPLORE,
            ExploringPolicy(RuleEngine(), exploration.routing),
            ExploringCompensation(CompensationRules(), exploration.compensation),
        )
    if name == RULES:
        return Policies(RULES, RulePolicy(), RuleCompensation())
    if name.startswith(CAUSAL_PREFIX):
        return causal_policies(Path(name.removeprefix(CAUSAL_PREFIX)))
    msg = f"no policy is called {name!r}; name explore, rules or causal:FOLDER with the folder of a published model"
    raise PolicyNameError(msg)


def causal_policies(artefact_folder: Path) -> Policies:
    """The policies of a published model, under the default objective."""
    artefact, pricing = load_artefact(artefact_folder), Pricing()
    return Policies(
        "causal",
        CausalRoutingPolicy(artefact.routing, pricing.weights, pricing.unit_values),
        CausalCompensationPolicy(artefact.compensation, pricing.weights, pricing.customer_values),
    )
