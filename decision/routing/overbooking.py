"""Overbooking: how many hours past the next collection a parcel waits for its turn with the carrier.

A collection takes no more parcels than its cap. Where orders for one and a half of them are booked, a new one leaves
with the second. Few logs hold such days, and a policy that likes a carrier brings them about by itself: so it is
reckoned and not learned.
"""

from __future__ import annotations

import numpy as np

from data.compiling import compiled

# Chosen: carriers mostly call at a node once to four times a day. No candidate tells when its carrier calls again.
HOURS_BETWEEN_COLLECTIONS = 12.0


@compiled
def overbooked_hours(carrier_utilization: float) -> float:
    """Hours between the next collection and the one that a new parcel leaves with; what is not a number stays so.

    Parameters
    ----------
    carrier_utilization : float
        Parcels booked over what a collection takes.

    Examples
    --------
    >>> overbooked_hours(0.9), overbooked_hours(1.0), overbooked_hours(2.5)
    (0.0, 12.0, 24.0)
    """
    return float(HOURS_BETWEEN_COLLECTIONS * np.floor(np.maximum(carrier_utilization, 0.0)))
