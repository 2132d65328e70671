"""Settled stock: what a fresh count of a shelf settles of a recommendation, by the rule of `decision.told_shelves`.

A candidate tells the units of the order's scarcest line, of which one at least is needed, and the largest line, which
no shelf that holds as much can be short of. So a fresh report may settle that an order is short at a node, that it is
not, or neither. It is asked where the current choice is surely short and another candidate surely not: elsewhere the
model, which learned from reports as they are, tells the chance, and every interval that calibration speaks of is its
own. (Of all candidates the rules never choose one that is short while another, whose collection is to come, is not; so
no policy or calibration is touched. What constraints refuse counts as held here: it tells what is short no less truly.)

The linear law knows effects alone. Beside a current choice that is settled, a candidate that holds enough by an old
count would be left behind as if it were short: there all that could be chosen are settled, or none.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from data.choice_sets import ChoiceSets
from data.compiling import compiled
from decision.routing.assessment import Assessment
from decision.routing.clearing import FRESH_HOURS
from decision.routing.known_stock import SHORT, KnownStock
from decision.routing.levels import against_nothing
from decision.routing.model import RoutingModel
from decision.routing.parts import TIMED_OUTCOMES
from decision.routing.stages import AGE, AVAILABLE, CUT_OFF, LARGEST_LINE, UNITS

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_TIMED = slice(0, len(TIMED_OUTCOMES))


def with_settled_stock(
    model: RoutingModel, features: Floats, choice_sets: ChoiceSets, assessment: Assessment
) -> Assessment:
    """An assessment whose stock-outs are as certain as fresh shelves make them; its levels stay the learner's own.

    Parameters
    ----------
    features : array of shape (n_rows, n_features)
        What `model.features` says of these choice sets.
    """
    tables, reference = (choice_sets.candidate_table, choice_sets.order_table), assessment.reference_of_row
    by_level = model.journeys is not None
    chance = settled_chances(*tables, choice_sets.order_of_row, reference, by_level=by_level)
    certain = np.isfinite(chance)
    if not certain.any():
        return assessment
    learned, unseen = assessment.learned.copy(), assessment.unseen.copy()
    # What is certain has no error, and what is compared with it errs by itself alone.
    learned[certain, :, SHORT], unseen[certain, SHORT] = 0.0, 0.0
    beside = np.flatnonzero(~certain & certain[reference])
    if model.journeys is not None and beside.size:
        alone = against_nothing(model, model.journeys, features[beside], choice_sets.taken(beside))
        learned[beside, :, SHORT] = alone.learned[:-1, :, SHORT]
    return replace(
        assessment, point=_settled_points(model, choice_sets, assessment, chance), learned=learned, unseen=unseen
    )


def _settled_points(model: RoutingModel, choice_sets: ChoiceSets, assessment: Assessment, chance: Floats) -> Floats:
    point, reference, certain = assessment.point.copy(), assessment.reference_of_row, np.isfinite(chance)
    if model.journeys is not None:
        told = assessment.level[:, _TIMED]
        known = KnownStock.of(model, model.journeys, choice_sets, told[:, SHORT], chance.tolist())
        moved = np.where(certain[:, None], known.outcomes(told), told) - told
        moved[certain, SHORT] = (chance - told[:, SHORT])[certain]
        point[:, _TIMED] += moved - moved[reference]
    # Where one is settled its reference is too.
    point[certain, SHORT] = (chance - chance[reference])[certain]
    return point


@compiled
def settled_chances(
    candidate: Floats, order: Floats, order_of_row: Integers, reference_of_row: Integers, by_level: bool
) -> Floats:
    """The chance of a stock-out where it is settled, 1 or 0, else NaN, shape (n_rows,).

    Only orders whose reference is surely short, and another candidate that will be collected surely not, have any that
    is settled.

    Parameters
    ----------
    candidate : array of shape (n_candidate_columns, n_rows)
        In the order of CANDIDATE_COLUMNS.
    order : array of shape (n_order_columns, n_orders)
        In the order of ORDER_COLUMNS.
    order_of_row, reference_of_row : arrays of int of shape (n_rows,)
    by_level : bool
        Whether the learner speaks of levels. If not, an old count of enough leaves its whole order to the learner.
    """
    chance, n_orders = np.empty(len(order_of_row)), order.shape[1]
    held, left_open = np.zeros(n_orders, np.bool_), np.zeros(n_orders, np.bool_)
    for row in range(len(chance)):
        of = order_of_row[row]
        chance[row] = _settled(candidate[:, row], order[:, of])
        if candidate[CUT_OFF, row] >= 0.0 and candidate[AVAILABLE, row] >= order[LARGEST_LINE, of]:
            held[of] |= chance[row] == 0.0
            left_open[of] |= chance[row] != 0.0
    asked = np.empty(len(chance), np.bool_)
    for row in range(len(chance)):
        of = order_of_row[row]
        asked[row] = held[of] and chance[reference_of_row[row]] == 1.0 and (by_level or not left_open[of])
    return np.where(asked, chance, np.nan)


@compiled
def _settled(candidate: Floats, order: Floats) -> float:
    """The same of one candidate of one order."""
    largest = order[LARGEST_LINE]
    # The scarcest line of several may need no more than one unit.
    least = largest if order[UNITS] <= largest else min(largest, 1.0)
    if candidate[AGE] <= FRESH_HOURS:
        if candidate[AVAILABLE] < least:
            return 1.0
        if candidate[AVAILABLE] >= largest:
            return 0.0
    return np.nan
