"""Whether an effect can be told from what a log holds, by the causal graph of the decision and DoWhy.

A graph is data (`decision/graphs/*.json`): what is known when a decision is taken (context), the decision
(treatment), what it sets in motion (mediators) and what counts in the end (outcome). The treatment is
scalar: deviated from the rules' default, or offered something of value. DoWhy on a vector treatment takes
minutes and broadcasts wrongly; what identifies the scalar contrast identifies every contrast between
actions, because they share the graph.
"""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import networkx as nx

from decision.errors import IdentificationError

with warnings.catch_warnings():
    # Compiling DoWhy for the first time warns of escape sequences in its own sources.
    warnings.simplefilter("ignore")
    from dowhy.causal_identifier import EstimandType, identify_effect_auto

_GRAPHS = Path(__file__).parent / "graphs"


class Role(StrEnum):
    """What part a node plays in a decision."""

    CONTEXT = "context"
    TREATMENT = "treatment"
    MEDIATOR = "mediator"
    OUTCOME = "outcome"
    UNOBSERVED = "unobserved"


@dataclass(frozen=True, slots=True)
class Node:
    """A quantity, and the columns of the decision log that hold it."""

    name: str
    role: Role
    columns: tuple[str, ...]
    meaning: str


@dataclass(frozen=True, slots=True)
class CausalGraph:
    """The causal graph of a decision; edges point from cause to effect.

    Raises
    ------
    IdentificationError
        If names clash, an edge names no node, causes go round in a circle, or there is not exactly one
        treatment that reaches exactly one outcome.
    """

    decision: str
    nodes: tuple[Node, ...]
    edges: tuple[tuple[str, str], ...]

    def __post_init__(self) -> None:
        names = [node.name for node in self.nodes]
        columns = [column for node in self.nodes for column in node.columns]
        strangers = {end for edge in self.edges for end in edge} - set(names)
        if len(set(names)) < len(names) or len(set(columns)) < len(columns) or strangers:
            msg = f"graph {self.decision!r}: names or columns come twice, or edges name unknown nodes {strangers}"
            raise IdentificationError(msg)
        drawn = self.drawn()
        if not nx.is_directed_acyclic_graph(drawn):
            msg = f"graph {self.decision!r}: {nx.find_cycle(drawn)} goes round in a circle; drop one of these edges"
            raise IdentificationError(msg)
        if not nx.has_path(drawn, self.only(Role.TREATMENT).name, self.only(Role.OUTCOME).name):
            msg = f"graph {self.decision!r}: the treatment does not reach the outcome; there is no effect to identify"
            raise IdentificationError(msg)

    @classmethod
    def load(cls, path: Path) -> CausalGraph:
        """Read a graph from JSON.

        Raises
        ------
        IdentificationError
            If the file is no such graph.
        """
        try:
            body: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            nodes = [
                Node(item["name"], Role(item["role"]), tuple(item["columns"]), item["meaning"])
                for item in body["nodes"]
            ]
            edges = [(str(cause), str(effect)) for cause, effect in body["edges"]]
            decision = str(body["decision"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            msg = f"{path}: no causal graph ({type(error).__name__}: {error}); see decision/graphs for examples"
            raise IdentificationError(msg) from error
        return cls(decision, tuple(nodes), tuple(edges))

    def drawn(self) -> Any:
        """The graph as networkx holds it."""
        graph = nx.DiGraph()
        graph.add_nodes_from(node.name for node in self.nodes)
        graph.add_edges_from(self.edges)
        return graph

    def only(self, role: Role) -> Node:
        """The one node that plays a role."""
        players = [node for node in self.nodes if node.role is role]
        if len(players) != 1:
            msg = f"graph {self.decision!r}: needs one {role.value}, got {[node.name for node in players]}"
            raise IdentificationError(msg)
        return players[0]

    @property
    def context_columns(self) -> tuple[str, ...]:
        """Every column that is known when the decision is taken."""
        return tuple(column for node in self.nodes if node.role is Role.CONTEXT for column in node.columns)


@dataclass(frozen=True, slots=True)
class Identification:
    """How an effect is told from a log.

    Parameters
    ----------
    estimand : str
        The expression that equals the effect, in DoWhy's notation.
    backdoor : tuple of str
        A smallest set of nodes that blocks every backdoor path.
    adjusted : tuple of str
        The nodes that the estimator adjusts for; they block every backdoor path too.
    assumptions : tuple of str
        What has to be true, in plain sentences.
    """

    decision: str
    treatment: str
    outcome: str
    estimand: str
    backdoor: tuple[str, ...]
    adjusted: tuple[str, ...]
    assumptions: tuple[str, ...]


def load_graph(decision: str) -> CausalGraph:
    """The graph that ships for a decision, `routing` or `compensation`."""
    return CausalGraph.load(_GRAPHS / f"{decision}.json")


def identify(graph: CausalGraph, columns: Collection[str] | None = None) -> Identification:
    """Identify the effect of the treatment on the outcome.

    Parameters
    ----------
    columns : collection of str, optional
        Columns that the estimator adjusts for; all context where left out.

    Raises
    ------
    IdentificationError
        If a column belongs to no node, is no context (what a decision sets in motion must not be held
        fixed), or those given leave a confounder unblocked.
    """
    adjusted = _adjusted(graph, graph.context_columns if columns is None else columns)
    treatment, outcome = graph.only(Role.TREATMENT), graph.only(Role.OUTCOME)
    with quiet_dowhy():
        found = identify_effect_auto(
            graph.drawn(),
            [treatment.name],
            [outcome.name],
            [*adjusted, treatment.name, outcome.name],
            estimand_type=EstimandType.NONPARAMETRIC_ATE,
        )
    backdoor = found.estimands.get("backdoor")
    if backdoor is None:
        hidden = _hidden_confounders(graph, adjusted)
        msg = (
            f"graph {graph.decision!r}: {hidden} move both {treatment.name} and {outcome.name} and are not adjusted "
            "for; log and use them, or log the propensities that they act through"
        )
        raise IdentificationError(msg)
    return Identification(
        decision=graph.decision,
        treatment=treatment.name,
        outcome=outcome.name,
        estimand=str(backdoor["estimand"]),
        backdoor=tuple(sorted(found.get_backdoor_variables())),
        adjusted=adjusted,
        assumptions=_assumptions(graph, treatment, outcome),
    )


def report(graph: CausalGraph, found: Identification) -> str:
    """What an effect is, how it is told from a log, and what has to be true, for people."""
    treatment, outcome = graph.only(Role.TREATMENT), graph.only(Role.OUTCOME)
    logged = "; ".join(f"{node.name} ({', '.join(node.columns)})" for node in graph.nodes if node.role is Role.CONTEXT)
    after = [node.name for node in graph.nodes if node.role is Role.MEDIATOR]
    assumptions = [f"  {number}. {sentence}" for number, sentence in enumerate(found.assumptions, start=1)]
    return "\n".join(
        [
            f"Decision: {found.decision}",
            f"Effect: of {found.treatment} ({treatment.meaning}) on {found.outcome} ({outcome.meaning})",
            f"Enough to adjust for: {', '.join(found.backdoor)}",
            f"Adjusted for, columns in brackets: {logged}",
            f"Never adjusted for, because the decision sets it in motion: {', '.join(after) or 'nothing'}",
            "Assumed:",
            *assumptions,
        ]
    )


@contextmanager
def quiet_dowhy() -> Iterator[None]:
    """Hold back DoWhy's log lines, and warnings about its own dependencies, as long as the block runs."""
    logger = logging.getLogger("dowhy")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


def _adjusted(graph: CausalGraph, columns: Collection[str]) -> tuple[str, ...]:
    """Names of the context nodes of which every column is given."""
    owner = {column: node for node in graph.nodes for column in node.columns}
    unknown = sorted(set(columns) - set(owner))
    if unknown:
        msg = f"graph {graph.decision!r}: columns {unknown} belong to no node; add them to the graph or leave them out"
        raise IdentificationError(msg)
    wrong = sorted(column for column in columns if owner[column].role is not Role.CONTEXT)
    if wrong:
        roles = {column: owner[column].role.value for column in wrong}
        msg = f"graph {graph.decision!r}: {roles} must not be adjusted for; use what was known before the decision"
        raise IdentificationError(msg)
    given = set(columns)
    return tuple(
        node.name for node in graph.nodes if node.role is Role.CONTEXT and node.columns and given >= set(node.columns)
    )


def _hidden_confounders(graph: CausalGraph, adjusted: tuple[str, ...]) -> list[str]:
    drawn = graph.drawn()
    treatment, outcome = graph.only(Role.TREATMENT).name, graph.only(Role.OUTCOME).name
    # A common cause reaches the outcome on a way that does not lead through the treatment.
    without = drawn.subgraph(set(drawn) - {treatment})
    common = nx.ancestors(drawn, treatment) & nx.ancestors(without, outcome)
    return sorted(common - set(adjusted))


def _assumptions(graph: CausalGraph, treatment: Node, outcome: Node) -> tuple[str, ...]:
    meanings = "; ".join(node.meaning for node in graph.nodes if node.role is Role.CONTEXT)
    return (
        f"Nothing but what the log holds moved both the decision ({treatment.meaning}) and its outcome "
        f"({outcome.meaning}): {meanings}.",
        "Every action had the logged probability of being taken, and those compared had one above 0.",
        "An outcome belongs to its own decision: what one decision does to later ones is not part of this effect.",
    )
