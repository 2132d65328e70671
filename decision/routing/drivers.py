"""Drivers: which physical differences make one candidate's loss smaller than another's, and by how much."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from data.choice_sets import ChoiceSets
from data.decisions import Driver
from decision.routing.features import FEATURE_NAMES, FEATURE_SUBJECTS, SUBJECTS, subject_values
from decision.routing.model import RoutingModel
from decision.routing.scoring import CARBON, COST, LEARNED, Scores

Floats = NDArray[np.float64]


def drivers(
    model: RoutingModel, choice_sets: ChoiceSets, scored: Scores, prices: Floats, rows: tuple[int, int]
) -> tuple[Driver, ...]:
    """Split the difference of two candidates' losses by physical subject, the weightiest first.

    The parts add up to the difference of the point objective exactly: effects are linear in the features.
    Where a probability was held to its bounds its parts shrink in proportion.

    Parameters
    ----------
    rows : tuple of int
        The recommended row and the reference row, of one order's choice sets.
    """
    recommended, current = rows
    worth = _learned_worth(model, scored, prices, recommended)
    values = subject_values(choice_sets, model.imputation)
    learned = [
        Driver(subject, float(values[recommended, index]), float(values[current, index]), worth[subject])
        for index, subject in enumerate(SUBJECTS)
    ]
    column = choice_sets.candidate
    tabled = [("cost_minor", column["freight_minor"] + column["handling_minor"], COST)]
    tabled.append(("carbon_kg", column["carbon_kg"], CARBON))
    exact = [
        Driver(name, float(known[recommended]), float(known[current]), float(prices[k] * scored.point[recommended, k]))
        for name, known, k in tabled
    ]
    told = [driver for driver in (*exact, *learned) if driver.objective_minor != 0]
    return tuple(sorted(told, key=lambda driver: -abs(driver.objective_minor)))


def _learned_worth(model: RoutingModel, scored: Scores, prices: Floats, row: int) -> dict[str, float]:
    coefficients = model.law.coefficients
    parts = scored.basis[row].reshape(coefficients.shape[1:])
    by_feature = np.einsum("kfm,fm->kf", coefficients, parts)
    unbounded = scored.unbounded[row]
    bounded = np.divide(scored.point[row, LEARNED], unbounded, out=np.ones_like(unbounded), where=unbounded != 0)
    priced = (prices[LEARNED] * bounded) @ by_feature
    worth = dict.fromkeys(SUBJECTS, 0.0)
    for index, value in zip(model.law.feature_index, priced, strict=True):
        worth[FEATURE_SUBJECTS[FEATURE_NAMES[index]]] += float(value)
    return worth
