r"""The law of effects: what each arm changes for an incident, and how that follows from what was learned.

Two laws. *Linear*: the effect is a line in the features, as EconML estimates it. *Logistic*: an outcome's log odds
are a line under doing nothing (the level) plus a line for the arm, and the effect is the difference of the two
chances: an arm can do little for a customer who would come back anyway, and no chance leaves [0, 1]. Both are
differentiable, so errors of coefficients become errors of effects by the delta method.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Beyond this the chance is 0 or 1 to the last bit that matters, and exp would overflow.
_LARGEST_LOG_ODDS = 500.0


@dataclass(frozen=True)
class EffectLaw:
    """Coefficients with their joint covariance.

    Parameters
    ----------
    coefficients : array of shape (n_outcomes, n_arms, 1 + n_features)
        Intercept first.
    level : array of shape (n_outcomes, 1 + n_features) or None
        Log odds under doing nothing; None makes the law linear.
    covariance : array of shape (n_parameters, n_parameters)
        Joint over coefficients and then level, flattened in C order.
    share : array of bool of shape (n_outcomes,)
        Outcomes that are the chance itself and not its difference to doing nothing, as redemption is.
    certain : array of bool of shape (n_outcomes, n_arms)
        Where the chance is 1 without being learned.
    """

    coefficients: Floats
    level: Floats | None
    covariance: Floats
    share: NDArray[np.bool_]
    certain: NDArray[np.bool_]

    def point(self, features: Floats) -> Floats:
        """Effects of shape (n_incidents, n_outcomes, n_arms) on incidents with features (n_incidents, n_features)."""
        if self.level is None:
            linear: Floats = np.einsum("id,oad->ioa", with_constant(features), self.coefficients)
            return linear
        treated, untreated = self._chances(features)
        return np.where(self.certain, 1.0, treated - untreated[:, :, None])

    def slopes(self, features: Floats) -> tuple[Floats, Floats]:
        """How effects move with an arm's own line and with the level's, two of shape (n_incidents, n_outcomes, n_arms).

        Times the features (with a constant) they are the derivatives by the coefficients.
        """
        shape = (len(features), *self.coefficients.shape[:2])
        if self.level is None:
            return np.ones(shape), np.zeros(shape)
        treated, untreated = self._chances(features)
        own = treated * (1 - treated) * ~self.certain
        return own, np.where(self.share[:, None], own, own - (untreated * (1 - untreated))[:, :, None]) * ~self.certain

    def variance(self, features: Floats) -> Floats:
        """Variance of every effect, shape (n_incidents, n_outcomes, n_arms)."""
        design, (own, below) = with_constant(features), self.slopes(features)
        gradient = np.concatenate(
            (own[..., None] * design[:, None, None], below[..., None] * design[:, None, None]), -1
        )
        width = self._blocks.shape[-1]
        variance = np.einsum("ioad,oade,ioae->ioa", gradient[..., :width], self._blocks, gradient[..., :width])
        return np.asarray(np.maximum(variance, 0.0), dtype=np.float64)

    def loss_gradient(self, features: Floats, prices: Floats) -> Floats:
        """Derivative of each arm's priced effects on one incident by all parameters, shape (n_arms, n_parameters).

        Parameters
        ----------
        features : array of shape (n_features,)
        prices : array of shape (n_outcomes, n_arms)
            Loss per unit of each outcome of each arm.
        """
        design = with_constant(features[None, :])[0]
        own, below = (prices * slopes[0] for slopes in self.slopes(features[None, :]))
        n_arms = self.coefficients.shape[1]
        gradient = np.zeros((n_arms, *self.coefficients.shape))
        gradient[np.arange(n_arms), :, np.arange(n_arms)] = own.T[:, :, None] * design
        flat = gradient.reshape(n_arms, -1)
        if self.level is None:
            return flat
        of_level = (below.T[:, :, None] * design).reshape(n_arms, -1)
        return np.concatenate((flat, of_level), axis=1)

    def _chances(self, features: Floats) -> tuple[Floats, Floats]:
        """Chances under every arm (n_incidents, n_outcomes, n_arms) and under nothing (n_incidents, n_outcomes)."""
        assert self.level is not None  # noqa: S101 - only the logistic law has chances
        design = with_constant(features)
        below = design @ self.level.T
        treated = logistic(below[:, :, None] + np.einsum("id,oad->ioa", design, self.coefficients))
        return treated, np.where(self.share, 0.0, logistic(below))

    @cached_property
    def _blocks(self) -> Floats:
        """Covariance of each arm's line, joined by its outcome's level: (n_outcomes, n_arms, width, width)."""
        n_outcomes, _, width = self.coefficients.shape
        own = np.arange(self.coefficients.size).reshape(self.coefficients.shape)
        places = own
        if self.level is not None:
            below = own.size + np.arange(self.level.size).reshape(n_outcomes, 1, width)
            places = np.concatenate((own, np.broadcast_to(below, own.shape)), axis=-1)
        return np.ascontiguousarray(self.covariance[places[..., :, None], places[..., None, :]])


def with_constant(features: Floats) -> Floats:
    """Features after a column of ones."""
    return np.concatenate((np.ones((len(features), 1)), features), axis=1)


def logistic(log_odds: Floats) -> Floats:
    """The chance with these log odds."""
    bounded = np.clip(log_odds, -_LARGEST_LOG_ODDS, _LARGEST_LOG_ODDS)
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * bounded)), dtype=np.float64)
