"""Choices: which action a policy took, and how likely each one was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from data.incidents import CompensationArm


@dataclass(frozen=True, slots=True)
class Choice:
    """A routing choice.

    Parameters
    ----------
    index : int
        The candidate taken.
    default_index : int
        The candidate that the rules would have taken.
    propensities : sequence of float
        Probability of every candidate; they sum to 1.
    """

    index: int
    default_index: int
    propensities: Sequence[float]


@dataclass(frozen=True, slots=True)
class ArmChoice:
    """A compensation choice.

    Parameters
    ----------
    propensities : tuple of float
        Probability of every arm, in the order of `data.incidents.ARMS`; 0 where one was not allowed.
    """

    arm: CompensationArm
    propensities: tuple[float, ...]
