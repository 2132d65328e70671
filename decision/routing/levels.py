"""Levels: what every candidate itself would lead to, against nothing, with what could make it otherwise.

Only journeys speak of levels. An order that goes in several shipments needs them: whether any of its parcels is late
follows from each one's own chance, not from how much likelier than another candidate it is.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from data.choice_sets import ChoiceSets
from decision.routing.assessment import Assessment
from decision.routing.blocks import Block, side_by_side
from decision.routing.journeys import Journeys
from decision.routing.model import RoutingModel
from decision.routing.parts import LEARNED_OUTCOMES, TIMED_OUTCOMES

Floats = NDArray[np.float64]

# Nodes are numbered from 0.
NOWHERE = -1


def level_draws(model: RoutingModel, journeys: Journeys, columns: Floats, choice_sets: ChoiceSets) -> Floats:
    """Joint draws of what the candidates of one order would lead to, shape (n_rows, n_learned, n_draws).

    Their means are the model's levels. Chances are not held to [0, 1]: cut draws would have other means.

    Parameters
    ----------
    columns : array of shape (n_rows, n_columns)
        What `model.features` says of the choice sets.
    """
    assessed = against_nothing(model, journeys, columns, choice_sets)
    deviations = [assessed.loss_deviations(one) for one in np.eye(len(LEARNED_OUTCOMES))]
    draws: Floats = assessed.point[:, :, None] + np.stack(deviations, axis=1)
    return draws[:-1]


def against_nothing(model: RoutingModel, journeys: Journeys, columns: Floats, choice_sets: ChoiceSets) -> Assessment:
    """An assessment of the candidates of one order against a last row to which nothing ever happens."""
    outlook, n_rows = journeys.outlook(columns), len(columns)
    nothing = np.full(n_rows + 1, n_rows, dtype=np.int64)
    levels = model.learners.levels_by_bag(outlook, columns, choice_sets)
    told = side_by_side([Block.of_bags(first, _with_nothing(outcomes), nothing) for first, outcomes in levels])
    unseen = np.zeros_like(told.point)
    unseen[:-1, : len(TIMED_OUTCOMES)] = outlook.unseen
    assessed = Assessment(
        point=told.point,
        learned=told.shocks,
        unseen=unseen,
        node_of_row=np.append(choice_sets.node_of_row, NOWHERE),
        reference_of_row=nothing,
        spread=model.stated_spread,
        level=told.level,
    )
    return assessed.widened(np.append(model.widening(columns, choice_sets, np.arange(n_rows)), 1.0))


def _with_nothing(outcomes: Floats) -> Floats:
    """Levels by bag, shape (n_bags, n_rows, n_outcomes), and a last row of zeros."""
    return np.pad(outcomes, ((0, 0), (0, 1), (0, 0)))
