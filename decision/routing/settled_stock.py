"""Settled stock: what a fresh count of a shelf settles of a recommendation, by the rule of `decision.told_shelves`.

A candidate tells the units of the order's scarcest line, of which one at least is needed, and the largest line, which
no shelf that holds as much can be short of. So a fresh report may settle that an order is short at a node, that it is
not, or neither. It is asked where the current choice is surely short and another candidate surely not: elsewhere the
model, which learned from reports as they are, tells the chance, and every interval that calibration speaks of is its
own. (What the rules would choose is never short while another is not, so that no policy or calibration is touched.)
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
from decision.routing.model import RoutingModel
from decision.routing.parts import TIMED_OUTCOMES
from decision.routing.stages import AGE, AVAILABLE, LARGEST_LINE, UNITS

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_TIMED = slice(0, len(TIMED_OUTCOMES))


def with_settled_stock(model: RoutingModel, choice_sets: ChoiceSets, assessment: Assessment) -> Assessment:
    """An assessment whose stock-outs are as certain as fresh shelves make them; its levels stay the learner's own."""
    reference = assessment.reference_of_row
    tables = choice_sets.candidate_table, choice_sets.order_table
    chance = settled_chances(*tables, choice_sets.order_of_row, reference)
    certain = np.isfinite(chance)
    if not certain.any():
        return assessment
    point, learned, unseen = assessment.point.copy(), assessment.learned.copy(), assessment.unseen.copy()
    if model.journeys is not None:
        told = assessment.level[:, _TIMED]
        known = KnownStock.of(model, model.journeys, choice_sets, told[:, SHORT], chance.tolist())
        moved = np.where(certain[:, None], known.outcomes(told), told) - told
        moved[certain, SHORT] = (chance - told[:, SHORT])[certain]
        point[:, _TIMED] += moved - moved[reference]
    both = certain & certain[reference]
    point[both, SHORT] = (chance - chance[reference])[both]
    # What is certain has no error.
    learned[both, :, SHORT], unseen[certain, SHORT] = 0.0, 0.0
    return replace(assessment, point=point, learned=learned, unseen=unseen)


@compiled
def settled_chances(candidate: Floats, order: Floats, order_of_row: Integers, reference_of_row: Integers) -> Floats:
    """The chance of a stock-out where it is settled, 1 or 0, else NaN, shape (n_rows,).

    Only orders whose reference is surely short, and another candidate surely not, have any that is settled.

    Parameters
    ----------
    candidate : array of shape (n_candidate_columns, n_rows)
        In the order of CANDIDATE_COLUMNS.
    order : array of shape (n_order_columns, n_orders)
        In the order of ORDER_COLUMNS.
    order_of_row, reference_of_row : arrays of int of shape (n_rows,)
    """
    chance, held = np.empty(len(order_of_row)), np.zeros(order.shape[1], np.bool_)
    for row in range(len(chance)):
        chance[row] = _settled(candidate[:, row], order[:, order_of_row[row]])
        held[order_of_row[row]] |= chance[row] == 0.0
    asked = np.empty(len(chance), np.bool_)
    for row in range(len(chance)):
        asked[row] = held[order_of_row[row]] and chance[reference_of_row[row]] == 1.0
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
