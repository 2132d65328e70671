"""Behaviour policies for routing whose propensities are known exactly, because they are computed, not estimated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from data.choice_sets import ChoiceSet, ChoiceSets
from data.choices import Choice, Choices
from data.compiling import compiled
from decision.errors import QuestionError
from decision.rules import RuleEngine

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class RulePolicy:
    """Always what the rules pick."""

    rules: RuleEngine = field(default_factory=RuleEngine)
    name: str = "rules"

    def choose(self, choices: ChoiceSet, uniform: float) -> Choice:
        """The rules' candidate, with propensity 1; the draw is not used."""
        default = self.rules.choose(choices)
        propensities = [0.0] * len(choices.candidate_id)
        propensities[default] = 1.0
        return Choice(default, default, propensities)

    def choose_many(self, choices: ChoiceSets, uniforms: Floats) -> Choices:
        """The same for many orders at once."""
        return explored(self.rules.choose_many(choices), choices.offsets, 0.0, uniforms)


@dataclass(frozen=True, slots=True)
class ExploringPolicy:
    """The rules' candidate most of the time, and any candidate, evenly, the rest of the time.

    Parameters
    ----------
    exploration : float
        Share of the orders that are spread evenly over all their candidates, the rules' one included.

    Raises
    ------
    QuestionError
        If `exploration` is not in [0, 1].
    """

    rules: RuleEngine
    exploration: float
    name: str = "explore"

    def __post_init__(self) -> None:
        require_share(self.exploration)

    def choose(self, choices: ChoiceSet, uniform: float) -> Choice:
        """The candidate at which the summed propensities first exceed the draw.

        Parameters
        ----------
        uniform : float
            A draw from [0, 1).
        """
        default = self.rules.choose(choices)
        n_candidates = len(choices.candidate_id)
        propensities = [self.exploration / n_candidates] * n_candidates
        propensities[default] += 1 - self.exploration
        return Choice(drawn(propensities, uniform, default), default, propensities)

    def choose_many(self, choices: ChoiceSets, uniforms: Floats) -> Choices:
        """The same for many orders at once, each with its own draw."""
        return explored(self.rules.choose_many(choices), choices.offsets, self.exploration, uniforms)


def explored(default: Integers, offsets: Integers, exploration: float, uniforms: Floats) -> Choices:
    """What is drawn around each order's default candidate, all its candidates being as likely as the others.

    Parameters
    ----------
    default : array of int of shape (n_orders,)
        Places in the orders' choice sets, which start at `offsets` of shape (n_orders + 1,).
    uniforms : array of shape (n_orders,)
        Draws from [0, 1).
    """
    return Choices(*_explored(default, offsets, exploration, uniforms))


@compiled
def _explored(
    default: Integers, offsets: Integers, exploration: float, uniforms: Floats
) -> tuple[Integers, Integers, Floats]:
    index, propensity = default.copy(), np.empty(offsets[-1])
    for order in range(len(default)):
        first, last = offsets[order], offsets[order + 1]
        propensity[first:last] = exploration / (last - first)
        propensity[first + default[order]] += 1 - exploration
        reached = 0.0
        for row in range(first, last):
            reached += propensity[row]
            if uniforms[order] < reached:
                index[order] = row - first
                break
    return index, default, propensity


def drawn(propensities: Sequence[float], uniform: float, default: int) -> int:
    """The first action at which the summed propensities exceed a draw from [0, 1)."""
    for row, reached in enumerate(accumulate(propensities)):
        if uniform < reached:
            return row
    # Rounding can leave the sum a hair below a draw that is a hair below 1.
    return default


def require_share(exploration: float) -> None:
    """Refuse an exploration that is not a share.

    Raises
    ------
    QuestionError
        If it is not in [0, 1].
    """
    if not 0 <= exploration <= 1:
        msg = f"exploration must be a share from 0 to 1, got {exploration}"
        raise QuestionError(msg)
