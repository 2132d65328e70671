r"""Known stock: what journeys say of a candidate once it is settled whether the order will be short at its node.

A model that reads reports says what is to be expected of orders some of which were short, :math:`E[Y] = s E[Y | short]
+ (1 - s) E[Y | held]`. What a stock-out does to an order follows from what it says of the same node with nothing on the
shelf and with plenty, whose chances of a stock-out differ; and with it what to expect where the chance is 0 or 1.
Assumed is that the shelf bears on an order by the stock-out alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from data.choice_sets import ChoiceSets
from decision.routing.journeys import Journeys
from decision.routing.model import RoutingModel
from decision.routing.parts import TIMED_OUTCOMES

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

SHORT = TIMED_OUTCOMES.index("stock_out")
# Hours have no bound.
MOST = np.array([np.inf, 1.0, 1.0])
# Chosen: so many units over the safety stock and the order's largest line are plenty.
PLENTY_UNITS = 20.0
# Chosen: closer than this, what a stock-out does would be the noise of two forests, blown up.
LEAST_APART = 0.25


@dataclass(frozen=True)
class KnownStock:
    """Candidates as they would look with nothing and with plenty on the shelf, and how far each is moved between.

    Parameters
    ----------
    empty, full : arrays of shape (n_rows, n_columns)
        What journeys would read.
    apart : array of shape (n_rows, n_timed)
        What they expect with nothing on the shelf less what with plenty; columns as TIMED_OUTCOMES.
    moved : array of shape (n_rows,)
        Towards the empty shelf, as a multiple of all the way; 0 where nothing is settled.
    """

    journeys: Journeys
    empty: Floats
    full: Floats
    apart: Floats
    moved: Floats

    @classmethod
    def of(
        cls, model: RoutingModel, journeys: Journeys, sets: ChoiceSets, told: Floats, settled: Sequence[float | None]
    ) -> Self:
        """From what is said without that knowledge.

        Parameters
        ----------
        told : array of shape (n_rows,)
            The chance of a stock-out.
        settled : sequence of float or None
            The same, where it is settled.
        """
        plenty = sets.per_row("max_line_quantity") + sets.candidate["safety_stock"] + PLENTY_UNITS
        empty, full = (_with_shelf(model, sets, units) for units in (np.zeros_like(plenty), plenty))
        apart = journeys.outlook(empty).point - journeys.outlook(full).point
        chance = np.array([np.nan if one is None else one for one in settled])
        tells = np.isfinite(chance) & (apart[:, SHORT] >= LEAST_APART)
        moved = np.divide(chance - told, apart[:, SHORT], out=np.zeros_like(told), where=tells)
        return cls(journeys, empty, full, apart, moved)

    def of_rows(self, rows: Integers) -> Self:
        """Some of the candidates."""
        return replace(
            self, empty=self.empty[rows], full=self.full[rows], apart=self.apart[rows], moved=self.moved[rows]
        )

    def outcomes(self, told: Floats) -> Floats:
        """Levels, shape (n_rows, n_timed), as they are moved; columns as TIMED_OUTCOMES."""
        found: Floats = np.clip(told + self.moved[:, None] * self.apart, 0.0, MOST)
        return found

    def later_than(self, told: Floats, hours: Floats) -> Floats:
        """Chances to be later than each of some hours, shape (n_rows, n_hours), as they are moved."""
        empty, full = (self.journeys.chance_later_than(shelf, hours) for shelf in (self.empty, self.full))
        found: Floats = np.clip(told + self.moved[:, None] * (empty - full), 0.0, 1.0)
        return found


def _with_shelf(model: RoutingModel, sets: ChoiceSets, units: Floats) -> Floats:
    return model.features(replace(sets, candidate={**sets.candidate, "available_quantity": units}))
