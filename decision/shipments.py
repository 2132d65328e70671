"""Shipments: which nodes together can send all lines of an order, and what each of them would send.

The search is bounded: the best nodes and their best services, each by its own loss.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import combinations, product

import numpy as np
from numpy.typing import NDArray

from data.candidates import Candidate
from data.orders import Order

Floats = NDArray[np.float64]

MOST_SHIPMENTS = 3
MOST_NODES = 12
SERVICES_A_NODE = 2


@dataclass(frozen=True, slots=True)
class SplitWishes:
    """How an order may be split.

    Parameters
    ----------
    line_stock : dict of str to dict of str to int
        Units on hand by node and line; what is not told is not there.
    most_shipments : int
        From 1 (ship complete) to MOST_SHIPMENTS.
    observed_at : dict of str to dict of str to datetime
        When units were counted, by node and line; where it is not told, when the node last reported.
    """

    line_stock: Mapping[str, Mapping[str, int]]
    most_shipments: int = 2
    observed_at: Mapping[str, Mapping[str, datetime]] = field(default_factory=dict)

    def on_hand(self, node_id: str, line_id: str) -> int:
        """Units of a line's article at a node."""
        return self.line_stock.get(node_id, {}).get(line_id, 0)


@dataclass(frozen=True, slots=True)
class Shipment:
    """A candidate and the lines that it sends."""

    candidate_id: str
    line_ids: tuple[str, ...]


def lines_held(node_id: str, order: Order, wishes: SplitWishes) -> frozenset[str]:
    """The lines of an order that a node holds in full."""
    return frozenset(line.line_id for line in order.lines if wishes.on_hand(node_id, line.line_id) >= line.quantity)


def shipment_sets(
    able: Sequence[Candidate],
    loss: Floats,
    order: Order,
    wishes: SplitWishes,
    held: Mapping[str, frozenset[str]],
) -> Iterator[tuple[tuple[int, ...], tuple[Shipment, ...]]]:
    """Rows and shipments of every plan of which no shipment can be left out."""
    services = _best_services(able, loss)
    every = frozenset(line.line_id for line in order.lines)
    for size in range(1, wishes.most_shipments + 1):
        for nodes in combinations(services, size):
            if not _needs_all(nodes, held, every):
                continue
            lines = _assigned(nodes, held, order, wishes)
            for rows in product(*(services[node] for node in nodes)):
                shipments = zip(rows, nodes, strict=True)
                yield rows, tuple(Shipment(able[row].candidate_id, lines[node]) for row, node in shipments)


def _best_services(able: Sequence[Candidate], loss: Floats) -> dict[str, list[int]]:
    """Rows of the best services of the best nodes, by their own loss."""
    services: dict[str, list[int]] = {}
    for row in sorted(range(len(able)), key=lambda row: (round(float(loss[row]), 6), able[row].candidate_id)):
        services.setdefault(able[row].node_id, []).append(row)
    return {node: rows[:SERVICES_A_NODE] for node, rows in list(services.items())[:MOST_NODES]}


def _needs_all(nodes: Sequence[str], held: Mapping[str, frozenset[str]], every: frozenset[str]) -> bool:
    if frozenset().union(*(held[node] for node in nodes)) != every:
        return False
    return all(frozenset().union(*(held[other] for other in nodes if other != node)) != every for node in nodes)


def _assigned(
    nodes: Sequence[str], held: Mapping[str, frozenset[str]], order: Order, wishes: SplitWishes
) -> dict[str, tuple[str, ...]]:
    """Each line to the node with the most left of it; a node that only it can serve always gets its own."""
    lines: dict[str, list[str]] = {node: [] for node in nodes}
    for line in order.lines:
        able = [node for node in nodes if line.line_id in held[node]]
        lines[max(able, key=lambda node: wishes.on_hand(node, line.line_id))].append(line.line_id)
    return {node: tuple(taken) for node, taken in lines.items()}
