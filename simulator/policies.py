"""What the world asks of a policy; `decision` offers policies that fit without knowing this module."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from data.choice_sets import ChoiceSet, ChoiceSets
from data.choices import ArmChoice, Choice, Choices
from data.incident_sets import ArmChoices, IncidentSet
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


@runtime_checkable
class ManyAtOnce(RoutingPolicy, Protocol):
    """A routing policy that answers many orders in one call, each as `choose` would answer it, to the last bit.

    Orders come by the hundred between two reports, and nothing that is seen of one depends on what is decided for
    another: the world asks such a policy once for all of them.
    """

    def choose_many(self, choices: ChoiceSets, uniforms: NDArray[np.float64]) -> Choices:
        """Choose for every order.

        Parameters
        ----------
        choices : ChoiceSets
            Its candidates have one column more, `name_rank`: where a candidate's name stands in alphabetical order.
        uniforms : array of shape (n_orders,)
            Each in [0, 1).
        """
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


@runtime_checkable
class ManyIncidentsAtOnce(CompensationPolicy, Protocol):
    """A compensation policy that needs no customer's history, and answers many incidents as each alone."""

    def choose_many(self, incidents: IncidentSet, uniforms: NDArray[np.float64]) -> ArmChoices:
        """Choose an allowed arm for every incident; one uniform in [0, 1) for each."""
        ...


def answers_many(policy: object) -> bool:
    """Whether a policy's `choose_many` is as new as its `choose`: a subclass may have changed one alone."""
    ways = ("choose", "choose_many")
    changed = next((kind for kind in type(policy).__mro__ if any(way in vars(kind) for way in ways)), object)
    return "choose_many" in vars(changed)
