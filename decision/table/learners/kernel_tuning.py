"""Choosing a kernel's settings: the maximum of the marginal likelihood times a mild prior."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_solve, cholesky
from scipy.optimize import minimize

from decision.table.learners.kernel import JITTER, KernelSettings, shapes
from decision.table.learners.protocol import Floats

MAX_ITERATIONS = 60
LOG_VARIANCES = {"rbf": np.log(0.7), "linear": np.log(0.5), "constant": np.log(0.5), "noise": np.log(0.5)}
RELEVANCE_SPREAD, VARIANCE_SPREAD = 1.5, 1.0  # prior sd of the logarithms
BOUNDS = {"relevance": (-14.0, 5.0), "variance": (-7.0, 3.0), "noise": (-5.0, 2.0)}


@dataclass(frozen=True)
class TuningProblem:
    """Rows, bases (level's ones first) and outcome (mean 0, variance 1) to choose settings for."""

    rows: Floats
    bases: Floats
    outcome: Floats
    modifies: Floats

    def loss(self, log_settings: Floats) -> tuple[float, Floats]:
        """Negative log posterior of the settings, and its gradient."""
        n_columns = self.rows.shape[1]
        settings = KernelSettings.unpacked(log_settings, n_columns)
        value, gradient = self._likelihood(settings)
        centre, spread = prior_of(n_columns, len(self.bases))
        away = (log_settings - centre) / spread
        return value + 0.5 * float(away @ away), gradient + away / spread

    def _likelihood(self, settings: KernelSettings) -> tuple[float, Floats]:
        groups = self._groups(settings)
        covariance = np.diag(np.full(len(self.outcome), settings.noise + JITTER))
        for columns, parts in groups:
            rbf, linear = shapes(self.rows * columns, self.rows * columns, settings.relevance)
            bases = self.bases[parts]
            covariance += rbf * _coupling(bases, settings.rbf[parts])
            covariance += linear * _coupling(bases, settings.linear[parts]) + _coupling(bases, settings.constant[parts])
        factor = cholesky(covariance, lower=True, overwrite_a=True, check_finite=False)
        inverse = cho_solve((factor, True), np.eye(len(covariance)), overwrite_b=True, check_finite=False)
        weights = inverse @ self.outcome
        value = 0.5 * float(self.outcome @ weights) + float(np.log(np.diag(factor)).sum())
        slope = 0.5 * (inverse - np.outer(weights, weights))
        return value, self._gradient(settings, groups, slope)

    def _gradient(self, settings: KernelSettings, groups: list[tuple[Floats, slice]], slope: Floats) -> Floats:
        """Chain rule through every setting; `slope` is the loss's derivative in the covariance."""
        of_relevance = np.zeros(self.rows.shape[1])
        of_variances = np.zeros((3, len(self.bases)))
        for columns, parts in groups:
            rows, bases = self.rows * columns, self.bases[parts]
            rbf, linear = shapes(rows, rows, settings.relevance)
            rbf *= slope
            linear *= slope
            for kind, shape in enumerate((rbf, linear, slope)):
                of_variances[kind, parts] = np.einsum("pn,pn->p", bases @ shape, bases)
            curved = rbf * _coupling(bases, settings.rbf[parts])
            of_relevance += np.sum((curved @ rows) * rows, axis=0) - (rows**2).T @ curved.sum(axis=1)
            of_relevance += np.sum(((slope * _coupling(bases, settings.linear[parts])) @ rows) * rows, axis=0)
        variances = np.vstack([settings.rbf, settings.linear, settings.constant])
        of_noise = 2.0 * settings.noise * float(np.trace(slope))
        return np.concatenate([of_relevance * settings.relevance, (2.0 * variances * of_variances).ravel(), [of_noise]])

    def _groups(self, settings: KernelSettings) -> list[tuple[Floats, slice]]:
        """Parts that share shapes: all of them, unless the effect may use fewer columns than the level."""
        everything = np.ones(self.rows.shape[1])
        if self.modifies.all():
            return [(everything, slice(0, len(settings.rbf)))]
        return [(everything, slice(0, 1)), (self.modifies, slice(1, len(settings.rbf)))]


def tuned_settings(problem: TuningProblem) -> KernelSettings:
    """The settings of highest posterior density, by L-BFGS from a smooth start."""
    n_columns, n_parts = problem.rows.shape[1], len(problem.bases)
    start = np.concatenate(
        [
            np.full(n_columns, np.log(0.5 / n_columns)),
            np.full(2 * n_parts, np.log(0.5)),
            np.full(n_parts, np.log(0.3)),
            [np.log(0.6)],
        ]
    )
    bounds = [BOUNDS["relevance"]] * n_columns + [BOUNDS["variance"]] * (3 * n_parts) + [BOUNDS["noise"]]
    found = minimize(
        problem.loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": MAX_ITERATIONS}
    )
    return KernelSettings.unpacked(found.x, n_columns)


def prior_of(n_columns: int, n_parts: int) -> tuple[Floats, Floats]:
    """Centre and spread of the logarithms' normal prior: a sum of many columns should matter, not each alone."""
    centre = np.concatenate(
        [np.full(n_columns, -np.log(n_columns))]
        + [np.full(n_parts, LOG_VARIANCES[kind]) for kind in ("rbf", "linear", "constant")]
        + [[LOG_VARIANCES["noise"]]]
    )
    spread = np.concatenate([np.full(n_columns, RELEVANCE_SPREAD), np.full(3 * n_parts + 1, VARIANCE_SPREAD)])
    return centre, spread


def _coupling(bases: Floats, variances: Floats) -> Floats:
    """Sum over parts of variance * outer(basis, basis): (n_rows, n_rows)."""
    return (bases.T * variances) @ bases
