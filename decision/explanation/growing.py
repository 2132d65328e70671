"""Growing the policy tree from what the policy did, and measuring how faithful it is.

The tree is shallow on purpose: a person should read a branch in one breath. Thresholds are rounded after
growing, and counts are taken again, so that what is said is what is walked.

References
----------
Craven & Shavlik (1996), "Extracting tree-structured representations of trained networks", NIPS: fidelity.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.tree import DecisionTreeClassifier

from data.choice_sets import ChoiceSets
from decision.errors import TooFewRowsError, TrainingError
from decision.explanation.branch import MOVES, Fidelity
from decision.explanation.quantities import DecisionRows, order_quantities, slack_hours
from decision.explanation.tree import LEAF, PolicyTree

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

# As deep as a branch can still be read in one breath; deeper trees agree a little more with the policy.
DEPTH = 4
MOST_LEAVES = 12
LEAST_ORDERS = 100
LEAST_LEAF, LEAST_LEAF_SHARE = 25, 0.02
# Share of orders that a rounded threshold may send to the other side. Over DEPTH thresholds that is less than
# the smallest leaf, so that no leaf is ever emptied.
MOST_DRIFT = 0.002
_ALL_DIGITS = 17
UNMEASURED = Fidelity(0, 0.0, 0.0, 1.0, 0.0, 0.0)


@dataclass(frozen=True)
class PolicyChoices:
    """What a policy did with many orders.

    Parameters
    ----------
    chosen : array of shape (n_orders,)
        The row that it picked, among all rows.
    """

    choice_sets: ChoiceSets
    rows: DecisionRows
    chosen: Integers

    @property
    def quantities(self) -> Floats:
        """Readable quantities, shape (n_orders, n_quantities)."""
        return order_quantities(self.choice_sets, self.rows)

    @property
    def moves(self) -> Integers:
        """What was done, as places in MOVES, shape (n_orders,)."""
        node, current = self.rows.node, self.rows.reference
        elsewhere = node[self.chosen] != node[current]
        moves: Integers = np.where(elsewhere, 2, np.where(self.chosen != current, 1, 0)).astype(np.int64)
        return moves

    @property
    def shifts(self) -> Floats:
        """What each choice changed, shape (n_orders, n_shifts), in the order of SHIFTS."""
        column = self.choice_sets.candidate
        cost = column["freight_minor"] + column["handling_minor"]
        told = (cost, slack_hours(self.choice_sets), column["distance_km"], column["capacity_utilization"])
        return np.column_stack([values[self.chosen] - values[self.rows.reference] for values in told])


def grow_tree(choices: PolicyChoices, *, seed: int, depth: int = DEPTH) -> PolicyTree:
    """Grow the tree; its fidelity is not measured yet.

    Raises
    ------
    TooFewRowsError
        If there are fewer than LEAST_ORDERS orders.
    TrainingError
        If a quantity that is always reported is not finite.
    """
    quantities, moves = choices.quantities, choices.moves
    if len(moves) < LEAST_ORDERS:
        msg = f"a policy tree needs {LEAST_ORDERS} orders at least, got {len(moves)}; log more orders"
        raise TooFewRowsError(msg)
    if np.isinf(quantities).any():
        msg = "a policy tree needs finite quantities; mend or drop the orders whose numbers are infinite"
        raise TrainingError(msg)
    known = ~np.isnan(quantities)
    stand_in = np.array([_median(values[told]) for values, told in zip(quantities.T, known.T, strict=True)])
    filled = np.where(known, quantities, stand_in)
    grown = _grown(filled, moves, seed, depth)
    inside = _members(grown, filled)
    return PolicyTree(
        quantity=grown.quantity,
        threshold=grown.threshold,
        left=grown.left,
        right=grown.right,
        counts=np.stack([inside[:, moves == move].sum(axis=1) for move in range(len(MOVES))], axis=1),
        shifts=_mean_shifts(inside & (moves > 0), choices.shifts),
        stand_in=stand_in,
        fidelity=UNMEASURED,
    )


def agreement(tree: PolicyTree, choices: PolicyChoices) -> tuple[Flags, Flags]:
    """Whether the tree says of each order what the policy did, and whether it leaves where the policy does."""
    said = np.array([tree.move_of(values) for values in choices.quantities.tolist()])
    moves = choices.moves
    return said == moves, (said > 0) == (moves > 0)


def majority_share(choices: PolicyChoices) -> float:
    """The share of the commonest move: what a tree without branches would agree with."""
    return float(np.bincount(choices.moves, minlength=len(MOVES)).max() / len(choices.moves))


@dataclass(frozen=True)
class _Grown:
    """What scikit-learn grew, with readable thresholds."""

    quantity: Integers
    threshold: Floats
    left: Integers
    right: Integers


def _grown(values: Floats, moves: Integers, seed: int, depth: int) -> _Grown:
    least = max(LEAST_LEAF, round(LEAST_LEAF_SHARE * len(moves)))
    shape = (
        DecisionTreeClassifier(max_depth=depth, max_leaf_nodes=MOST_LEAVES, min_samples_leaf=least, random_state=seed)
        .fit(values, moves)
        .tree_
    )
    asks = shape.children_left != LEAF
    threshold = [
        _readable(values[:, shape.feature[node]], float(shape.threshold[node])) if asks[node] else 0.0
        for node in range(len(asks))
    ]
    left, right = (np.asarray(child, dtype=np.int64) for child in (shape.children_left, shape.children_right))
    return _Grown(np.where(asks, shape.feature, LEAF).astype(np.int64), np.array(threshold), left, right)


def _median(values: Floats) -> float:
    return float(np.median(values)) if values.size else 0.0


def _readable(values: Floats, threshold: float) -> float:
    """The threshold in the fewest digits that send hardly anybody to the other side."""
    below = values <= threshold
    for digits in range(1, _ALL_DIGITS):
        rounded = float(f"{threshold:.{digits}g}")
        if ((values <= rounded) != below).mean() <= MOST_DRIFT:
            return rounded
    return threshold


def _members(grown: _Grown, values: Floats) -> Flags:
    """Which orders reach which node, shape (n_nodes, n_orders)."""
    inside = np.zeros((len(grown.quantity), len(values)), dtype=bool)
    inside[0] = True
    for node in np.flatnonzero(grown.quantity != LEAF):
        goes_left = values[:, grown.quantity[node]] <= grown.threshold[node]
        inside[grown.left[node]] = inside[node] & goes_left
        inside[grown.right[node]] = inside[node] & ~goes_left
    return inside


def _mean_shifts(moved: Flags, shifts: Floats) -> Floats:
    weight = moved.astype(np.float64)
    mean: Floats = weight @ shifts / np.maximum(weight.sum(axis=1, keepdims=True), 1.0)
    return mean
