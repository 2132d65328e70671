"""Assessment: effects of candidates against a reference, with what could make them otherwise, whatever learned them.

Errors are sums of independent standard normal shocks. Those of the learner are shared by all candidates; those of a
node's unseen state by all candidates of that node. So two services of one node are told apart more surely than two
nodes, and a candidate is never told apart from itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from data.compiling import compiled
from decision.confidence import Chances
from decision.routing.joint_draws import counted_chances, drawn_deviations

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]


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
    level : array of shape (n_rows, n_outcomes)
        What each row itself would lead to, by no reference; 0 where the learner speaks of effects alone.
    """

    point: Floats
    learned: Floats
    unseen: Floats
    node_of_row: Integers
    reference_of_row: Integers
    spread: Spread
    level: Floats

    def widened(self, factor: Floats) -> Assessment:
        """The same with the shocks of every row that much larger.

        Parameters
        ----------
        factor : array of shape (n_rows,)
        """
        learned, unseen = _widened(self.learned, self.unseen, factor)
        return replace(self, learned=learned, unseen=unseen)

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

    def errors(self, prices: Floats) -> tuple[Floats, Floats]:
        """`standard_error` and `loss_error`, in one go."""
        spread = self.spread
        return _errors(
            self.learned,
            self.unseen,
            prices,
            (spread.outcomes, spread.objective, spread.unseen),
            (self.node_of_row, self.reference_of_row),
        )

    def loss_deviations(self, prices: Floats) -> Floats:
        """Joint draws of the priced effects around their points, for the rows of one order: (n_rows, n_draws)."""
        learned, unseen = self.learned @ prices, self.spread.unseen * (self.unseen @ prices)
        rows = np.arange(len(learned))
        nodes, node = np.unique(self.node_of_row, return_inverse=True)
        by_node = np.zeros((len(learned), len(nodes)))
        by_node[rows, node] = unseen
        # A row beside a reference of its own node meets the shock of that node twice, and only there.
        by_node[rows, node[self.reference_of_row]] -= unseen[self.reference_of_row]
        return drawn_deviations(self.spread.objective * np.concatenate((learned, by_node), axis=1))

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
        return counted_chances(loss, shocks, eligible, (*rows, epsilon_minor))

    def of_order(self, rows: slice) -> Assessment:
        """The rows of one order by themselves, as if it had been asked alone."""
        return Assessment(
            point=self.point[rows],
            learned=self.learned[rows],
            unseen=self.unseen[rows],
            node_of_row=self.node_of_row[rows],
            reference_of_row=self.reference_of_row[rows] - rows.start,
            spread=self.spread,
            level=self.level[rows],
        )

    def _unseen(self, unseen: Floats) -> tuple[Floats, Floats]:
        """A row's own share of the unseen, and its reference's; shocks of one node cancel."""
        weighed = self.spread.unseen * unseen
        other = weighed[self.reference_of_row]
        shared = self.node_of_row == self.node_of_row[self.reference_of_row]
        if weighed.ndim > 1:
            shared = shared[:, None]
        return np.where(shared, weighed - other, weighed), np.where(shared, 0.0, other)


@compiled
def _widened(learned: Floats, unseen: Floats, factor: Floats) -> tuple[Floats, Floats]:
    wide, wide_unseen = np.empty(learned.shape), np.empty(unseen.shape)
    for row in range(len(factor)):
        wide[row], wide_unseen[row] = learned[row] * factor[row], unseen[row] * factor[row]
    return wide, wide_unseen


@compiled
def _errors(
    learned: Floats,
    unseen: Floats,
    prices: Floats,
    spread: tuple[Floats, float, float],
    places: tuple[Integers, Integers],
) -> tuple[Floats, Floats]:
    outcomes, objective, weight = spread
    node, reference = places
    n_rows, n_shocks, n_outcomes = learned.shape
    error, loss_error = np.empty((n_rows, n_outcomes)), np.empty(n_rows)
    for row in range(n_rows):
        beside = reference[row]
        shared = node[row] == node[beside]
        variance, priced_variance = np.zeros(n_outcomes), 0.0
        for shock in range(n_shocks):
            priced = 0.0
            for outcome in range(n_outcomes):
                moved = learned[row, shock, outcome]
                variance[outcome] += moved * moved
                priced += prices[outcome] * moved
            priced_variance += priced * priced
        priced_own = priced_other = 0.0
        for outcome in range(n_outcomes):
            # Shocks of one node cancel.
            own, other = weight * unseen[row, outcome], weight * unseen[beside, outcome]
            own, other = (own - other, 0.0) if shared else (own, other)
            error[row, outcome] = outcomes[outcome] * np.sqrt(variance[outcome] + own * own + other * other)
            priced_own += prices[outcome] * own
            priced_other += prices[outcome] * other
        priced_variance += priced_own * priced_own + priced_other * priced_other
        loss_error[row] = objective * np.sqrt(priced_variance)
    return error, loss_error


@compiled
def _priced_shocks(
    learned: Floats, unseen: Floats, prices: Floats, weights: tuple[float, float], places: tuple[Integers, Integers]
) -> Floats:
    """What each shock does to each row's loss, shape (n_rows, n_shocks + n_nodes): the nodes' own stand last."""
    node, n_nodes = _numbered(places[0])
    n_rows, n_shocks, n_outcomes = learned.shape
    shocks = np.zeros((n_rows, n_shocks + n_nodes))
    for row in range(n_rows):
        beside = places[1][row]
        for outcome in range(n_outcomes):
            price = weights[1] * prices[outcome]
            for shock in range(n_shocks):
                shocks[row, shock] += price * learned[row, shock, outcome]
            # A row beside a reference of its own node meets the shock of that node twice, and only there.
            shocks[row, n_shocks + node[row]] += weights[0] * price * unseen[row, outcome]
            shocks[row, n_shocks + node[beside]] -= weights[0] * price * unseen[beside, outcome]
    return shocks


@compiled
def _numbered(node: Integers) -> tuple[Integers, int]:
    """The place of each row's node among the distinct ones, in the order of their numbers; and how many there are."""
    is_first = np.ones(len(node), np.bool_)
    for row in range(len(node)):
        for other in range(row):
            is_first[row] &= node[other] != node[row]
    place = np.zeros(len(node), np.int64)
    for row in range(len(node)):
        for other in range(len(node)):
            place[row] += is_first[other] and node[other] < node[row]
    return place, is_first.sum()
