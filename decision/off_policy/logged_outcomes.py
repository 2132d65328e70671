"""Logged decisions with their outcomes, and what a model predicts for every candidate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.decision_log.dataset import DecisionLog
from decision.errors import TrainingError

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

SUM_TOLERANCE = 1e-6


@dataclass(frozen=True)
class LoggedOutcomes:
    """Logged decisions with what a model predicts for every candidate.

    Parameters
    ----------
    outcome : array of shape (n_orders,)
        Observed loss of the chosen candidate, in minor currency units.
    chosen_row : array of shape (n_orders,)
        Index of the chosen candidate among all rows.
    propensity, predicted : arrays of shape (n_rows,)
        Behaviour policy's probability and the outcome model's loss, for every candidate.
        For honest intervals the model must not have been fitted on these orders.
    offsets : array of shape (n_orders + 1,)
        Where each order's rows start, and the end.

    Raises
    ------
    TrainingError
        If shapes disagree, a number is not finite, or a chosen candidate had propensity 0.
    """

    outcome: Floats
    chosen_row: Integers
    propensity: Floats
    predicted: Floats
    offsets: Integers

    def __post_init__(self) -> None:
        n_orders, n_rows = len(self.offsets) - 1, len(self.predicted)
        if n_orders < 1 or (np.diff(self.offsets) < 1).any() or self.offsets[0] != 0 or self.offsets[-1] != n_rows:
            msg = f"offsets must rise from 0 to the {n_rows} rows, one candidate an order at least"
            raise TrainingError(msg)
        require_shape("outcome", self.outcome, n_orders)
        require_shape("chosen_row", self.chosen_row, n_orders)
        require_shape("propensity", self.propensity, n_rows)
        require_shape("predicted", self.predicted, n_rows)
        outside = (self.chosen_row < self.offsets[:-1]) | (self.chosen_row >= self.offsets[1:])
        if outside.any():
            msg = f"{int(outside.sum())} chosen rows lie outside their order; number rows over the whole log"
            raise TrainingError(msg)
        chosen = self.propensity[self.chosen_row]
        if (chosen <= 0).any() or (self.propensity < 0).any() or (self.propensity > 1 + SUM_TOLERANCE).any():
            msg = "propensities must lie in [0, 1], and a chosen candidate's above 0; log what the policy really did"
            raise TrainingError(msg)

    @property
    def n_orders(self) -> int:
        """How many orders there are."""
        return len(self.outcome)

    @classmethod
    def of_log(cls, log: DecisionLog, outcome: Floats, predicted: Floats) -> LoggedOutcomes:
        """Take choices and propensities from a decision log; `outcome` and `predicted` as for the class."""
        candidates = log.candidates
        return cls(
            outcome=outcome,
            chosen_row=np.flatnonzero(candidates["is_chosen"].to_numpy(dtype=bool)),
            propensity=candidates["propensity"].to_numpy(dtype=np.float64),
            predicted=predicted,
            offsets=log.candidate_offsets(),
        )


def require_shape(name: str, array: Floats | Integers, length: int) -> None:
    """Refuse an array of another length, or with numbers that are not finite."""
    if array.shape != (length,) or not np.isfinite(array).all():
        msg = f"{name} must hold {length} finite numbers, got shape {array.shape}"
        raise TrainingError(msg)
