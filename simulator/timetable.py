"""Hours that come round every day: shifts, collections, and the labour between two moments."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

HOURS_PER_DAY = 24.0


@dataclass(frozen=True, slots=True)
class Timetable:
    """Hours of the day, repeated daily; occurrence k falls on day k // n."""

    hours: tuple[float, ...]

    def at(self, occurrence: int) -> float:
        """Absolute hours of an occurrence.

        Examples
        --------
        >>> Timetable((9.0, 17.0)).at(3)
        41.0
        """
        day, place = divmod(occurrence, len(self.hours))
        return HOURS_PER_DAY * day + self.hours[place]

    def first_from(self, at_hours: float) -> int:
        """The first occurrence at or after a moment."""
        day, hour = divmod(at_hours, HOURS_PER_DAY)
        return int(day) * len(self.hours) + bisect_left(self.hours, hour)

    def last_until(self, at_hours: float) -> int:
        """The last occurrence at or before a moment; -1 is the last one of the day before hour 0."""
        day, hour = divmod(at_hours, HOURS_PER_DAY)
        return int(day) * len(self.hours) + bisect_right(self.hours, hour) - 1


@dataclass(frozen=True, slots=True)
class Tiring:
    """How a shift's pace falls: the share of it that is lost with every hour, and what is left at least."""

    decay_per_hour: float = 0.0
    least_efficiency: float = 1.0

    @property
    def falls_for_hours(self) -> float:
        """How long the pace falls."""
        return (1.0 - self.least_efficiency) / self.decay_per_hour if self.decay_per_hour else math.inf


FRESH = Tiring()


class LabourCurve:
    """Fresh worker hours that a daily plan offers from hour 0 to a moment, for differences between moments.

    Parameters
    ----------
    starts, workers : tuple
        When shifts begin, as hours of the day, and how many are there.
    tiring : Tiring
        An hour of tired hands counts for as much as they get done in it.

    Examples
    --------
    Half the pace is left after five hours, and no less after that:

    >>> LabourCurve((0.0, 12.0), (10, 0), Tiring(0.1, 0.5)).until(10.0)
    62.5
    """

    def __init__(self, starts: tuple[float, ...], workers: tuple[int, ...], tiring: Tiring = FRESH) -> None:
        self._starts = (0.0, *starts)
        # Until the first shift of the day the last one of the day before goes on.
        self._workers = (workers[-1], *workers)
        self._into_shift = (HOURS_PER_DAY - starts[-1], *(0.0 for _ in starts))
        self._decay, self._least = tiring.decay_per_hour, tiring.least_efficiency
        self._falls_for = tuple(max(0.0, tiring.falls_for_hours - into) for into in self._into_shift)
        ends = (*self._starts[1:], HOURS_PER_DAY)
        offered = [0.0]
        for place, (start, end) in enumerate(zip(self._starts, ends, strict=True)):
            offered.append(offered[-1] + self._done(place, end - start) * self._workers[place])
        self._offered = tuple(offered[:-1])
        self.per_day = offered[-1]

    @cached_property
    def parts(self) -> NDArray[np.float64]:
        """By part of the day: start, workers, offered before, hours into the shift, hours in which pace falls."""
        return np.array((self._starts, self._workers, self._offered, self._into_shift, self._falls_for))

    @property
    def pace(self) -> tuple[float, float, float]:
        """What a whole day offers, the share of the pace lost with every hour, and what is left at least."""
        return self.per_day, self._decay, self._least

    def until(self, at_hours: float) -> float:
        """Worker hours from hour 0 to this moment.

        Examples
        --------
        >>> LabourCurve((6.0, 18.0), (4, 0)).until(30.0)
        48.0
        """
        day = at_hours // HOURS_PER_DAY
        hour = at_hours - day * HOURS_PER_DAY
        place = bisect_right(self._starts, hour) - 1
        done = self._done(place, hour - self._starts[place])
        return day * self.per_day + self._offered[place] + done * self._workers[place]

    def many_until(self, at_hours: NDArray[np.float64]) -> NDArray[np.float64]:
        """The same for many moments, shape (n,), equal to the last bit."""
        day = at_hours // HOURS_PER_DAY
        hour = at_hours - day * HOURS_PER_DAY
        place = np.searchsorted(self._starts, hour, side="right") - 1
        starts, workers, offered, into, falls_for = self.parts
        length = hour - starts[place]
        falling = np.minimum(length, falls_for[place])
        done = falling * (1.0 - self._decay * (into[place] + falling / 2)) + (length - falling) * self._least
        hours: NDArray[np.float64] = day * self.per_day + offered[place] + done * workers[place]
        return hours

    def _done(self, place: int, length: float) -> float:
        """Fresh hours' worth of work that one worker gets done in so long from a part of the day's beginning."""
        falling = min(length, self._falls_for[place])
        return (
            falling * (1.0 - self._decay * (self._into_shift[place] + falling / 2)) + (length - falling) * self._least
        )
