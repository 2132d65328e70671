"""What a study would take, before it is started."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from experiments.whatif.contenders import CAUSAL, Contender, PolicySpec
from experiments.whatif.errors import StudyTooLargeError
from experiments.whatif.playing import RunSettings
from experiments.whatif.recovery import disrupted_from
from simulator.run import estimated_cost

# Measured on one busy core of a 2-core machine: a model is asked for every order.
SECONDS_PER_CAUSAL_ORDER = 7e-4
# Setting a stage and checking a log, however few the orders.
SECONDS_PER_REPLICATION = 0.2
# What a process holds before it plays anything: the libraries and a model.
BYTES_PER_WORKER = 3e8
MOST_SECONDS = 2 * 3_600.0
MOST_BYTES = 4e9
_MINUTE = 60.0


@dataclass(frozen=True, slots=True)
class StudyCost:
    """What a study takes at most, roughly.

    Parameters
    ----------
    seconds : float
        Wall time with all workers at work; `seconds_each` of one replication on average.
    n_bytes : float
        Memory of all workers together.
    """

    seconds: float
    seconds_each: float
    n_bytes: float

    @property
    def is_too_large(self) -> bool:
        """Whether it would take more than two hours or 4 GB."""
        return self.seconds > MOST_SECONDS or self.n_bytes > MOST_BYTES

    def __str__(self) -> str:
        return f"{_duration(self.seconds)} and {self.n_bytes / 1e9:,.1f} GB"


def _duration(seconds: float) -> str:
    """A time span in the unit in which people think of it.

    Examples
    --------
    >>> _duration(40), _duration(600), _duration(144_000)
    ('40 s', '10 min', '40.0 h')
    """
    if seconds < _MINUTE:
        return f"{math.ceil(seconds)} s"
    return f"{seconds / _MINUTE:,.0f} min" if seconds < 60 * _MINUTE else f"{seconds / (60 * _MINUTE):,.1f} h"


def study_cost(runs: Sequence[tuple[Contender, RunSettings]], n_replications: int, n_workers: int) -> StudyCost:
    """Estimate what it takes if every contender plays every replication.

    Parameters
    ----------
    runs : sequence of (Contender, RunSettings)
        Each contender with the settings of its runs.
    """
    once = sum(_seconds(*run) for run in runs) + _seconds_of_pasts(runs)
    largest = max(estimated_cost(contender.scenario, settings.n_orders)[1] for contender, settings in runs)
    return StudyCost(once * n_replications / n_workers, once / len(runs), n_workers * (largest + BYTES_PER_WORKER))


def _seconds(contender: Contender, settings: RunSettings) -> float:
    """What a contender plays by itself: all of it, or what comes after a past that it shares."""
    own_share = 1 - _past_share(contender, settings)
    return _n_runs(contender, settings) * _played_seconds(contender, contender.policy, settings.n_orders, own_share)


def _seconds_of_pasts(runs: Sequence[tuple[Contender, RunSettings]]) -> float:
    once = {(contender.source, contender.load): (contender, settings) for contender, settings in runs}
    return sum(
        _n_runs(contender, settings)
        * _played_seconds(contender, settings.warm_start.policy, settings.n_orders, _past_share(contender, settings))
        for contender, settings in once.values()
        if settings.warm_start is not None
    )


def _played_seconds(contender: Contender, policy: PolicySpec, n_orders: int, share: float) -> float:
    asking = SECONDS_PER_CAUSAL_ORDER * n_orders if policy.kind == CAUSAL else 0.0
    return SECONDS_PER_REPLICATION + share * (estimated_cost(contender.scenario, n_orders)[0] + asking)


def _past_share(contender: Contender, settings: RunSettings) -> float:
    if settings.warm_start is None:
        return 0.0
    return min(1.0, settings.warm_start.days * contender.scenario.demand.orders_per_day / settings.n_orders)


def _n_runs(contender: Contender, settings: RunSettings) -> int:
    """What recovers from a disruption is played once more without it."""
    return 2 if settings.tracks_recovery and disrupted_from(contender.scenario) is not None else 1


def require_affordable(cost: StudyCost) -> None:
    """Refuse what is most likely a slip of the hand.

    Raises
    ------
    StudyTooLargeError
        If it would take more than two hours or 4 GB.
    """
    if cost.is_too_large:
        msg = f"this would take about {cost}; ask for fewer orders, replications or policies, or pass --force"
        raise StudyTooLargeError(msg)
