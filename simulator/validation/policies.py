"""Routing that does what was done: by the service that was asked for, or as logged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from data.choice_sets import ChoiceSet
from data.choices import ArmChoice, Choice
from data.incidents import ARMS, CompensationArm, Incident


@dataclass(frozen=True)
class AsAsked:
    """The nearest node that reports stock, by the cheapest carrier of the service level that the order asked for.

    A history's service level is the one that was bought: a cleverer policy would ship otherwise, and be compared
    with what nobody did.

    Parameters
    ----------
    service_level_of : mapping
        The service level that each order asked for, by its identifier.
    """

    service_level_of: Mapping[str, str]
    name: str = "as_asked"

    def choose(self, choices: ChoiceSet, uniform: float) -> Choice:
        """Choose without chance; where nobody sells the level, the cheapest way from the nearest node."""
        del uniform
        asked = f"|{self.service_level_of[choices.order_id]}"
        places = range(len(choices.candidate_id))
        return _sure(min(places, key=lambda place: self._rank(choices, place, asked)), len(places))

    @staticmethod
    def _rank(choices: ChoiceSet, place: int, asked: str) -> tuple[bool, bool, float, float]:
        other = not choices.candidate_id[place].endswith(asked)
        short = choices.available_quantity[place] < choices.max_line_quantity
        return other, short, choices.distance_km[place], choices.freight_minor[place]


@dataclass
class AsLogged:
    """The candidate that the log says was taken; where it says none on offer, `otherwise` decides and is counted."""

    candidate_of: Mapping[str, str]
    otherwise: AsAsked
    name: str = "as_logged"
    not_on_offer: list[str] = field(default_factory=list)

    def choose(self, choices: ChoiceSet, uniform: float) -> Choice:
        """Choose without chance."""
        logged = self.candidate_of.get(choices.order_id)
        if logged is None or logged not in choices.candidate_id:
            self.not_on_offer.append(choices.order_id)
            return self.otherwise.choose(choices, uniform)
        return _sure(list(choices.candidate_id).index(logged), len(choices.candidate_id))


@dataclass(frozen=True)
class ArmsAsLogged:
    """The arm that the log says was offered, by incident; nothing where it says nothing or it is not allowed."""

    arm_of: Mapping[str, str]
    name: str = "arms_as_logged"

    def choose(self, incident: Incident, uniform: float) -> ArmChoice:
        """Choose without chance."""
        del uniform
        logged = self.arm_of.get(incident.incident_id, CompensationArm.NONE.value)
        arm = next((arm for arm in incident.allowed_arms if arm.value == logged), CompensationArm.NONE)
        return ArmChoice(arm, tuple(float(one is arm) for one in ARMS))


def _sure(place: int, n_candidates: int) -> Choice:
    propensities = [0.0] * n_candidates
    propensities[place] = 1.0
    return Choice(place, place, propensities)
