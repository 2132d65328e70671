r"""Empirical-Bayes shrinkage: how far to believe that an arm works differently on different people.

An arm is logged some hundred times, so every slope of its effect is estimated with an error that is often
larger than the slope. All slopes of an outcome are taken as draws from a normal distribution around zero,
whose width is found by marginal likelihood; average effects (intercepts at the typical incident) are left
as they are. The posterior is the estimate itself, through a linear map, with a narrower covariance.

References
----------
Morris (1983), "Parametric Empirical Bayes Inference: Theory and Applications", JASA 78.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Deviations of a probability per standard deviation of a feature that are tried.
_WIDTHS = np.geomspace(1e-3, 1.0, 61)
# An intercept may be anything: its prior deviation, in probability.
_ANY = 10.0
_NOT_LEARNED = 1e-14
_NO_VARIATION = 1e-9


@dataclass(frozen=True)
class Posterior:
    """Coefficients after shrinkage.

    Parameters
    ----------
    coefficients, covariance : arrays
        Of the shapes of what was shrunk.
    width : array of shape (n_outcomes,)
        Prior deviation of a slope, per standard deviation of its feature; 0 where none was learned.
    """

    coefficients: Floats
    covariance: Floats
    width: Floats


def shrunk(coefficients: Floats, covariance: Floats, features: Floats) -> Posterior:
    """Shrink slopes towards zero, as far as their own scatter suggests.

    Parameters
    ----------
    coefficients : array of shape (n_outcomes, n_arms, 1 + n_features)
        Intercept first.
    covariance : array of shape (n_parameters, n_parameters)
        Joint over all coefficients, flattened in C order.
    features : array of shape (n_incidents, n_features)
        Of the training log: they say what is typical and what is a deviation.
    """
    to_standard = _standardising(features)
    n_blocks = coefficients.shape[0] * coefficients.shape[1]
    forth = np.kron(np.eye(n_blocks), to_standard)
    back = np.kron(np.eye(n_blocks), np.linalg.inv(to_standard))
    point, spread = forth @ coefficients.ravel(), forth @ covariance @ forth.T
    learned = np.diag(spread) > _NOT_LEARNED
    slopes = np.arange(len(point)).reshape(coefficients.shape)[:, :, 1:].reshape(len(coefficients), -1)
    width = np.array([_width(point, spread, rows[learned[rows]]) for rows in slopes])
    prior = np.full(coefficients.shape, _ANY)
    prior[:, :, 1:] = width[:, None, None]
    new_point, new_spread = _posterior(point, spread, prior.ravel(), np.flatnonzero(learned))
    return Posterior((back @ new_point).reshape(coefficients.shape), back @ new_spread @ back.T, width)


def _standardising(features: Floats) -> Floats:
    """Matrix from coefficients of features to those of centred features in standard deviations."""
    centre, deviation = features.mean(axis=0), features.std(axis=0)
    matrix = np.diag(np.concatenate(([1.0], np.where(deviation > _NO_VARIATION, deviation, 1.0))))
    matrix[0, 1:] = centre
    return matrix


def _width(point: Floats, spread: Floats, rows: NDArray[np.int64]) -> float:
    """The prior deviation under which the estimated slopes are likeliest."""
    if not rows.size:
        return 0.0
    # Diagonal once, then every width costs a sum.
    variance, basis = np.linalg.eigh(spread[np.ix_(rows, rows)])
    squares = np.square(basis.T @ point[rows])
    total = np.maximum(variance, 0.0)[None, :] + np.square(_WIDTHS)[:, None]
    likelihood = -0.5 * (np.log(total) + squares / total).sum(axis=1)
    return float(_WIDTHS[int(np.argmax(likelihood))])


def _posterior(point: Floats, spread: Floats, prior: Floats, rows: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Mean and covariance given a normal prior around zero; rows that were not learned stay as they are."""
    variance = np.diag(np.square(prior[rows]))
    gain = variance @ np.linalg.inv(spread[np.ix_(rows, rows)] + variance)
    new_point, new_spread = point.copy(), np.zeros_like(spread)
    new_point[rows] = gain @ point[rows]
    posterior = variance - gain @ variance
    new_spread[np.ix_(rows, rows)] = (posterior + posterior.T) / 2
    return new_point, new_spread
