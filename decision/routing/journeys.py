"""Journeys: what every candidate would lead to, from two forests that know the stages of an order's way.

Unlike the linear law this learner speaks of levels, not of effects; an effect is the difference of two journeys of the
same order. Its bags tell how much the log left open; what the node's unseen state leaves open comes on top.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from data.compiling import compiled
from decision.errors import ArtefactError
from decision.routing.composition import LATE, N_COMPOSED, composed
from decision.routing.forest import Forest
from decision.routing.stages import NODE, NODE_NAMES, ROAD, ROAD_NAMES, STAGE_NAMES
from decision.routing.walking import ROWS_ABREAST, Trees, bag_means

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

# A quote of nothing would make every transit an endless multiple of it.
LEAST_QUOTE_HOURS = 0.5
MOST_STEPS = 64
LEAD, SLACK, QUEUE, WEATHER = (
    STAGE_NAMES.index(name) for name in ("lead_time_hours", "slack_hours", "queue_hours", "weather_expected")
)
# More than tenfold in the worst weather is no slowdown but a road that is closed.
MOST_SLOWDOWN = 10.0
# Machine code takes no slices from outside.
NODE_START, ROAD_START, ROAD_STOP = NODE.start, ROAD.start, ROAD.stop


@dataclass(frozen=True)
class Outlook:
    """What candidates would lead to.

    Parameters
    ----------
    outcomes : array of shape (n_bags, n_rows, n_outcomes)
        Expectations by bag, columns as TIMED_OUTCOMES; NaN where a row holds numbers that are not finite.
    unseen : array of shape (n_rows, n_outcomes)
        How far an expectation would move if the wait at the node were known, as a standard deviation.
    """

    outcomes: Floats
    unseen: Floats

    @property
    def point(self) -> Floats:
        """The mean over bags, shape (n_rows, n_outcomes)."""
        mean: Floats = np.add.reduce(self.outcomes) / len(self.outcomes)
        return mean


@dataclass(frozen=True)
class Ways:
    """The waits and transits that candidates may meet, by bag, whatever was promised.

    Parameters
    ----------
    wait, transit : arrays of shape (n_bags, n_rows, n_steps)
        As `composed` takes them, on the grids `wait_hours` and `ratios`.
    quoted_hours : array of shape (n_bags, n_rows)
        As slowed down by the weather.
    room_hours : array of shape (n_rows,)
        From the collection, and the queue ahead past it, to the promise.
    """

    wait: Floats
    transit: Floats
    wait_hours: Floats
    ratios: Floats
    quoted_hours: Floats
    room_hours: Floats

    def later_than(self, hours: Floats) -> Floats:
        """The chance that each row comes later than so many hours after collection and queue: (n_bags, n_rows).

        Parameters
        ----------
        hours : array of shape (n_rows,)
        """
        outcomes, _ = composed(self.wait, self.wait_hours, self.transit, self.ratios, self.quoted_hours, hours)
        return outcomes[:, :, LATE]


@dataclass(frozen=True)
class Journeys:
    """Two forests and the grids that their curves stand on.

    Parameters
    ----------
    node : Forest
        Says the chance to wait longer than the edge of each bin but the last, and that of a stock-out.
    road : Forest
        Says the chance that transit takes more than each of `ratios`, and the mean days beyond the last.
    wait_hours : array of shape (n_waits,)
        The mean wait within each bin, beyond the queue that is ahead by any reckoning; rising.
    ratios : array of shape (n_ratios,)
        Multiples of the quoted lead time in the weather that is forecast, rising.
    slowdown : array of shape (n_bags,)
        By how much of itself the quote grows from calm to the worst weather, in a straight line: what leaves learn of
        the weather comes on top, but no leaf says anything about a storm worse than any of the log.
    """

    node: Forest
    road: Forest
    wait_hours: Floats
    ratios: Floats
    slowdown: Floats

    def outlook(self, columns: Floats) -> Outlook:
        """What every candidate would lead to.

        Parameters
        ----------
        columns : array of shape (n_rows, n_columns)
            As `stage_columns` makes them.
        """
        grids = self.wait_hours, self.ratios, self.slowdown
        return Outlook(*_outlook(columns, self.node.trees, self.road.trees, grids))

    def chance_later_than(self, columns: Floats, hours: Floats) -> Floats:
        """The chance that each row comes later than so many hours after its promise, shape (n_rows, n_hours).

        Parameters
        ----------
        columns : array of shape (n_rows, n_columns)
            As `stage_columns` makes them, of a few rows.
        """
        way = self.ways(columns)
        # To be an hour late is to be late for a promise of an hour later.
        by_bag = [way.later_than(way.room_hours + more) for more in hours]
        chance: Floats = np.stack(by_bag, axis=2).mean(axis=0)
        return chance

    def ways(self, columns: Floats) -> Ways:
        """What both forests say of each row, before any promise is held against it.

        Parameters
        ----------
        columns : array of shape (n_rows, n_columns)
            As `stage_columns` makes them, of a few rows.
        """
        quoted, room, _ = _hours(columns, self.slowdown)
        curves = self.node.bag_means(columns[:, NODE]), self.road.bag_means(columns[:, ROAD])
        return Ways(*curves, self.wait_hours, self.ratios, quoted, room)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Its arrays by name."""
        grids = {"wait_hours": self.wait_hours, "ratios": self.ratios, "slowdown": self.slowdown}
        return {**self.node.to_arrays("node"), **self.road.to_arrays("road"), **grids}

    @classmethod
    def from_arrays(cls, arrays: dict[str, NDArray[Any]]) -> Self:
        """Rebuild journeys.

        Raises
        ------
        ArtefactError
            If a part is missing or makes no sense.
        """
        wait_hours, ratios = (_rising(arrays, name) for name in ("wait_hours", "ratios"))
        node = Forest.from_arrays(arrays, "node", len(NODE_NAMES), len(wait_hours))
        road = Forest.from_arrays(arrays, "road", len(ROAD_NAMES), len(ratios) + 1)
        if node.root.shape[0] != road.root.shape[0]:
            msg = f"journeys: forests of {node.root.shape[0]} and {road.root.shape[0]} bags; publish the artefact anew"
            raise ArtefactError(msg)
        return cls(node, road, wait_hours, ratios, _slopes(arrays, node.root.shape[0]))


@compiled
def _outlook(columns: Floats, node: Trees, road: Trees, grids: tuple[Floats, Floats, Floats]) -> tuple[Floats, Floats]:
    wait_hours, ratios, slowdown = grids
    n_rows = len(columns)
    outcomes, unseen = np.empty((len(slowdown), n_rows, N_COMPOSED)), np.empty((n_rows, N_COMPOSED))
    # Curves of all bags are held for some rows at a time.
    for start in range(0, n_rows, ROWS_ABREAST):
        rows = slice(start, start + ROWS_ABREAST)
        quoted, room, broken = _hours(columns[rows], slowdown)
        wait = bag_means(columns[rows, NODE_START:ROAD_START], *node)
        transit = bag_means(columns[rows, ROAD_START:ROAD_STOP], *road)
        outcomes[:, rows], unseen[rows] = composed(wait, wait_hours, transit, ratios, quoted, room)
        for row in range(len(room)):
            # Trees send what is not a number to the right; it must not come out as one.
            if broken[row]:
                outcomes[:, start + row] = np.nan
    return outcomes, unseen


@compiled
def _hours(columns: Floats, slowdown: Floats) -> tuple[Floats, Floats, Flags]:
    """The quote of each row as each bag slows it down, its time from collection to promise, and whether it is broken.

    A row is broken if some number of it is not finite.
    """
    n_rows, n_columns = columns.shape
    quoted, room, broken = np.empty((len(slowdown), n_rows)), np.empty(n_rows), np.zeros(n_rows, np.bool_)
    for row in range(n_rows):
        quote = np.maximum(columns[row, LEAD], LEAST_QUOTE_HOURS)
        for bag in range(len(slowdown)):
            # Where the log met little weather bags do not agree on the slope, and intervals grow.
            quoted[bag, row] = quote * (1.0 + slowdown[bag] * columns[row, WEATHER])
        # Less the queue that is ahead by any reckoning.
        room[row] = columns[row, SLACK] + columns[row, LEAD] - columns[row, QUEUE]
        for column in range(n_columns):
            broken[row] |= not np.isfinite(columns[row, column])
    return quoted, room, broken


def _rising(arrays: dict[str, NDArray[Any]], name: str) -> Floats:
    grid = np.asarray(arrays.get(name, ()), dtype=np.float64)
    if grid.ndim != 1 or not 1 < len(grid) <= MOST_STEPS or not np.isfinite(grid).all() or (np.diff(grid) <= 0).any():
        msg = f"journeys: {name} is not a rising list of 2 to {MOST_STEPS} numbers; publish the artefact anew"
        raise ArtefactError(msg)
    return np.ascontiguousarray(grid)


def _slopes(arrays: dict[str, NDArray[Any]], n_bags: int) -> Floats:
    slopes = np.asarray(arrays.get("slowdown", ()), dtype=np.float64)
    if slopes.shape != (n_bags,) or not ((slopes >= 0) & (slopes <= MOST_SLOWDOWN)).all():
        msg = f"journeys: slowdown is not {n_bags} numbers from 0 to {MOST_SLOWDOWN:g}; publish the artefact anew"
        raise ArtefactError(msg)
    return np.ascontiguousarray(slopes)
