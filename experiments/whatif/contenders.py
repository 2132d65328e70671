"""Contenders: a policy in a scenario, named on the command line and told apart by what they do."""

from __future__ import annotations

import math
from dataclasses import astuple, dataclass, replace
from functools import cache
from pathlib import Path

from data.home import Home
from data.manifest import MANIFEST_NAME, sha256_of
from data.objective import ObjectiveWeights
from data.shelf import CHAMPION, MODEL_NAME, Shelf
from decision.artefact import load_artefact
from decision.compensation.policy import CausalCompensationPolicy
from decision.compensation.rules import CompensationRules, ExploringCompensation, RuleCompensation
from decision.exploration import ExploringPolicy, RulePolicy
from decision.routing.policy import CausalRoutingPolicy
from decision.rules import RuleEngine
from experiments.losses import Pricing
from experiments.policies import EXPLORE, RULES, Policies
from experiments.whatif.errors import ContenderError
from experiments.whatif.weights import near, weights_of
from simulator.scenario.loading import load_scenario, scenario_hash
from simulator.scenario.schema import Scenario

CAUSAL = "causal"
KINDS = (RULES, EXPLORE, CAUSAL)
TERM_SEPARATOR = "+"
DEFAULT_EXPLORATION = 0.3


@dataclass(frozen=True, slots=True)
class PolicySpec:
    """A policy as plain data, so that another process can build it.

    Parameters
    ----------
    label : str
        As it was named on the command line, with the last part alone of a model's path.
    exploration : float
        Share of decisions, of either sort, that `explore` spreads evenly; 0 for others.
    artefact : Path or None
        Folder of the model that `causal` asks.
    fingerprint : str
        Equal for policies that decide alike by construction.
    """

    label: str
    kind: str
    exploration: float
    artefact: Path | None
    weights: ObjectiveWeights
    fingerprint: str


@dataclass(frozen=True)
class Contender:
    """A policy in a scenario.

    Parameters
    ----------
    slug : str
        Unique in its study; starts the names of its files.
    source : str
        The scenario as it was named on the command line.
    load : float
        Multiple of the scenario's demand, for a stress test.
    """

    label: str
    slug: str
    source: str
    scenario: Scenario
    policy: PolicySpec
    load: float = 1.0

    @property
    def identity(self) -> dict[str, str]:
        """What makes this contender's replications what they are."""
        return {
            "label": self.label,
            "scenario": self.scenario.name,
            "scenario_sha256": scenario_hash(self.scenario),
            "policy": self.policy.label,
            "policy_fingerprint": self.policy.fingerprint,
        }


def contenders_of(
    scenarios: tuple[str, ...], policies: tuple[str, ...], weights: ObjectiveWeights, home: Home
) -> tuple[Contender, ...]:
    """Every policy in every scenario, scenario by scenario.

    Raises
    ------
    ContenderError
        If a policy or scenario comes twice, cannot be read, or nothing is left to compare.
    """
    worlds = [load_scenario(name) for name in scenarios]
    specs = [policy_spec(text, weights, home) for text in policies]
    _require_different("scenario", scenarios, [scenario_hash(world) for world in worlds])
    _require_different("policy", policies, [spec.fingerprint for spec in specs])
    if len({spec.label for spec in specs}) < len(specs):
        specs = [replace(spec, label=text) for spec, text in zip(specs, policies, strict=True)]
    pairs = [(source, world, spec) for source, world in zip(scenarios, worlds, strict=True) for spec in specs]
    return tuple(
        Contender(_label(world, spec, len(worlds), len(specs)), f"contender{place}", source, world, spec)
        for place, (source, world, spec) in enumerate(pairs)
    )


def policy_spec(text: str, weights: ObjectiveWeights, home: Home) -> PolicySpec:
    """Read a policy's name: `rules`, `explore:SHARE`, `causal` or `causal:FOLDER`, with `@WEIGHTS` after a causal one.

    Parameters
    ----------
    weights : ObjectiveWeights
        What a causal policy decides by if its name says nothing else.

    Raises
    ------
    ContenderError
        If no policy goes by this name.
    """
    name, weighed, own = text.rpartition("@")
    # A folder may have an @ in its path; weights have no slash.
    if not weighed or "/" in own:
        name, own = text, ""
    kind, _, argument = name.partition(":")
    if kind not in KINDS:
        msg = f"no policy is called {text!r}{near(kind, KINDS)}; name rules, explore:SHARE, causal or causal:FOLDER"
        raise ContenderError(msg)
    if kind != CAUSAL:
        return _plain_spec(text, kind, argument, own)
    chosen = weights_of(own, separator=TERM_SEPARATOR) if own else weights
    folder = Path(argument) if argument else _champion(home)
    load_artefact(folder)
    fingerprint = f"{CAUSAL}:{sha256_of(folder / MANIFEST_NAME)}@{','.join(map(repr, astuple(chosen)))}"
    return PolicySpec(_short(text, argument), CAUSAL, 0.0, folder.absolute(), chosen, fingerprint)


def build_policies(spec: PolicySpec) -> Policies:
    """What decides in a world; a process that builds the same policy twice reads its model once."""
    if spec.kind == RULES:
        return Policies(RULES, RulePolicy(), RuleCompensation())
    if spec.kind == EXPLORE:
        routing, compensation = RuleEngine(), CompensationRules()
        share = spec.exploration
        return Policies(EXPLORE, ExploringPolicy(routing, share), ExploringCompensation(compensation, share))
    return _causal(spec)


@cache
def _causal(spec: PolicySpec) -> Policies:
    if spec.artefact is None:
        msg = f"policy {spec.label!r} has no model"
        raise AssertionError(msg)
    artefact, pricing = load_artefact(spec.artefact), Pricing(weights=spec.weights)
    return Policies(
        CAUSAL,
        CausalRoutingPolicy(artefact.routing, pricing.weights, pricing.unit_values),
        CausalCompensationPolicy(artefact.compensation, pricing.weights, pricing.customer_values),
    )


def _plain_spec(text: str, kind: str, argument: str, own_weights: str) -> PolicySpec:
    if own_weights:
        msg = f"policy {text!r}: {kind} decides without weights; leave out @{own_weights}, or weigh a causal policy"
        raise ContenderError(msg)
    if kind == RULES and argument:
        msg = f"policy {text!r}: rules takes nothing after a colon; name it rules"
        raise ContenderError(msg)
    share = _share(text, argument) if kind == EXPLORE else 0.0
    return PolicySpec(text, kind, share, None, Pricing().weights, f"{kind}:{share!r}")


def _short(text: str, folder: str) -> str:
    """The name with the last part alone of a model's path."""
    return text.replace(folder, Path(folder).name, 1) if folder else text


def _share(text: str, argument: str) -> float:
    try:
        share = float(argument) if argument else DEFAULT_EXPLORATION
    except ValueError:
        share = math.nan
    if not 0 <= share <= 1:
        msg = f"policy {text!r}: {argument!r} is no share from 0 to 1; name it like explore:{DEFAULT_EXPLORATION}"
        raise ContenderError(msg)
    return share


def _champion(home: Home) -> Path:
    entry = Shelf(home.models).resolve(MODEL_NAME, CHAMPION)
    if entry is None:
        msg = (
            f"no champion is on the shelf {home.models}; train one (`routecause simulate dataco --truth --out "
            f"var/log`, then `routecause train --log var/log`), or name a model's folder: causal:FOLDER"
        )
        raise ContenderError(msg)
    return entry.folder


def _require_different(what: str, names: tuple[str, ...], fingerprints: list[str]) -> None:
    seen: dict[str, str] = {}
    for name, fingerprint in zip(names, fingerprints, strict=True):
        if fingerprint in seen:
            other = seen[fingerprint]
            alike = "comes twice" if other == name else f"is the same as {other!r}"
            msg = f"{what} {name!r} {alike}; name each {what} once"
            raise ContenderError(msg)
        seen[fingerprint] = name


def _label(scenario: Scenario, policy: PolicySpec, n_scenarios: int, n_policies: int) -> str:
    if n_scenarios == 1:
        return policy.label
    return scenario.name if n_policies == 1 else f"{policy.label} in {scenario.name}"
