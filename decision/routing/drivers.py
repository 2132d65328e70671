"""Drivers: which physical differences make one candidate's loss smaller than another's, and by how much.

The linear law's parts are those of its coefficients. Journeys are not linear: there the current candidate is turned
into the recommended one, one physical subject after the other, once forwards and once backwards, and what each step
changes is averaged over both ways. Either way the parts add up to the whole difference exactly.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from data.choice_sets import CANDIDATE_COLUMNS, ChoiceSets
from data.compiling import compiled
from data.decisions import Driver
from decision.routing.assessment import Assessment
from decision.routing.features import FEATURE_NAMES, FEATURE_SUBJECTS, SUBJECTS
from decision.routing.journeys import Journeys
from decision.routing.known_stock import MOST
from decision.routing.model import RoutingModel
from decision.routing.parts import TIMED_OUTCOMES
from decision.routing.scoring import CARBON, COST, DAMAGE, FIRST_LEARNED, OTHERS, TIMED, Scores
from decision.routing.stages import (
    AGE,
    AVAILABLE,
    BACKLOG,
    CARBON_KG,
    CARRIER,
    CUT_OFF,
    DISTANCE,
    FORECAST,
    FREIGHT,
    HANDLING,
    LARGEST_LINE,
    LEAD,
    PROMISE,
    UTILIZATION,
    candidate_stages,
    staged,
)

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Integers = NDArray[np.int64]
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
    "weather_severity": ("weather_severity", "weather_now"),
    "lead_time_hours": ("lead_time_hours", "distance_km", "carbon_kg"),
}
# When a node will be done follows from its load; how often a carrier calls belongs to its timetable.
CLEARS_WITH, CALLS_WITH = "capacity_utilization", "hours_to_cut_off"
# The place of the subject with which each column of `candidate_stages` turns; what turns with none is priced as it is.
_NO_STEP = -1
_STEP_OF_COLUMN = np.array(
    [
        next((place for place, names in enumerate(STEPS.values()) if name in names), _NO_STEP)
        for name in (*CANDIDATE_COLUMNS, CLEARS_WITH, CALLS_WITH)
    ]
)
# What drivers are told of: what tables and levels say, then what the stages of an order's way meet.
NAMES = ("cost_minor", "carbon_kg", "damage_probability", "delays_to_others_minor", *SUBJECTS)
N_NAMES = len(NAMES)
_SUBJECT_OF_STEP = [SUBJECTS.index(subject) for subject in STEPS]
_STOCK_LEFT = SUBJECTS.index("stock_left")
N_STEPS = len(STEPS)
# Hours and chances that differ by less are the same.
ROUNDING = 1e-9


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
    # A candidate beside itself differs in nothing.
    apart = [pair for pair in pairs if pair[0] != pair[1]]
    told = iter(_told(model, choice_sets, scored, prices, apart) if apart else ())
    return [next(told) if pair[0] != pair[1] else () for pair in pairs]


def _told(
    model: RoutingModel, choice_sets: ChoiceSets, scored: Scores, prices: Floats, pairs: Sequence[Pair]
) -> list[tuple[Driver, ...]]:
    rows = np.array(pairs)
    if model.journeys is None:
        worths = [_worth_by_law(model, choice_sets, scored, prices, pair) for pair in pairs]
    else:
        worths = _worth_by_journeys(model, model.journeys, choice_sets, (scored.assessment, prices), rows).tolist()
    tables = choice_sets.candidate_table, choice_sets.order_table, choice_sets.order_of_row
    values = _quantities(tables, rows.ravel(), scored.assessment.level, _instead(model)).tolist()
    exact = (scored.point[rows[:, 0]] * prices)[:, [COST, CARBON, DAMAGE, OTHERS]].tolist()
    return [
        _weightiest(NAMES, recommended, current, [*tabled, *worth])
        for recommended, current, tabled, worth in zip(values[::2], values[1::2], exact, worths, strict=True)
    ]


@compiled
def _quantities(
    columns: tuple[Floats, Floats, Integers], rows: Integers, level: Floats, instead: tuple[float, float]
) -> Floats:
    """The plain quantity behind each of NAMES, for some rows, shape (n_rows, n_names)."""
    candidate, order, order_of_row = columns
    told = np.empty((len(rows), N_NAMES))
    for place in range(len(rows)):
        row, of = rows[place], order_of_row[rows[place]]
        at, cell = candidate[:, row], told[place]
        cell[0], cell[1] = at[FREIGHT] + at[HANDLING], at[CARBON_KG]
        cell[2], cell[3] = level[row, DAMAGE - FIRST_LEARNED], level[row, OTHERS - FIRST_LEARNED]
        cell[4], cell[5], cell[6] = at[LEAD], at[DISTANCE], at[CUT_OFF]
        # Negative is late by quote.
        cell[7] = order[PROMISE, of] - (np.maximum(at[CUT_OFF], 0.0) + at[LEAD])
        cell[8], cell[9], cell[10] = at[UTILIZATION], at[BACKLOG], at[AVAILABLE] - order[LARGEST_LINE, of]
        cell[11] = instead[0] if np.isnan(at[CARRIER]) else at[CARRIER]
        cell[12] = instead[1] if np.isnan(at[FORECAST]) else at[FORECAST]
        cell[13] = at[AGE]
    return told


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
    unbounded = model.law.points(basis)[0]
    own = np.clip(unbounded, -MOST, MOST)
    bounded = np.divide(own, unbounded, out=np.ones_like(unbounded), where=unbounded != 0)
    priced = (prices[TIMED] * bounded) @ by_feature
    worth = dict.fromkeys(SUBJECTS, 0.0)
    for index, value in zip(model.law.feature_index, priced, strict=True):
        worth[FEATURE_SUBJECTS[FEATURE_NAMES[index]]] += float(value)
    # But for rounding, what is stated differs from the law's own only where fresh shelves settle it.
    settled = scored.point[recommended, TIMED] - own
    worth["stock_left"] += float(np.where(np.abs(settled) > ROUNDING, settled, 0.0) @ prices[TIMED])
    return list(worth.values())


def _worth_by_journeys(
    model: RoutingModel,
    journeys: Journeys,
    choice_sets: ChoiceSets,
    priced: tuple[Assessment, Floats],
    pairs: Integers,
) -> Floats:
    """What each of SUBJECTS is worth in every order, shape (n_pairs, n_subjects).

    Parameters
    ----------
    priced : tuple of Assessment and array of shape (n_outcomes,)
        What journeys say of every candidate, and the prices.
    """
    assessment, prices = priced
    effect, level = (told[:, : len(TIMED_OUTCOMES)] for told in (assessment.point, assessment.level))
    turned, differing, offsets = _ways(candidate_stages(choice_sets, model.imputation, model.peak_hours), pairs)
    between = np.empty(0)
    if offsets[-1]:
        order = choice_sets.order_of_row[pairs[:, 0]].repeat(np.diff(offsets))
        ways = staged(turned, choice_sets.order_table, order, _instead(model))
        between = journeys.outlook(ways).point @ prices[TIMED]
    worths = np.zeros((len(pairs), len(SUBJECTS)))
    worths[:, _SUBJECT_OF_STEP] = _changes(between, (level @ prices[TIMED])[pairs], differing, offsets)
    # Journeys' own levels tell nothing of what fresh shelves settle.
    worths[:, _STOCK_LEFT] += (effect[pairs[:, 0]] - (level[pairs[:, 0]] - level[pairs[:, 1]])) @ prices[TIMED]
    return worths


def _instead(model: RoutingModel) -> tuple[float, float]:
    """What stands in for a carrier's load and for weather that are not known."""
    return model.imputation.carrier_utilization, model.imputation.weather_severity


@compiled
def _ways(columns: Floats, pairs: Integers) -> tuple[Floats, Flags, Integers]:
    """Every current candidate on its way, step by step, to the recommended one; and the same the other way round.

    What no step turns is alike, or bears on nothing that was learned. Both ends of a way are candidates themselves, of
    which everything is told already: only what lies between them is told here.

    Returns
    -------
    turned : array of shape (n_columns, n_between)
        Of a pair that differs in k steps, k - 1 forwards and as many backwards.
    differing : array of bool of shape (n_pairs, N_STEPS)
        Whether a pair's candidates differ in each of STEPS.
    offsets : array of int of shape (n_pairs + 1,)
        Where those of each pair start, and the end.
    """
    differing, offsets = np.zeros((len(pairs), N_STEPS), np.bool_), np.zeros(len(pairs) + 1, np.int64)
    for pair in range(len(pairs)):
        for column in range(len(columns)):
            one, other = columns[column, pairs[pair, 0]], columns[column, pairs[pair, 1]]
            # Unknown and unknown are alike.
            if _STEP_OF_COLUMN[column] != _NO_STEP and one != other and not (np.isnan(one) and np.isnan(other)):
                differing[pair, _STEP_OF_COLUMN[column]] = True
        offsets[pair + 1] = offsets[pair] + 2 * max(differing[pair].sum() - 1, 0)
    turned = np.empty((len(columns), offsets[-1]))
    for pair in range(len(pairs)):
        n_between = (offsets[pair + 1] - offsets[pair]) // 2
        for column in range(len(columns)):
            step = _STEP_OF_COLUMN[column]
            place = differing[pair, :step].sum() if step != _NO_STEP and differing[pair, step] else n_between + 1
            for stop in range(n_between):
                way = offsets[pair] + stop
                turned[column, way] = columns[column, pairs[pair, 0 if stop >= place else 1]]
                turned[column, way + n_between] = columns[column, pairs[pair, 0 if stop >= n_between - place else 1]]
    return turned, differing, offsets


@compiled
def _changes(between: Floats, ends: Floats, differing: Flags, offsets: Integers) -> Floats:
    """What each step changes, on average over both ways, shape (n_pairs, N_STEPS); 0 where candidates are alike.

    Parameters
    ----------
    between : array of shape (n_between,)
        The loss of what lies between the candidates of each pair, as `_ways` tells it.
    ends : array of shape (n_pairs, 2)
        The loss of the recommended candidate and of the current one.
    """
    changes = np.zeros(differing.shape)
    for pair in range(len(differing)):
        n_between = (offsets[pair + 1] - offsets[pair]) // 2
        forwards, backwards = np.empty(n_between + 2), np.empty(n_between + 2)
        for way in (forwards, backwards):
            way[0], way[-1] = ends[pair, 1], ends[pair, 0]
        forwards[1:-1] = between[offsets[pair] : offsets[pair] + n_between]
        backwards[1:-1] = between[offsets[pair] + n_between : offsets[pair + 1]]
        place = 0
        for step in range(N_STEPS):
            if differing[pair, step]:
                gone = forwards[place + 1] - forwards[place]
                changes[pair, step] = 0.5 * (gone + backwards[n_between + 1 - place] - backwards[n_between - place])
                place += 1
    return changes
