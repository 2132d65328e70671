"""The weather on a candidate's way as far as it is known: forecast, observed, and the worse of both."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from data.choice_sets import ChoiceSets

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def worst_weather(choice_sets: ChoiceSets, reference_of_row: Integers, instead: float) -> Floats:
    """The worst that is forecast or observed for a candidate or its reference, 0 to 1, shape (n_rows,).

    A forecast may be wrong by a whole front, for all orders of those days at once: what the weather leads to is told
    less surely than anything else, and it is the weather of both candidates that a contrast depends on.

    Parameters
    ----------
    reference_of_row : array of shape (n_rows,)
        The row that each is compared with.
    instead : float
        What stands in for a forecast that is not told.
    """
    forecast = choice_sets.candidate["weather_severity"]
    worst = np.fmax(np.where(np.isnan(forecast), instead, forecast), choice_sets.candidate["weather_now"])
    return np.maximum(worst, worst[reference_of_row])
