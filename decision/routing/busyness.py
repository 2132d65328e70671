"""Busyness: how much busier than the nodes of the log a candidate's node is, and how much less sure that makes.

Beyond the longest queue that the log taught, an answer is an extrapolation, and errors of a straight line grow in
proportion to how far it is drawn. A log cannot teach how far they really grow: it never saw such days.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# In a log without queues a node is busier than any from an hour on.
LEAST_QUEUE_HOURS = 1.0


def logged_queue(queue_hours: Floats, least_orders: int) -> float:
    """The longest queue that so many orders at least of a log stood behind, in hours; 0 where it tells of none.

    Parameters
    ----------
    queue_hours : array of shape (n_orders,)
        Hours past the collection that the work ahead of each order would take; what is not finite is left out.
    least_orders : int
        Fewer teach nothing.
    """
    told = np.sort(queue_hours[np.isfinite(queue_hours)])
    return float(told[-min(least_orders, len(told))]) if len(told) else 0.0


def busyness(queue_hours: Floats, peak_hours: float) -> Floats:
    """Each row's queue as a multiple of the longest that the log taught, at least 1, shape (n_rows,).

    Examples
    --------
    >>> busyness(np.array([0.0, 5.0, 28.0]), 7.0).tolist()
    [1.0, 1.0, 4.0]
    """
    return np.maximum(queue_hours / peak_hours, 1.0)
