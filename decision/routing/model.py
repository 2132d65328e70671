"""The routing model as it serves: coefficients, their joint covariance, and what makes them honest.

Arrays only. The effects are those of the EconML estimator that it was taken from (a test holds them
to 1e-9); standard errors are EconML's too, times a spread factor found on held-out truth.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from data.choice_sets import ChoiceSets
from decision.confidence import standard_normals
from decision.routing.features import Imputation, effect_modifiers, physical_features
from decision.routing.support import TrainingRange

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

LEARNED_OUTCOMES: tuple[str, ...] = ("lateness_hours", "late", "stock_out")
N_DRAWS = 512
DRAW_SEED = 20_260_101


@dataclass(frozen=True, slots=True)
class ServingSettings:
    """When to ask a person.

    Parameters
    ----------
    threshold : float
        A chance of being near best below this asks a person.
    epsilon_minor : float
        How much worse than the best still counts as near best, in minor currency units.
    stale_after_hours : float
        An older report of a node's state asks a person.
    """

    threshold: float = 0.85
    epsilon_minor: float = 0.0
    stale_after_hours: float = 24.0


@dataclass(frozen=True, slots=True)
class RoutingEffects:
    """Effects of every candidate against its order's reference, one column per learned outcome.

    Parameters
    ----------
    point, standard_error : arrays of shape (n_rows, n_outcomes)
        The reference row's own are exactly 0.
    """

    point: Floats
    standard_error: Floats


@dataclass(frozen=True)
class Linearity:
    """The linear law of effects: contrasts of standardised features, times standardised modifiers.

    Parameters
    ----------
    feature_index : array of shape (n_features,)
        Which of FEATURE_NAMES varied enough to be learned.
    scale : array of shape (n_features,)
        Divides the contrasts.
    modifier_index : array of shape (n_modifiers,)
        Which of MODIFIER_NAMES varied.
    modifier_centre, modifier_scale : arrays of shape (n_modifiers,)
    coefficients : array of shape (n_outcomes, n_features, 1 + n_modifiers)
        Effect per standardised unit, constant first.
    covariance : array of shape (n_parameters, n_parameters)
        Joint over all coefficients, flattened in C order, outcomes included.
    """

    feature_index: Integers
    scale: Floats
    modifier_index: Integers
    modifier_centre: Floats
    modifier_scale: Floats
    coefficients: Floats
    covariance: Floats


@dataclass(frozen=True)
class RoutingModel:
    """Effects of candidates on lateness, late delivery and stock-out.

    Parameters
    ----------
    spread : array of shape (n_outcomes,)
        Factor on standard errors.
    platt : array of shape (3, 2)
        Slope and intercept for the chances of being best, near best and better than the current choice.
    calibrated : bool
        Whether spread and Platt scaling were found on held-out truth, rather than borrowed.
    """

    law: Linearity
    imputation: Imputation
    training_range: TrainingRange
    settings: ServingSettings
    spread: Floats
    platt: Floats
    calibrated: bool

    def features(self, choice_sets: ChoiceSets) -> Floats:
        """Physical features with this model's stand-ins for what is unknown, shape (n_rows, n_features)."""
        return physical_features(choice_sets, self.imputation)

    def predict(self, choice_sets: ChoiceSets, reference_rows: Integers) -> RoutingEffects:
        """Effects of every candidate against one candidate of its order.

        Parameters
        ----------
        reference_rows : array of shape (n_orders,)
            The row, among all rows, of each order's reference.
        """
        return self.effects(self.basis(self.features(choice_sets), choice_sets, reference_rows))

    def basis(self, features: Floats, choice_sets: ChoiceSets, reference_rows: Integers) -> Floats:
        """Contrasts times modifiers, constant first: shape (n_rows, n_features * (1 + n_modifiers))."""
        order_of_row = choice_sets.order_of_row
        kept = features[:, self.law.feature_index]
        contrasts = (kept - kept[reference_rows][order_of_row]) / self.law.scale
        raw = effect_modifiers(choice_sets)[:, self.law.modifier_index]
        modifiers = (raw - self.law.modifier_centre) / self.law.modifier_scale
        terms = np.concatenate((np.ones((len(modifiers), 1)), modifiers), axis=1)[order_of_row]
        product = contrasts[:, :, None] * terms[:, None, :]
        return product.reshape(len(contrasts), -1)

    def points(self, basis: Floats) -> Floats:
        """Point effects for rows of `basis`, shape (n_rows, n_outcomes)."""
        return basis @ self.law.coefficients.reshape(len(self.law.coefficients), -1).T

    def effects(self, basis: Floats) -> RoutingEffects:
        """Effects with calibrated standard errors for rows of `basis`."""
        n_outcomes = len(self.law.coefficients)
        blocks = self._covariance_blocks
        variance = [np.einsum("ij,ij->i", basis @ blocks[k, k], basis) for k in range(n_outcomes)]
        return RoutingEffects(self.points(basis), self.spread * np.sqrt(np.maximum(np.column_stack(variance), 0.0)))

    def loss_error(self, basis: Floats, prices: Floats) -> Floats:
        """Standard error of the priced effects, shape (n_rows,).

        Parameters
        ----------
        prices : array of shape (n_outcomes,)
            Loss in minor currency units per unit of each learned outcome.
        """
        weights = prices * self.spread
        covariance = np.einsum("k,l,klij->ij", weights, weights, self._covariance_blocks)
        error: Floats = np.sqrt(np.maximum(np.einsum("ij,ij->i", basis @ covariance, basis), 0.0))
        return error

    def loss_deviations(self, prices: Floats) -> Floats:
        """Joint draws of the priced coefficients around their estimates, shape (n_basis, n_draws)."""
        deviations: Floats = np.tensordot(prices * self.spread, self._deviations, axes=1)
        return deviations

    def familiar(self, features: Floats, choice_sets: ChoiceSets) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Whether each row is in distribution, and whether it is in the explored range: two of shape (n_rows,)."""
        points = np.concatenate((effect_modifiers(choice_sets)[choice_sets.order_of_row], features), axis=1)
        return self.training_range.familiar(points), self.training_range.explored(points)

    @cached_property
    def _covariance_blocks(self) -> Floats:
        n_outcomes = len(self.law.coefficients)
        n_basis = self.law.coefficients[0].size
        blocks = self.law.covariance.reshape(n_outcomes, n_basis, n_outcomes, n_basis)
        return np.ascontiguousarray(blocks.transpose(0, 2, 1, 3))

    @cached_property
    def _deviations(self) -> Floats:
        root = covariance_root(self.law.covariance)
        normals = standard_normals(N_DRAWS, len(root), DRAW_SEED)
        return (root @ normals.T).reshape(len(self.law.coefficients), -1, N_DRAWS)


def covariance_root(covariance: Floats) -> Floats:
    """A lower triangle whose square is the covariance, or a hair more where that is singular."""
    scale = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    unit = np.where(scale > 0, scale, 1.0)
    correlation = covariance / np.outer(unit, unit)
    root: Floats = unit[:, None] * np.linalg.cholesky(correlation + 1e-10 * np.eye(len(unit)))
    return root
