"""What the world asks of a policy; `decision` offers policies that fit without knowing this module."""

from __future__ import annotations

from typing import Protocol

from data.choice_sets import ChoiceSet
from data.choices import ArmChoice, Choice
from data.incidents import Incident


class RoutingPolicy(Protocol):
    """Decides which candidate ships an order: a pure function of what is seen and a keyed uniform draw."""

    @property
    def name(self) -> str:
        """What the decision log calls this policy."""
        ...

    def choose(self, choices: ChoiceSet, uniform: float) -> Choice:
        """Choose a candidate; `uniform` lies in [0, 1) and is the only randomness allowed."""
        ...


class CompensationPolicy(Protocol):
    """Decides how to answer an incident: a pure function of what is seen and a keyed uniform draw."""

    @property
    def name(self) -> str:
        """What the decision log calls this policy."""
        ...

    def choose(self, incident: Incident, uniform: float) -> ArmChoice:
        """Choose an arm among `incident.allowed_arms`; `uniform` lies in [0, 1)."""
        ...
