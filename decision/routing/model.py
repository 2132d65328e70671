"""The routing model as it serves: coefficients, their joint covariance, and what makes them honest.

Arrays only. The effects are those of the EconML estimator that it was taken from (a test holds them
to 1e-9); standard errors are EconML's too, times a spread factor found on held-out truth.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from data.choice_sets import ChoiceSets
from decision.errors import ArtefactError
from decision.routing.features import Imputation, order_context, physical_features
from decision.routing.linearity import Linearity
from decision.routing.parts import RANGE_ARRAYS, VOCABULARY, require_routing_parts, require_settings
from decision.routing.support import TrainingRange

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


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

    Raises
    ------
    ArtefactError
        If one of them makes no sense.
    """

    threshold: float = 0.85
    epsilon_minor: float = 0.0
    stale_after_hours: float = 24.0

    def __post_init__(self) -> None:
        require_settings(self.threshold, self.epsilon_minor, self.stale_after_hours)


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
        if not self.law.modifier_index.size:
            return contrasts
        raw = order_context(choice_sets)[:, self.law.modifier_index]
        modifiers = (raw - self.law.modifier_centre) / self.law.modifier_scale
        terms = np.concatenate((np.ones((len(modifiers), 1)), modifiers), axis=1)[order_of_row]
        product = contrasts[:, :, None] * terms[:, None, :]
        return product.reshape(len(contrasts), -1)

    def effects(self, basis: Floats) -> RoutingEffects:
        """Effects with calibrated standard errors for rows of `basis`."""
        n_outcomes = len(self.law.coefficients)
        blocks = self.law.covariance_blocks
        variance = [np.einsum("ij,ij->i", basis @ blocks[k, k], basis) for k in range(n_outcomes)]
        return RoutingEffects(self.law.points(basis), self.spread * np.sqrt(np.maximum(np.column_stack(variance), 0.0)))

    def loss_error(self, basis: Floats, prices: Floats) -> Floats:
        """Standard error of the priced effects, shape (n_rows,).

        Parameters
        ----------
        prices : array of shape (n_outcomes,)
            Loss in minor currency units per unit of each learned outcome.
        """
        weights = prices * self.spread
        covariance = np.einsum("k,l,klij->ij", weights, weights, self.law.covariance_blocks)
        error: Floats = np.sqrt(np.maximum(np.einsum("ij,ij->i", basis @ covariance, basis), 0.0))
        return error

    def loss_deviations(self, prices: Floats) -> Floats:
        """Joint draws of the priced coefficients around their estimates, shape (n_basis, n_draws)."""
        deviations: Floats = np.tensordot(prices * self.spread, self.law.deviations, axes=1)
        return deviations

    def familiar(self, features: Floats, choice_sets: ChoiceSets) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Whether each row is in distribution, and whether it is in the explored range: two of shape (n_rows,)."""
        points = np.concatenate((order_context(choice_sets)[choice_sets.order_of_row], features), axis=1)
        return self.training_range.familiar(points), self.training_range.explored(points)

    def to_parts(self) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        """Arrays and plain facts from which `from_parts` makes an equal model."""
        arrays = {
            **{f"law_{item.name}": getattr(self.law, item.name) for item in fields(self.law)},
            **{name: getattr(self.training_range, name) for name in RANGE_ARRAYS},
            "spread": self.spread,
            "platt": self.platt,
        }
        facts = {
            **VOCABULARY,
            "imputation": asdict(self.imputation),
            "settings": asdict(self.settings),
            "distance_limit": self.training_range.distance_limit,
            "calibrated": self.calibrated,
        }
        return arrays, facts

    @classmethod
    def from_parts(cls, arrays: dict[str, NDArray[Any]], facts: dict[str, Any]) -> Self:
        """Rebuild a model.

        Raises
        ------
        ArtefactError
            If a part is missing, of the wrong shape or not finite, or speaks of other features.
        """
        require_routing_parts(arrays, facts)
        try:
            return cls(
                law=Linearity(**{item.name: arrays[f"law_{item.name}"] for item in fields(Linearity)}),
                imputation=Imputation(**facts["imputation"]),
                training_range=TrainingRange(
                    **{name: arrays[name] for name in RANGE_ARRAYS}, distance_limit=float(facts["distance_limit"])
                ),
                settings=ServingSettings(**facts["settings"]),
                spread=arrays["spread"],
                platt=arrays["platt"],
                calibrated=bool(facts["calibrated"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            msg = f"routing model: part missing or unreadable ({error}); publish the artefact anew"
            raise ArtefactError(msg) from error
