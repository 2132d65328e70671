"""What a policy answers: an action, the default it is measured against, and how likely each action was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.incidents import CompensationArm


@dataclass(frozen=True, slots=True)
class Choice:
    """A routing policy's answer to one choice set.

    Parameters
    ----------
    index : int
        The chosen candidate's place in the choice set.
    default_index : int
        What the rules alone would have chosen.
    propensities : sequence of float
        Probability with which the policy would choose each candidate; sums to 1.
    """

    index: int
    default_index: int
    propensities: Sequence[float]


@dataclass(frozen=True, slots=True)
class Choices:
    """A routing policy's answers to many choice sets at once.

    Parameters
    ----------
    index, default_index : array of int of shape (n_orders,)
        As of `Choice`, by order.
    propensity : array of shape (n_rows,)
        Of every candidate, the rows of an order together; sums to 1 for each.
    """

    index: NDArray[np.int64]
    default_index: NDArray[np.int64]
    propensity: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ArmChoice:
    """A compensation policy's answer to one incident.

    Parameters
    ----------
    propensities : tuple of float
        Probability of each of `data.incidents.ARMS`, in that order; 0 for arms that are not allowed.
    """

    arm: CompensationArm
    propensities: tuple[float, ...]
