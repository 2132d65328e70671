"""The causal policy: in a simulated world it takes the candidate that the model scores best."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from data.choice_sets import ChoiceSet, ChoiceSets
from data.choices import Choice, Choices
from data.compiling import compiled
from data.objective import ObjectiveWeights, UnitValues, objective_coefficients
from decision.routing.model import RoutingModel
from decision.routing.scoring import losses
from decision.routing.seen_order import SAME_LOSS_DECIMALS
from decision.rules import RuleEngine

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


class CausalRoutingPolicy:
    """Always the model's first choice among what is feasible, as if every recommendation were accepted.

    Where a number is not finite, or nothing is feasible, the rules' choice stands.
    """

    def __init__(self, model: RoutingModel, weights: ObjectiveWeights, values: UnitValues) -> None:
        self.name = "causal"
        self._model = model
        self._prices = np.array(objective_coefficients(weights, values))
        self._rules = RuleEngine()

    def choose(self, choices: ChoiceSet, uniform: float) -> Choice:
        """The model's first choice, with propensity 1; the draw is not used."""
        default = self._rules.choose(choices)
        answer = self._answers(ChoiceSets.of_one(choices), _name_ranks(choices), np.array([default]))
        return Choice(int(answer.index[0]), default, answer.propensity.tolist())

    def choose_many(self, choices: ChoiceSets, uniforms: Floats) -> Choices:
        """The same for many orders, which the model is shown together."""
        return self._answers(choices, choices.candidate["name_rank"], self._rules.choose_many(choices))

    def _answers(self, choices: ChoiceSets, name_rank: Floats, default: Integers) -> Choices:
        with np.errstate(all="ignore"):
            loss = losses(self._model, choices, choices.offsets[:-1] + default, self._prices)
            told = np.isfinite(loss), np.round(loss, SAME_LOSS_DECIMALS), name_rank
        held = choices.candidate["hours_to_cut_off"], choices.candidate["available_quantity"]
        feasible = _feasible(choices.offsets, choices.order["max_line_quantity"], held)
        return Choices(*_first_choices(choices.offsets, default, feasible, told))


def _name_ranks(choices: ChoiceSet) -> Floats:
    """Where each candidate's name stands in alphabetical order."""
    rank = {name: place for place, name in enumerate(sorted(choices.candidate_id))}
    return np.array([rank[name] for name in choices.candidate_id], dtype=np.float64)


@compiled
def _feasible(offsets: Integers, needed: Floats, held: tuple[Floats, Floats]) -> NDArray[np.bool_]:
    """What `decision.routing.screening.feasible_rows` leaves of all rows of many orders."""
    hours_to_cut_off, available = held
    waiting = hours_to_cut_off >= 0
    feasible = waiting.copy()
    for order in range(len(needed)):
        rows = slice(offsets[order], offsets[order + 1])
        stocked = waiting[rows] & (available[rows] >= needed[order])
        if stocked.any():
            feasible[rows] = stocked
    return feasible


@compiled
def _first_choices(
    offsets: Integers,
    default: Integers,
    feasible: NDArray[np.bool_],
    told: tuple[NDArray[np.bool_], Floats, Floats],
) -> tuple[Integers, Integers, Floats]:
    """Of each order what `ranked_rows` puts first, or the default; the default too; and propensities of 1 or 0."""
    finite, loss, name_rank = told
    index, propensity = default.copy(), np.zeros(offsets[-1])
    for order in range(len(default)):
        first, last = offsets[order], offsets[order + 1]
        best, least = -1, (np.inf, True, np.inf)
        for row in range(first, last):
            this = (loss[row], row - first != default[order], name_rank[row])
            if feasible[row] and (best < 0 or this < least):
                best, least = row - first, this
        if best >= 0 and finite[first:last].all():
            index[order] = best
        propensity[first + index[order]] = 1.0
    return index, default, propensity
