r"""Putting the two stages together: from a wait at the node and a time on the road to lateness.

With :math:`W` the wait past the collection, :math:`R` the transit as a multiple of its quote :math:`l`, and :math:`s`
the promise less the collection, all in hours,

.. math:: P(\text{late}) = \sum_k P(W = w_k) P(R l > s - w_k), \quad
   E[\text{late by}] = \sum_k P(W = w_k) \int_{s - w_k}^\infty P(R l > t) dt .

A later promise can therefore never make an order later, nor a longer quote earlier, whatever was learned.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from data.compiling import compiled

Floats = NDArray[np.float64]

N_COMPOSED = 3
# The place of the chance of being late among what is composed.
LATE = 1


@compiled
def composed(
    wait: Floats, wait_hours: Floats, transit: Floats, ratios: Floats, quoted_hours: Floats, slack_hours: Floats
) -> tuple[Floats, Floats]:
    """Expected lateness, chance of being late and of a stock-out, by bag; and what the unseen wait makes of them.

    Parameters
    ----------
    wait : array of shape (n_bags, n_rows, n_waits + 1)
        Chance to wait longer than each but the last of `wait_hours`' bins, falling; then that of a stock-out.
    wait_hours : array of shape (n_waits + 1,)
        The mean wait within each bin.
    transit : array of shape (n_bags, n_rows, n_ratios + 1)
        Chance that transit takes more than each of `ratios`, falling; then the mean days beyond the last.
    ratios : array of shape (n_ratios,)
        Multiples of the quote, rising, above 0.
    quoted_hours : array of shape (n_bags, n_rows)
        The quote, above 0, as slowed down by the weather.
    slack_hours : array of shape (n_rows,)
        From the collection to the promise.

    Returns
    -------
    outcomes : array of shape (n_bags, n_rows, 3)
    unseen : array of shape (n_rows, 3)
        Standard deviation over the wait of what would be expected if the wait were known.
    """
    n_bags, n_rows, n_waits = wait.shape
    n_ratios = len(ratios)
    outcomes = np.zeros((n_bags, n_rows, 3))
    unseen = np.zeros((n_rows, 3))
    for bag in range(n_bags):
        for row in range(n_rows):
            curve, quote = transit[bag, row], quoted_hours[bag, row]
            tail = 24.0 * curve[n_ratios]
            # Past the last ratio the curve falls to nothing as the tail's mean says: exponentially.
            mean = tail / curve[n_ratios - 1] if curve[n_ratios - 1] > 0.0 and tail > 0.0 else 1e-9
            hours = hours_squared = late = late_squared = 0.0
            # The longer the wait, the less time is left: what is asked only ever falls.
            reached, place, beyond = 1.0, n_ratios - 1, 0.0
            for step in range(n_waits):
                longer = wait[bag, row, step] if step < n_waits - 1 else 0.0
                chance = reached - longer
                reached = longer
                if chance <= 0.0:
                    continue
                asked = (slack_hours[row] - wait_hours[step]) / quote
                if asked >= ratios[n_ratios - 1]:
                    fade = np.exp(-quote * (asked - ratios[n_ratios - 1]) / mean)
                    late_given, hours_given = curve[n_ratios - 1] * fade, tail * fade
                else:
                    place, beyond = _fallen(place, beyond, curve, ratios, asked)
                    late_given, ratio_beyond = _beyond(place, beyond, curve, ratios, asked)
                    hours_given = quote * ratio_beyond + tail
                hours += chance * hours_given
                hours_squared += chance * hours_given * hours_given
                late += chance * late_given
                late_squared += chance * late_given * late_given
            stock_out = wait[bag, row, n_waits - 1]
            outcomes[bag, row, 0], outcomes[bag, row, 1], outcomes[bag, row, 2] = hours, late, stock_out
            unseen[row, 0] += max(hours_squared - hours * hours, 0.0)
            unseen[row, 1] += max(late_squared - late * late, 0.0)
            unseen[row, 2] += max(stock_out * (1.0 - stock_out), 0.0)
    return outcomes, np.sqrt(unseen / n_bags)


@compiled
def _fallen(place: int, beyond: float, curve: Floats, ratios: Floats, asked: float) -> tuple[int, float]:
    """How many of the ratios are not above what is asked, as at most `place` are; and the curve's integral beyond.

    The integral is that from the first ratio above, in multiples of the quote.
    """
    while place and ratios[place - 1] > asked:
        beyond += 0.5 * (curve[place - 1] + curve[place]) * (ratios[place] - ratios[place - 1])
        place -= 1
    return place, beyond


@compiled
def _beyond(place: int, beyond: float, curve: Floats, ratios: Floats, asked: float) -> tuple[float, float]:
    """The chance that transit takes more than what is asked, and the curve's integral from there."""
    if asked <= 0.0:
        # Whatever takes time at all takes more than none.
        return 1.0, beyond + 0.5 * (1.0 + curve[0]) * ratios[0] - asked
    below = ratios[place - 1] if place else 0.0
    above = curve[place - 1] if place else 1.0
    share = (asked - below) / (ratios[place] - below)
    late = above + share * (curve[place] - above)
    return late, beyond + 0.5 * (late + curve[place]) * (ratios[place] - asked)
