"""The compensation model as it serves: coefficients, their joint covariance, and what makes them honest.

Arrays only. Linear effects and standard errors are EconML's (a test holds them to 1e-9); logistic ones have
been held against EconML's averages. The spread factor and the bending of chances come from held-out truth.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.appeasement_costs import ArmCost, ArmCosts
from data.incidents import CompensationArm
from decision.compensation.features import FEATURE_NAMES, INCIDENT_TYPES, INPUTS, SUBJECTS
from decision.compensation.guardrails import require_permitted
from decision.compensation.law import EffectLaw
from decision.compensation.typical import Typical
from decision.confidence import N_DRAWS, NO_SCALING, standard_normals
from decision.errors import ArtefactError

Floats = NDArray[np.float64]

LEARNED_OUTCOMES: tuple[str, ...] = ("repurchase", "churn", "redemption")
CHANCES: tuple[str, ...] = ("best", "near_best", "better_than_current")
DRAW_SEED = 20_260_102
# Where no held-out truth is at hand: estimators' own intervals were measured to be about this much too narrow.
BORROWED_SPREAD = 1.5


@dataclass(frozen=True, slots=True)
class CompensationSettings:
    """When to ask a person.

    Parameters
    ----------
    threshold : float
        A chance of being near best below this asks a person.
    epsilon_minor : float
        How much worse than the best still counts as near best, in minor currency units.
    """

    threshold: float = 0.85
    epsilon_minor: float = 100.0


@dataclass(frozen=True)
class ArmEffects:
    """Effects of every learned arm against doing nothing.

    Parameters
    ----------
    point, standard_error : arrays of shape (n_incidents, n_outcomes, n_arms)
        In the order of LEARNED_OUTCOMES and the model's arms; standard errors are calibrated.
    """

    point: Floats
    standard_error: Floats


@dataclass(frozen=True)
class CompensationModel:
    """Effects of arms on repurchase, churn and redemption, by a linear or a logistic law in the features.

    Parameters
    ----------
    arms : tuple of str
        Learned arms; `none` is what they are measured against.
    coefficients : array of shape (n_outcomes, n_arms, 1 + n_features)
        Intercept first.
    covariance : array of shape (n_parameters, n_parameters)
        Joint over all coefficients, and the level after them, flattened in C order.
    level : array of shape (n_outcomes, 1 + n_features) or None
        Log odds of outcomes under doing nothing; None makes effects linear. See `law.EffectLaw`.
    spread : array of shape (n_outcomes,)
        Factor on standard errors.
    loss_spread : float
        Further factor on the standard error of the priced loss, in which outcomes' errors add up.
    platt : array of shape (3, 2)
        Slope and intercept for each of CHANCES.
    calibrated : bool
        Whether spread and Platt scaling were found on held-out truth, rather than borrowed.
    """

    arms: tuple[str, ...]
    coefficients: Floats
    covariance: Floats
    costs: ArmCosts
    typical: Typical
    settings: CompensationSettings = CompensationSettings()
    spread: Floats = field(default_factory=lambda: np.full(len(LEARNED_OUTCOMES), BORROWED_SPREAD))
    loss_spread: float = 1.0
    platt: Floats = field(default_factory=lambda: np.array([NO_SCALING] * len(CHANCES)))
    calibrated: bool = False
    level: Floats | None = None

    def effects(self, features: Floats) -> ArmEffects:
        """Effects on incidents with these features, of shape (n_incidents, n_features)."""
        law = self._law
        return ArmEffects(law.point(features), self.spread[None, :, None] * np.sqrt(law.variance(features)))

    def loss_root(self, features: Floats, prices: Floats) -> Floats:
        """How the priced effects of one incident move with independent standard normals.

        The norm of a row is the standard error of that arm's loss; times normals it gives joint draws.

        Parameters
        ----------
        features : array of shape (n_features,)
        prices : array of shape (n_outcomes, n_arms)
            Loss in minor currency units per unit of each learned outcome of each arm.

        Returns
        -------
        array of shape (n_arms, n_parameters)
        """
        priced = self.loss_spread * prices * self.spread[:, None]
        root: Floats = self._law.loss_gradient(features, priced) @ self._root
        return root

    def draws(self, loss_root: Floats) -> Floats:
        """Joint draws of losses around their estimates, shape (n_arms, n_draws)."""
        drawn: Floats = loss_root @ self._normals.T
        return drawn

    def to_parts(self) -> tuple[dict[str, Floats], dict[str, Any]]:
        """Arrays and plain facts from which `from_parts` makes an equal model."""
        typical = asdict(self.typical)
        limit, longest_hours = typical.pop("limit"), typical.pop("longest_hours")
        arrays = {
            "coefficients": self.coefficients,
            "covariance": self.covariance,
            "spread": self.spread,
            "platt": self.platt,
            **{f"typical_{name}": array for name, array in typical.items()},
            **({} if self.level is None else {"level": self.level}),
        }
        facts = {
            "arms": list(self.arms),
            "features": list(FEATURE_NAMES),
            "subjects": list(SUBJECTS),
            "inputs": list(INPUTS),
            "incident_types": list(INCIDENT_TYPES),
            "outcomes": list(LEARNED_OUTCOMES),
            "costs": asdict(self.costs),
            "settings": asdict(self.settings),
            "typical_limit": limit,
            "typical_longest_hours": longest_hours,
            "loss_spread": self.loss_spread,
            "calibrated": self.calibrated,
        }
        return arrays, facts

    @classmethod
    def from_parts(cls, arrays: dict[str, Floats], facts: dict[str, Any]) -> CompensationModel:
        """Rebuild a model.

        Raises
        ------
        ArtefactError
            If a part is missing, of the wrong shape or not finite, or speaks of other features.
        ForbiddenInputError
            If it was trained on an attribute that may not enter a decision.
        """
        try:
            require_permitted((*facts["subjects"], *facts.get("inputs", ())))
            _require_same_words(facts)
            arms = tuple(CompensationArm(arm).value for arm in facts["arms"])
            _require_shapes(arrays, len(arms))
            return cls(
                arms=arms,
                coefficients=arrays["coefficients"],
                covariance=arrays["covariance"],
                costs=ArmCosts(**{arm: ArmCost(**cost) for arm, cost in facts["costs"].items()}),
                typical=Typical(
                    **{name[8:]: array for name, array in arrays.items() if name.startswith("typical_")},
                    limit=float(facts["typical_limit"]),
                    longest_hours=_hours(facts["typical_longest_hours"]),
                ),
                settings=CompensationSettings(**facts["settings"]),
                spread=arrays["spread"],
                loss_spread=float(facts["loss_spread"]),
                platt=arrays["platt"],
                calibrated=bool(facts["calibrated"]),
                level=arrays.get("level"),
            )
        except (KeyError, TypeError, ValueError) as error:
            msg = f"compensation model: part missing or unreadable ({error}); publish the artefact anew"
            raise ArtefactError(msg) from error

    @cached_property
    def _law(self) -> EffectLaw:
        share = np.array([name == "redemption" for name in LEARNED_OUTCOMES])
        always = np.array([not self.costs.of(CompensationArm(arm)).only_if_redeemed for arm in self.arms])
        return EffectLaw(self.coefficients, self.level, self.covariance, share, share[:, None] & always)

    @cached_property
    def _root(self) -> Floats:
        scale = np.sqrt(np.maximum(np.diag(self.covariance), 0.0))
        unit = np.where(scale > 0, scale, 1.0)
        # A hair on the diagonal: coefficients that were not learned, or follow from others, have no variance.
        correlation = self.covariance / np.outer(unit, unit) + 1e-10 * np.eye(len(unit))
        correlation[np.diag_indices_from(correlation)] += scale == 0
        root: Floats = scale[:, None] * np.linalg.cholesky(correlation)
        return root

    @cached_property
    def _normals(self) -> Floats:
        return standard_normals(N_DRAWS, len(self.covariance), DRAW_SEED)


def _require_same_words(facts: dict[str, Any]) -> None:
    ours = {"features": FEATURE_NAMES, "subjects": SUBJECTS, "incident_types": INCIDENT_TYPES}
    for name, words in {**ours, "outcomes": LEARNED_OUTCOMES}.items():
        if tuple(facts[name]) != words:
            msg = f"compensation model: its {name} are {facts[name]}, this version's are {list(words)}; train anew"
            raise ArtefactError(msg)


def _hours(longest: float) -> float:
    if not 0 <= longest < math.inf:
        msg = f"compensation model: typical_longest_hours is {longest}, not finite and 0 or more; publish it anew"
        raise ArtefactError(msg)
    return float(longest)


def _require_shapes(arrays: dict[str, Floats], n_arms: int) -> None:
    n_outcomes, width, n_types = len(LEARNED_OUTCOMES), 1 + len(FEATURE_NAMES), len(INCIDENT_TYPES)
    n_parameters = n_outcomes * width * (n_arms + ("level" in arrays))
    shapes = {
        **({"level": (n_outcomes, width)} if "level" in arrays else {}),
        "coefficients": (n_outcomes, n_arms, width),
        "covariance": (n_parameters, n_parameters),
        "spread": (n_outcomes,),
        "platt": (len(CHANCES), 2),
        "typical_reference": (len(SUBJECTS),),
        "typical_support": (n_types, 1 + n_arms),
    }
    for name, shape in shapes.items():
        if arrays[name].shape != shape:
            msg = f"compensation model: {name} has shape {arrays[name].shape}, not {shape}; publish the artefact anew"
            raise ArtefactError(msg)
    broken = [name for name, array in arrays.items() if not np.isfinite(array).all()]
    if broken:
        msg = f"compensation model: {broken} hold numbers that are not finite; publish the artefact anew"
        raise ArtefactError(msg)
