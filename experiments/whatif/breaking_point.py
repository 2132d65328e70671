"""Breaking points: up to which load each policy holds its service, and from which it is broken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from experiments.whatif.contenders import Contender
from experiments.whatif.kpis import KPIS
from experiments.whatif.paired import Difference, paired_difference
from experiments.whatif.stress import Stress
from experiments.whatif.verdicts import LEAST_RUNS

Floats = NDArray[np.float64]
ON_TIME = next(place for place, kpi in enumerate(KPIS) if kpi.name == "on_time")


@dataclass(frozen=True, slots=True)
class BreakingPoint:
    """What a stress test found of one policy.

    Parameters
    ----------
    shares : tuple of Difference
        The mean share on time with its interval, by load; all of the study's hold at once.
    holds_up_to : float or None
        The largest load up to which every interval lies at or above the target; None where none does.
    breaks_at : float or None
        The smallest load whose interval lies below the target; None where none does.
    about : float or None
        Where the straight lines between the means first cross the target; None where they do not.
    """

    policy: str
    loads: tuple[float, ...]
    shares: tuple[Difference, ...]
    target_share: float
    holds_up_to: float | None
    breaks_at: float | None
    about: float | None

    @property
    def sentence(self) -> str:
        """The same for people."""
        target = f"{100 * self.target_share:g}% on time"
        if self.shares[0].n_pairs < LEAST_RUNS:
            return f"{self.policy}: {self.shares[0].n_pairs} runs say nothing; play at least {LEAST_RUNS}"
        if self.breaks_at == self.loads[0]:
            return f"{self.policy}: below {target} already at x{self.loads[0]:g}"
        held = f"up to x{self.holds_up_to:g}" if self.holds_up_to is not None else "under no load"
        if self.breaks_at is None:
            broken = f"not surely broken by x{self.loads[-1]:g}; more replications or larger loads would tell"
        else:
            broken = f"surely broken by x{self.breaks_at:g}"
        return f"{self.policy}: {target} is kept for sure {held}, and {broken}{self._guess}"

    @property
    def _guess(self) -> str:
        return f" (the means cross it at about x{self.about:.2f})" if self.about is not None else ""


def breaking_points(
    contenders: Sequence[Contender], values: Floats, stress: Stress, confidence: float
) -> tuple[BreakingPoint, ...]:
    """One a policy, in the order of the first load's contenders.

    Parameters
    ----------
    values : array of shape (n_contenders, n_replications, n_kpis)
    """
    policies = list(dict.fromkeys(contender.policy.label for contender in contenders))
    found = []
    for policy in policies:
        shares = tuple(
            paired_difference(
                values[place, :, ON_TIME],
                np.zeros(values.shape[1]),
                confidence=confidence,
                n_intervals=len(contenders),
            )
            for place, contender in enumerate(contenders)
            if contender.policy.label == policy
        )
        found.append(breaking_point(policy, stress, shares))
    return tuple(found)


def breaking_point(policy: str, stress: Stress, shares: tuple[Difference, ...]) -> BreakingPoint:
    """Read the breaking point off the shares on time, by load."""
    told, target = [share.n_pairs >= LEAST_RUNS for share in shares], stress.target_share
    n_held = 0
    while n_held < len(shares) and told[n_held] and shares[n_held].lower >= target:
        n_held += 1
    broken = [place for place, share in enumerate(shares) if told[place] and share.upper < target]
    return BreakingPoint(
        policy,
        stress.loads,
        shares,
        target,
        stress.loads[n_held - 1] if n_held else None,
        stress.loads[broken[0]] if broken else None,
        _crossing(stress.loads, [share.point for share in shares], target),
    )


def _crossing(loads: Sequence[float], means: Sequence[float], target: float) -> float | None:
    """Where the means first fall below a target.

    Examples
    --------
    >>> _crossing([1.0, 2.0, 3.0], [0.95, 0.85, 0.5], 0.9)
    1.5
    """
    for place in range(1, len(loads)):
        above, below = means[place - 1], means[place]
        if above >= target > below:
            return round(loads[place - 1] + (loads[place] - loads[place - 1]) * (above - target) / (above - below), 9)
    return None
