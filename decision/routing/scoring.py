"""Scoring: effects of candidates against a reference, learned and tabled, priced into one loss."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.choice_sets import ChoiceSets
from data.compiling import compiled
from data.objective import ROUTING_OUTCOMES
from decision.confidence import INTERVAL_Z
from decision.routing.assessment import Assessment
from decision.routing.linearity import weighed
from decision.routing.model import RoutingModel
from decision.routing.settled_stock import with_settled_stock
from decision.routing.stages import CARBON_KG, FREIGHT, HANDLING

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

COST, LATENESS, LATE, STOCK_OUT, DAMAGE, OTHERS, CARBON = range(len(ROUTING_OUTCOMES))
# The places of the model's learned outcomes among all outcomes.
LEARNED = slice(LATENESS, CARBON)
FIRST_LEARNED = LATENESS
PROBABILITIES = slice(LATE, OTHERS)
# Those that the stages of an order's way tell.
TIMED = slice(LATENESS, DAMAGE)


@dataclass(frozen=True, slots=True)
class Scores:
    """Effects of every candidate against its order's reference, and the loss they add up to.

    Parameters
    ----------
    effects : array of shape (n_rows, n_outcomes, 3)
        Columns as ROUTING_OUTCOMES; of each the point, the lower and the upper bound. Cost and carbon come from tables
        and are exact.
    loss, loss_error : arrays of shape (n_rows,)
        Priced effects in minor currency units and their standard error.
    assessment : Assessment
        The learned effects before probabilities were held to [-1, 1], and what could make them otherwise.
    """

    effects: Floats
    loss: Floats
    loss_error: Floats
    assessment: Assessment

    @property
    def point(self) -> Floats:
        """The estimates, shape (n_rows, n_outcomes)."""
        return self.effects[:, :, 0]

    @property
    def lower(self) -> Floats:
        """The lower bounds, shape (n_rows, n_outcomes)."""
        return self.effects[:, :, 1]

    @property
    def upper(self) -> Floats:
        """The upper bounds, shape (n_rows, n_outcomes)."""
        return self.effects[:, :, 2]

    @property
    def objective(self) -> tuple[Floats, Floats]:
        """The priced effects and their standard error."""
        return self.loss, self.loss_error

    def of_order(self, rows: slice) -> Scores:
        """The rows of one order by themselves, as if it had been asked alone."""
        return Scores(
            effects=self.effects[rows],
            loss=self.loss[rows],
            loss_error=self.loss_error[rows],
            assessment=self.assessment.of_order(rows),
        )


def scores(
    model: RoutingModel, features: Floats, choice_sets: ChoiceSets, reference_rows: Integers, prices: Floats
) -> Scores:
    """Score every candidate against its order's reference.

    Parameters
    ----------
    features : array of shape (n_rows, n_features)
        What `model.features` says of these choice sets.
    reference_rows : array of shape (n_orders,)
        The row, among all rows, of each order's reference.
    prices : array of shape (n_outcomes,)
        Loss in minor currency units per unit of each of ROUTING_OUTCOMES.
    """
    learned = model.assess(features, choice_sets, reference_rows)
    assessment = with_settled_stock(model, features, choice_sets, learned)
    error, loss_error = assessment.errors(prices[LEARNED])
    tabled = tabled_effects(choice_sets, reference_rows)
    effects, loss = _bounded(tabled, assessment.point, error, prices)
    return Scores(effects, loss, loss_error, assessment)


def losses(model: RoutingModel, choice_sets: ChoiceSets, reference_rows: Integers, prices: Floats) -> Floats:
    """The priced effects alone, shape (n_rows,): what a policy needs to rank, and no more.

    A row's loss is the same to the last bit whichever orders are scored beside its own. What fresh shelves settle is
    left out: against what the rules would choose of all candidates, as policies ask, they settle nothing.
    """
    point = tabled_effects(choice_sets, reference_rows)
    point[:, LEARNED] = model.points(choice_sets, reference_rows)
    point[:, PROBABILITIES] = np.clip(point[:, PROBABILITIES], -1.0, 1.0)
    return weighed(point, prices[None, :])[:, 0]


def tabled_effects(choice_sets: ChoiceSets, reference_rows: Integers) -> Floats:
    """What tables tell, shape (n_rows, n_outcomes): exact cost and carbon against the reference, 0 elsewhere."""
    return _tabled(choice_sets.candidate_table, reference_rows, choice_sets.order_of_row)


@compiled
def _tabled(candidate: Floats, reference_rows: Integers, order_of_row: Integers) -> Floats:
    effects = np.zeros((len(order_of_row), len(ROUTING_OUTCOMES)))
    for row in range(len(order_of_row)):
        own, other = candidate[:, row], candidate[:, reference_rows[order_of_row[row]]]
        effects[row, COST] = (own[FREIGHT] + own[HANDLING]) - (other[FREIGHT] + other[HANDLING])
        effects[row, CARBON] = own[CARBON_KG] - other[CARBON_KG]
    return effects


@compiled
def _bounded(tabled: Floats, learned: Floats, error: Floats, prices: Floats) -> tuple[Floats, Floats]:
    """Effects with their bounds, probabilities held to [-1, 1], and the loss they add up to."""
    n_rows, n_outcomes = tabled.shape
    effects, loss = np.empty((n_rows, n_outcomes, 3)), np.zeros(n_rows)
    for row in range(n_rows):
        for outcome in range(n_outcomes):
            of, reach = tabled[row, outcome], 0.0
            if FIRST_LEARNED <= outcome < CARBON:
                of = learned[row, outcome - FIRST_LEARNED]
                reach = INTERVAL_Z * error[row, outcome - FIRST_LEARNED]
            bound = 1.0 if LATE <= outcome < OTHERS else np.inf
            for place, value in enumerate((of, of - reach, of + reach)):
                effects[row, outcome, place] = np.minimum(np.maximum(value, -bound), bound)
            loss[row] += prices[outcome] * effects[row, outcome, 0]
    return effects, loss


@compiled
def told_bounds(effects: Floats, objective: tuple[Floats, Floats], rows: Integers, outcomes: Integers) -> Floats:
    """Points, lower and upper bounds of some rows' effects on some outcomes, each row's objective behind its effects.

    Returns
    -------
    array of shape (3, n_rows * (n_outcomes + 1))
    """
    loss, loss_error = objective
    bounds = np.empty((3, len(rows), len(outcomes) + 1))
    for place in range(len(rows)):
        row = rows[place]
        for column in range(len(outcomes)):
            bounds[:, place, column] = effects[row, outcomes[column]]
        reach = INTERVAL_Z * loss_error[row]
        for side, value in enumerate((loss[row], loss[row] - reach, loss[row] + reach)):
            bounds[side, place, len(outcomes)] = value
    return bounds.reshape(3, -1)
