"""Graph layout: boxes in columns, and lanes between them for the arrows that pass, so that none runs behind a box."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import networkx as nx
import numpy as np
from scipy.optimize import isotonic_regression

from decision.identification import CausalGraph

WIDTH, HEIGHT = 150, 44
GAP_ACROSS, GAP_DOWN = 90, 26
# A lane is as thin as its arrow; so far it keeps from its neighbours.
CLEARANCE = 20
N_SWEEPS = 12

# What stands in a column: a node by its name and "", or the lane to a node that is columns away.
Item = tuple[str, str]
Point = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Layout:
    """Where boxes are, and which points arrows run through.

    Parameters
    ----------
    boxes : dict of str to Point
        Upper left corner of every node.
    ways : dict of (str, str) to tuple of Point
        For every edge its ends and, between them, the two ends of the lane in each column that it passes.
    """

    boxes: dict[str, Point]
    ways: dict[tuple[str, str], tuple[Point, ...]]


def layout_of(graph: CausalGraph) -> Layout:
    """Place a graph from left to right: a column for each step from the first causes.

    Edges to the same node share a lane, which can be read but one way: it leads there and nowhere else.

    References
    ----------
    Sugiyama, Tagawa & Toda (1981), "Methods for Visual Understanding of Hierarchical System Structures".
    """
    column_of = {
        name: across for across, names in enumerate(nx.topological_generations(graph.drawn())) for name in names
    }
    tracks = {edge: _track(edge, column_of) for edge in graph.edges}
    columns = _columns(graph, column_of, tracks)
    links = {link for track in tracks.values() for link in pairwise(track)}
    columns = _uncrossed(columns, links)
    middle = _middles(columns, links)
    boxes = {
        name: (across * (WIDTH + GAP_ACROSS), middle[name, ""] - HEIGHT // 2) for name, across in column_of.items()
    }
    return Layout(boxes, {edge: _way(track, column_of[edge[0]], middle) for edge, track in tracks.items()})


def _track(edge: tuple[str, str], column_of: Mapping[str, int]) -> list[Item]:
    cause, effect = edge
    lanes = [(f"{across}", effect) for across in range(column_of[cause] + 1, column_of[effect])]
    return [(cause, ""), *lanes, (effect, "")]


def _columns(
    graph: CausalGraph, column_of: Mapping[str, int], tracks: Mapping[tuple[str, str], Sequence[Item]]
) -> list[list[Item]]:
    """What stands in each column, nodes in the graph's order."""
    columns: list[list[Item]] = [[] for _ in range(1 + max(column_of.values()))]
    for node in graph.nodes:
        columns[column_of[node.name]].append((node.name, ""))
    for edge, track in tracks.items():
        for across, item in enumerate(track, column_of[edge[0]]):
            if item not in columns[across]:
                columns[across].append(item)
    return columns


def _uncrossed(columns: list[list[Item]], links: set[tuple[Item, Item]]) -> list[list[Item]]:
    """The columns in an order in which few links cross: each item near the mean of those that it is linked to."""
    best = columns
    for sweep in range(N_SWEEPS):
        towards = 1 if sweep % 2 == 0 else -1
        columns = [list(column) for column in columns]
        for across in range(len(columns))[::towards][1:]:
            placed = {item: place for place, item in enumerate(columns[across - towards])}
            columns[across] = _sorted_by_mean(columns[across], placed, links)
        if _n_crossings(columns, links) < _n_crossings(best, links):
            best = columns
    return best


def _sorted_by_mean(column: list[Item], placed: Mapping[Item, int], links: set[tuple[Item, Item]]) -> list[Item]:
    def mean(item: Item) -> float:
        near = [placed[one] for link in links if item in link for one in link if one in placed]
        # What is linked to nothing there stays about where it is.
        return sum(near) / len(near) if near else column.index(item) * len(placed) / len(column)

    return sorted(column, key=mean)


def _n_crossings(columns: Sequence[Sequence[Item]], links: set[tuple[Item, Item]]) -> int:
    place = {item: number for column in columns for number, item in enumerate(column)}
    n_crossings = 0
    for left in columns:
        ends = sorted((place[cause], place[effect]) for cause, effect in links if cause in left)
        n_crossings += sum(
            one[0] < other[0] and one[1] > other[1] for number, one in enumerate(ends) for other in ends[number + 1 :]
        )
    return n_crossings


def _middles(columns: Sequence[Sequence[Item]], links: set[tuple[Item, Item]]) -> dict[Item, int]:
    """How far down the middle of each item is: near those that it is linked to, as far as its neighbours allow."""
    offsets = [np.cumsum([0, *(_apart(*two) for two in pairwise(column))]).astype(float) for column in columns]
    middle = {
        item: float(offset - away[-1] / 2)
        for column, away in zip(columns, offsets, strict=True)
        for item, offset in zip(column, away, strict=True)
    }
    for sweep in range(N_SWEEPS):
        order = range(len(columns))[:: 1 if sweep % 2 == 0 else -1]
        for across in order:
            wanted = [_mean_of_linked(item, links, middle) for item in columns[across]]
            kept = isotonic_regression(np.array(wanted) - offsets[across]).x + offsets[across]
            middle.update(zip(columns[across], kept.tolist(), strict=True))
    highest = min(value - _half(item) for item, value in middle.items())
    return {item: round(value - highest) for item, value in middle.items()}


def _mean_of_linked(item: Item, links: set[tuple[Item, Item]], middle: Mapping[Item, float]) -> float:
    linked = sorted(middle[other] for link in links if item in link for other in link if other != item)
    return sum(linked) / len(linked) if linked else middle[item]


def _apart(above: Item, below: Item) -> int:
    gap = GAP_DOWN if not above[1] and not below[1] else CLEARANCE
    return _half(above) + gap + _half(below)


def _half(item: Item) -> int:
    return 0 if item[1] else HEIGHT // 2


def _way(track: Sequence[Item], first: int, middle: Mapping[Item, int]) -> tuple[Point, ...]:
    """From the right of the cause's box through the lanes to the left of the effect's."""
    points = []
    for across, item in enumerate(track, first):
        left = across * (WIDTH + GAP_ACROSS)
        points += [(left, middle[item]), (left + WIDTH, middle[item])]
    return tuple(points[1:-1])
