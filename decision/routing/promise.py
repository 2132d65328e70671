"""A promise: when an order would be there by one of its candidates, how sure that is, and what could be promised.

Only journeys speak of levels, so only they promise. Two things are told apart. Chance: even who knew the world's laws
would not know when this parcel comes; that is the interval of the arrival. And what the learner does not know of these
laws: that is the interval of the attainment, the chance to be there by what was promised.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from data.choice_sets import ChoiceSets
from data.decisions import Interval, ReviewReason
from decision.confidence import INTERVAL_Z
from decision.errors import QuestionError
from decision.routing.arrival import Arrivals
from decision.routing.features import finite_rows
from decision.routing.journeys import Journeys
from decision.routing.levels import against_nothing
from decision.routing.model import RoutingModel
from decision.routing.parts import LEARNED_OUTCOMES
from decision.routing.question import RoutingCase
from decision.routing.staleness import overdue

Floats = NDArray[np.float64]

LATE = LEARNED_OUTCOMES.index("late")
EARLY_CHANCE, EVEN_CHANCE, LATE_CHANCE = 0.05, 0.5, 0.95
DEFAULT_KEPT_CHANCE = 0.95
# What is told is what is reckoned with: nobody knows a chance to more digits.
_DIGITS = 6


class Untold(StrEnum):
    """Why nothing is promised."""

    NO_MODEL = "no_model"
    EFFECTS_ONLY = "effects_only"
    NOT_FINITE = "not_finite"
    CUT_OFF_PASSED = "cut_off_passed"
    NO_FEASIBLE_CANDIDATE = "no_feasible_candidate"


@dataclass(frozen=True, slots=True)
class Promise:
    """What one candidate would lead to.

    Parameters
    ----------
    quoted_at : datetime
        What tables alone say: the collection and the quoted lead time.
    median_at : datetime
        It arrives before as likely as after.
    earliest_at, latest_at : datetime
        Between them it arrives with a chance of 90%, before and after with 5% each.
    attainment : Interval
        Chance to be there by the order's promise, with a 90% interval of what the learner does not know.
    kept_by : datetime
        The earliest instant by which it arrives with `kept_chance`.
    doubts : tuple of ReviewReason
        Why a person should look at these figures before anybody relies on them.
    """

    candidate_id: str
    quoted_at: datetime
    median_at: datetime
    earliest_at: datetime
    latest_at: datetime
    attainment: Interval
    kept_by: datetime
    kept_chance: float
    doubts: tuple[ReviewReason, ...]

    @property
    def late_probability(self) -> Interval:
        """What is left of the attainment."""
        kept = self.attainment
        return Interval(*(round(1.0 - chance, _DIGITS) for chance in (kept.point, kept.upper, kept.lower)))


def promise_of(
    model: RoutingModel | None, case: RoutingCase, candidate_id: str, kept_chance: float = DEFAULT_KEPT_CHANCE
) -> Promise | Untold:
    """What a candidate of an order would lead to, or why that cannot be told.

    Parameters
    ----------
    kept_chance : float
        With which chance the instant that is promised anew is to be kept; above 0 and below 1.

    Raises
    ------
    QuestionError
        If there is no such candidate, or the chance is none.
    """
    row = _row(case, candidate_id, kept_chance)
    if model is None:
        return Untold.NO_MODEL
    if model.journeys is None:
        return Untold.EFFECTS_ONLY
    if case.choices.hours_to_cut_off[row] < 0:
        return Untold.CUT_OFF_PASSED
    sets = ChoiceSets.of_one(case.choices)
    # What is not finite is told by the answer, not by a warning.
    with np.errstate(all="ignore"):
        columns = model.features(sets)
        if not (finite_rows(sets)[row] and np.isfinite(columns[row]).all()):
            return Untold.NOT_FINITE
        doubts = _doubts(model, case, sets, columns, row)
        return _told(model, model.journeys, case, (sets, columns, row), kept_chance, doubts)


def _row(case: RoutingCase, candidate_id: str, kept_chance: float) -> int:
    if not 0 < kept_chance < 1:
        msg = f"order {case.choices.order_id!r}: kept_chance is {kept_chance}; give a chance above 0 and below 1"
        raise QuestionError(msg)
    if candidate_id not in case.choices.candidate_id:
        msg = f"candidate {candidate_id!r} is not among the order's {len(case.choices.candidate_id)}; name one of them"
        raise QuestionError(msg, plainly="candidate_id is not among the candidates; name one of them")
    return case.choices.candidate_id.index(candidate_id)


def _told(
    model: RoutingModel,
    journeys: Journeys,
    case: RoutingCase,
    seen: tuple[ChoiceSets, Floats, int],
    kept_chance: float,
    doubts: tuple[ReviewReason, ...],
) -> Promise:
    sets, columns, row = seen
    arrivals = Arrivals.of(journeys, columns[row : row + 1])
    chances = (EARLY_CHANCE, EVEN_CHANCE, LATE_CHANCE, kept_chance)
    decided_at, candidate = case.question.decided_at, case.question.candidates[row]
    early, median, late, kept = (_instant(decided_at, float(arrivals.hours_by(chance)[0])) for chance in chances)
    on_time = 1.0 - float(arrivals.later_than(np.array([case.choices.promise_hours]))[0])
    error = float(against_nothing(model, journeys, columns, sets).standard_error[row, LATE])
    return Promise(
        candidate_id=candidate.candidate_id,
        quoted_at=candidate.cut_off_at + timedelta(hours=candidate.lead_time_hours),
        median_at=median,
        earliest_at=early,
        latest_at=late,
        attainment=_chance_interval(on_time, INTERVAL_Z * error),
        kept_by=kept,
        kept_chance=kept_chance,
        doubts=doubts,
    )


def _instant(decided_at: datetime, hours: float) -> datetime:
    """To the next whole second: a promise is never told earlier than it is."""
    return decided_at + timedelta(seconds=int(np.ceil(3600.0 * hours)))


def _chance_interval(point: float, reach: float) -> Interval:
    return Interval(*(round(min(max(chance, 0.0), 1.0), _DIGITS) for chance in (point, point - reach, point + reach)))


def _doubts(
    model: RoutingModel, case: RoutingCase, sets: ChoiceSets, columns: Floats, row: int
) -> tuple[ReviewReason, ...]:
    """The guards of a recommendation, as far as they speak of the candidate itself."""
    familiar, explored = model.familiar(columns, sets)
    candidate = case.question.candidates[row]
    holds = {
        ReviewReason.OUT_OF_DISTRIBUTION: not familiar[row],
        ReviewReason.NO_OVERLAP: not explored[row],
        ReviewReason.BUSIER_THAN_LOGGED: model.busyness(columns)[row] > 1,
        ReviewReason.STALE_STATE: overdue(model.settings, case, [row]),
        ReviewReason.ASSUMED_STATE: case.question.state_assumed,
        # Whether and when the shelf is filled again is not seen.
        ReviewReason.OUT_OF_STOCK: candidate.available_quantity < case.choices.max_line_quantity,
    }
    return tuple(reason for reason, doubtful in holds.items() if doubtful)
