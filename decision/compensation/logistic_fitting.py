r"""A logistic model of each outcome with a line for every arm, whose slopes are shrunk as far as the log suggests.

Far fewer errors than the doubly robust learner makes with the same log, because every incident teaches the
level and no row is weighted by an inverse propensity; but it leans on the log holding all that moved the
choice, and on the log odds being lines. `auditing` holds it against the doubly robust averages.

The prior: slopes of arms :math:`\sim N(0, w^2)` per standard deviation of a feature, the width :math:`w` found by
Laplace's approximation of the marginal likelihood; everything else has a weak prior.

References
----------
MacKay (1992), "The evidence framework applied to classification networks", Neural Computation 4(5).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from decision.compensation.law import logistic, with_constant
from decision.scaling import standardised

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

WIDTHS = np.geomspace(0.01, 1.0, 11)
LEVEL_WIDTH, AVERAGE_WIDTH, CONSTANT_WIDTH = 1.0, 2.0, 5.0
MOST_STEPS = 50
TOLERANCE = 1e-7
LONGEST_STEP = 2.0
_SMALLEST = 1e-12


@dataclass(frozen=True)
class LogisticLines:
    """One outcome's lines.

    Parameters
    ----------
    lines : array of shape (1 + n_arms, 1 + n_features)
        Level first; intercept first; on features as they come.
    covariance : array of shape (n_lines * (1 + n_features),) * 2
        Of the lines, flattened in C order.
    width : float
        Prior deviation of an arm's slopes that was found.
    """

    lines: Floats
    covariance: Floats
    width: float


@dataclass(frozen=True)
class _Posterior:
    mean: Floats
    precision: Floats
    evidence: float


def fitted_lines(features: Floats, arm: Integers, outcome: Floats, n_arms: int) -> LogisticLines:
    """Fit the level and a line for each arm.

    Parameters
    ----------
    features : array of shape (n_incidents, n_features)
    arm : array of shape (n_incidents,)
        0 for nothing, else which arm, from 1.
    outcome : array of shape (n_incidents,)
        0 or 1, or a share between.
    """
    columns = with_constant(standardised(features))
    groups = [(columns[arm == index], outcome[arm == index]) for index in range(1 + n_arms)]
    width_of: list[_Posterior] = []
    for width in WIDTHS:
        # Neighbouring widths have neighbouring answers.
        start = width_of[-1].mean if width_of else np.zeros((1 + n_arms) * columns.shape[1])
        width_of.append(_posterior(groups, _prior(features.shape[1], n_arms, width), start))
    best = int(np.argmax([posterior.evidence for posterior in width_of]))
    chosen = width_of[best]
    back = np.kron(np.eye(1 + n_arms), _to_plain(features))
    covariance = back @ np.linalg.inv(chosen.precision) @ back.T
    lines = (back @ chosen.mean).reshape(1 + n_arms, -1)
    return LogisticLines(lines, (covariance + covariance.T) / 2, float(WIDTHS[best]))


def _prior(n_features: int, n_arms: int, width: float) -> Floats:
    """Prior precisions of the lines, flattened."""
    deviation = np.full((1 + n_arms, 1 + n_features), width)
    deviation[0] = LEVEL_WIDTH
    deviation[:, 0] = AVERAGE_WIDTH
    deviation[0, 0] = CONSTANT_WIDTH
    precision: Floats = 1 / np.square(deviation.ravel())
    return precision


def _posterior(groups: list[tuple[Floats, Floats]], prior: Floats, start: Floats) -> _Posterior:
    """Mode and curvature, by Newton's method; one group of incidents for nothing and for each arm."""
    mean = start
    for _ in range(MOST_STEPS):
        gradient, curvature, _ = _derivatives(groups, prior, mean)
        step = np.linalg.solve(curvature, gradient)
        longest = float(np.abs(step).max())
        mean = mean + step * min(1.0, LONGEST_STEP / max(longest, TOLERANCE))
        if longest < TOLERANCE:
            break
    _, curvature, fit = _derivatives(groups, prior, mean)
    size = float(np.linalg.slogdet(curvature)[1] - np.log(prior).sum())
    return _Posterior(mean, curvature, fit - 0.5 * (float(prior @ np.square(mean)) + size))


def _derivatives(groups: list[tuple[Floats, Floats]], prior: Floats, mean: Floats) -> tuple[Floats, Floats, float]:
    """Gradient and negative curvature of the log posterior, and the log likelihood.

    An incident touches the level and its own arm's line only, so each group needs one small product.
    """
    lines = mean.reshape(len(groups), -1)
    width = lines.shape[1]
    gradient, curvature, fit = -prior * mean, np.diag(prior), 0.0
    for index, (columns, outcome) in enumerate(groups):
        chance = logistic(columns @ (lines[0] + (index > 0) * lines[index]))
        slope = columns.T @ (outcome - chance)
        gram = (columns * (chance * (1 - chance))[:, None]).T @ columns
        touched = [slice(0, width)] + [slice(index * width, (index + 1) * width)] * (index > 0)
        for one in touched:
            gradient[one] += slope
            for other in touched:
                curvature[one, other] += gram
        bounded = np.clip(chance, _SMALLEST, 1 - _SMALLEST)
        fit += float((outcome * np.log(bounded) + (1 - outcome) * np.log1p(-bounded)).sum())
    return gradient, curvature, fit


def _to_plain(features: Floats) -> Floats:
    """Matrix from a line on standardised features to the same line on plain ones."""
    deviation = features.std(axis=0)
    slope = np.where(deviation > 0, 1 / np.where(deviation > 0, deviation, 1.0), 0.0)
    matrix = np.diag(np.concatenate(([1.0], slope)))
    matrix[0, 1:] = -features.mean(axis=0) * slope
    return matrix
