"""Blocks: what several learners say of one candidate, each of outcomes of its own, side by side.

Learners that were shown the same resampled logs share their shocks: what one bag gets wrong it gets wrong of all its
outcomes. Other learners have shocks of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from data.compiling import compiled
from decision.routing.parts import LEARNED_OUTCOMES

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


N_LEARNED = len(LEARNED_OUTCOMES)


@dataclass(frozen=True, slots=True)
class Block:
    """Effects on all learned outcomes, and what each of a learner's shocks does to them; 0 where it tells nothing.

    Parameters
    ----------
    point : array of shape (n_rows, n_learned)
        Against the reference.
    shocks : array of shape (n_rows, n_shocks, n_learned)
    level : array of shape (n_rows, n_learned)
        By no reference; 0 where the learner speaks of effects alone.
    """

    point: Floats
    shocks: Floats
    level: Floats

    @classmethod
    def of_bags(cls, first: int, outcomes: Floats, reference_of_row: Integers) -> Self:
        """Effects from levels by bag: each bag's deviation is a shock.

        Parameters
        ----------
        first : int
            The place of the learner's first outcome among LEARNED_OUTCOMES.
        outcomes : array of shape (n_bags, n_rows, n_outcomes)
            Of its own outcomes only.
        """
        return cls(*_contrasts(first, outcomes, reference_of_row))

    @classmethod
    def of_effects(cls, point: Floats, shocks: Floats) -> Self:
        """Effects on the first outcomes, of a learner that knows no levels."""
        untold = (0, N_LEARNED - point.shape[1])
        wide = np.pad(point, ((0, 0), untold))
        return cls(wide, np.pad(shocks, ((0, 0), (0, 0), untold)), np.zeros_like(wide))


def side_by_side(blocks: Sequence[Block]) -> Block:
    """What learners say together, each of outcomes of its own and with shocks of its own."""
    if len(blocks) == 1:
        return blocks[0]
    return Block(
        point=np.add.reduce([block.point for block in blocks]),
        shocks=np.concatenate([block.shocks for block in blocks], axis=1),
        level=np.add.reduce([block.level for block in blocks]),
    )


@compiled
def _contrasts(first: int, outcomes: Floats, reference_of_row: Integers) -> tuple[Floats, Floats, Floats]:
    n_bags, n_rows, n_outcomes = outcomes.shape
    level, point = np.zeros((n_rows, N_LEARNED)), np.zeros((n_rows, N_LEARNED))
    shocks, scale = np.zeros((n_rows, n_bags, N_LEARNED)), np.sqrt(n_bags - 1.0)
    mine = slice(first, first + n_outcomes)
    expected = level[:, mine]
    for bag in range(n_bags):
        expected += outcomes[bag]
    expected /= n_bags
    for row in range(n_rows):
        reference = reference_of_row[row]
        point[row, mine] = expected[row] - expected[reference]
        for bag in range(n_bags):
            for outcome in range(n_outcomes):
                apart = outcomes[bag, row, outcome] - expected[row, outcome]
                apart -= outcomes[bag, reference, outcome] - expected[reference, outcome]
                shocks[row, bag, first + outcome] = np.divide(apart, scale)
    return point, shocks, level
