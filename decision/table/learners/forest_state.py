"""What the tree sampler holds while it runs: arrays only, so that compiled code can work on them in place.

A tree is a heap: node 1 is the root, node `a` has children `2a` (left, code <= cut) and `2a + 1`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

ABSENT, LEAF = -2, -1
MAX_DEPTH = 6
N_NODES = 2 ** (MAX_DEPTH + 1)


class Forest(NamedTuple):
    """A sum of small trees, multiplied row by row with a basis (1, or an arm's indicator, or the dose)."""

    basis: NDArray[np.float64]  # (n_rows,)
    column: NDArray[np.int32]  # (n_trees, N_NODES): column split on, or LEAF, or ABSENT
    cut: NDArray[np.int32]  # (n_trees, N_NODES): codes <= cut go left
    value: NDArray[np.float64]  # (n_trees, N_NODES)
    place: NDArray[np.int16]  # (n_trees, n_rows): the leaf each row is in
    allowed: NDArray[np.float64]  # (n_columns,): prior share of each column, 0 forbids it
    column_weight: NDArray[np.float64]  # (n_columns,): cumulative, redrawn as columns prove useful
    n_splits: NDArray[np.float64]  # (n_columns,): splits on each column in the present trees
    leaf_variance: NDArray[np.float64]  # (1,): prior variance of a leaf's value, itself drawn
    prior_variance: float  # where the prior of `leaf_variance` is centred


class Tree(NamedTuple):
    """One tree of a forest: views, so that a change here is a change there."""

    column: NDArray[np.int32]
    cut: NDArray[np.int32]
    value: NDArray[np.float64]
    place: NDArray[np.int16]


class Rows(NamedTuple):
    """The table as the sampler sees it; the first `n_fit` rows teach, the rest are only carried along."""

    codes: NDArray[np.uint8]  # (n_columns, n_rows)
    residual: NDArray[np.float64]  # (n_rows,): outcome less all forests
    noise: NDArray[np.float64]  # (1,): variance of the outcome's noise
    n_fit: int


class Bench(NamedTuple):
    """Scratch space of one tree's update; the sums are over rows that teach, in units of the noise variance."""

    information: NDArray[np.float64]  # (N_NODES,): sum of basis squared
    pull: NDArray[np.float64]  # (N_NODES,): sum of basis * residual
    n_rows_at: NDArray[np.int64]  # (N_NODES,)
    leaves: NDArray[np.int64]  # the tree's leaves, first `n_leaves` of them valid
    prunable: NDArray[np.int64]  # inner nodes with two leaves below
    rows: NDArray[np.int64]  # rows under the node in hand


class Rule(NamedTuple):
    """A proposed split and what falls to its left; `column` is LEAF if the node cannot be split so."""

    column: int
    cut: int
    information: float
    pull: float
    n_left: int
    n_rows: int


def new_forest(basis: NDArray[np.float64], n_trees: int, allowed: NDArray[np.float64], variance: float) -> Forest:
    """Make a forest of roots, all zero; `variance` is the prior variance of one leaf."""
    column = np.full((n_trees, N_NODES), ABSENT, np.int32)
    column[:, 1] = LEAF
    share = allowed / allowed.sum()
    return Forest(
        basis=np.ascontiguousarray(basis, np.float64),
        column=column,
        cut=np.zeros((n_trees, N_NODES), np.int32),
        value=np.zeros((n_trees, N_NODES)),
        place=np.ones((n_trees, len(basis)), np.int16),
        allowed=share,
        column_weight=np.cumsum(share),
        n_splits=np.zeros(len(allowed)),
        leaf_variance=np.array([variance]),
        prior_variance=variance,
    )


def new_bench(n_rows: int) -> Bench:
    """Make scratch space for a table of `n_rows` rows."""
    return Bench(
        information=np.zeros(N_NODES),
        pull=np.zeros(N_NODES),
        n_rows_at=np.zeros(N_NODES, np.int64),
        leaves=np.zeros(N_NODES, np.int64),
        prunable=np.zeros(N_NODES, np.int64),
        rows=np.zeros(n_rows, np.int64),
    )
