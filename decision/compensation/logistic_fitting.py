r"""A logistic model of each outcome with a line for every arm, whose slopes are shrunk as far as the log suggests.

Far fewer errors than the doubly robust learner makes with the same log, because every incident teaches the
level and no row is weighted by an inverse propensity; but it leans on the log holding all that moved the
choice, and on the log odds being lines. `auditing` holds it against the doubly robust averages.

The prior: slopes of arms :math:`\sim N(0, w_j^2)` per standard deviation of feature :math:`j`, the widths found from
all outcomes together (`widths`); everything else has a weak prior, the average effects above all.

References
----------
MacKay (1992), "The evidence framework applied to classification networks", Neural Computation 4(5).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from decision.compensation.law import logistic, with_constant
from decision.compensation.widths import NormalLikelihood, SlopePrior, likelier_widths
from decision.scaling import standardised

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

FIRST_WIDTH, LEVEL_WIDTH, AVERAGE_WIDTH, CONSTANT_WIDTH = 0.2, 1.0, 2.0, 5.0
# Fits and searches for widths in turn: the normal approximation is made anew where the last widths led.
N_ROUNDS = 4
MOST_STEPS = 50
TOLERANCE = 1e-7
LONGEST_STEP = 2.0


@dataclass(frozen=True)
class LogisticLines:
    """One outcome's lines.

    Parameters
    ----------
    lines : array of shape (1 + n_arms, 1 + n_features)
        Level first; intercept first; on features as they come.
    covariance : array of shape (n_lines * (1 + n_features),) * 2
        Of the lines, flattened in C order.
    widths : array of shape (n_features,)
        Prior deviation of the arms' slopes that was found, per standard deviation of the feature.
    """

    lines: Floats
    covariance: Floats
    widths: Floats


@dataclass(frozen=True)
class _Posterior:
    mean: Floats
    precision: Floats

    def likelihood(self, prior: Floats) -> NormalLikelihood:
        """What was added to a prior of these precisions."""
        return NormalLikelihood(self.precision - np.diag(prior), self.precision @ self.mean)


_Groups = list[tuple[Floats, Floats]]


def fitted_lines(
    features: Floats, arm: Integers, outcomes: Sequence[Floats], n_arms: int, families: Integers
) -> tuple[LogisticLines, ...]:
    """Fit the level and a line for each arm, for every outcome.

    Parameters
    ----------
    features : array of shape (n_incidents, n_features)
    arm : array of shape (n_incidents,)
        0 for nothing, else which arm, from 1.
    outcomes : sequence of arrays of shape (n_incidents,)
        0 or 1, or a share between.
    families : array of int of shape (n_features,)
        Features that share a number share the width of the prior on their slopes.
    """
    columns = with_constant(standardised(features))
    groups = [[(columns[arm == index], outcome[arm == index]) for index in range(1 + n_arms)] for outcome in outcomes]
    varies = features.std(axis=0) > 0
    prior = SlopePrior(_deviations(features.shape[1], n_arms), np.where(varies, families, -1))
    posteriors, widths = _fitted(groups, prior, N_ROUNDS if n_arms else 0)
    back = np.asarray(np.kron(np.eye(1 + n_arms), _to_plain(features)), dtype=np.float64)
    return tuple(_on_plain_features(posterior, back, widths) for posterior in posteriors)


def _fitted(groups: list[_Groups], prior: SlopePrior, n_rounds: int) -> tuple[list[_Posterior], Floats]:
    """The posterior of each outcome's lines, and the widths that all share."""
    widths = np.full(len(prior.families), FIRST_WIDTH)
    precision = prior.precision(widths)
    posteriors = [_posterior(each, precision, np.zeros(precision.size)) for each in groups]
    for _ in range(n_rounds):
        widths = likelier_widths(prior, [posterior.likelihood(precision) for posterior in posteriors], widths)
        precision = prior.precision(widths)
        # Neighbouring widths have neighbouring answers.
        posteriors = [
            _posterior(each, precision, posterior.mean) for each, posterior in zip(groups, posteriors, strict=True)
        ]
    return posteriors, widths


def _deviations(n_features: int, n_arms: int) -> Floats:
    """Prior deviations of the lines, shape (1 + n_arms, 1 + n_features)."""
    deviation = np.full((1 + n_arms, 1 + n_features), FIRST_WIDTH)
    deviation[0] = LEVEL_WIDTH
    deviation[:, 0] = AVERAGE_WIDTH
    deviation[0, 0] = CONSTANT_WIDTH
    return deviation


def _on_plain_features(posterior: _Posterior, back: Floats, widths: Floats) -> LogisticLines:
    covariance = back @ np.linalg.inv(posterior.precision) @ back.T
    n_columns = 1 + len(widths)
    return LogisticLines((back @ posterior.mean).reshape(-1, n_columns), (covariance + covariance.T) / 2, widths)


def _posterior(groups: _Groups, prior: Floats, start: Floats) -> _Posterior:
    """Mode and curvature, by Newton's method; one group of incidents for nothing and for each arm."""
    mean = start
    for _ in range(MOST_STEPS):
        gradient, curvature = _derivatives(groups, prior, mean)
        step = np.linalg.solve(curvature, gradient)
        longest = float(np.abs(step).max())
        mean = mean + step * min(1.0, LONGEST_STEP / max(longest, TOLERANCE))
        if longest < TOLERANCE:
            break
    return _Posterior(mean, _derivatives(groups, prior, mean)[1])


def _derivatives(groups: _Groups, prior: Floats, mean: Floats) -> tuple[Floats, Floats]:
    """Gradient and negative curvature of the log posterior.

    An incident touches the level and its own arm's line only, so each group needs one small product.
    """
    lines = mean.reshape(len(groups), -1)
    width = lines.shape[1]
    gradient, curvature = -prior * mean, np.diag(prior)
    for index, (columns, outcome) in enumerate(groups):
        chance = logistic(columns @ (lines[0] + (index > 0) * lines[index]))
        slope = columns.T @ (outcome - chance)
        gram = (columns * (chance * (1 - chance))[:, None]).T @ columns
        touched = [slice(0, width)] + [slice(index * width, (index + 1) * width)] * (index > 0)
        for one in touched:
            gradient[one] += slope
            for other in touched:
                curvature[one, other] += gram
    return gradient, curvature


def _to_plain(features: Floats) -> Floats:
    """Matrix from a line on standardised features to the same line on plain ones."""
    deviation = features.std(axis=0)
    slope = np.where(deviation > 0, 1 / np.where(deviation > 0, deviation, 1.0), 0.0)
    matrix = np.diag(np.concatenate(([1.0], slope)))
    matrix[0, 1:] = -features.mean(axis=0) * slope
    return matrix
