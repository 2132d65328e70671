"""What a study would take, before it is started."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from experiments.whatif.contenders import CAUSAL, Contender
from experiments.whatif.errors import StudyTooLargeError
from simulator.run import estimated_cost

# Measured on one busy core of a 2-core machine: a model is asked for every order.
SECONDS_PER_CAUSAL_ORDER = 7e-4
# Setting a stage and checking a log, however few the orders.
SECONDS_PER_REPLICATION = 0.2
# What a process holds before it plays anything: the libraries and a model.
BYTES_PER_WORKER = 3e8
MOST_SECONDS = 2 * 3_600.0
MOST_BYTES = 4e9


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

    def __str__(self) -> str:
        time = f"{self.seconds / 3600:,.1f} h" if self.seconds >= 3_600 else f"{self.seconds / 60:,.1f} min"  # noqa: PLR2004
        return f"{time} and {self.n_bytes / 1e9:,.1f} GB"


def study_cost(contenders: Sequence[Contender], n_orders: int, n_replications: int, n_workers: int) -> StudyCost:
    """Estimate what it takes if every contender plays every replication."""
    costs = [estimated_cost(contender.scenario, n_orders) for contender in contenders]
    extra = [SECONDS_PER_CAUSAL_ORDER * n_orders * (contender.policy.kind == CAUSAL) for contender in contenders]
    each = SECONDS_PER_REPLICATION + (sum(seconds for seconds, _ in costs) + sum(extra)) / len(contenders)
    largest = max(n_bytes for _, n_bytes in costs)
    return StudyCost(
        each * len(contenders) * n_replications / n_workers, each, n_workers * (largest + BYTES_PER_WORKER)
    )


def require_affordable(cost: StudyCost) -> None:
    """Refuse what is most likely a slip of the hand.

    Raises
    ------
    StudyTooLargeError
        If it would take more than two hours or 4 GB.
    """
    if cost.seconds > MOST_SECONDS or cost.n_bytes > MOST_BYTES:
        msg = f"this would take about {cost}; ask for fewer orders, replications or policies, or pass --force"
        raise StudyTooLargeError(msg)
