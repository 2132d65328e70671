r"""How much arms differ with each feature, found from the log: the widths of a prior on the slopes of arms.

One width a family of features, for all arms and outcomes together: what makes one offer work differently on different
people tends to do so for the others, and alone an arm says too little. A feature that bends no offer gets a width
near zero, and its slopes vanish. Found by expectation maximisation on the normal approximation of each outcome's
likelihood: :math:`w^2` becomes the mean of the squared slopes, each with its own variance.

References
----------
Tipping (2001), "Sparse Bayesian Learning and the Relevance Vector Machine", JMLR 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

N_STEPS = 50
# Per standard deviation of a feature, in log odds: nobody would notice less, and a precision must stay finite.
LEAST_WIDTH = 1e-3


@dataclass(frozen=True)
class NormalLikelihood:
    """What the log says of one outcome's lines, near their fit.

    Parameters
    ----------
    curvature : array of shape (n_parameters, n_parameters)
        Of the negative log likelihood.
    pull : array of shape (n_parameters,)
        Curvature times the lines under which the log would be likeliest.
    """

    curvature: Floats
    pull: Floats

    def expected_squares(self, precision: Floats) -> Floats:
        """Posterior mean of every squared parameter under a normal prior around zero, shape (n_parameters,)."""
        covariance = np.linalg.inv(self.curvature + np.diag(precision))
        squares: Floats = np.square(covariance @ self.pull) + np.diag(covariance)
        return squares


@dataclass(frozen=True)
class SlopePrior:
    """A normal prior on the level and the arms' lines, flattened in C order.

    Parameters
    ----------
    fixed : array of shape (1 + n_arms, 1 + n_features)
        Deviations of all parameters; those of the arms' slopes are only where the search for widths begins.
    families : array of int of shape (n_features,)
        Features that share a number share a width; a negative one keeps its width, as where nothing can be learned.
    """

    fixed: Floats
    families: Integers

    def precision(self, widths: Floats) -> Floats:
        """Prior precisions given each feature's width, shape (n_parameters,)."""
        deviation = self.fixed.copy()
        deviation[1:, 1:] = widths
        precision: Floats = 1 / np.square(deviation.ravel())
        return precision


def likelier_widths(prior: SlopePrior, likelihoods: Sequence[NormalLikelihood], widths: Floats) -> Floats:
    """Widths under which the log is likelier than under those given, shape (n_features,).

    Parameters
    ----------
    likelihoods : sequence of NormalLikelihood
        One for each outcome.
    """
    for _ in range(N_STEPS):
        precision = prior.precision(widths)
        squares = [item.expected_squares(precision).reshape(prior.fixed.shape)[1:, 1:] for item in likelihoods]
        widths = _by_family(prior.families, np.mean(squares, axis=(0, 1)), widths)
    return widths


def _by_family(families: Integers, squares: Floats, widths: Floats) -> Floats:
    found = widths.copy()
    for family in np.unique(families[families >= 0]):
        members = families == family
        found[members] = max(float(np.sqrt(squares[members].mean())), LEAST_WIDTH)
    return found
