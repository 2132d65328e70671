"""Spillover: what an order costs those behind it, by the state of the node that it is sent to.

No log shows it: who waited because of whom is seen only where a world can be played with and without an order. So it is
learned from simulated worlds and told as such. More load, more backlog, a fuller carrier and less stock never make it
less: the trees are monotone in them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from decision.errors import ArtefactError
from decision.routing.forest import Forest
from decision.routing.stages import MET, MET_NAMES

Floats = NDArray[np.float64]
Part = tuple[dict[str, NDArray[Any]], dict[str, Any]]

PREFIX = "spillover"
# Which way each quantity may push; the others may push either way.
DIRECTIONS: dict[str, int] = {
    "utilization": 1,
    "work_hours": 1,
    "queue_hours": 1,
    "backlog_log": 1,
    "carrier_utilization": 1,
    "units_log": 1,
    "spare_hours": -1,
    "stock_left": -1,
    "stock_over_safety": -1,
    "stock_relative": -1,
}
FACTS: tuple[str, ...] = ("learned_from", "n_orders", "slope", "stages")


@dataclass(frozen=True)
class SpilloverLaw:
    """Delays to others in minor currency units, in as many draws as there are bags.

    Parameters
    ----------
    forest : Forest
        Reads what an order meets at a node and says what its being there costs others.
    learned_from : str
        The worlds that it was learned from, in words.
    n_orders : int
        Orders that were played with and without.
    slope : float
        By how much true contrasts rose with those predicted for orders that bags had not seen, at most 1; leaves are
        shrunk by it already.
    """

    forest: Forest
    learned_from: str
    n_orders: int
    slope: float

    def by_bag(self, stages: Floats) -> Floats:
        """The cost of every candidate to others, shape (n_bags, n_rows); NaN where a number is not finite.

        Parameters
        ----------
        stages : array of shape (n_rows, n_columns)
            As `decision.routing.stages.stage_columns` makes them.
        """
        at_node = stages[:, MET]
        minor = self.forest.bag_means(at_node)[:, :, 0]
        broken = ~np.isfinite(at_node).all(axis=1)
        if broken.any():
            minor[:, broken] = np.nan
        return minor

    def to_part(self) -> Part:
        """Its arrays and plain facts: a part of an artefact."""
        facts = {
            "learned_from": self.learned_from,
            "n_orders": self.n_orders,
            "slope": self.slope,
            "stages": list(MET_NAMES),
        }
        return self.forest.to_arrays(PREFIX), facts

    @classmethod
    def from_part(cls, arrays: dict[str, NDArray[Any]], facts: dict[str, Any]) -> Self:
        """Rebuild a law.

        Raises
        ------
        ArtefactError
            If a part is missing, makes no sense or speaks of other quantities.
        """
        if set(facts) != set(FACTS) or facts["stages"] != list(MET_NAMES):
            msg = "spillover law: its quantities are not those of this version; learn and publish it anew"
            raise ArtefactError(msg)
        told = str(facts["learned_from"]), facts["n_orders"], facts["slope"]
        if not isinstance(told[1], int) or not isinstance(told[2], float) or not 0 <= told[2] <= 1:
            msg = f"spillover law: {told[1]!r} orders and a slope of {told[2]!r} make no sense; publish it anew"
            raise ArtefactError(msg)
        forest = Forest.from_arrays(arrays, PREFIX, len(MET_NAMES), 1)
        if len(forest.root) < 2:  # noqa: PLR2004  one bag has no spread
            msg = "spillover law: it has a single bag, which says nothing of how sure it is; publish it anew"
            raise ArtefactError(msg)
        return cls(forest, *told)
