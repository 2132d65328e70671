"""Two policies to run a world with when no better one is at hand, and to test it with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.choice_sets import ChoiceSet
from data.choices import ArmChoice, Choice
from data.incident_sets import ArmChoices, IncidentSet
from data.incidents import ARMS, Incident


@dataclass(frozen=True)
class UniformRouting:
    """Every candidate is equally likely; the default is the first, which is at the nearest node."""

    name: str = "uniform_routing"

    def choose(self, choices: ChoiceSet, uniform: float) -> Choice:
        """Choose any candidate."""
        n_candidates = len(choices.candidate_id)
        return Choice(int(uniform * n_candidates), 0, (1.0 / n_candidates,) * n_candidates)


@dataclass(frozen=True)
class CheapestFromNearest:
    """The cheapest quote that meets the promise from the nearest node; where none does, the fastest from there."""

    name: str = "cheapest_from_nearest"

    def choose(self, choices: ChoiceSet, uniform: float) -> Choice:
        """Choose without chance."""
        del uniform
        best = min(range(len(choices.candidate_id)), key=lambda place: self._rank(choices, place))
        propensities = [0.0] * len(choices.candidate_id)
        propensities[best] = 1.0
        return Choice(best, best, propensities)

    @staticmethod
    def _rank(choices: ChoiceSet, place: int) -> tuple[float, bool, float]:
        quoted_hours = choices.hours_to_cut_off[place] + choices.lead_time_hours[place]
        late = quoted_hours > choices.promise_hours
        return choices.distance_km[place], late, quoted_hours if late else choices.freight_minor[place]


@dataclass(frozen=True)
class UniformCompensation:
    """Every allowed arm is equally likely."""

    name: str = "uniform_compensation"

    def choose(self, incident: Incident, uniform: float) -> ArmChoice:
        """Choose any allowed arm."""
        allowed = incident.allowed_arms
        share = 1.0 / len(allowed)
        return ArmChoice(allowed[int(uniform * len(allowed))], tuple(share if arm in allowed else 0.0 for arm in ARMS))

    def choose_many(self, incidents: IncidentSet, uniforms: NDArray[np.float64]) -> ArmChoices:
        """The same for many incidents at once."""
        n_allowed = incidents.allowed.sum(axis=1)
        nth = (uniforms * n_allowed).astype(np.int64)
        # The arm at which so many allowed ones have gone by.
        arm = (np.cumsum(incidents.allowed, axis=1) == nth[:, None] + 1).argmax(axis=1)
        return ArmChoices(arm, incidents.allowed * (1.0 / n_allowed)[:, None])
