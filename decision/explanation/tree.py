"""The policy tree: a shallow tree that says when the policy leaves the current choice, and for what.

It explains and never decides. It is grown with scikit-learn when a model is trained and kept as plain
arrays; serving walks them in a loop. How often it agrees with the policy is measured on orders that it was
not grown on, and travels with it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from decision.errors import ArtefactError
from decision.explanation.branch import MOVES, Branch, Condition, Fidelity
from decision.explanation.quantities import QUANTITY_NAMES

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

LEAF = -1
# What an order's move changes on average, from the current to the chosen candidate.
SHIFTS: tuple[str, ...] = ("cost", "slack_hours", "distance_km", "load")
_ARRAYS = ("quantity", "threshold", "left", "right", "counts", "shifts", "stand_in")


@dataclass(frozen=True)
class PolicyTree:
    """A binary tree over QUANTITY_NAMES; node 0 is its root, and children come after their parents.

    Parameters
    ----------
    quantity : array of shape (n_nodes,)
        Place of the quantity that a node asks about; LEAF where it asks nothing.
    threshold : array of shape (n_nodes,)
        An order whose quantity is at most this goes left.
    left, right : arrays of shape (n_nodes,)
        Children; LEAF where there are none.
    counts : array of shape (n_nodes, n_moves)
        Orders that the tree was grown on, by what the policy did with them, in the order of MOVES.
    shifts : array of shape (n_nodes, n_shifts)
        Mean of what moved orders' choices changed, in the order of SHIFTS.
    stand_in : array of shape (n_quantities,)
        Taken where a quantity was not reported.
    """

    quantity: Integers
    threshold: Floats
    left: Integers
    right: Integers
    counts: Integers
    shifts: Floats
    stand_in: Floats
    fidelity: Fidelity

    def leaf_of(self, values: Sequence[float]) -> int:
        """The leaf that an order's quantities lead to."""
        return self._path(self._filled(values))[-1]

    def move_of(self, values: Sequence[float]) -> int:
        """What the policy did most often with such orders, as a place in MOVES."""
        return int(self.counts[self.leaf_of(values)].argmax())

    def branch_of(self, values: Sequence[float]) -> Branch:
        """The branch that an order falls into, with the order's own numbers."""
        filled = self._filled(values)
        path = self._path(filled)
        leaf = path[-1]
        counts = [int(count) for count in self.counts[leaf]]
        n_orders = sum(counts)
        return Branch(
            conditions=self._conditions(path, values, filled),
            n_orders=n_orders,
            share={move: count / n_orders for move, count in zip(MOVES, counts, strict=True)},
            usual_move=MOVES[int(self.counts[leaf].argmax())],
            shift=dict(zip(SHIFTS, self.shifts[leaf].tolist(), strict=True)) if n_orders > counts[0] else {},
            fidelity=self.fidelity,
        )

    def _filled(self, values: Sequence[float]) -> list[float]:
        return [
            float(value) if math.isfinite(value) else float(stand_in)
            for value, stand_in in zip(values, self.stand_in, strict=True)
        ]

    def _path(self, filled: Sequence[float]) -> list[int]:
        path = [0]
        while self.quantity[path[-1]] != LEAF:
            node = path[-1]
            goes_left = filled[self.quantity[node]] <= self.threshold[node]
            path.append(int(self.left[node] if goes_left else self.right[node]))
        return path

    def _conditions(
        self, path: Sequence[int], values: Sequence[float], filled: Sequence[float]
    ) -> tuple[Condition, ...]:
        """One condition a quantity that was asked about: the tightest bounds, where it was asked twice."""
        bounds: dict[int, tuple[float | None, float | None]] = {}
        for node, child in pairwise(path):
            place, threshold = int(self.quantity[node]), float(self.threshold[node])
            above, at_most = bounds.get(place, (None, None))
            if child == self.left[node]:
                bounds[place] = (above, threshold if at_most is None else min(at_most, threshold))
            else:
                bounds[place] = (threshold if above is None else max(above, threshold), at_most)
        return tuple(
            Condition(QUANTITY_NAMES[place], filled[place], above, at_most, reported=math.isfinite(values[place]))
            for place, (above, at_most) in bounds.items()
        )

    def to_part(self) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        """Arrays and plain facts from which `from_part` makes an equal tree."""
        facts = {
            "quantities": list(QUANTITY_NAMES),
            "moves": list(MOVES),
            "shifts": list(SHIFTS),
            "fidelity": asdict(self.fidelity),
        }
        return {name: getattr(self, name) for name in _ARRAYS}, facts

    @classmethod
    def from_part(cls, arrays: dict[str, NDArray[Any]], facts: dict[str, Any]) -> Self:
        """Rebuild a tree.

        Raises
        ------
        ArtefactError
            If it is of other words or shapes, or would not end.
        """
        words = {"quantities": list(QUANTITY_NAMES), "moves": list(MOVES), "shifts": list(SHIFTS)}
        for name, known in words.items():
            if facts.get(name) != known:
                msg = f"policy tree: its {name} are {facts.get(name)}, this version's are {known}; train anew"
                raise ArtefactError(msg)
        try:
            tree = cls(**{name: arrays[name] for name in _ARRAYS}, fidelity=Fidelity(**facts["fidelity"]))
        except (KeyError, TypeError) as error:
            msg = f"policy tree: part missing or unreadable ({error}); publish the artefact anew"
            raise ArtefactError(msg) from error
        _require_sound(tree)
        return tree


def _require_sound(tree: PolicyTree) -> None:
    n_nodes = len(tree.quantity)
    shapes: dict[str, tuple[int, ...]] = dict.fromkeys(("quantity", "threshold", "left", "right"), (n_nodes,))
    shapes |= {"counts": (n_nodes, len(MOVES)), "shifts": (n_nodes, len(SHIFTS)), "stand_in": (len(QUANTITY_NAMES),)}
    wrong = [name for name, shape in shapes.items() if getattr(tree, name).shape != shape]
    if wrong or not n_nodes:
        msg = f"policy tree: {wrong or 'all its nodes'} have another shape than {n_nodes} nodes need; train anew"
        raise ArtefactError(msg)
    places = np.arange(n_nodes)
    asks = tree.quantity != LEAF
    known = np.isin(tree.quantity[asks], np.arange(len(QUANTITY_NAMES))).all()
    # Children that come after their parents make every walk end.
    onward = all(
        ((child[asks] > places[asks]) & (child[asks] < n_nodes)).all() and (child[~asks] == LEAF).all()
        for child in (tree.left, tree.right)
    )
    if not (known and onward and (tree.counts >= 0).all() and (tree.counts.sum(axis=1) > 0).all()):
        msg = "policy tree: its nodes do not make a tree over known quantities; publish the artefact anew"
        raise ArtefactError(msg)
