"""Wishes: what the person who calibrates decides, because no history can."""

from __future__ import annotations

import math
from dataclasses import dataclass

from simulator.errors import CalibrationError


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

    Raises
    ------
    CalibrationError
        If the volume is not a positive number or the utilisation is not between 0 and 1.
    """

    name: str
    orders_per_day: float | None = None
    utilization: float = 0.85

    def __post_init__(self) -> None:
        volume = 1.0 if self.orders_per_day is None else self.orders_per_day
        if not (math.isfinite(volume) and volume > 0):
            msg = f"orders_per_day is {volume}; give a number above 0"
            raise CalibrationError(msg)
        if not 0 < self.utilization < 1:
            msg = f"utilization is {self.utilization}; give a share between 0 and 1, such as 0.85"
            raise CalibrationError(msg)
