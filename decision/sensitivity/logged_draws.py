r"""Whether choices were really drawn with the propensities that the log states.

If decision :math:`i` took action :math:`j` with probability :math:`p_{ij}` and nothing else, then for every
quantity :math:`g_{ij}` that was settled before the draw (a *witness*)

.. math:: s_i = g_{i,a_i} - \sum_j p_{ij} g_{ij}

has mean zero and variance :math:`\sum_j p_{ij} g_{ij}^2 - (\sum_j p_{ij} g_{ij})^2`: both are known, nothing is
estimated. Sums of :math:`s_i` are martingales, hence close to normal when many decisions were open. Somebody
who saw what the log does not hold, and overrode the draw because of it, leaves a mark on some witness.

References
----------
Candes, Fan, Janson & Lv (2018), "Panning for gold: model-X knockoffs", JRSS B 80(3), section 4: tests that need
only the law of the treatment.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2, norm

from decision.logged_choices import Floats, LoggedChoices

# A sum over fewer open decisions than this is not normal enough to judge by.
LEAST_OPEN = 30.0
_RANK_TOLERANCE = 1e-8
_SPREADLESS = 1e-12


@dataclass(frozen=True)
class Witnesses:
    """Quantities that were settled before the draw; the first is the one that matters most.

    Parameters
    ----------
    table : array of shape (n_rows, n_witnesses)
        One value an action; finite.
    """

    names: tuple[str, ...]
    table: Floats


@dataclass(frozen=True, slots=True)
class WitnessScore:
    """How far choices leaned towards a witness, beyond what their propensities explain.

    Parameters
    ----------
    lean : float
        Mean of the chosen action's value less its expectation, in units of the witness.
    z : float
        The same in standard deviations, which are known.
    """

    witness: str
    lean: float
    z: float


@dataclass(frozen=True)
class DrawTest:
    """Scores of all witnesses that could be judged, and one p-value over all of them.

    Parameters
    ----------
    scores : tuple of WitnessScore
        The most telling first.
    p_value : float
        Chance of scores as large as these if the propensities are right; 1 where no witness could be judged.
    """

    scores: tuple[WitnessScore, ...]
    p_value: float


def draw_test(choices: LoggedChoices, witnesses: Witnesses) -> DrawTest:
    """Test whether choices were drawn with their logged propensities.

    Three looks share the p-value: the first witness alone, which sees draws that were overridden at all; the
    largest score (Bonferroni), which sees a lean towards one thing; and the sum over all directions (chi
    squared), which sees many small ones.
    """
    expected = choices.per_decision(choices.propensity[:, None] * witnesses.table)
    surprise = witnesses.table[choices.chosen_row] - expected
    centred = witnesses.table - expected[choices.decision_of_row]
    spread = choices.per_decision(choices.propensity[:, None] * np.square(centred))
    judged = np.flatnonzero(_open_decisions(spread) >= LEAST_OPEN)
    if not judged.size:
        return DrawTest((), 1.0)
    weighted = np.sqrt(choices.propensity)[:, None] * centred[:, judged]
    covariance, total = weighted.T @ weighted, surprise[:, judged].sum(axis=0)
    z = total / np.sqrt(np.diag(covariance))
    each = 2 * norm.sf(np.abs(z))
    first = float(each[0]) if judged[0] == 0 else 1.0
    looks = (first, len(judged) * float(each.min()), _joint(covariance, z))
    scores = [
        WitnessScore(witnesses.names[place], float(lean), float(score))
        for place, lean, score in zip(judged, total / choices.n_decisions, z, strict=True)
    ]
    scores.sort(key=lambda one: -abs(one.z))
    return DrawTest(tuple(scores), min(1.0, len(looks) * min(looks)))


def _open_decisions(spread: Floats) -> Floats:
    """How many decisions' worth of chance each witness saw, shape (n_witnesses,): Kish's size of the variances."""
    squares = np.square(spread).sum(axis=0)
    size: Floats = np.square(spread.sum(axis=0)) / np.where(squares > _SPREADLESS, squares, np.inf)
    return size


def _joint(covariance: Floats, z: Floats) -> float:
    """P-value of all scores together, in the directions that really vary."""
    scale = np.sqrt(np.diag(covariance))
    variance, directions = np.linalg.eigh(covariance / np.outer(scale, scale))
    kept = variance > _RANK_TOLERANCE * variance.max()
    squared = float((np.square(directions[:, kept].T @ z) / variance[kept]).sum())
    return float(chi2.sf(squared, int(kept.sum())))
