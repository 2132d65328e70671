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


@dataclass(frozen=True, slots=True)
class Block:
    """Effects on some outcomes, and what each of a learner's shocks does to them.

    Parameters
    ----------
    first : int
        The place of its first outcome among LEARNED_OUTCOMES.
    point : array of shape (n_rows, n_outcomes)
        Of the block's own outcomes, against the reference.
    shocks : array of shape (n_rows, n_shocks, n_outcomes)
    level : array of shape (n_rows, n_outcomes)
        By no reference; 0 where the learner speaks of effects alone.
    """

    first: int
    point: Floats
    shocks: Floats
    level: Floats

    @classmethod
    def of_bags(cls, first: int, outcomes: Floats, reference_of_row: Integers) -> Self:
        """Effects from levels by bag, shape (n_bags, n_rows, n_outcomes): each bag's deviation is a shock."""
        return cls(first, *_contrasts(outcomes, reference_of_row))


def side_by_side(blocks: Sequence[Block]) -> tuple[Floats, Floats, Floats]:
    """Points, shocks and levels of all outcomes, 0 where untold.

    Returns
    -------
    point : array of shape (n_rows, n_learned)
    shocks : array of shape (n_rows, n_shocks, n_learned)
    level : array of shape (n_rows, n_learned)
    """
    n_rows = len(blocks[0].point)
    point, level = np.zeros((2, n_rows, len(LEARNED_OUTCOMES)))
    shocks = np.zeros((n_rows, sum(block.shocks.shape[1] for block in blocks), len(LEARNED_OUTCOMES)))
    start = 0
    for block in blocks:
        mine = slice(block.first, block.first + block.point.shape[1])
        stop = start + block.shocks.shape[1]
        point[:, mine], shocks[:, start:stop, mine], level[:, mine] = block.point, block.shocks, block.level
        start = stop
    return point, shocks, level


@compiled
def _contrasts(outcomes: Floats, reference_of_row: Integers) -> tuple[Floats, Floats, Floats]:
    n_bags, n_rows, n_outcomes = outcomes.shape
    expected, point = np.zeros((n_rows, n_outcomes)), np.empty((n_rows, n_outcomes))
    shocks, scale = np.empty((n_rows, n_bags, n_outcomes)), np.sqrt(n_bags - 1.0)
    for bag in range(n_bags):
        expected += outcomes[bag]
    expected /= n_bags
    for row in range(n_rows):
        reference = reference_of_row[row]
        point[row] = expected[row] - expected[reference]
        for bag in range(n_bags):
            for outcome in range(n_outcomes):
                apart = outcomes[bag, row, outcome] - expected[row, outcome]
                apart -= outcomes[bag, reference, outcome] - expected[reference, outcome]
                shocks[row, bag, outcome] = np.divide(apart, scale)
    return point, shocks, expected
