"""Drivers: which physical differences make one candidate's loss smaller than another's, and by how much.

The linear law's parts are those of its coefficients. Journeys are not linear: there the current candidate is turned
into the recommended one, one physical subject after the other, once forwards and once backwards, and what each step
changes is averaged over both ways. Either way the parts add up to the whole difference exactly.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from data.choice_sets import CANDIDATE_COLUMNS, ChoiceSets
from data.decisions import Driver
from decision.routing.features import FEATURE_NAMES, FEATURE_SUBJECTS, SUBJECTS, subject_values
from decision.routing.journeys import Journeys
from decision.routing.model import RoutingModel
from decision.routing.scoring import CARBON, COST, LEARNED, Scores

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

# In the order of an order's way: the columns that turn with each subject. Distance and carbon tell a kind of service
# only together with its quote.
STEPS: dict[str, tuple[str, ...]] = {
    "hours_to_cut_off": ("hours_to_cut_off",),
    "capacity_utilization": ("capacity_utilization",),
    "backlog_orders": ("backlog_orders",),
    "stock_left": ("available_quantity", "safety_stock"),
    "observation_age_hours": ("observation_age_hours",),
    "carrier_utilization": ("carrier_utilization",),
    "weather_severity": ("weather_severity",),
    "lead_time_hours": ("lead_time_hours", "distance_km", "carbon_kg"),
}


def drivers(
    model: RoutingModel, choice_sets: ChoiceSets, scored: Scores, prices: Floats, rows: tuple[int, int]
) -> tuple[Driver, ...]:
    """Split the difference of two candidates' losses by physical subject, the weightiest first.

    Where a probability was held to its bounds its parts shrink in proportion.

    Parameters
    ----------
    rows : tuple of int
        The recommended row and the reference row, of one order's choice sets.
    """
    recommended, current = rows
    if model.journeys is None:
        worth = _worth_by_law(model, choice_sets, scored, prices, rows)
    else:
        worth = _worth_by_journeys(model, model.journeys, choice_sets, prices, rows)
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


def _worth_by_law(
    model: RoutingModel, choice_sets: ChoiceSets, scored: Scores, prices: Floats, rows: tuple[int, int]
) -> dict[str, float]:
    recommended, current = rows
    coefficients = model.law.coefficients
    basis = model.basis(model.features(choice_sets), choice_sets, np.array([current]))
    by_feature = np.einsum("kfm,fm->kf", coefficients, basis[recommended].reshape(coefficients.shape[1:]))
    unbounded = scored.assessment.point[recommended]
    bounded = np.divide(
        scored.point[recommended, LEARNED], unbounded, out=np.ones_like(unbounded), where=unbounded != 0
    )
    priced = (prices[LEARNED] * bounded) @ by_feature
    worth = dict.fromkeys(SUBJECTS, 0.0)
    for index, value in zip(model.law.feature_index, priced, strict=True):
        worth[FEATURE_SUBJECTS[FEATURE_NAMES[index]]] += float(value)
    return worth


def _worth_by_journeys(
    model: RoutingModel, journeys: Journeys, choice_sets: ChoiceSets, prices: Floats, rows: tuple[int, int]
) -> dict[str, float]:
    worth = dict.fromkeys(SUBJECTS, 0.0)
    steps = [subject for subject, names in STEPS.items() if any(_differ(choice_sets, name, rows) for name in names)]
    if not steps:
        return worth
    expected = journeys.outlook(model.features(_ways(choice_sets, rows, steps))).point @ prices[LEARNED]
    forwards, backwards = np.diff(expected[: len(steps) + 1]), np.diff(expected[len(steps) + 1 :])
    for place, subject in enumerate(steps):
        worth[subject] = float(forwards[place] + backwards[len(steps) - 1 - place]) / 2
    return worth


def _differ(choice_sets: ChoiceSets, name: str, rows: tuple[int, int]) -> bool:
    values = choice_sets.candidate[name]
    # Unknown and unknown are alike.
    return bool(values[rows[0]] != values[rows[1]]) and not bool(np.isnan(values[list(rows)]).all())


def _ways(choice_sets: ChoiceSets, rows: tuple[int, int], steps: list[str]) -> ChoiceSets:
    """The order with the current candidate, then turned step by step into the recommended one; and the other way."""
    recommended, current = rows
    place_of = {name: place for place, subject in enumerate(steps) for name in STEPS[subject]}
    stop = np.arange(len(steps) + 1)
    turned = [np.concatenate((stop > place, stop > len(steps) - 1 - place)) for place in range(len(steps))]
    candidate = {}
    for name in CANDIDATE_COLUMNS:
        values = choice_sets.candidate[name]
        # What no step turns bears on nothing that was learned, or is alike.
        if name in place_of:
            candidate[name] = np.where(turned[place_of[name]], values[recommended], values[current])
        else:
            candidate[name] = np.full(2 * len(stop), values[recommended])
    return ChoiceSets(choice_sets.order, candidate, np.array([0, 2 * len(stop)], dtype=np.int64))
