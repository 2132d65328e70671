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

from decision.confidence import N_DRAWS, standard_normals

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

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
