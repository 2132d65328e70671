"""Identification agrees with d-separation worked out by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from data.choice_sets import CANDIDATE_COLUMNS, ORDER_COLUMNS
from data.decision_log.schema import CANDIDATES, INCIDENTS, ORDERS, OUTCOMES
from decision.compensation.features import SUBJECTS
from decision.errors import IdentificationError
from decision.identification import CausalGraph, Node, Role, identify, load_graph, report

DECISIONS = ("routing", "compensation")


def with_hidden_cause(graph: CausalGraph) -> CausalGraph:
    hunch = Node("hunch", Role.UNOBSERVED, (), "what a dispatcher knows and the log does not")
    treatment, outcome = graph.only(Role.TREATMENT).name, graph.only(Role.OUTCOME).name
    edges = (*graph.edges, ("hunch", treatment), ("hunch", outcome))
    return replace(graph, nodes=(*graph.nodes, hunch), edges=edges)


@pytest.mark.parametrize("decision", DECISIONS)
def test_known_propensities_alone_block_every_backdoor(decision: str) -> None:
    found = identify(load_graph(decision))
    assert found.backdoor == ("propensity",)
    assert "propensity" in found.adjusted
    assert all(sentence.endswith(".") for sentence in found.assumptions)


@pytest.mark.parametrize("decision", DECISIONS)
def test_without_propensities_all_context_is_needed(decision: str) -> None:
    graph = load_graph(decision)
    context = {node.name for node in graph.nodes if node.role is Role.CONTEXT} - {"propensity"}
    columns = [name for name in graph.context_columns if not name.startswith("propensity")]
    assert set(identify(graph, columns).backdoor) == context


def test_a_missing_confounder_is_refused_by_name() -> None:
    graph = load_graph("compensation")
    with pytest.raises(IdentificationError, match=r"\['customer', 'incident'\] move both offered and reaction"):
        identify(graph, ["order_value_minor"])


@pytest.mark.parametrize("decision", DECISIONS)
def test_an_unobserved_common_cause_is_refused_even_with_known_propensities(decision: str) -> None:
    with pytest.raises(IdentificationError, match=r"\['hunch'\] move both"):
        identify(with_hidden_cause(load_graph(decision)))


def test_an_unobserved_cause_of_the_outcome_alone_does_no_harm() -> None:
    graph = with_hidden_cause(load_graph("routing"))
    harmless = replace(graph, edges=tuple(edge for edge in graph.edges if edge != ("hunch", "deviated")))
    assert identify(harmless).backdoor == ("propensity",)


@pytest.mark.parametrize(
    ("decision", "column", "role"),
    [("routing", "shipped_at", "mediator"), ("compensation", "cost_minor", "mediator"), ("routing", "late", "outcome")],
)
def test_what_a_decision_sets_in_motion_is_refused_as_a_feature(decision: str, column: str, role: str) -> None:
    graph = load_graph(decision)
    with pytest.raises(IdentificationError, match=f"'{column}': '{role}'"):
        identify(graph, [*graph.context_columns, column])


def test_a_column_that_the_graph_does_not_know_is_refused() -> None:
    with pytest.raises(IdentificationError, match="shoe_size"):
        identify(load_graph("routing"), ["shoe_size"])


def test_graphs_speak_of_columns_that_logs_hold() -> None:
    tables = {
        "routing": {*ORDERS.columns, *CANDIDATES.columns, *OUTCOMES.columns, *ORDER_COLUMNS, *CANDIDATE_COLUMNS},
        "compensation": set(INCIDENTS.columns),
    }
    for decision, known in tables.items():
        assert {column for node in load_graph(decision).nodes for column in node.columns} <= known


def test_every_number_that_models_read_is_in_a_graph() -> None:
    assert {*ORDER_COLUMNS, *CANDIDATE_COLUMNS} <= set(load_graph("routing").context_columns)
    assert {*SUBJECTS, "incident_type", "value_tier"} <= set(load_graph("compensation").context_columns)


def test_causes_that_go_round_in_a_circle_are_refused() -> None:
    graph = load_graph("routing")
    with pytest.raises(IdentificationError, match="circle"):
        replace(graph, edges=(*graph.edges, ("loss", "order")))


def test_a_treatment_that_reaches_no_outcome_is_refused() -> None:
    graph = load_graph("compensation")
    kept = tuple(edge for edge in graph.edges if edge[0] != "offered")
    with pytest.raises(IdentificationError, match="does not reach"):
        replace(graph, edges=kept)


def test_an_edge_to_an_unknown_node_is_refused() -> None:
    graph = load_graph("routing")
    with pytest.raises(IdentificationError, match="moon"):
        replace(graph, edges=(*graph.edges, ("moon", "loss")))


@pytest.mark.parametrize(
    "body",
    ["", "[]", "{}", json.dumps({"decision": "x", "nodes": [{"name": "a", "role": "king"}], "edges": []})],
)
def test_a_file_that_is_no_graph_is_refused(tmp_path: Path, body: str) -> None:
    path = tmp_path / "graph.json"
    path.write_text(body)
    with pytest.raises(IdentificationError, match="no causal graph"):
        CausalGraph.load(path)


@pytest.mark.parametrize("decision", DECISIONS)
def test_the_report_tells_the_reader_what_is_assumed(decision: str) -> None:
    graph = load_graph(decision)
    text = report(graph, identify(graph))
    assert all(sentence in text for sentence in identify(graph).assumptions)
    assert all(column in text for column in graph.context_columns)
