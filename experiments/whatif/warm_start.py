"""Warm start: the moment from which contenders go on, and the policy that played until then."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from data.home import Home
from data.objective import ObjectiveWeights
from experiments.policies import RULES
from experiments.whatif.contenders import Contender, PolicySpec, policy_spec
from experiments.whatif.errors import StudyPlanError
from experiments.whatif.recovery import changes_from
from simulator.demand import start_hours

AT_DISRUPTION = "disruption"
_HOURS_OF_UNIT = {"d": 24.0, "h": 1.0}


@dataclass(frozen=True, slots=True)
class WarmStartRequest:
    """A warm start as it is asked for.

    Parameters
    ----------
    moment : str
        Time after the world's first hour, such as `2.5d` or `60h`, or `disruption`: just before anything breaks
        down, opens or changes its price.
    past_policy : str
        Who decides until then, named as a contender is.
    """

    moment: str = AT_DISRUPTION
    past_policy: str = RULES


@dataclass(frozen=True, slots=True)
class WarmStart:
    """Where all contenders begin: what happened before `days` is the doing of one policy, and the same for all.

    Parameters
    ----------
    days : float
        Since the world's first hour.
    """

    days: float
    policy: PolicySpec

    @property
    def identity(self) -> dict[str, object]:
        """What makes the state that contenders begin from what it is."""
        return {"days": self.days, "policy_fingerprint": self.policy.fingerprint}


def warm_start_of(
    request: WarmStartRequest, contenders: Sequence[Contender], weights: ObjectiveWeights, home: Home
) -> WarmStart:
    """Read a warm start.

    Raises
    ------
    StudyPlanError
        If the moment cannot be read, is no time after the start, or is that of a disruption where there is none.
    ContenderError
        If the policy cannot be read.
    """
    hours = first_change_hours(contenders) if request.moment == AT_DISRUPTION else _hours_of(request.moment)
    if hours is None:
        msg = "nothing happens in the scenario that a warm start could wait for; say when it is, such as --from 2d"
        raise StudyPlanError(msg)
    if hours <= 0:
        msg = f"a warm start {hours:g} h after the world's first hour has no past; give a later moment, or none"
        raise StudyPlanError(msg)
    return WarmStart(hours / 24, policy_spec(request.past_policy, weights, home))


def first_change_hours(contenders: Sequence[Contender]) -> float | None:
    """Hours after the world's first hour at which anything first happens in any scenario; None where nothing does."""
    scenarios = [contender.scenario for contender in contenders]
    changes = [hours - start_hours(item) for item in scenarios if (hours := changes_from(item)) is not None]
    return min(changes) if changes else None


def _hours_of(moment: str) -> float:
    number, unit = moment.strip()[:-1], moment.strip()[-1:]
    try:
        hours = float(number) * _HOURS_OF_UNIT.get(unit, math.nan)
    except ValueError:
        hours = math.nan
    if not math.isfinite(hours):
        msg = f"--from {moment!r} is no moment; give days or hours after the start such as 2.5d or 60h, or disruption"
        raise StudyPlanError(msg)
    return hours
