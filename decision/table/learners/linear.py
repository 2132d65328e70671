"""Straight lines for the level and each slope: the learner for large tables and for truths that are simple.

Ridge regression whose penalties are drawn from the data: three groups of coefficients (constants, level, slopes),
each with its own prior variance, and the noise, by expectation-maximisation on the evidence.

References
----------
MacKay (1992), "Bayesian interpolation", Neural Computation 4(3).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from decision.table.learners.protocol import Design, Flags, Floats, Surface

N_ITERATIONS = 40
N_DRAWS = 200
CONSTANT_VARIANCE = 100.0  # of constants, in variances of the outcome: free to go anywhere
SMALLEST_VARIANCE = 1e-10
CLIP = 6.0  # sd


@dataclass(frozen=True)
class BayesianLinear:
    """The learner `linear`; it has nothing to tune beforehand."""

    name: str = "linear"

    def tuned(self, design: Design, fit_rows: Flags, seed: int) -> Self:
        """Itself: its penalties follow from the rows given to `fit`."""
        return self

    def fit(self, design: Design, fit_rows: Flags, seed: int) -> Surface:
        """Solve for the coefficients' posterior and read off level, slopes and effects."""
        rows = _standardised(design.confounders, fit_rows)
        effect_rows = np.column_stack([np.ones(len(rows)), rows[:, design.modifies]])
        level_rows = np.column_stack([np.ones(len(rows)), rows])
        interacted = [effect_rows * basis[:, None] for basis in design.bases]
        columns = np.column_stack([level_rows, *interacted])[fit_rows]
        outcome = design.outcome[fit_rows]
        centre, scale = float(outcome.mean()), float(outcome.std()) or 1.0
        groups = _groups(level_rows.shape[1], effect_rows.shape[1], len(design.bases))
        posterior = _posterior(columns, (outcome - centre) / scale, groups)
        return _surface(design, level_rows, effect_rows, posterior, (centre, scale))


@dataclass(frozen=True)
class _Posterior:
    """Coefficients: mean (d,) and covariance (d, d)."""

    mean: Floats
    covariance: Floats


def _groups(n_level: int, n_effect: int, n_bases: int) -> NDArray[np.int64]:
    """Group of each coefficient: 0 a constant, 1 the level's lines, 2 the slopes' lines."""
    level = np.concatenate([[0], np.full(n_level - 1, 1)])
    slope = np.concatenate([[0], np.full(n_effect - 1, 2)])
    return np.concatenate([level, *[slope] * n_bases]).astype(np.int64)


def _posterior(columns: Floats, outcome: Floats, groups: NDArray[np.int64]) -> _Posterior:
    """Expectation-maximisation over the two groups' variances and the noise."""
    gram, pull, square = columns.T @ columns, columns.T @ outcome, float(outcome @ outcome)
    variances, noise = np.array([CONSTANT_VARIANCE, 0.1, 0.1]), 0.5
    mean: Floats = np.zeros(len(groups))
    covariance: Floats = np.diag(variances[groups])
    for _ in range(N_ITERATIONS):
        covariance = np.asarray(np.linalg.inv(gram / noise + np.diag(1.0 / variances[groups])), float)
        mean = covariance @ pull / noise
        for group in (1, 2):
            mine = groups == group
            if mine.any():
                moment = float(np.mean(mean[mine] ** 2 + np.diag(covariance)[mine]))
                variances[group] = max(moment, SMALLEST_VARIANCE)
        left = square - 2.0 * mean @ pull + mean @ gram @ mean + float(np.sum(gram * covariance))
        noise = max(float(left) / len(outcome), SMALLEST_VARIANCE)
    return _Posterior(mean, covariance)


def _surface(
    design: Design, level_rows: Floats, effect_rows: Floats, posterior: _Posterior, units: tuple[float, float]
) -> Surface:
    """Read level, slopes and effects off the coefficients, in the outcome's units."""
    centre, scale = units
    n_level, n_effect, n_bases = level_rows.shape[1], effect_rows.shape[1], len(design.bases)
    level = level_rows @ posterior.mean[:n_level]
    slopes = posterior.mean[n_level:].reshape(n_bases, n_effect) @ effect_rows.T
    tail = posterior.covariance[n_level:, n_level:].reshape(n_bases, n_effect, n_bases, n_effect)
    steps = norm.ppf((np.arange(N_DRAWS) + 0.5) / N_DRAWS)
    effects = np.empty((len(design.contrasts), N_DRAWS, design.n_rows), np.float32)
    for index, contrast in enumerate(design.contrasts):
        covariance = np.einsum("a,abcd,c->bd", contrast, tail, contrast)
        spread = np.sqrt(np.maximum(np.einsum("nb,bd,nd->n", effect_rows, covariance, effect_rows, optimize=True), 0.0))
        effects[index] = (contrast @ slopes + steps[:, None] * spread) * scale
    return Surface(level * scale + centre, slopes * scale, effects)


def _standardised(confounders: Floats, fit_rows: Flags) -> Floats:
    centre, spread = confounders[fit_rows].mean(axis=0), confounders[fit_rows].std(axis=0)
    rows: Floats = np.clip((confounders - centre) / np.where(spread > 0, spread, 1.0), -CLIP, CLIP)
    return rows
