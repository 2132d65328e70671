"""Drivers: which physical differences make one candidate's loss smaller than another's, and by how much.

The linear law's parts are those of its coefficients. Journeys are not linear: there the current candidate is turned
into the recommended one, one physical subject after the other, once forwards and once backwards, and what each step
changes is averaged over both ways. Either way the parts add up to the whole difference exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import compress

import numpy as np
from numpy.typing import NDArray

from data.choice_sets import ChoiceSets
from data.decisions import Driver
from decision.routing.features import FEATURE_NAMES, FEATURE_SUBJECTS, SUBJECTS, subject_values
from decision.routing.journeys import Journeys
from decision.routing.model import RoutingModel
from decision.routing.parts import TIMED_OUTCOMES
from decision.routing.scoring import CARBON, COST, DAMAGE, OTHERS, TIMED, Scores

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Pair = tuple[int, int]

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
# The subject with which each column turns.
TURNING: dict[str, str] = {name: subject for subject, names in STEPS.items() for name in names}
_SUBJECT_OF_COLUMN = [tuple(STEPS).index(subject) for subject in TURNING.values()]


def drivers(
    model: RoutingModel, choice_sets: ChoiceSets, scored: Scores, prices: Floats, pairs: Sequence[Pair]
) -> list[tuple[Driver, ...]]:
    """Split the difference of two candidates' losses by physical subject, the weightiest first, for every pair.

    Where a probability was held to its bounds its parts shrink in proportion.

    Parameters
    ----------
    pairs : sequence of tuple of int
        The recommended row and the reference row of an order, among all rows.
    """
    if not pairs:
        return []
    if model.journeys is None:
        worths = [_worth_by_law(model, choice_sets, scored, prices, pair) for pair in pairs]
    else:
        worths = _worth_by_journeys(model, model.journeys, choice_sets, prices, pairs)
    rows = np.array(pairs).ravel()
    compared = choice_sets.taken(rows)
    column = compared.candidate
    known = {
        "cost_minor": column["freight_minor"] + column["handling_minor"],
        "carbon_kg": column["carbon_kg"],
        "damage_probability": model.damage_chance(compared),
        "delays_to_others_minor": model.delays_to_others(compared),
        **dict(zip(SUBJECTS, subject_values(compared, model.imputation).T, strict=True)),
    }
    apart = [COST, CARBON, DAMAGE, OTHERS]
    exact = scored.point[rows[::2]][:, apart] * prices[apart]
    recommended, current = (np.stack([values[side::2] for values in known.values()], axis=1) for side in (0, 1))
    return [
        _weightiest(tuple(known), *row)
        for row in zip(
            recommended.tolist(),
            current.tolist(),
            ([*tabled, *worth] for tabled, worth in zip(exact.tolist(), worths, strict=True)),
            strict=True,
        )
    ]


def _weightiest(
    names: Sequence[str], recommended: list[float], current: list[float], worth: list[float]
) -> tuple[Driver, ...]:
    told = [item for item in zip(names, recommended, current, worth, strict=True) if item[3] != 0]
    return tuple(Driver(*item) for item in sorted(told, key=lambda item: -abs(item[3])))


def _worth_by_law(
    model: RoutingModel, choice_sets: ChoiceSets, scored: Scores, prices: Floats, pair: Pair
) -> list[float]:
    """What each of SUBJECTS is worth in one order."""
    recommended = pair[0]
    coefficients = model.law.coefficients
    compared = choice_sets.taken(np.array(pair))
    basis = model.law.basis(model.features(compared), compared, np.array([1, 1]))
    by_feature = np.einsum("kfm,fm->kf", coefficients, basis[0].reshape(coefficients.shape[1:]))
    unbounded = scored.assessment.point[recommended, : len(TIMED_OUTCOMES)]
    bounded = np.divide(scored.point[recommended, TIMED], unbounded, out=np.ones_like(unbounded), where=unbounded != 0)
    priced = (prices[TIMED] * bounded) @ by_feature
    worth = dict.fromkeys(SUBJECTS, 0.0)
    for index, value in zip(model.law.feature_index, priced, strict=True):
        worth[FEATURE_SUBJECTS[FEATURE_NAMES[index]]] += float(value)
    return list(worth.values())


def _worth_by_journeys(
    model: RoutingModel, journeys: Journeys, choice_sets: ChoiceSets, prices: Floats, pairs: Sequence[Pair]
) -> list[list[float]]:
    """What each of SUBJECTS is worth, in every order."""
    differing = _differing(choice_sets, pairs)
    ways = [_ways(steps) for steps in differing]
    expected = journeys.outlook(model.features(_turned(choice_sets, pairs, ways))).point @ prices[TIMED]
    worths, start = [], 0
    for steps, way in zip(differing, ways, strict=True):
        forwards, backwards = np.diff(expected[start : start + len(way)].reshape(2, -1), axis=1)
        worth = dict.fromkeys(SUBJECTS, 0.0)
        worth.update(zip(steps, ((forwards + backwards[::-1]) / 2).tolist(), strict=True))
        worths.append(list(worth.values()))
        start += len(way)
    return worths


def _differing(choice_sets: ChoiceSets, pairs: Sequence[Pair]) -> list[tuple[str, ...]]:
    """For every pair the subjects in which its candidates differ, in the order of STEPS."""
    values = np.array([choice_sets.candidate[name] for name in TURNING])[:, np.array(pairs)]
    # Unknown and unknown are alike.
    differ = (values[:, :, 0] != values[:, :, 1]) & ~np.isnan(values).all(axis=2)
    subjects = tuple(TURNING.values())
    return [tuple(dict.fromkeys(compress(subjects, pair))) for pair in differ.T.tolist()]


@lru_cache(maxsize=256)
def _ways(steps: tuple[str, ...]) -> Flags:
    """The current candidate, turned step by step into the recommended one; and the same the other way round.

    Returns
    -------
    array of bool of shape (2 * (n_steps + 1), n_subjects)
        Whether each of STEPS is as the recommended candidate has it. What no step turns is alike, or bears on nothing
        that was learned.
    """
    stop = np.arange(len(steps) + 1)
    ways = np.zeros((2 * len(stop), len(STEPS)), dtype=bool)
    for place, subject in enumerate(steps):
        ways[:, tuple(STEPS).index(subject)] = np.concatenate((stop > place, stop > len(steps) - 1 - place))
    return ways


def _turned(choice_sets: ChoiceSets, pairs: Sequence[Pair], ways: Sequence[Flags]) -> ChoiceSets:
    """All ways of all pairs as one order's candidates each."""
    recommended, current = np.repeat(np.array(pairs), [len(way) for way in ways], axis=0).T
    turned = np.concatenate(ways)[:, _SUBJECT_OF_COLUMN].T
    values = np.array([choice_sets.candidate[name] for name in TURNING])
    taken = choice_sets.taken(recommended)
    ways_taken = np.where(turned, values[:, recommended], values[:, current])
    return replace(taken, candidate={**taken.candidate, **dict(zip(TURNING, ways_taken, strict=True))})
