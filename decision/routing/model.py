"""The routing model as it serves: what it learned, as arrays, and what makes it honest.

Two learners speak for it. The linear law is EconML's LinearDML to 1e-9, standard errors included: audited, and what
answers where a log's instants cannot tell the stages of an order's way apart. Where they can, journeys answer: forests,
equal to the fitted ones to 1e-9. Standard errors of either are widened by factors found on held-out truth.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from data.choice_sets import ChoiceSets
from decision.errors import ArtefactError
from decision.routing.assessment import Assessment, Spread
from decision.routing.busyness import LEAST_QUEUE_HOURS, busyness
from decision.routing.damage import DamageLaw
from decision.routing.features import Imputation, physical_features
from decision.routing.journeys import QUEUE, Journeys
from decision.routing.learners import Learners
from decision.routing.linearity import Linearity
from decision.routing.parts import JOURNEYS, LAW, RANGE_ARRAYS, VOCABULARY, require_routing_parts
from decision.routing.settings import ServingSettings
from decision.routing.spillover import SpilloverLaw
from decision.routing.stages import stage_columns
from decision.routing.support import TrainingRange, placed_points
from decision.routing.weather import worst_weather

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


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
    journeys : Journeys or None
        What answers; the law does where it is None.
    objective_spread : float
        Factor on standard errors of the priced effects.
    unseen : float
        Weight of what journeys leave open for want of a node's true state; see `Spread`.
    weather_widening : float
        By how much errors grow with the weather: at severity w they are exp(w times this) as large.
    logged_queue_hours : float
        The longest queue past a collection that the log taught; behind a longer one errors grow in proportion.
    damage : DamageLaw or None
        Tells loss and damage; None where the log did not, so that no candidate is held to be safer than another.
        Beside journeys it has as many bags as they, and of the same orders.
    spillover : SpilloverLaw or None
        Tells what an order costs those behind it; None where nobody learned it from simulated worlds.

    Raises
    ------
    ArtefactError
        If it has not.
    """

    law: Linearity
    imputation: Imputation
    training_range: TrainingRange
    settings: ServingSettings
    spread: Floats
    platt: Floats
    calibrated: bool
    journeys: Journeys | None = None
    objective_spread: float = 1.0
    unseen: float = 0.0
    weather_widening: float = 0.0
    logged_queue_hours: float = 0.0
    damage: DamageLaw | None = None
    spillover: SpilloverLaw | None = None

    def __post_init__(self) -> None:
        if self.damage is not None and self.journeys is not None:
            bags = self.damage.n_bags, len(self.journeys.node.root)
            if bags[0] != bags[1]:
                msg = f"routing model: damage law of {bags[0]} bags and forests of {bags[1]}; publish the artefact anew"
                raise ArtefactError(msg)

    def features(self, choice_sets: ChoiceSets) -> Floats:
        """What the learner reads, with this model's stand-ins for what is unknown, shape (n_rows, n_features).

        Physical features for the law, columns of both stages for journeys.
        """
        if self.journeys is None:
            return physical_features(choice_sets, self.imputation)
        return stage_columns(choice_sets, self.imputation, self.peak_hours)

    def predict(self, choice_sets: ChoiceSets, reference_rows: Integers) -> RoutingEffects:
        """Effects of every candidate against one candidate of its order.

        Parameters
        ----------
        reference_rows : array of shape (n_orders,)
            The row, among all rows, of each order's reference.
        """
        assessment = self.assess(self.features(choice_sets), choice_sets, reference_rows)
        return RoutingEffects(assessment.point, assessment.standard_error)

    def assess(self, features: Floats, choice_sets: ChoiceSets, reference_rows: Integers) -> Assessment:
        """Effects of every candidate and all that could make them otherwise.

        Parameters
        ----------
        features : array of shape (n_rows, n_features)
            What `features` says of these choice sets.
        """
        found = self.learners.assess(features, choice_sets, reference_rows, self.stated_spread)
        return found.widened(self.widening(features, choice_sets, found.reference_of_row))

    def points(self, choice_sets: ChoiceSets, reference_rows: Integers) -> Floats:
        """Effects alone, shape (n_rows, n_outcomes): what a policy needs to rank, and no more."""
        return self.learners.points(self.features(choice_sets), choice_sets, reference_rows)

    @cached_property
    def learners(self) -> Learners:
        """Those that speak for it."""
        return Learners(self.law, self.journeys, self.damage, self.spillover, self.imputation)

    @property
    def untold(self) -> frozenset[str]:
        """Those of `data.objective.ROUTING_OUTCOMES` that this model has nothing to say of."""
        return self.learners.untold

    def widening(self, features: Floats, choice_sets: ChoiceSets, reference_of_row: Integers) -> Floats:
        """How much larger the errors of each row are for the weather on its way and the queue ahead: (n_rows,)."""
        worst = worst_weather(choice_sets, reference_of_row, self.imputation.weather_severity)
        busy = self.busyness(features)
        widened: Floats = np.exp(self.weather_widening * worst) * np.maximum(busy, busy[reference_of_row])
        return widened

    @property
    def peak_hours(self) -> float:
        """How long a queue past a collection may be that is still no longer than what the log taught."""
        return max(self.logged_queue_hours, LEAST_QUEUE_HOURS)

    def busyness(self, features: Floats) -> Floats:
        """The queue ahead of each row as a multiple of the longest that the log taught, at least 1: (n_rows,).

        The linear law knows no queues, and is as sure of all of them.
        """
        if self.journeys is None:
            return np.ones(len(features))
        return busyness(features[:, QUEUE], self.peak_hours)

    @property
    def stated_spread(self) -> Spread:
        """What makes its stated errors as large as those that it was seen to make."""
        return Spread(self.spread, self.objective_spread, self.unseen)

    def familiar(self, features: Floats, choice_sets: ChoiceSets) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Whether each row is in distribution, and whether it is in the explored range: two of shape (n_rows,)."""
        points = placed_points(features, choice_sets, by_stages=self.journeys is not None)
        return self.training_range.places(points)

    def to_parts(self) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        """Arrays and plain facts from which `from_parts` makes an equal model."""
        arrays = {
            **{f"law_{item.name}": getattr(self.law, item.name) for item in fields(self.law)},
            **{name: getattr(self.training_range, name) for name in RANGE_ARRAYS},
            "spread": self.spread,
            "platt": self.platt,
            **({} if self.journeys is None else self.journeys.to_arrays()),
        }
        damage_arrays, damage_facts = ({}, None) if self.damage is None else self.damage.to_parts()
        arrays.update(damage_arrays)
        facts = {
            **VOCABULARY,
            "imputation": asdict(self.imputation),
            "settings": asdict(self.settings),
            "distance_limit": self.training_range.distance_limit,
            "calibrated": self.calibrated,
            "learner": LAW if self.journeys is None else JOURNEYS,
            "objective_spread": self.objective_spread,
            "unseen": self.unseen,
            "weather_widening": self.weather_widening,
            "logged_queue_hours": self.logged_queue_hours,
            "damage": damage_facts,
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
                imputation=Imputation.from_facts(facts["imputation"]),
                training_range=TrainingRange(
                    **{name: arrays[name] for name in RANGE_ARRAYS}, distance_limit=float(facts["distance_limit"])
                ),
                settings=ServingSettings(**facts["settings"]),
                spread=arrays["spread"],
                platt=arrays["platt"],
                calibrated=bool(facts["calibrated"]),
                journeys=Journeys.from_arrays(arrays) if facts["learner"] == JOURNEYS else None,
                objective_spread=float(facts["objective_spread"]),
                unseen=float(facts["unseen"]),
                weather_widening=float(facts["weather_widening"]),
                logged_queue_hours=float(facts["logged_queue_hours"]),
                damage=None if facts["damage"] is None else DamageLaw.from_parts(arrays, facts["damage"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            msg = f"routing model: part missing or unreadable ({error}); publish the artefact anew"
            raise ArtefactError(msg) from error
