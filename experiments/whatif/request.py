"""What to play, as it is asked for: nothing here has been checked."""

from __future__ import annotations

from dataclasses import dataclass

from data.objective import DEFAULT_WEIGHTS, ObjectiveWeights
from experiments.whatif.stopping import StoppingRule
from experiments.whatif.stress import Stress
from experiments.whatif.warm_start import WarmStartRequest


@dataclass(frozen=True, slots=True)
class StudyRequest:
    """What to play.

    Parameters
    ----------
    scenarios, policies : tuple of str
        As on the command line; every policy is played in every scenario.
    n_orders : int or None
        Orders a replication; None takes as many as come in `days`, on average, in the first scenario.
    warm_up_days : float or None
        Orders of the first days are played and count for nothing; None is a day, or less where something happens
        in the scenario before that.
    seed : int
        Of the first replication; the next ones count up.
    weights : ObjectiveWeights
        By which the objective judges everyone, and by which causal policies decide that name none of their own.
    force, fresh : bool
        Whether to run what is estimated to be too large, and to replace another study in the folder.
    warm_start : WarmStartRequest or None
        Whence all contenders go on together; it takes the place of a warm-up.
    stress : Stress or None
        Loads under which every policy is played.
    """

    scenarios: tuple[str, ...]
    policies: tuple[str, ...]
    rule: StoppingRule
    n_orders: int | None = None
    days: float = 4.0
    warm_up_days: float | None = None
    seed: int = 1
    weights: ObjectiveWeights = DEFAULT_WEIGHTS
    n_workers: int = 1
    force: bool = False
    fresh: bool = False
    warm_start: WarmStartRequest | None = None
    stress: Stress | None = None
