"""The gate: named checks with frozen bounds that a model must pass before it may be the champion.

A check that could not be made (no truth, say) is `skipped`: it neither passes nor refuses, and is reported.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """What came of a check."""

    PASSED = "passed"
    REFUSED = "refused"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Check:
    """One check: the figure, the bound it was held to, and what came of it.

    Parameters
    ----------
    value : float or None
        What was measured; None where it was not.
    bound : str
        The rule in words and numbers.
    """

    name: str
    outcome: Outcome
    value: float | None
    bound: str

    def sentence(self) -> str:
        """The check in one line, for people."""
        measured = "not measured" if self.value is None else f"{self.value:.4g}"
        return f"{self.name}: {measured}, {self.bound}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """All checks of one training."""

    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        """Whether no check refuses and one at least was made."""
        return not self.refusals and any(check.outcome is Outcome.PASSED for check in self.checks)

    @property
    def refusals(self) -> tuple[Check, ...]:
        """The checks that refuse."""
        return tuple(check for check in self.checks if check.outcome is Outcome.REFUSED)

    @property
    def skipped(self) -> tuple[Check, ...]:
        """The checks that could not be made."""
        return tuple(check for check in self.checks if check.outcome is Outcome.SKIPPED)


def at_most(name: str, value: float | None, bound: float) -> Check:
    """A check that passes if the value is not above the bound; a NaN refuses.

    Examples
    --------
    >>> at_most("ece", 0.2, 0.1).outcome
    <Outcome.REFUSED: 'refused'>
    """
    words = f"must be at most {bound:g}"
    return _check(name, value, words, passed=value is not None and value <= bound)


def at_least(name: str, value: float | None, bound: float) -> Check:
    """A check that passes if the value is not below the bound; a NaN refuses."""
    words = f"must be at least {bound:g}"
    return _check(name, value, words, passed=value is not None and value >= bound)


def within(name: str, value: float | None, bounds: tuple[float, float]) -> Check:
    """A check that passes if the value lies between two bounds, both included; a NaN refuses."""
    words = f"must lie in [{bounds[0]:g}, {bounds[1]:g}]"
    return _check(name, value, words, passed=value is not None and bounds[0] <= value <= bounds[1])


def below_zero(name: str, upper: float | None) -> Check:
    """A check that passes if a difference's upper bound is below zero: the policy is better, beyond chance."""
    words = "the upper bound of the difference to the rules must be below 0"
    return _check(name, upper, words, passed=upper is not None and upper < 0)


def _check(name: str, value: float | None, words: str, *, passed: bool) -> Check:
    if value is None:
        return Check(name, Outcome.SKIPPED, None, words)
    outcome = Outcome.PASSED if passed and not math.isnan(value) else Outcome.REFUSED
    return Check(name, outcome, value, words)
