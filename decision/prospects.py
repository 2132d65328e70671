"""Prospects: what candidates, and shipments by several of them, would lead to, draw by draw.

Journeys tell what each shipment itself would lead to, and several are put together as parcels with luck of their own.
The linear law tells effects alone; there a plan is as late, and as likely late or short, as its worst shipment, which
is too kind to several.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from data.choice_sets import ChoiceSet, ChoiceSets
from decision.errors import QuestionError
from decision.routing.journeys import Journeys
from decision.routing.known_stock import KnownStock
from decision.routing.levels import level_draws
from decision.routing.model import RoutingModel
from decision.routing.scoring import LATENESS, LEARNED, PROBABILITIES, STOCK_OUT, TIMED
from decision.several_parcels import HOURS, LastParcel, at_least_one

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

# Draws of all plans' shipments are held for so many plans at a time.
PLANS_AT_ONCE = 64
N_LEARNED = LEARNED.stop - LEARNED.start
# Where among the learned outcomes those stand that are put together in ways of their own.
HOURS_LATE, SHORT = LATENESS - LEARNED.start, STOCK_OUT - LEARNED.start
TIMED_LEARNED = slice(TIMED.start - LEARNED.start, TIMED.stop - LEARNED.start)
CHANCES = slice(PROBABILITIES.start - LEARNED.start, PROBABILITIES.stop - LEARNED.start)


@dataclass(frozen=True)
class Curves:
    """How late each row may be by journeys, and what is known of its stock; columns are what journeys read."""

    journeys: Journeys
    columns: Floats
    known: KnownStock

    def later_than(self, plans: Sequence[Sequence[int]]) -> Floats:
        """The chance of the rows of these plans to be later than each of HOURS, by row; NaN for others."""
        rows = np.unique(np.concatenate(plans)).astype(np.int64)
        found = np.full((len(self.columns), len(HOURS)), np.nan)
        told = self.journeys.chance_later_than(self.columns[rows], HOURS)
        found[rows] = self.known.of_rows(rows).later_than(told, HOURS)
        return found


@dataclass(frozen=True)
class Prospects:
    """Draws of what the reference, row 0, and the able candidates behind it would lead to.

    Parameters
    ----------
    draws : array of shape (n_rows, n_learned, n_draws)
        Levels; where `curves` is None effects against the reference, whose own are 0.
    curves : Curves or None
        Tells how late each may be.
    """

    draws: Floats
    curves: Curves | None

    @classmethod
    def of(
        cls, model: RoutingModel | None, choices: ChoiceSet, settled: Sequence[float | None], seen: ChoiceSet
    ) -> Self:
        """What the model says, with chances of a stock-out as shelves settle them.

        Parameters
        ----------
        choices : ChoiceSet
            The reference and the able candidates.
        settled : sequence of float or None
            One entry a row.
        seen : ChoiceSet
            The same rows, and behind them whatever else tells how busy their nodes are.

        Raises
        ------
        QuestionError
            If a number of a candidate is not finite.
        """
        if model is None:
            return cls(np.zeros((len(settled), N_LEARNED, 1)), None)
        with np.errstate(all="ignore"):
            columns = model.features(ChoiceSets.of_one(seen))[: len(settled)]
            found = cls._by_model(model, columns, ChoiceSets.of_one(choices), settled)
        if not np.isfinite(found.draws).all():
            msg = f"order {choices.order_id!r}: a number is not finite; mend the candidates"
            raise QuestionError(msg, plainly="a number of a candidate is not finite; mend the candidates")
        _settle(found.draws, settled, by_level=found.curves is not None)
        return found

    @classmethod
    def _by_model(cls, model: RoutingModel, columns: Floats, sets: ChoiceSets, settled: Sequence[float | None]) -> Self:
        if model.journeys is not None:
            draws = level_draws(model, model.journeys, columns, sets)
            told = draws[:, TIMED_LEARNED].mean(axis=2)
            known = KnownStock.of(model, model.journeys, sets, told[:, SHORT], settled)
            draws[:, TIMED_LEARNED] += (known.outcomes(told) - told)[:, :, None]
            return cls(draws, Curves(model.journeys, columns, known))
        assessed = model.assess(columns, sets, np.array([0]))
        point, deviations = assessed.point.copy(), [assessed.loss_deviations(one) for one in np.eye(N_LEARNED)]
        point[:, CHANCES] = np.clip(point[:, CHANCES], -1.0, 1.0)
        return cls(point[:, :, None] + np.stack(deviations, axis=1), None)

    def together(self, plans: Sequence[Sequence[int]]) -> Floats:
        """Draws of what plans lead to, each of shipments by these rows: (n_plans, n_learned, n_draws)."""
        found = np.empty((len(plans), *self.draws.shape[1:]))
        sizes = np.array([len(rows) for rows in plans])
        later_than = None if self.curves is None else self.curves.later_than(plans)
        for size in sorted(set(sizes.tolist())):
            mine = np.flatnonzero(sizes == size)
            for places in np.array_split(mine, -(-len(mine) // PLANS_AT_ONCE)):
                found[places] = self._of_one_size(np.array([plans[place] for place in places]), later_than)
        return found

    def _of_one_size(self, rows: Integers, later_than: Floats | None) -> Floats:
        """Of rows of shape (n_plans, n_shipments)."""
        mine = self.draws[rows]
        worst: Floats = mine.max(axis=1)
        if later_than is not None and rows.shape[1] > 1:
            worst[:, CHANCES] = at_least_one(np.moveaxis(mine[:, :, CHANCES], 1, 2))
            worst[:, HOURS_LATE] = LastParcel.of(later_than[rows]).lateness(mine[:, :, HOURS_LATE])
        return worst

    def against_reference(self, draws: Floats) -> Floats:
        """Effects against the reference of draws of shape (n_learned, n_draws), or of many rows of them."""
        effects: Floats = draws - self.draws[0]
        effects[..., CHANCES, :] = np.clip(effects[..., CHANCES, :], -1.0, 1.0)
        return effects


def _settle(draws: Floats, settled: Sequence[float | None], *, by_level: bool) -> None:
    """Put what is certain of stock in place of what was learned; among effects only where all is certain.

    Beside a reference that is settled, a row that is not would keep what was learned as if it were short.
    """
    certain = {row: chance for row, chance in enumerate(settled) if chance is not None}
    if by_level or len(certain) == len(settled):
        against = 0.0 if by_level else certain[0]
        for row, chance in certain.items():
            draws[row, SHORT] = chance - against
