"""Arrival: how long after its decision an order would be there by each candidate, as a distribution.

The forests say how likely every wait and every transit is; put together they say how likely every arrival is. What is
known is not learned: the collection, the queue that is ahead by any reckoning, and the quote that transit is a
multiple of. The mean over bags counts what the log left open as well as what chance leaves open.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from decision.routing.journeys import QUEUE, Journeys, Ways
from decision.routing.stages import STAGE_NAMES

Floats = NDArray[np.float64]

CUT_OFF = STAGE_NAMES.index("hours_to_cut_off")
# No quote that is believed takes as long, whatever the weather; halved so often it leaves less than a second.
LONGEST_HOURS = 24.0 * 365 * 50
N_HALVINGS = 31


@dataclass(frozen=True)
class Arrivals:
    """When candidates would have their orders there, in hours after the decision.

    Parameters
    ----------
    ways : Ways
    start_hours : array of shape (n_rows,)
        From the decision until collection and queue are over, which no candidate can be quicker than.
    """

    ways: Ways
    start_hours: Floats

    @classmethod
    def of(cls, journeys: Journeys, columns: Floats) -> Self:
        """What journeys say of these candidates.

        Parameters
        ----------
        columns : array of shape (n_rows, n_columns)
            As `stage_columns` makes them.
        """
        return cls(journeys.ways(columns), columns[:, CUT_OFF] + columns[:, QUEUE])

    def later_than(self, hours: Floats) -> Floats:
        """The chance that each row arrives later than its own number of hours, shape (n_rows,)."""
        chance: Floats = self.ways.later_than(hours - self.start_hours).mean(axis=0)
        return chance

    def hours_by(self, chance: float) -> Floats:
        """The earliest hours by which each row has arrived with so high a chance, shape (n_rows,).

        Parameters
        ----------
        chance : float
            Above 0 and below 1. Fifty years where even that is too short.
        """
        early, late = self.start_hours.copy(), self.start_hours + LONGEST_HOURS
        for _ in range(N_HALVINGS):
            half = 0.5 * (early + late)
            there = self.later_than(half) <= 1.0 - chance
            early, late = np.where(there, early, half), np.where(there, half, late)
        return late
