r"""Prevention: whether an offer now, before anything has gone wrong, is better than nothing or than waiting.

An order under way is late with chance :math:`p`. Offered arm :math:`a` now, the customer either waits in vain and was
warned, with the effect that the log shows for incidents answered ahead of their promise (`late_expected`), or
gets the parcel in time, and the offer brought nothing and cost all that it can. In expectation

.. math:: L(a) = p \, L_{ahead}(a) + (1 - p) \, c_{max}(a), \qquad L(wait) = p \, \min_b L_{late}(b).

Both are against doing nothing at all. That a timely parcel's customer is not won by an offer is a choice on the
safe side: the log never shows one. That a warning by itself moves nobody is an assumption.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from data.appeasement_costs import DEFAULT_ARM_COSTS, ArmCosts, highest_cost_minor
from data.decisions import CompensationRecommendation, Disposition, Interval, RankedArm, ReviewReason
from data.incidents import CompensationArm, Incident, IncidentType
from data.objective import OBJECTIVE_TERMS
from decision.compensation.admission import admissible_arms, rejected_arms
from decision.compensation.drivers import drivers
from decision.compensation.guardrails import people_asked
from decision.compensation.model import CompensationModel
from decision.compensation.recommendation import (
    CompensationQuestion,
    arm_confidence,
    checked_columns,
    doubts,
    known_arms,
    ranked_rows,
    tabled_arm,
    told_arm,
)
from decision.compensation.scoring import COST, ArmScores, filled_columns, score_arms
from decision.errors import QuestionError

Floats = NDArray[np.float64]

NONE = CompensationArm.NONE


@dataclass(frozen=True, slots=True)
class Waiting:
    """What answering afterwards would bring, if it comes to that.

    Parameters
    ----------
    arm : CompensationArm
        The best answer to a late order.
    objective : Interval
        Its loss against doing nothing, in expectation over whether the order is late, in minor currency units.
    """

    arm: CompensationArm
    objective: Interval


@dataclass(frozen=True, slots=True)
class Prevention:
    """The answer to a question of prevention.

    Parameters
    ----------
    recommendation : CompensationRecommendation
        Arms now, against doing nothing; `none` recommends to wait.
    waiting : Waiting or None
        None where the log cannot tell.
    acts_from : float or None
        Chance of lateness from which the best arm beats nothing and waiting; None where it never does.
    """

    recommendation: CompensationRecommendation
    waiting: Waiting | None = None
    acts_from: float | None = None


def recommend_prevention(
    model: CompensationModel | None, question: CompensationQuestion, late_probability: float
) -> Prevention:
    """Say whether to act before the promise is broken.

    Parameters
    ----------
    question : CompensationQuestion
        Its incident as it would be if the order were late: `late_expected`, with the hours past the promise.
    late_probability : float
        Chance that it will be.

    Raises
    ------
    QuestionError
        If the chance is not in [0, 1], the incident of another type, or a number of it makes no sense.
    """
    incident = _checked(question, late_probability)
    if model is None:
        return Prevention(_cannot_tell(question, DEFAULT_ARM_COSTS, ReviewReason.NO_MODEL))
    ahead, overlap = _scored(model, question)
    if len(ahead.arms) == 1 and not overlap:
        return Prevention(_cannot_tell(question, model.costs, ReviewReason.NO_OVERLAP))
    afterwards = _afterwards(model, replace(question, incident=replace(incident, incident_type=IncidentType.LATE)))
    now = _expected(ahead, question, model.costs, late_probability)
    rows = now if afterwards is None else _with_row(now, _scaled(afterwards, late_probability))
    if not (np.isfinite(rows.loss).all() and np.isfinite(rows.loss_root).all()):
        return Prevention(_cannot_tell(question, model.costs, ReviewReason.NOT_FINITE))
    waiting = None if afterwards is None else Waiting(rows.arms[-1], told_arm(rows, len(rows.arms) - 1, 0).objective)
    acts_from = _acts_from(model, question, ahead, now, afterwards)
    return Prevention(_decided(model, question, rows, len(now.arms), overlap=overlap), waiting, acts_from)


def cannot_prevent(model: CompensationModel | None, question: CompensationQuestion, reason: ReviewReason) -> Prevention:
    """Nothing now, because the chance of lateness is not known, and a person decides.

    Raises
    ------
    QuestionError
        If the incident is of another type, or a number of it makes no sense.
    """
    _require_ahead(question)
    return Prevention(_cannot_tell(question, DEFAULT_ARM_COSTS if model is None else model.costs, reason))


def _checked(question: CompensationQuestion, late_probability: float) -> Incident:
    incident = question.incident
    if not (math.isfinite(late_probability) and 0 <= late_probability <= 1):
        msg = f"order {incident.order_id!r}: late_probability is {late_probability}; give a chance from 0 to 1"
        raise QuestionError(msg)
    return _require_ahead(question)


def _require_ahead(question: CompensationQuestion) -> Incident:
    incident = question.incident
    if incident.incident_type is not IncidentType.LATE_EXPECTED:
        msg = f"order {incident.order_id!r}: {incident.incident_type} has happened; ask for compensation instead"
        raise QuestionError(msg)
    checked_columns(incident)
    return incident


def _scored(model: CompensationModel, question: CompensationQuestion) -> tuple[ArmScores, bool]:
    """Arms that may be offered and are known for the incident's type, and whether those are all that may be."""
    incident = question.incident
    admissible = admissible_arms(incident, model.costs, question.guardrails)
    known = known_arms(model, checked_columns(incident)) & set(admissible)
    with np.errstate(all="ignore"):
        scored = score_arms(model, incident, question.weights, question.values)
    return scored.only(tuple(known)), len(known) == len(admissible)


def _afterwards(model: CompensationModel, question: CompensationQuestion) -> ArmScores | None:
    """The best answer to the order once it is late; None where the log says too little of late orders."""
    scored, overlap = _scored(model, question)
    if len(scored.arms) == 1 and not overlap:
        return None
    return scored.only((scored.arms[ranked_rows(scored)[0]],))


def _scaled(scored: ArmScores, share: float) -> ArmScores:
    return replace(
        scored,
        point=share * scored.point,
        lower=share * scored.lower,
        upper=share * scored.upper,
        loss=share * scored.loss,
        loss_error=share * scored.loss_error,
        prices=share * scored.prices,
        loss_root=share * scored.loss_root,
    )


def _expected(ahead: ArmScores, question: CompensationQuestion, costs: ArmCosts, late_probability: float) -> ArmScores:
    """Offers now, in expectation over whether the order is late: in time they bring nothing and cost all they can."""
    in_vain = (1 - late_probability) * _highest(ahead, question, costs)
    scaled = _scaled(ahead, late_probability)
    paid = np.zeros_like(scaled.point)
    paid[:, COST] = in_vain
    price = question.weights.multipliers()[OBJECTIVE_TERMS.index("cost")]
    bounds = {name: getattr(scaled, name) + paid for name in ("point", "lower", "upper")}
    return replace(scaled, **bounds, loss=scaled.loss + price * in_vain)


def _highest(scored: ArmScores, question: CompensationQuestion, costs: ArmCosts) -> Floats:
    return np.array([highest_cost_minor(arm, question.incident.order_value_minor, costs) for arm in scored.arms])


def _with_row(scored: ArmScores, row: ArmScores) -> ArmScores:
    """The scores with one more row at their end."""
    joined = {name: np.concatenate((getattr(scored, name), getattr(row, name))) for name in _ROWS}
    return ArmScores(arms=scored.arms + row.arms, **joined)


_ROWS = ("point", "lower", "upper", "loss", "loss_error", "prices", "loss_root")


def _acts_from(
    model: CompensationModel,
    question: CompensationQuestion,
    ahead: ArmScores,
    now: ArmScores,
    afterwards: ArmScores | None,
) -> float | None:
    """Where the line of the best arm now falls below those of doing nothing and of waiting."""
    best = next((row for row in ranked_rows(now) if now.arms[row] is not NONE), None)
    if best is None:
        return None
    price = question.weights.multipliers()[OBJECTIVE_TERMS.index("cost")]
    in_vain = price * float(_highest(ahead, question, model.costs)[best])
    rivals = (0.0, 0.0 if afterwards is None else float(afterwards.loss[0]))
    advantage = min(rivals) - float(ahead.loss[best])
    return in_vain / (in_vain + advantage) if advantage > 0 else None


def _decided(
    model: CompensationModel, question: CompensationQuestion, rows: ArmScores, n_now: int, *, overlap: bool
) -> CompensationRecommendation:
    incident, order = question.incident, ranked_rows(rows)
    first = order[0]
    confidence = arm_confidence(model, rows, first)
    # Where waiting is best, nothing is offered now.
    chosen = rows.arms[first] if first < n_now else NONE
    taken = rows.arms.index(chosen)
    reasons = doubts(model, incident, confidence, overlap=overlap) if n_now > 1 else ()
    reasons += people_asked(chosen, incident, model.costs, question.guardrails)
    return CompensationRecommendation(
        disposition=Disposition.REVIEW if reasons else Disposition.AUTO,
        recommended=chosen.value,
        ranking=tuple(told_arm(rows, row, taken) for row in order if row < n_now),
        confidence=confidence,
        review_reasons=reasons,
        rejected=rejected_arms(incident, model.costs, question.guardrails),
        drivers=drivers(model, filled_columns(model, incident), rows.prices[taken], chosen),
    )


def _cannot_tell(question: CompensationQuestion, costs: ArmCosts, reason: ReviewReason) -> CompensationRecommendation:
    """Nothing now, and what tables tell; without a model that is the rule, else a person decides."""
    incident, guardrails = question.incident, question.guardrails
    reasons = (reason, *people_asked(NONE, incident, costs, guardrails))
    fallback = reasons == (ReviewReason.NO_MODEL,)
    arms = admissible_arms(incident, costs, guardrails)
    ranking: tuple[RankedArm, ...] = tuple(tabled_arm(question, costs, arm, NONE) for arm in arms)
    return CompensationRecommendation(
        disposition=Disposition.FALLBACK if fallback else Disposition.REVIEW,
        recommended=NONE.value,
        ranking=ranking,
        confidence=None,
        review_reasons=reasons,
        rejected=rejected_arms(incident, costs, guardrails),
        drivers=(),
    )
