"""The linear law of effects: what a contrast between two candidates' features does to each outcome."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from data.choice_sets import ChoiceSets
from data.compiling import compiled
from decision.routing.features import order_context

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


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
        Which of CONTEXT_NAMES change effects.
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

    @property
    def n_basis(self) -> int:
        """How many products of features and modifiers an effect is a sum of."""
        return int(self.coefficients[0].size)

    def points(self, basis: Floats) -> Floats:
        """Effects for rows of the basis, shape (n_rows, n_outcomes)."""
        return weighed(basis, self.coefficients.reshape(len(self.coefficients), -1))

    def basis(self, features: Floats, choice_sets: ChoiceSets, reference_rows: Integers) -> Floats:
        """Contrasts times modifiers, constant first: shape (n_rows, n_features * (1 + n_modifiers))."""
        order_of_row = choice_sets.order_of_row
        kept = features[:, self.feature_index]
        contrasts = (kept - kept[reference_rows][order_of_row]) / self.scale
        if not self.modifier_index.size:
            return contrasts
        raw = order_context(choice_sets)[:, self.modifier_index]
        modifiers = (raw - self.modifier_centre) / self.modifier_scale
        terms = np.concatenate((np.ones((len(modifiers), 1)), modifiers), axis=1)[order_of_row]
        product = contrasts[:, :, None] * terms[:, None, :]
        return product.reshape(len(contrasts), -1)

    @cached_property
    def covariance_blocks(self) -> Floats:
        """Covariance between outcomes' coefficients, shape (n_outcomes, n_outcomes, n_basis, n_basis)."""
        n_outcomes = len(self.coefficients)
        blocks = self.covariance.reshape(n_outcomes, self.n_basis, n_outcomes, self.n_basis)
        return np.ascontiguousarray(blocks.transpose(0, 2, 1, 3))

    @cached_property
    def shocks(self) -> Floats:
        """What independent standard normal shocks do to coefficients, shape (n_basis, n_shocks, n_outcomes)."""
        root = covariance_root(self.covariance)
        return np.ascontiguousarray(root.reshape(len(self.coefficients), self.n_basis, -1).transpose(1, 2, 0))


@compiled
def weighed(rows: Floats, weights: Floats) -> Floats:
    """Sums of each row's numbers, weighed in several ways.

    Unlike those of a matrix product, a row's sums do not hang in their last bits on the rows beside it.

    Parameters
    ----------
    rows : array of shape (n_rows, n_numbers)
    weights : array of shape (n_sums, n_numbers)

    Returns
    -------
    array of shape (n_rows, n_sums)
    """
    sums = np.zeros((len(rows), len(weights)))
    for row in range(len(rows)):
        for way in range(len(weights)):
            for place in range(weights.shape[1]):
                sums[row, way] += weights[way, place] * rows[row, place]
    return sums


def covariance_root(covariance: Floats) -> Floats:
    """A matrix that times its own transpose is the covariance; unlike a triangle, there is one if that is singular."""
    scale = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    unit = np.where(scale > 0, scale, 1.0)
    # More threads would add in another order, and answers differ in their last bits from machine to machine.
    with threadpool_limits(1):
        values, vectors = np.linalg.eigh(covariance / np.outer(unit, unit))
        # Rounding can leave an eigenvalue a hair below 0.
        root: Floats = unit[:, None] * ((vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T)
    return root
