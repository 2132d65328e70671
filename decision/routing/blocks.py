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
    """

    first: int
    point: Floats
    shocks: Floats

    @classmethod
    def of_bags(cls, first: int, outcomes: Floats, reference_of_row: Integers) -> Self:
        """Effects from levels by bag, shape (n_bags, n_rows, n_outcomes): each bag's deviation is a shock."""
        expected = outcomes.mean(axis=0)
        apart = outcomes - expected
        apart -= apart[:, reference_of_row]
        return cls(first, expected - expected[reference_of_row], apart.transpose(1, 0, 2) / np.sqrt(len(apart) - 1))


def side_by_side(blocks: Sequence[Block]) -> tuple[Floats, Floats]:
    """Effects on all outcomes and all shocks, (n_rows, n_learned) and (n_rows, n_shocks, n_learned); 0 if untold."""
    n_rows = len(blocks[0].point)
    point = np.zeros((n_rows, len(LEARNED_OUTCOMES)))
    shocks = np.zeros((n_rows, sum(block.shocks.shape[1] for block in blocks), len(LEARNED_OUTCOMES)))
    start = 0
    for block in blocks:
        mine = slice(block.first, block.first + block.point.shape[1])
        stop = start + block.shocks.shape[1]
        point[:, mine], shocks[:, start:stop, mine] = block.point, block.shocks
        start = stop
    return point, shocks
