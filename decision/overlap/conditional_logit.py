r"""The conditional logit: how likely each action was, from what each offers, where a log does not say.

.. math:: p_{ij} = \frac{\exp(x_{ij}^\top \beta)}{\sum_k \exp(x_{ik}^\top \beta)}

References
----------
McFadden (1974), "Conditional logit analysis of qualitative choice behavior".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from decision.errors import TrainingError

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

PENALTY = 1.0
MOST_STEPS = 60
TOLERANCE = 1e-8
# A step longer than this overshoots where the likelihood is flat.
LONGEST_STEP = 2.0


@dataclass(frozen=True)
class ChoiceTable:
    """Decisions as rows of actions.

    Parameters
    ----------
    features : array of shape (n_rows, n_features)
        Standardised; what is the same for all actions of a decision says nothing.
    chosen_row : array of shape (n_decisions,)
    offsets : array of shape (n_decisions + 1,)
        Where each decision's rows start, and the end.
    """

    features: Floats
    chosen_row: Integers
    offsets: Integers

    @property
    def decision_of_row(self) -> Integers:
        """The decision of each row, shape (n_rows,)."""
        return np.repeat(np.arange(len(self.chosen_row)), np.diff(self.offsets))

    def at(self, decisions: NDArray[np.bool_]) -> ChoiceTable:
        """Some of the decisions."""
        sizes = np.diff(self.offsets)
        place = self.chosen_row - self.offsets[:-1]
        offsets = np.concatenate(([0], np.cumsum(sizes[decisions])))
        return ChoiceTable(self.features[decisions[self.decision_of_row]], offsets[:-1] + place[decisions], offsets)


def fitted_slopes(table: ChoiceTable) -> Floats:
    """Slopes of the penalised maximum likelihood, shape (n_features,).

    Raises
    ------
    TrainingError
        If a feature is not a finite number.
    """
    if not np.isfinite(table.features).all():
        msg = "propensities cannot be estimated from features that are missing or infinite; mend those candidates"
        raise TrainingError(msg)
    slopes = np.zeros(table.features.shape[1])
    taken = table.features[table.chosen_row].sum(axis=0)
    for _ in range(MOST_STEPS):
        step = _newton_step(table, slopes, taken)
        slopes = slopes + step * min(1.0, LONGEST_STEP / max(float(np.abs(step).max()), TOLERANCE))
        if np.abs(step).max() < TOLERANCE:
            break
    return slopes


def choice_probabilities(features: Floats, offsets: Integers, slopes: Floats) -> Floats:
    """Probability of every action, shape (n_rows,); sums to 1 over a decision's rows."""
    score = features @ slopes
    sizes = np.diff(offsets)
    score = np.exp(score - np.repeat(np.maximum.reduceat(score, offsets[:-1]), sizes))
    shares: Floats = score / np.repeat(np.add.reduceat(score, offsets[:-1]), sizes)
    return shares


def _newton_step(table: ChoiceTable, slopes: Floats, taken: Floats) -> Floats:
    share = choice_probabilities(table.features, table.offsets, slopes)
    weighted = share[:, None] * table.features
    means = np.add.reduceat(weighted, table.offsets[:-1], axis=0)
    curvature = weighted.T @ table.features - means.T @ means + PENALTY * np.eye(len(slopes))
    step: Floats = np.linalg.solve(curvature, taken - weighted.sum(axis=0) - PENALTY * slopes)
    return step
