"""Figures beside the goals they are held against, for people to read; a missed goal is said, never an error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# From here on a figure is shown without decimals.
LARGE = 1_000


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure and its bound.

    Parameters
    ----------
    figure : str
        The key of the figure.
    bound : float or None
        None where the figure is only reported.
    at_least : bool
        Whether the bound is a floor; else it is a ceiling.
    meaning : str
        What the figure is, in a few words.
    up_to : float or None
        The ceiling of a figure that has both.
    """

    figure: str
    bound: float | None
    at_least: bool
    meaning: str
    up_to: float | None = None

    def met_by(self, value: float | None) -> bool | None:
        """Whether a value meets the goal; None where either is missing.

        Examples
        --------
        >>> Goal("branch_ms_48h", 120.0, False, "").met_by(80.0)
        True
        >>> Goal("coverage_90", 0.87, True, "", up_to=0.93).met_by(0.97)
        False
        """
        if value is None or self.bound is None:
            return None
        bounded = self.up_to is None or value <= self.up_to
        return bounded and (value >= self.bound if self.at_least else value <= self.bound)

    @property
    def words(self) -> str | None:
        """The bound as people write it; None where there is none.

        Examples
        --------
        >>> Goal("coverage_90", 0.87, True, "", up_to=0.93).words
        '0.87 to 0.93'
        """
        if self.bound is None:
            return None
        if self.up_to is not None:
            return f"{self.bound:,g} to {self.up_to:,g}"
        return f"{'>=' if self.at_least else '<='} {self.bound:,g}"


def judged(goals: Sequence[Goal], figures: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Goal, value and verdict by figure, as plain data."""
    return {
        goal.figure: {
            "value": figures.get(goal.figure),
            "goal": goal.words,
            "met": goal.met_by(figures.get(goal.figure)),
        }
        for goal in goals
    }


def readable(goals: Sequence[Goal], figures: Mapping[str, Any], reasons: Mapping[str, str]) -> list[tuple[str, ...]]:
    """Rows of figure, value, goal, verdict and meaning; a missing figure shows its reason."""
    rows: list[tuple[str, ...]] = []
    for goal, verdict in zip(goals, judged(goals, figures).values(), strict=True):
        met = {True: "met", False: "missed", None: "-"}[verdict["met"]]
        shown = _shown(verdict["value"])
        rows.append((goal.figure, shown, verdict["goal"] or "-", met, reasons.get(goal.figure, goal.meaning)))
    return rows


def _shown(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= LARGE else f"{value:.4g}"
