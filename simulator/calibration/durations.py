"""Durations: a distribution without stairs from what a history states, perhaps in whole days.

A duration stated in steps (whole days) stands for every duration within half a step of it, all equally likely.
Where the history also has the instant of delivery, the step is centred on that instant: a parcel that took 12
hours is called 0 or 1 days by the calendar, but took 0 to 24 hours either way. Centring keeps the mean.
Nothing takes less than no time, so a step around 0 is cut there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class SpreadDurations:
    """Durations as equally likely stretches of time.

    Parameters
    ----------
    low, high : array of shape (n_orders,)
        Hours; equal where the history is exact.
    """

    low: Floats
    high: Floats

    @property
    def mean(self) -> float:
        """Mean hours."""
        return float(((self.low + self.high) / 2).mean())

    def quantiles(self, n_points: int) -> Floats:
        """Quantiles at evenly spaced probabilities from 0 to 1, shape (n_points,)."""
        probabilities = np.linspace(0, 1, n_points)
        if (self.high == self.low).any():
            exact: Floats = np.quantile((self.low + self.high) / 2, probabilities)
            return exact
        knots, share = self._share_below()
        found: Floats = np.interp(probabilities, share, knots)
        return found

    def _share_below(self) -> tuple[Floats, Floats]:
        """The distribution function at every end of a stretch: it is linear in between."""
        knots, place = np.unique(np.concatenate([self.low, self.high]), return_inverse=True)
        density = 1 / ((self.high - self.low) * len(self.low))
        slope = np.zeros(len(knots))
        np.add.at(slope, place, np.concatenate([density, -density]))
        rise = np.cumsum(slope)[:-1] * np.diff(knots)
        # Sums of slopes that cancel leave rounding errors; a distribution never falls.
        share = np.concatenate([[0.0], np.cumsum(np.maximum(rise, 0.0))])
        return knots, share / share[-1]


def spread_durations(orders: pd.DataFrame, resolution_hours: float) -> SpreadDurations:
    """Spread the time from order to door of delivered orders.

    Parameters
    ----------
    orders : DataFrame
        Canonical orders that have `delivered_hours`.
    resolution_hours : float
        The step in which the history states them; 0 if exact.
    """
    stated = orders["delivered_hours"].to_numpy(dtype=np.float64)
    by_instant = (orders["delivered_at"] - orders["ordered_at"]).dt.total_seconds().to_numpy(dtype=np.float64) / 3600
    # The instant refines a count of steps; where it says something else altogether, the count stands.
    agrees = np.abs(by_instant - stated) < resolution_hours
    centre = np.where(agrees, by_instant, stated)
    half = resolution_hours / 2
    return SpreadDurations(np.maximum(centre - half, 0.0), centre + half)
