"""Walking: a forest laid out so that many rows go down a tree side by side, without a branch to be guessed wrong.

The nodes of a tree stand together, level by level, the right child next to the left one; a leaf leads to itself. So a
step is a comparison and an addition, every row takes as many as the tree is deep, and several are under way at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from data.compiling import compiled

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Integers = NDArray[np.int32]
Places = NDArray[np.uint32]
Trees = tuple[Places, Places, Singles, Floats]

# So many rows share the walk down a tree: they and the tree fit the processor's nearest memory.
ROWS_ABREAST = 256


@dataclass(frozen=True, slots=True)
class Layout:
    """Trees as they are walked.

    Parameters
    ----------
    tree : array of shape (n_bags, n_trees_per_bag, 2)
        The node at which each tree starts, and the steps to its deepest leaf.
    node : array of shape (n_nodes, 3)
        The column that a node looks at; where a row goes on the left, the right being next to it; and the place of a
        leaf among the leaves. A leaf looks at any column and leads to itself.
    threshold : array of shape (n_nodes,)
        A row goes left if its column is not above; infinite at a leaf.
    """

    tree: Places
    node: Places
    threshold: Singles

    @classmethod
    def of(cls, root: Integers, node: Integers, threshold: Floats) -> Self:
        """Lay out trees as `Forest` describes them, whose leaves look at a negative column.

        No node may be reached twice.
        """
        found, tree, first_child, depth = _by_level(root.ravel(), node)
        # Level by level, then tree by tree: siblings belong to one tree, so that they stay together.
        order = np.argsort(tree, kind="stable")
        place = np.empty_like(order)
        place[order] = np.arange(len(order))
        node, first_child = node[found[order]], first_child[order]
        at_leaf = node[:, 0] < 0
        column = np.where(at_leaf, 0, node[:, 0])
        left = np.where(at_leaf, np.arange(len(order)), place[first_child])
        return cls(
            tree=np.stack((place[: root.size], depth), axis=1).reshape(*root.shape, 2).astype(np.uint32),
            node=np.stack((column, left, np.where(at_leaf, node[:, 1], 0)), axis=1).astype(np.uint32),
            threshold=np.where(at_leaf, np.float32(np.inf), rounded_down(threshold[found[order]])),
        )

    def bag_means(self, rows: Floats, leaf: Floats) -> Floats:
        """What each bag's trees say on average of each row, shape (n_bags, n_rows, n_outputs).

        Parameters
        ----------
        rows : array of shape (n_rows, n_features)
        leaf : array of shape (n_leaves, n_outputs)
        """
        return bag_means(rows, *self.trees(leaf))

    def trees(self, leaf: Floats) -> Trees:
        """What machine code needs of them: the arrays above, and that of the leaves."""
        return self.tree, self.node, self.threshold, leaf


def rounded_down(threshold: Floats) -> Singles:
    """The largest 32-bit numbers that are not above; no 32-bit number lies between the two.

    Examples
    --------
    >>> float(rounded_down(np.array([0.1]))[0]) <= 0.1 < float(np.float32(0.1))
    True
    """
    with np.errstate(over="ignore"):
        near = threshold.astype(np.float32)
    return np.where(near > threshold, np.nextafter(near, np.float32(-np.inf)), near)


def _by_level(
    roots: Integers, node: Integers
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """All trees level by level: each place's node, its tree, its left child's place, and the depth of each tree."""
    found, trees, children = [], [], []
    level, tree = roots.astype(np.int64), np.arange(len(roots))
    depth = np.zeros(len(roots), dtype=np.int64)
    reached, steps = 0, 0
    while level.size:
        inner = node[level, 0] >= 0
        child = np.zeros(level.size, dtype=np.int64)
        child[inner] = reached + level.size + 2 * np.arange(int(inner.sum()))
        depth[tree] = steps
        found.append(level)
        trees.append(tree)
        children.append(child)
        reached, steps = reached + level.size, steps + 1
        level, tree = node[level[inner], 1:].ravel().astype(np.int64), np.repeat(tree[inner], 2)
    return np.concatenate(found), np.concatenate(trees), np.concatenate(children), depth


@compiled
def _comparable(rows: Floats) -> Singles:
    """Rows as thresholds are: 32 bits wide."""
    told = np.empty(rows.shape, np.float32)
    for row in range(len(rows)):
        for column in range(rows.shape[1]):
            value = np.float32(rows[row, column])
            # No comparison holds for what is not a number: it goes right, as what is larger than all does.
            told[row, column] = np.float32(np.inf) if np.isnan(value) else value
    return told


@compiled
def bag_means(rows: Floats, tree: Places, node: Places, threshold: Singles, leaf: Floats) -> Floats:
    """What `Layout.bag_means` says, for machine code."""
    n_bags, n_trees, _ = tree.shape
    n_rows, n_outputs = len(rows), leaf.shape[1]
    means = np.zeros((n_bags, n_rows, n_outputs))
    # Unsigned, so that no index is tried from the end.
    place = np.empty(ROWS_ABREAST, np.uint32)
    for start in range(0, n_rows, ROWS_ABREAST):
        told = _comparable(rows[start : start + ROWS_ABREAST])
        n_abreast = len(told)
        for bag in range(n_bags):
            for number in range(n_trees):
                place[:n_abreast] = tree[bag, number, 0]
                for _ in range(tree[bag, number, 1]):
                    for row in range(n_abreast):
                        at = place[row]
                        above = told[row, node[at, 0]] > threshold[at]
                        place[row] = node[at, 1] + np.uint32(above)
                for row in range(n_abreast):
                    said = node[place[row], 2]
                    for output in range(n_outputs):
                        means[bag, start + row, output] += leaf[said, output]
    means *= 1.0 / n_trees
    return means
