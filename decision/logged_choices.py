"""Logged choices: what could have been chosen, how likely each was, and what was; routing and compensation alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.decision_log.dataset import DecisionLog
from data.incidents import ARMS
from decision.errors import TrainingError

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_SUM_TOLERANCE = 1e-6
ARM_NAMES: tuple[str, ...] = tuple(arm.value for arm in ARMS)


@dataclass(frozen=True)
class LoggedChoices:
    """Decisions as groups of rows, one row an action.

    Parameters
    ----------
    propensity : array of shape (n_rows,)
        Chance that the behaviour policy gave each action; sums to 1 over a decision's rows.
    chosen_row : array of shape (n_decisions,)
        Index of the action taken, among all rows.
    offsets : array of shape (n_decisions + 1,)
        Where each decision's rows start, and the end.

    Raises
    ------
    TrainingError
        If the propensities of a decision are no distribution, or what was chosen had none.
    """

    propensity: Floats
    chosen_row: Integers
    offsets: Integers

    def __post_init__(self) -> None:
        sums = self.per_decision(self.propensity)
        off = ~(np.abs(sums - 1) <= _SUM_TOLERANCE) | (np.minimum.reduceat(self.propensity, self.offsets[:-1]) < 0)
        impossible = self.propensity[self.chosen_row] <= 0
        if off.any() or impossible.any():
            msg = (
                f"propensities of {int(off.sum())} decisions are no distribution and {int(impossible.sum())} choices "
                "had propensity 0; log what the policy really did, or leave propensities out and let them be estimated"
            )
            raise TrainingError(msg)

    @property
    def n_decisions(self) -> int:
        """How many decisions there are."""
        return len(self.chosen_row)

    @property
    def decision_of_row(self) -> Integers:
        """The decision that each row belongs to, shape (n_rows,)."""
        return np.repeat(np.arange(self.n_decisions), np.diff(self.offsets))

    @property
    def chosen(self) -> Floats:
        """1 where a row was chosen, else 0, shape (n_rows,)."""
        flags = np.zeros(len(self.propensity))
        flags[self.chosen_row] = 1.0
        return flags

    def per_decision(self, values: Floats) -> Floats:
        """Sums over each decision's rows, of shape (n_decisions, ...)."""
        sums: Floats = np.add.reduceat(values, self.offsets[:-1], axis=0)
        return sums

    @classmethod
    def of_routing(cls, log: DecisionLog) -> LoggedChoices:
        """Candidates of every order of a log."""
        return cls(
            log.candidates["propensity"].to_numpy(dtype=np.float64),
            np.flatnonzero(log.candidates["is_chosen"].to_numpy(dtype=bool)),
            log.candidate_offsets(),
        )

    @classmethod
    def of_compensation(cls, incidents: pd.DataFrame) -> LoggedChoices:
        """All arms of every incident, in the order of ARMS; those not allowed have propensity 0."""
        propensity = incidents[[f"propensity_{name}" for name in ARM_NAMES]].to_numpy(dtype=np.float64)
        start = np.arange(len(incidents) + 1) * len(ARM_NAMES)
        taken = pd.Categorical(incidents["arm"], categories=list(ARM_NAMES)).codes.astype(np.int64)
        return cls(propensity.ravel(), start[:-1] + taken, start)
