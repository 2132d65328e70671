"""Busyness: how much busier than the nodes of the log a candidate's node is, and how much less sure that makes.

Beyond the longest queue that the log taught, an answer is an extrapolation, and errors of a straight line grow in
proportion to how far it is drawn. A log cannot teach how far they really grow: it never saw such days.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from data.choice_sets import ChoiceSets
from data.compiling import compiled

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

# Reports that are no older are taken at their word.
FRESH_HOURS = 1.0
# In a log without queues a node is busier than any from an hour on.
LEAST_QUEUE_HOURS = 1.0


def logged_queue(queue_hours: Floats, least_orders: int) -> float:
    """The longest queue that so many orders at least of a log stood behind, in hours; 0 where it had none.

    Parameters
    ----------
    queue_hours : array of shape (n_orders,)
        Hours past the collection that the work ahead of each order would take.
    least_orders : int
        Fewer teach nothing.
    """
    return float(np.sort(queue_hours)[-min(least_orders, len(queue_hours))])


def busyness(queue_hours: Floats, choice_sets: ChoiceSets, logged_hours: float) -> Floats:
    """Each row's queue as a multiple of the longest that the log taught, at least 1, shape (n_rows,).

    Peaks come to a whole network: where a node that reported freshly is busier than any of the log, one whose report is
    old is taken to be as busy by now.

    Parameters
    ----------
    queue_hours : array of shape (n_rows,)
    logged_hours : float
        As `logged_queue` says.
    """
    age = choice_sets.candidate["observation_age_hours"]
    return _busyness(queue_hours, age, choice_sets.offsets, max(logged_hours, LEAST_QUEUE_HOURS))


@compiled
def _busyness(queue_hours: Floats, age: Floats, offsets: Integers, logged_hours: float) -> Floats:
    busy = np.ones(len(queue_hours))
    for order in range(len(offsets) - 1):
        freshest = 1.0
        for row in range(offsets[order], offsets[order + 1]):
            if queue_hours[row] > logged_hours:
                busy[row] = queue_hours[row] / logged_hours
                if age[row] <= FRESH_HOURS:
                    freshest = max(freshest, busy[row])
        for row in range(offsets[order], offsets[order + 1]):
            if age[row] > FRESH_HOURS:
                busy[row] = max(busy[row], freshest)
    return busy
