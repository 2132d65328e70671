"""Wishes: what the person who calibrates decides, because no history can."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class CalibrationWishes:
    """Decisions about the world to come.

    Parameters
    ----------
    name : str
        The scenario's name.
    orders_per_day : float or None
        Volume of the world; None takes the base's, because a history may be a sample.
    utilization : float
        Share of their time for which nodes are staffed to work.
    """

    name: str
    orders_per_day: float | None = None
    utilization: float = 0.85
