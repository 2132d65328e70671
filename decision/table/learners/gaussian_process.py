"""A Gaussian process for the level and for each slope: the learner for smooth surfaces and small tables.

References
----------
Alaa & van der Schaar (2017), "Bayesian inference of individualized treatment effects using multi-task Gaussian
processes", NeurIPS: the idea of a posterior over both surfaces at once. Here the parts are independent and
share their relevances.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from scipy.linalg import cho_solve, cholesky, solve_triangular
from scipy.stats import norm

from decision.table.learners.kernel import KernelSettings, outcome_covariance, part_covariances, prior_variances
from decision.table.learners.kernel_tuning import TuningProblem, tuned_settings
from decision.table.learners.protocol import Design, Flags, Floats, Surface

MAX_TUNE_ROWS = 1_000  # tuning costs rows cubed, sixty times
MAX_FIT_ROWS = 2_500  # fitting costs rows cubed once
CLIP = 4.0  # sd: a far outlier must not set a length scale
CHUNK_ROWS = 1_000  # a chunk of covariances with the teaching rows is 20 MB a part
N_DRAWS = 200


@dataclass(frozen=True)
class GaussianProcess:
    """The learner `gaussian_process`; `settings` are chosen by `tuned`."""

    settings: KernelSettings | None = None
    n_draws: int = N_DRAWS
    name: str = "gaussian_process"

    def tuned(self, design: Design, fit_rows: Flags, seed: int) -> Self:
        """Choose relevances and variances on at most 1,000 of the rows; folds need the mean alone, so one draw."""
        taught = _Taught.of(design, fit_rows, MAX_TUNE_ROWS, seed)
        problem = TuningProblem(taught.rows, taught.bases, taught.outcome, design.modifies.astype(float))
        return replace(self, settings=tuned_settings(problem), n_draws=1)

    def fit(self, design: Design, fit_rows: Flags, seed: int) -> Surface:
        """Condition on the rows that teach (at most 2,500 of them) and answer for all, in closed form."""
        settings = self.settings or self.tuned(design, fit_rows, seed).settings
        assert settings is not None  # noqa: S101  (tuned sets it; mypy cannot see that)
        taught = _Taught.of(design, fit_rows, MAX_FIT_ROWS, seed)
        modifies = design.modifies.astype(float)
        factor = cholesky(outcome_covariance(taught.rows, taught.bases, settings, modifies), lower=True)
        posterior = _Posterior(taught, settings, modifies, factor, cho_solve((factor, True), taught.outcome))
        rows = taught.standardised(design.confounders)
        chunks = [
            posterior.at(rows[start : start + CHUNK_ROWS], design.contrasts, self.n_draws)
            for start in range(0, len(rows), CHUNK_ROWS)
        ]
        level, slopes, effects = (np.concatenate(pieces, axis=-1) for pieces in zip(*chunks, strict=True))
        return Surface(level * taught.scale + taught.centre, slopes * taught.scale, effects * np.float32(taught.scale))


@dataclass(frozen=True)
class _Taught:
    """The rows that teach, standardised, and what undoes that."""

    rows: Floats
    bases: Floats
    outcome: Floats
    centre: float
    scale: float
    column_centre: Floats
    column_scale: Floats

    @classmethod
    def of(cls, design: Design, fit_rows: Flags, most: int, seed: int) -> _Taught:
        teaching = np.flatnonzero(fit_rows)
        confounders, outcome = design.confounders[teaching], design.outcome[teaching]
        spread = confounders.std(axis=0)
        centre, scale = float(outcome.mean()), float(outcome.std()) or 1.0
        column_centre, column_scale = confounders.mean(axis=0), np.where(spread > 0, spread, 1.0)
        if len(teaching) > most:
            teaching = np.sort(np.random.default_rng([seed, 3]).choice(teaching, most, replace=False))
        rows = np.clip((design.confounders[teaching] - column_centre) / column_scale, -CLIP, CLIP)
        bases = np.vstack([np.ones(len(teaching)), design.bases[:, teaching]])
        outcome = (design.outcome[teaching] - centre) / scale
        return cls(rows, bases, outcome, centre, scale, column_centre, column_scale)

    def standardised(self, confounders: Floats) -> Floats:
        """Any rows in the units of the rows that teach."""
        return np.clip((confounders - self.column_centre) / self.column_scale, -CLIP, CLIP)


@dataclass(frozen=True)
class _Posterior:
    """The process given the rows that teach."""

    taught: _Taught
    settings: KernelSettings
    modifies: Floats
    factor: Floats
    weights: Floats

    def at(self, rows: Floats, contrasts: Floats, n_draws: int) -> tuple[Floats, Floats, Floats]:
        """Level, slopes and draws of the effects at some rows, in units of the outcome's sd."""
        parts = part_covariances(rows, self.taught.rows, self.settings, self.modifies)
        crosses = np.stack([part * basis for part, basis in zip(parts, self.taught.bases, strict=True)])
        means = crosses @ self.weights
        prior = prior_variances(rows, self.settings, self.modifies)[1:]
        steps = norm.ppf((np.arange(n_draws) + 0.5) / n_draws)
        effects = []
        for contrast in contrasts:
            mean = contrast @ means[1:]
            cross = np.tensordot(contrast, crosses[1:], 1)
            spread = self._spread(cross, (contrast**2) @ prior) if n_draws > 1 else np.zeros(len(mean))
            # Evenly spaced quantiles of each row's normal posterior: draws without luck.
            effects.append((mean + steps[:, None] * spread).astype(np.float32))
        return means[0], means[1:], np.stack(effects)

    def _spread(self, cross: Floats, prior: Floats) -> Floats:
        """Posterior standard deviation, from the covariance with the rows that teach and the prior variance."""
        half = solve_triangular(self.factor, cross.T, lower=True, check_finite=False)
        spread: Floats = np.sqrt(np.maximum(prior - np.sum(half**2, axis=0), 0.0))
        return spread
