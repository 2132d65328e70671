"""Scoring: effects of candidates against a reference, learned and tabled, priced into one loss."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.choice_sets import ChoiceSets
from data.objective import ROUTING_OUTCOMES
from decision.confidence import INTERVAL_Z
from decision.routing.assessment import Assessment
from decision.routing.model import RoutingModel

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

COST, LATENESS, LATE, STOCK_OUT, DAMAGE, OTHERS, CARBON = range(len(ROUTING_OUTCOMES))
# The places of the model's learned outcomes among all outcomes.
LEARNED = slice(LATENESS, CARBON)
PROBABILITIES = slice(LATE, OTHERS)
# Those that the stages of an order's way tell.
TIMED = slice(LATENESS, DAMAGE)


@dataclass(frozen=True, slots=True)
class Scores:
    """Effects of every candidate against its order's reference, and the loss they add up to.

    Parameters
    ----------
    point, lower, upper : arrays of shape (n_rows, n_outcomes)
        Columns as ROUTING_OUTCOMES; cost and carbon come from tables and are exact.
    loss, loss_error : arrays of shape (n_rows,)
        Priced effects in minor currency units and their standard error.
    assessment : Assessment
        The learned effects before probabilities were held to [-1, 1], and what could make them otherwise.
    """

    point: Floats
    lower: Floats
    upper: Floats
    loss: Floats
    loss_error: Floats
    assessment: Assessment

    def of_order(self, rows: slice) -> Scores:
        """The rows of one order by themselves, as if it had been asked alone."""
        return Scores(
            point=self.point[rows],
            lower=self.lower[rows],
            upper=self.upper[rows],
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
    assessment = model.assess(features, choice_sets, reference_rows)
    point = tabled_effects(choice_sets, reference_rows)
    half_width = np.zeros_like(point)
    point[:, LEARNED], half_width[:, LEARNED] = assessment.point, INTERVAL_Z * assessment.standard_error
    lower, upper = point - half_width, point + half_width
    for bound in (point, lower, upper):
        bound[:, PROBABILITIES] = np.clip(bound[:, PROBABILITIES], -1.0, 1.0)
    return Scores(
        point=point,
        lower=lower,
        upper=upper,
        loss=point @ prices,
        loss_error=assessment.loss_error(prices[LEARNED]),
        assessment=assessment,
    )


def losses(model: RoutingModel, choice_sets: ChoiceSets, reference_rows: Integers, prices: Floats) -> Floats:
    """The priced effects alone, shape (n_rows,): what a policy needs to rank, and no more."""
    point = tabled_effects(choice_sets, reference_rows)
    point[:, LEARNED] = model.points(choice_sets, reference_rows)
    point[:, PROBABILITIES] = np.clip(point[:, PROBABILITIES], -1.0, 1.0)
    loss: Floats = point @ prices
    return loss


def tabled_effects(choice_sets: ChoiceSets, reference_rows: Integers) -> Floats:
    """What tables tell, shape (n_rows, n_outcomes): exact cost and carbon against the reference, 0 elsewhere."""
    column = choice_sets.candidate
    table = np.zeros((len(column["freight_minor"]), len(ROUTING_OUTCOMES)))
    table[:, COST] = column["freight_minor"] + column["handling_minor"]
    table[:, CARBON] = column["carbon_kg"]
    effects: Floats = table - table[reference_rows][choice_sets.order_of_row]
    return effects
