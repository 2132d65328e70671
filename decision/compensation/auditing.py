"""Holding a model's average effects against doubly robust ones, which are right if the propensities are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from decision.compensation.model import LEARNED_OUTCOMES, CompensationModel
from decision.compensation.native_fitting import ArmFit, robust_scores

Floats = NDArray[np.float64]

# Ten or so averages are compared: one in forty audits fails by chance at three standard errors.
MOST_ERRORS = 3.0


@dataclass(frozen=True, slots=True)
class Audit:
    """One arm's average effect on one outcome, told twice.

    Parameters
    ----------
    modelled, robust : float
        Mean over the incidents that could have got the arm and nothing: by the model, and doubly robust.
    z : float
        Their difference in standard errors of the robust one.
    """

    outcome: str
    arm: str
    modelled: float
    robust: float
    z: float

    @property
    def passed(self) -> bool:
        """Whether they agree but for chance."""
        return abs(self.z) <= MOST_ERRORS


def audited(model: CompensationModel, fits: Mapping[tuple[str, str], ArmFit], features: Floats) -> tuple[Audit, ...]:
    """Compare a model with the doubly robust scores of every arm and outcome.

    Parameters
    ----------
    features : array of shape (n_incidents, n_features)
        Of the incidents that the fits were made on.
    """
    effects = model.effects(features).point
    found = []
    for (outcome, arm), fit in fits.items():
        told = effects[fit.rows, LEARNED_OUTCOMES.index(outcome), model.arms.index(arm)]
        scores = robust_scores(fit)
        error = float((scores - told).std(ddof=1)) / np.sqrt(len(scores))
        z = float((told - scores).mean()) / error if error > 0 else 0.0
        found.append(Audit(outcome, arm, float(told.mean()), float(scores.mean()), z))
    return tuple(found)
