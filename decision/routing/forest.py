"""A forest in bags, as plain arrays: every tree of a bag saw the same resampled orders, so bags tell how sure it is.

A leaf holds several numbers, a whole curve as a rule: one walk down the tree answers all of them.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from decision.errors import ArtefactError
from decision.routing.walking import Layout, Trees

Floats = NDArray[np.float64]
Integers = NDArray[np.int32]

LEAF = -1
# More than any training makes; an artefact that claims more is not one of ours.
MOST_NODES = 5_000_000


@dataclass(frozen=True)
class Forest:
    """Trees as flat arrays, bag after bag.

    Parameters
    ----------
    root : array of int of shape (n_bags, n_trees_per_bag)
        The node at which each tree starts.
    node : array of int of shape (n_nodes, 3)
        The column that a node looks at, or LEAF; and where a row goes on the left and on the right. At a leaf the
        second is its place among the leaves.
    threshold : array of shape (n_nodes,)
        A row goes left if its column, as a 32-bit float, is not above.
    leaf : array of shape (n_leaves, n_outputs)
        What a leaf says.
    n_features : int
        How many columns a row must have.
    """

    root: Integers
    node: Integers
    threshold: Floats
    leaf: Floats
    n_features: int

    def bag_means(self, rows: Floats) -> Floats:
        """What each bag's trees say on average of rows of shape (n_rows, n_features): (n_bags, n_rows, n_outputs)."""
        return self._layout.bag_means(rows, self.leaf)

    @cached_property
    def trees(self) -> Trees:
        """The same for machine code."""
        return self._layout.trees(self.leaf)

    @cached_property
    def _layout(self) -> Layout:
        return Layout.of(self.root, self.node, self.threshold)

    def to_arrays(self, prefix: str) -> dict[str, NDArray[Any]]:
        """Its arrays by name."""
        arrays = {f"{prefix}_{item.name}": getattr(self, item.name) for item in fields(self)}
        return {name: np.asarray(array) for name, array in arrays.items()}

    @classmethod
    def from_arrays(cls, arrays: dict[str, NDArray[Any]], prefix: str, n_features: int, n_outputs: int) -> Self:
        """Rebuild a forest that reads so many features and says so many numbers.

        Raises
        ------
        ArtefactError
            If an array is missing or misshapen, or a walk down some tree could leave the forest or never end.
        """
        try:
            read = {item.name: arrays[f"{prefix}_{item.name}"] for item in fields(cls)}
            forest = cls(
                root=np.ascontiguousarray(read["root"], np.int32),
                node=np.ascontiguousarray(read["node"], np.int32),
                threshold=np.ascontiguousarray(read["threshold"], np.float64),
                leaf=np.ascontiguousarray(read["leaf"], np.float64),
                n_features=int(read["n_features"]),
            )
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            msg = f"forest {prefix!r}: part missing or unreadable ({error}); publish the artefact anew"
            raise ArtefactError(msg) from error
        fault = _fault(forest, n_features, n_outputs)
        if fault:
            msg = f"forest {prefix!r}: {fault}; publish the artefact anew"
            raise ArtefactError(msg)
        return forest


def _fault(forest: Forest, n_features: int, n_outputs: int) -> str | None:
    """What would make a walk unsafe; a machine-code loop checks no bounds."""
    n_nodes = len(forest.threshold)
    if not 0 < n_nodes <= MOST_NODES or forest.node.shape != (n_nodes, 3) or forest.threshold.ndim != 1:
        return f"its nodes have shapes {forest.node.shape} and {forest.threshold.shape}"
    if forest.n_features != n_features or forest.leaf.shape[1:] != (n_outputs,):
        return f"reads {forest.n_features} columns and says {forest.leaf.shape[1:]}, not {n_features} and {n_outputs}"
    if forest.root.ndim != 2 or not forest.root.size or not _within(forest.root, 0, n_nodes):  # noqa: PLR2004  bags by trees
        return f"its trees start at {forest.root.shape} places, some of which may not exist"
    return _broken_walk(forest, n_nodes)


def _broken_walk(forest: Forest, n_nodes: int) -> str | None:
    column, left, right = forest.node.T
    inner = column != LEAF
    place = np.arange(n_nodes)[inner]
    if not _within(column[inner], 0, forest.n_features):
        return "some nodes look at a column that does not exist"
    # Children stand behind their parent: so every walk ends.
    for child in (left[inner], right[inner]):
        if not ((child > place) & (child < n_nodes)).all():
            return "some nodes lead nowhere, or back"
    reached = np.concatenate((forest.root.ravel(), left[inner], right[inner]))
    if len(np.unique(reached)) < len(reached):
        return "some nodes are reached on two ways"
    if not _within(left[~inner], 0, len(forest.leaf)):
        return "some leaves say nothing"
    if not (np.isfinite(forest.leaf).all() and np.isfinite(forest.threshold).all()):
        return "some of its numbers are not finite"
    return None


def _within(places: Integers, low: int, high: int) -> bool:
    return bool(((places >= low) & (places < high)).all())
