"""Calibration: making a model's intervals and chances agree with truth that it was not fitted on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, product

import numpy as np
from numpy.typing import NDArray

from data.choice_sets import CANDIDATE_COLUMNS, ORDER_COLUMNS, ChoiceSet, ChoiceSets
from data.objective import (
    DEFAULT_UNIT_VALUES,
    DEFAULT_WEIGHTS,
    ObjectiveWeights,
    UnitValues,
    objective_coefficients,
)
from decision.confidence import N_DRAWS, NO_SCALING, Chances, chances, platt_scaled, platt_scaling, spread_factor
from decision.errors import TrainingError
from decision.routing.assessment import Assessment
from decision.routing.model import RoutingModel
from decision.routing.parts import CHANCES, LEARNED_OUTCOMES, TIMED_OUTCOMES
from decision.routing.scoring import LEARNED, scores, tabled_effects
from decision.routing.screening import feasible_rows
from decision.routing.seen_order import ranked_rows
from decision.routing.segments import segment_thresholds
from decision.routing.weather import BORROWED_WIDENING, worst_weather
from decision.rules import RuleEngine

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

UNSEEN_WEIGHTS = (0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0)
# How far the widening is thought to differ from the borrowed one before any truth has spoken.
WIDENING_DEVIATION = 0.35
# So many orders that come within minutes of each other are taken to say as much as one.
NEIGHBOURS = 8
WEATHER_WIDENINGS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a model said of its choice for one order, by its number, and what the truth says."""

    order: int
    said: Chances
    true: Chances


def calibrated(
    model: RoutingModel,
    choice_sets: ChoiceSets,
    expected_outcomes: Mapping[str, Floats],
    *,
    segments: Sequence[Sequence[str]] = (),
    weights: ObjectiveWeights = DEFAULT_WEIGHTS,
    values: UnitValues = DEFAULT_UNIT_VALUES,
) -> RoutingModel:
    """The model with spread factors and Platt scaling found on held-out truth.

    Parameters
    ----------
    expected_outcomes : mapping of str to array of shape (n_rows,)
        The true expectation of each learned outcome for every candidate.
    segments : sequence of n_orders sequences of str
        What each order belongs to; with them, segments get thresholds of their own where they need them.
    weights, values : ObjectiveWeights, UnitValues
        The objective whose best candidate the chances speak of.

    Raises
    ------
    TrainingError
        If the truth lacks an outcome or a row, or is not finite.
    """
    truth = _truth(model, choice_sets, expected_outcomes)
    reference_rows = rules_rows(choice_sets)
    # What no truth tells is left out of what the chances speak of.
    prices = np.array(objective_coefficients(weights, values))
    told = np.array([name in expected_outcomes for name in LEARNED_OUTCOMES])
    prices[LEARNED] *= told
    plain = replace(
        model, spread=np.ones(len(LEARNED_OUTCOMES)), objective_spread=1.0, platt=_no_scaling(), calibrated=True
    )
    error = truth - truth[reference_rows][choice_sets.order_of_row]
    spread = _widened(plain, choice_sets, reference_rows, error, prices[LEARNED])
    found = verdicts(spread, choice_sets, truth, prices)
    factors = np.where(told, spread.spread, model.spread)
    bent = replace(spread, spread=factors, platt=_platt(found))
    return bent if not segments else _by_segment(bent, found, segments)


def _by_segment(model: RoutingModel, found: list[Verdict], segments: Sequence[Sequence[str]]) -> RoutingModel:
    """The model with thresholds for those segments whose choices are worse than their confidence says."""
    slope, intercept = model.platt[CHANCES.index("near_best")].tolist()
    said = np.array([platt_scaled(item.said.near_best, (slope, intercept), N_DRAWS) for item in found])
    came = np.array([item.true.near_best > 0 for item in found], dtype=np.bool_)
    own = segment_thresholds(said, came, [segments[item.order] for item in found], overall=model.settings.threshold)
    return replace(model, settings=replace(model.settings, segment_thresholds=own))


def _widened(
    model: RoutingModel, choice_sets: ChoiceSets, reference_rows: Integers, true_effects: Floats, prices: Floats
) -> RoutingModel:
    """The model with errors as large as those it makes: of each outcome, and of the objective."""
    plain = replace(model, weather_widening=0.0)
    assessment = plain.assess(model.features(choice_sets), choice_sets, reference_rows)
    reference_of_row = reference_rows[choice_sets.order_of_row]
    weather = worst_weather(choice_sets, reference_of_row, model.imputation.weather_severity)
    error = assessment.point - true_effects
    unseen, widening = _likeliest(assessment, weather, error @ prices, prices, by_node=model.journeys is not None)
    stated = _shaped(assessment, weather, unseen, widening)
    return replace(
        model,
        spread=np.array([spread_factor(error[:, k], stated.standard_error[:, k]) for k in range(error.shape[1])]),
        objective_spread=spread_factor(error @ prices, stated.loss_error(prices)),
        unseen=unseen,
        weather_widening=widening,
    )


def _likeliest(
    assessment: Assessment, weather: Floats, loss_error: Floats, prices: Floats, *, by_node: bool
) -> tuple[float, float]:
    """The weight of the unseen and the widening under which the errors met are likeliest, up to a common factor.

    The widening starts from what it was elsewhere: orders without storms say nothing of it.
    """
    n_clusters = len(np.unique(assessment.reference_of_row)) / NEIGHBOURS
    best, found = -np.inf, (0.0, BORROWED_WIDENING)
    for unseen, widening in product(UNSEEN_WEIGHTS if by_node else (0.0,), WEATHER_WIDENINGS):
        stated = _shaped(assessment, weather, unseen, widening).loss_error(prices)
        told = stated > 0
        if not told.any():
            break
        surprise = np.square(loss_error[told] / stated[told]).mean()
        likelihood = -float(np.log(stated[told]).mean()) - 0.5 * float(np.log(surprise))
        worth = n_clusters * likelihood - 0.5 * ((widening - BORROWED_WIDENING) / WIDENING_DEVIATION) ** 2
        if worth > best:
            best, found = worth, (unseen, widening)
    return found


def _shaped(assessment: Assessment, weather: Floats, unseen: float, widening: float) -> Assessment:
    weighed = replace(assessment, spread=replace(assessment.spread, unseen=unseen))
    return weighed.widened(np.exp(widening * weather))


def rules_rows(choice_sets: ChoiceSets) -> Integers:
    """The row, among all rows, that the rules pick for each order, shape (n_orders,)."""
    rules = RuleEngine()
    picked = [rules.choose(choices) for choices in _each(choice_sets)]
    return choice_sets.offsets[:-1] + np.array(picked, dtype=np.int64)


def verdicts(model: RoutingModel, choice_sets: ChoiceSets, truth: Floats, prices: Floats) -> list[Verdict]:
    """What the model says of its choices, unscaled, and what is true, for orders that leave a choice.

    Parameters
    ----------
    truth : array of shape (n_rows, n_learned)
        True expectations of the learned outcomes.
    prices : array of shape (n_outcomes,)
    """
    reference_rows = rules_rows(choice_sets)
    scored = scores(model, model.features(choice_sets), choice_sets, reference_rows, prices)
    assessed = scored.assessment
    true_loss = tabled_effects(choice_sets, reference_rows) @ prices + truth @ prices[LEARNED]
    found = []
    for number, choices in enumerate(_each(choice_sets)):
        rows = slice(choice_sets.offsets[number], choice_sets.offsets[number + 1])
        feasible = feasible_rows(choices, range(len(choices.candidate_id)))
        if len(feasible) < 2:  # noqa: PLR2004  fewer is no choice
            continue
        reference = int(reference_rows[number] - rows.start)
        first = ranked_rows(scored.loss[rows], choices, feasible, reference)[0]
        eligible = np.isin(np.arange(len(choices.candidate_id)), feasible)
        draws = scored.loss[rows, None] + assessed.of_order(rows).loss_deviations(prices[LEARNED])
        told = [
            chances(loss, first, reference, model.settings.epsilon_minor, eligible=eligible)
            for loss in (draws, true_loss[rows, None])
        ]
        found.append(Verdict(number, *told))
    return found


def _platt(found: list[Verdict]) -> Floats:
    said = [[getattr(item.said, name) for item in found] for name in CHANCES]
    true = [[getattr(item.true, name) for item in found] for name in CHANCES]
    return np.array([platt_scaling(told, came, N_DRAWS) for told, came in zip(said, true, strict=True)])


def _no_scaling() -> Floats:
    return np.tile(NO_SCALING, (3, 1))


def _truth(model: RoutingModel, choice_sets: ChoiceSets, expected_outcomes: Mapping[str, Floats]) -> Floats:
    """The truth as columns of LEARNED_OUTCOMES; what it does not tell, and the model need not, is 0."""
    needed = (*TIMED_OUTCOMES, *(() if model.damage is None else ("damaged",)))
    missing = [name for name in needed if name not in expected_outcomes]
    if missing:
        msg = f"the truth lacks {missing}; give the expectation of each of {list(needed)}"
        raise TrainingError(msg)
    n_rows = int(choice_sets.offsets[-1])
    untold = np.zeros(n_rows)
    columns = [np.asarray(expected_outcomes.get(name, untold), dtype=np.float64) for name in LEARNED_OUTCOMES]
    truth = np.column_stack(columns)
    if len(truth) != n_rows or not np.isfinite(truth).all():
        msg = f"the truth must be finite for each of {n_rows} candidates; simulate it anew for these orders"
        raise TrainingError(msg)
    return truth


def _each(choice_sets: ChoiceSets) -> Iterator[ChoiceSet]:
    orders = {name: choice_sets.order[name].tolist() for name in ORDER_COLUMNS}
    candidates = {name: choice_sets.candidate[name].tolist() for name in CANDIDATE_COLUMNS}
    offsets = choice_sets.offsets.tolist()
    for number, (start, end) in enumerate(pairwise(offsets)):
        yield ChoiceSet(
            order_id=str(number),
            # A batch names no candidates; padded row numbers keep ties in the order of rows.
            candidate_id=[f"{row:06d}" for row in range(end - start)],
            **{name: values[number] for name, values in orders.items()},
            **{name: values[start:end] for name, values in candidates.items()},
        )
