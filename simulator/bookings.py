"""Bookings: what an order-management system makes of the parcels that wait for a carrier as time goes by.

It knows what it has sent there since the last report, by whom, and when each carrier calls. It does not know what was
ready when the carrier came.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bookings:
    """Parcels that are to leave one node with each carrier, as reckoned at a moment.

    Parameters
    ----------
    parcels : tuple of int
    collections : tuple of int
        The number of each carrier's next collection.
    """

    parcels: tuple[int, ...]
    collections: tuple[int, ...]

    def later(self, sent: Sequence[int], collections: Sequence[int], caps: Sequence[int]) -> Bookings:
        """The same at a later moment, if every collection took as many as it can.

        Parameters
        ----------
        sent : sequence of int
            Parcels that were sent there meanwhile, by carrier; none of them was ready for a collection that passed.
        collections : sequence of int
            The number of each carrier's next collection by then.
        caps : sequence of int
            Parcels that a collection takes.

        Examples
        --------
        >>> Bookings((30, 4), (7, 2)).later((5, 0), (8, 2), (20, 20))
        Bookings(parcels=(15, 4), collections=(8, 2))
        """
        columns = zip(self.parcels, sent, self.collections, collections, caps, strict=True)
        parcels = tuple(max(here - cap * (after - before), 0) + more for here, more, before, after, cap in columns)
        return Bookings(parcels, tuple(collections))

    def shares(self, caps: Sequence[int], most: float) -> list[float]:
        """Parcels over what a collection takes, by carrier, and this much of one that takes nothing."""
        return [parcels / cap if cap else most for parcels, cap in zip(self.parcels, caps, strict=True)]
