"""Overbooking: how many hours past the next collection a parcel waits for its turn with the carrier.

A collection takes no more parcels than its cap. Where orders for one and a half of them are booked, a new one leaves
with the second. Few logs hold such days, and a policy that likes a carrier brings them about by itself: so the wait is
reckoned and not learned. What a log does tell is how often each carrier calls, because every candidate names the next
collection.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.compiling import compiled

# Chosen, for carriers that no log named: most call at a node once to four times a day.
USUAL_COLLECTION_HOURS = 12.0
# A log without an order in between may hide collections; no carrier is believed to call less than daily, or all day.
COLLECTION_HOURS_RANGE = 1.0, 24.0
# Cut-offs that differ by less are one collection, told more or less exactly.
ONE_CALL = pd.Timedelta(minutes=30)
HOURS_PER_DAY = 24.0
# More names than a network has carriers; an artefact with more of them is not believed.
MOST_CARRIERS = 1_000


@compiled
def overbooked_hours(carrier_utilization: float, collection_hours: float) -> float:
    """Hours between the next collection and the one that a new parcel leaves with; what is not a number stays so.

    Parameters
    ----------
    carrier_utilization : float
        Parcels booked over what a collection takes.
    collection_hours : float
        From one collection to the next.

    Examples
    --------
    >>> overbooked_hours(0.9, 8.0), overbooked_hours(1.0, 8.0), overbooked_hours(2.5, 8.0)
    (0.0, 8.0, 16.0)
    """
    return float(collection_hours * np.floor(np.maximum(carrier_utilization, 0.0)))


def logged_collection_hours(candidates: pd.DataFrame) -> dict[str, float]:
    """Mean hours from one collection of a carrier at a node to the next, by carrier, in a log's candidates.

    They are counted over whole days from the first, since most carriers call at uneven hours of the day; of carriers
    that the log does not show for a day at any node nothing is said.

    Examples
    --------
    >>> at = pd.to_datetime(["2025-01-01 09:00", "2025-01-01 15:00", "2025-01-02 09:00"], utc=True)
    >>> logged_collection_hours(pd.DataFrame({"node_id": "a", "carrier_id": "hare", "cut_off_at": at}))
    {'hare': 12.0}
    """
    at = candidates["cut_off_at"].dt.round(ONE_CALL)
    collections = candidates[["carrier_id", "node_id"]].assign(at=at).drop_duplicates()
    key = [collections["carrier_id"], collections["node_id"]]
    # Whole half hours, so that days are counted exactly.
    hours = (collections["at"] - collections["at"].groupby(key).transform("min")).dt.total_seconds() / 3600
    n_days = hours.groupby(key).transform("max") // HOURS_PER_DAY
    counted = (hours > 0) & (hours <= n_days * HOURS_PER_DAY)
    by_node = pd.DataFrame({"n_days": n_days, "n": counted}).groupby(key)
    told = by_node.agg({"n_days": "first", "n": "sum"}).groupby("carrier_id").sum().query("n > 0")
    between = (HOURS_PER_DAY * told["n_days"] / told["n"]).clip(*COLLECTION_HOURS_RANGE)
    busiest = told.nlargest(MOST_CARRIERS, "n").index.sort_values()
    return {str(name): float(between[name]) for name in busiest}


def require_collection_hours(told: Any) -> dict[str, float]:
    """Hours between two collections by carrier, as an artefact tells them, once they have been looked at.

    Raises
    ------
    ValueError
        If they are no such table.
    """
    shortest, longest = COLLECTION_HOURS_RANGE
    is_table = isinstance(told, dict) and len(told) <= MOST_CARRIERS
    if not is_table or not all(isinstance(hours, float) and shortest <= hours <= longest for hours in told.values()):
        msg = (
            f"collection_hours is no table of at most {MOST_CARRIERS:,} carriers and {shortest:g} to {longest:g} hours"
        )
        raise ValueError(msg)
    return dict(told)


def hours_between_calls(known: Mapping[str, float], carriers: Sequence[str], n_rows: int) -> NDArray[np.float64]:
    """Hours between two collections of each row's carrier, shape (n_rows,); the usual ones where they are not known.

    Parameters
    ----------
    carriers : sequence of str
        One a row; empty where they are not told.

    Examples
    --------
    >>> hours_between_calls({"hare": 6.0}, ["hare", "snail"], 2)
    array([ 6., 12.])
    """
    if not len(carriers):
        return np.full(n_rows, USUAL_COLLECTION_HOURS)
    return np.array([known.get(name, USUAL_COLLECTION_HOURS) for name in carriers])
