"""Hours that come round every day: shifts, collections, and the labour between two moments."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass

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


class LabourCurve:
    """Worker hours that a daily plan offers from hour 0 to a moment, for differences between moments."""

    def __init__(self, starts: tuple[float, ...], workers: tuple[int, ...]) -> None:
        self._starts = (0.0, *starts)
        # Until the first shift of the day the last one of the day before goes on.
        self._workers = (workers[-1], *workers)
        ends = (*self._starts[1:], HOURS_PER_DAY)
        offered = [0.0]
        for start, end, present in zip(self._starts, ends, self._workers, strict=True):
            offered.append(offered[-1] + (end - start) * present)
        self._offered = tuple(offered[:-1])
        self.per_day = offered[-1]

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
        return day * self.per_day + self._offered[place] + (hour - self._starts[place]) * self._workers[place]

    def many_until(self, at_hours: NDArray[np.float64]) -> NDArray[np.float64]:
        """The same for many moments, shape (n,), equal to the last bit."""
        day = at_hours // HOURS_PER_DAY
        hour = at_hours - day * HOURS_PER_DAY
        place = np.searchsorted(self._starts, hour, side="right") - 1
        starts, workers, offered = (np.array(column) for column in (self._starts, self._workers, self._offered))
        hours: NDArray[np.float64] = day * self.per_day + offered[place] + (hour - starts[place]) * workers[place]
        return hours
