"""A number that holds from one moment to the next."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Steps:
    """A piecewise constant number of time.

    Parameters
    ----------
    changes_at_hours : tuple of float
        Rising.
    values : tuple of float
        Before the first change, and from each one on: one more than changes.
    """

    changes_at_hours: tuple[float, ...] = ()
    values: tuple[float, ...] = (1.0,)

    def at(self, hours: float) -> float:
        """The number that holds at a moment.

        Examples
        --------
        >>> Steps((8.0,), (1.0, 0.5)).at(8.0)
        0.5
        """
        return self.values[bisect_right(self.changes_at_hours, hours)]

    def many_at(self, hours: NDArray[np.float64]) -> NDArray[np.float64]:
        """The same for many moments, any shape."""
        held: NDArray[np.float64] = np.array(self.values)[np.searchsorted(self.changes_at_hours, hours, side="right")]
        return held

    def next_change(self, hours: float) -> float | None:
        """The first change after a moment."""
        place = bisect_right(self.changes_at_hours, hours)
        return self.changes_at_hours[place] if place < len(self.changes_at_hours) else None


def multiplied(spells: Iterable[tuple[float, float, float]]) -> Steps:
    """1, times the factor of every spell (start, end, factor) that lasts.

    Examples
    --------
    >>> multiplied([(0.0, 10.0, 0.5), (5.0, 15.0, 0.5)]).values
    (1.0, 0.5, 0.25, 0.5, 1.0)
    """
    lasting = list(spells)
    edges = sorted({edge for start, end, _ in lasting for edge in (start, end)})
    values = [1.0]
    for edge in edges:
        value = 1.0
        for start, end, factor in lasting:
            value *= factor if start <= edge < end else 1.0
        values.append(value)
    return Steps(tuple(edges), tuple(values))
