"""A picture of a causal graph shows what the graph says: every arrow from its cause to its effect, and none hidden."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from decision.graph_layout import layout_of
from decision.graph_picture import graph_svg
from decision.identification import CausalGraph, Node, Role, load_graph

DECISIONS = ("routing", "compensation")


def with_hidden_cause(graph: CausalGraph) -> CausalGraph:
    hunch = Node("hunch", Role.UNOBSERVED, (), "what a dispatcher knows and the log does not")
    ends = (graph.only(role).name for role in (Role.TREATMENT, Role.OUTCOME))
    return replace(graph, nodes=(*graph.nodes, hunch), edges=(*graph.edges, *(("hunch", end) for end in ends)))


@pytest.mark.parametrize("decision", DECISIONS)
def test_the_picture_shows_every_node_and_every_arrow_and_is_the_same_every_time(decision: str) -> None:
    graph = load_graph(decision)
    picture = ET.fromstring(graph_svg(graph))  # noqa: S314 - our own picture
    space = "{http://www.w3.org/2000/svg}"
    labels = {element.text for element in picture.iter(f"{space}text")}
    assert {node.name.replace("_", " ") for node in graph.nodes} <= labels
    arrows = [path for path in picture.iter(f"{space}path") if path.get("marker-end")]
    assert len(arrows) == len(graph.edges)
    assert graph_svg(graph) == graph_svg(load_graph(decision))


Spot = tuple[float, float]


def spots_of(path: str) -> list[Spot]:
    """Points along an arrow, close enough that no box can hide between them."""
    steps = [(step[0], [float(number) for number in step[1:].split()]) for step in re.findall(r"[MLC][^MLC]*", path)]
    here = (steps[0][1][0], steps[0][1][1])
    spots = [here]
    for kind, numbers in steps[1:]:
        bends = [here, *zip(numbers[::2], numbers[1::2], strict=True)]
        # A line is a curve whose bends lie at its ends.
        one, two, three, four = bends if kind == "C" else (bends[0], bends[0], bends[1], bends[1])
        for part in (number / 200 for number in range(201)):
            rest = 1 - part
            shares = (rest**3, 3 * rest**2 * part, 3 * rest * part**2, part**3)
            corners = (one, two, three, four)
            x, y = (sum(share * spot[axis] for share, spot in zip(shares, corners, strict=True)) for axis in (0, 1))
            spots.append((x, y))
        here = (numbers[-2], numbers[-1])
    return spots


def picture_of(graph: CausalGraph) -> tuple[list[list[Spot]], list[tuple[float, ...]]]:
    """The arrows and the boxes of a graph's picture."""
    picture = ET.fromstring(graph_svg(graph))  # noqa: S314 - our own picture
    space = "{http://www.w3.org/2000/svg}"
    arrows = [spots_of(path.get("d", "")) for path in picture.iter(f"{space}path") if path.get("marker-end")]
    boxes = [box for box in picture.iter(f"{space}rect") if box.get("rx")]
    return arrows, [tuple(float(box.get(side, "")) for side in ("x", "y", "width", "height")) for box in boxes]


def graph_at_random(seed: int) -> CausalGraph:
    """A graph of some twelve nodes in which most causes are far from their effects."""
    generator = np.random.Generator(np.random.Philox(seed))
    n_nodes = int(generator.integers(4, 14))
    roles = [Role.TREATMENT, *[Role.CONTEXT] * (n_nodes - 2), Role.OUTCOME]
    nodes = tuple(Node(f"n{number}", role, (), "") for number, role in enumerate(roles))
    edges = [("n0", f"n{n_nodes - 1}")]
    edges += [
        (f"n{cause}", f"n{effect}")
        for cause in range(n_nodes)
        for effect in range(cause + 1, n_nodes)
        if generator.random() < 0.4
    ]
    return CausalGraph("random", nodes, tuple(dict.fromkeys(edges)))


GRAPHS = [
    *(load_graph(decision) for decision in DECISIONS),
    with_hidden_cause(load_graph("routing")),
    *(graph_at_random(seed) for seed in range(20, 32)),
]


@pytest.mark.parametrize("graph", GRAPHS, ids=range(len(GRAPHS)))
def test_no_arrow_runs_behind_a_box_and_no_box_stands_on_another(graph: CausalGraph) -> None:
    arrows, boxes = picture_of(graph)
    assert (len(arrows), len(boxes)) == (len(graph.edges), len(graph.nodes))
    for left, top, width, height in boxes:
        hidden = [
            spot for arrow in arrows for spot in arrow if left < spot[0] < left + width and top < spot[1] < top + height
        ]
        assert not hidden
        others = [box for box in boxes if box[0] == left and 0 < box[1] - top < height + 5]
        assert not others


@pytest.mark.parametrize("graph", GRAPHS, ids=range(len(GRAPHS)))
def test_every_arrow_begins_at_its_cause_and_ends_at_its_effect(graph: CausalGraph) -> None:
    arrows, boxes = picture_of(graph)
    at = dict(zip([node.name for node in graph.nodes], boxes, strict=True))
    for (cause, effect), arrow in zip(graph.edges, arrows, strict=True):
        left, top, width, height = at[cause]
        assert arrow[0] == (left + width, top + height / 2)
        left, top, width, height = at[effect]
        assert arrow[-1] == (left, top + height / 2)


def test_arrows_that_share_a_lane_lead_to_the_same_node() -> None:
    for graph in GRAPHS:
        layout = layout_of(graph)
        for one, way in layout.ways.items():
            for other, another in layout.ways.items():
                if set(way[1:-1]) & set(another[1:-1]):
                    assert one[1] == other[1]


def test_arrows_point_from_left_to_right() -> None:
    path = re.compile(r'd="M(\d+) \d+C.* (\d+) \d+" fill="none"')
    ends = path.findall(graph_svg(with_hidden_cause(load_graph("routing"))))
    assert ends
    assert all(int(start) < int(end) for start, end in ends)


@pytest.mark.parametrize("decision", DECISIONS)
def test_the_picture_in_the_docs_is_that_of_the_graph(decision: str) -> None:
    picture = Path(__file__).parents[2] / "docs" / "pictures" / f"graph-{decision}.svg"
    assert picture.read_text(encoding="utf-8") == graph_svg(load_graph(decision))
