"""Assessment: effects of candidates against a reference, with what could make them otherwise, whatever learned them.

Errors are sums of independent standard normal shocks. Those of the learner are shared by all candidates; those of a
node's unseen state by all candidates of that node. So two services of one node are told apart more surely than two
nodes, and a candidate is never told apart from itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from data.compiling import compiled
from decision.confidence import N_DRAWS, Chances, standard_normals

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

DRAW_SEED = 20_260_101


@dataclass(frozen=True, slots=True)
class Spread:
    """What makes stated errors as large as those that were met on held-out truth.

    Parameters
    ----------
    outcomes : array of shape (n_outcomes,)
        Factor on the standard error of each outcome's effect.
    objective : float
        Factor on that of the priced effect.
    unseen : float
        Weight of the node's unseen state beside the learner's own shocks.
    """

    outcomes: Floats
    objective: float = 1.0
    unseen: float = 0.0


@dataclass(frozen=True)
class Assessment:
    """Effects of every candidate against its order's reference.

    Parameters
    ----------
    point : array of shape (n_rows, n_outcomes)
        The reference's own are exactly 0.
    learned : array of shape (n_rows, n_shocks, n_outcomes)
        What each of the learner's shocks does to each effect.
    unseen : array of shape (n_rows, n_outcomes)
        What the shock of a row's own node does to its outcomes.
    node_of_row : array of shape (n_rows,)
        Rows with the same number, among those of one order, share a node.
    reference_of_row : array of int of shape (n_rows,)
    """

    point: Floats
    learned: Floats
    unseen: Floats
    node_of_row: Floats
    reference_of_row: Integers
    spread: Spread

    @property
    def standard_error(self) -> Floats:
        """Of each effect, shape (n_rows, n_outcomes)."""
        own, other = self._unseen(self.unseen)
        variance = np.einsum("rso,rso->ro", self.learned, self.learned) + own**2 + other**2
        error: Floats = self.spread.outcomes * np.sqrt(variance)
        return error

    def loss_error(self, prices: Floats) -> Floats:
        """Standard error of the priced effects, shape (n_rows,).

        Parameters
        ----------
        prices : array of shape (n_outcomes,)
            Loss in minor currency units per unit of each learned outcome.
        """
        learned = self.learned @ prices
        own, other = self._unseen(self.unseen @ prices)
        error: Floats = self.spread.objective * np.sqrt(np.einsum("rs,rs->r", learned, learned) + own**2 + other**2)
        return error

    def loss_deviations(self, prices: Floats) -> Floats:
        """Joint draws of the priced effects around their points, for the rows of one order: (n_rows, n_draws)."""
        learned, unseen = self.learned @ prices, self.spread.unseen * (self.unseen @ prices)
        rows = np.arange(len(learned))
        nodes, node = np.unique(self.node_of_row, return_inverse=True)
        by_node = np.zeros((len(learned), len(nodes)))
        by_node[rows, node] = unseen
        # A row beside a reference of its own node meets the shock of that node twice, and only there.
        by_node[rows, node[self.reference_of_row]] -= unseen[self.reference_of_row]
        shocks = self.spread.objective * np.concatenate((learned, by_node), axis=1)
        deviations: Floats = shocks @ _normals(shocks.shape[1])
        return deviations

    def chances(
        self, loss: Floats, prices: Floats, rows: tuple[int, int], eligible: Flags, epsilon_minor: float
    ) -> Chances:
        """What `decision.confidence.chances` counts over `loss_deviations` around the losses, in one go.

        Parameters
        ----------
        loss : array of shape (n_rows,)
            Priced effects of the rows of one order, in minor currency units.
        rows : tuple of int
            The row asked about, which is eligible, and the one it is compared with.
        eligible : array of bool of shape (n_rows,)
        """
        weights = self.spread.unseen, self.spread.objective
        shocks = _priced_shocks(self.learned, self.unseen, prices, weights, (self.node_of_row, self.reference_of_row))
        best, near_best, better = _counted(
            loss, shocks, _normals(shocks.shape[1]), eligible, (rows[0], rows[1], epsilon_minor)
        )
        return Chances(best / N_DRAWS, near_best / N_DRAWS, better / N_DRAWS)

    def of_order(self, rows: slice) -> Assessment:
        """The rows of one order by themselves, as if it had been asked alone."""
        return Assessment(
            point=self.point[rows],
            learned=self.learned[rows],
            unseen=self.unseen[rows],
            node_of_row=self.node_of_row[rows],
            reference_of_row=self.reference_of_row[rows] - rows.start,
            spread=self.spread,
        )

    def _unseen(self, unseen: Floats) -> tuple[Floats, Floats]:
        """A row's own share of the unseen, and its reference's; shocks of one node cancel."""
        weighed = self.spread.unseen * unseen
        other = weighed[self.reference_of_row]
        shared = self.node_of_row == self.node_of_row[self.reference_of_row]
        if weighed.ndim > 1:
            shared = shared[:, None]
        return np.where(shared, weighed - other, weighed), np.where(shared, 0.0, other)


@lru_cache(maxsize=8)
def _sized_normals(n_shocks: int) -> Floats:
    return np.ascontiguousarray(standard_normals(N_DRAWS, n_shocks, DRAW_SEED).T)


def _normals(n_shocks: int) -> Floats:
    """Fixed standard normals of shape (n_shocks, n_draws), kept for a few sizes."""
    size = 1 << max(5, (n_shocks - 1).bit_length())
    return _sized_normals(size)[:n_shocks]


@compiled
def _priced_shocks(
    learned: Floats, unseen: Floats, prices: Floats, weights: tuple[float, float], places: tuple[Floats, Integers]
) -> Floats:
    """What each shock does to each row's loss, shape (n_rows, n_shocks + n_nodes): the nodes' own stand last."""
    node, reference = places
    n_rows, n_shocks, n_outcomes = learned.shape
    first, n_nodes = np.empty(n_rows, np.int64), 0
    for row in range(n_rows):
        first[row] = row
        for other in range(row):
            if node[other] == node[row]:
                first[row] = other
                break
        n_nodes += first[row] == row
    shocks = np.zeros((n_rows, n_shocks + n_nodes))
    for row in range(n_rows):
        for shock in range(n_shocks):
            for outcome in range(n_outcomes):
                shocks[row, shock] += weights[1] * prices[outcome] * learned[row, shock, outcome]
        # Nodes take their shocks in the order of their numbers; a row's reference may be of the same node.
        for meets, sign in ((row, 1.0), (reference[row], -1.0)):
            at = n_shocks
            for other in range(n_rows):
                at += first[other] == other and node[other] < node[meets]
            for outcome in range(n_outcomes):
                shocks[row, at] += sign * weights[1] * weights[0] * prices[outcome] * unseen[meets, outcome]
    return shocks


@compiled
def _counted(
    loss: Floats, shocks: Floats, normals: Floats, eligible: Flags, asked: tuple[int, int, float]
) -> tuple[int, int, int]:
    """In how many draws the row asked about is best, near the best, and better than the other."""
    chosen, current, epsilon = asked
    n_rows, n_shocks = shocks.shape
    draws, best = np.empty((n_rows, normals.shape[1])), np.full(normals.shape[1], np.inf)
    for row in range(n_rows):
        if not (eligible[row] or row == current):
            continue
        draws[row] = loss[row]
        for shock in range(n_shocks):
            moved = shocks[row, shock]
            # Most nodes' shocks are not met by a row.
            if moved != 0.0:
                for draw in range(normals.shape[1]):
                    draws[row, draw] += moved * normals[shock, draw]
        if eligible[row]:
            best = np.minimum(best, draws[row])
    n_best = n_near = n_better = 0
    for draw in range(normals.shape[1]):
        n_best += draws[chosen, draw] <= best[draw]
        n_near += draws[chosen, draw] <= best[draw] + epsilon
        n_better += draws[chosen, draw] < draws[current, draw]
    return n_best, n_near, n_better
