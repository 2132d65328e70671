"""Lookup in a node's factual course: when hands were idle, and when goods were there, for many moments at once."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.typing import NDArray

from simulator.station import Station

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Idle:
    """When some hands were free and nobody waited for them.

    Parameters
    ----------
    from_hours, until_hours : array of shape (n_spells,)
        Spells, rising.
    """

    from_hours: Floats
    until_hours: Floats

    def first_from(self, hours: Floats) -> Floats:
        """The first idle moment from each moment on; infinite if there is none."""
        spell = np.searchsorted(self.until_hours, hours, side="right")
        starts = np.append(self.from_hours, inf)
        first: Floats = np.maximum(hours, starts[spell])
        return first


@dataclass(frozen=True)
class Shelf:
    """Stock after every change, sorted by article and then by when it happened.

    Parameters
    ----------
    key : array of int of shape (n_changes,)
        Article times `n_moments` + number of the moment.
    on_hand, owed, arrived, position, n_reorders : array of int of shape (n_changes,)
        Units there, units that waiting orders ask for, units that have come since the start, units there or under way
        but not asked for, and how often the article was reordered.
    arrival_key, arrival_hours : array of shape (n_arrivals,)
        Article times `most` + units that have come with this delivery, and when it came.
    moment_hours : array of shape (n_moments,)
        When each moment was, rising.
    station : Station
        The node itself, which knows its delays.
    """

    key: Ints
    on_hand: Ints
    owed: Ints
    arrived: Ints
    position: Ints
    n_reorders: Ints
    arrival_key: Ints
    arrival_hours: Floats
    moment_hours: Floats
    most: int
    station: Station

    def ready_hours(self, sku: Ints, quantity: Ints, at_hours: Floats) -> Floats:
        """When a line that comes at these moments has its goods, the moment itself if at once; infinite if never seen.

        Who waits is served in turn, and nobody takes from the shelf meanwhile.
        """
        # Before the moment itself: an order that did join this node must not find its own line taken.
        moment = np.searchsorted(self.moment_hours, at_hours) - 1
        place = np.searchsorted(self.key, sku * len(self.moment_hours) + moment, side="right") - 1
        owed, missing = self.owed[place], self.owed[place] + quantity - self.on_hand[place]
        wanted = self.arrived[place] + missing
        delivery = np.searchsorted(self.arrival_key, sku * self.most + wanted)
        same = np.append(self.arrival_key, -1)[delivery] // self.most == sku
        later = np.where(same, np.append(self.arrival_hours, inf)[delivery], inf)
        ready: Floats = np.where((owed == 0) & (missing <= 0), at_hours, later)
        plan = self.station.plan
        alerts = self.position[place] - quantity <= np.array(plan.reorder_point)[sku]
        for row in np.flatnonzero((ready > at_hours) & alerts).tolist():
            # The line itself has goods reordered; they may come before any that come in fact.
            k = int(self.n_reorders[place[row]])
            factor = self.station.shelf.delay_factor(int(sku[row]), k)
            ready[row] = min(ready[row], at_hours[row] + plan.replenishment_hours * factor)
        return ready
