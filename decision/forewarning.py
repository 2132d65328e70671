"""Forewarning: whether to act ahead for an order that was routed, with its chance of lateness as the model knows it.

What makes the chance doubtful makes the offer doubtful: a person decides, and is told why.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from data.decisions import Disposition, ReviewReason
from decision.compensation.model import CompensationModel
from decision.compensation.prevention import Prevention, cannot_prevent, recommend_prevention
from decision.compensation.recommendation import CompensationQuestion
from decision.routing.model import RoutingModel
from decision.routing.promise import Promise, Untold, promise_of
from decision.routing.question import RoutingCase


@dataclass(frozen=True, slots=True)
class Forewarning:
    """The answer to a question of prevention about a routed order.

    Parameters
    ----------
    foreseen : Promise or Untold
        What the order's candidate would lead to; where that cannot be told, nothing is recommended either.
    """

    prevention: Prevention
    foreseen: Promise | Untold


def forewarn(
    routing: RoutingModel | None,
    compensation: CompensationModel | None,
    routed: tuple[RoutingCase, str],
    question: CompensationQuestion,
) -> Forewarning:
    """Say whether to act before the promise of a routed order is broken.

    Parameters
    ----------
    routed : tuple of RoutingCase and str
        The order as it was put, and the candidate that was taken.
    question : CompensationQuestion
        As `recommend_prevention` takes it.

    Raises
    ------
    QuestionError
        If there is no such candidate, or the question contradicts itself.
    """
    foreseen = promise_of(routing, *routed)
    if isinstance(foreseen, Untold):
        return Forewarning(cannot_prevent(compensation, question, ReviewReason.LATENESS_UNTOLD), foreseen)
    found = recommend_prevention(compensation, question, foreseen.late_probability.point)
    return Forewarning(_doubted(found, foreseen.doubts), foreseen)


def _doubted(found: Prevention, doubts: tuple[ReviewReason, ...]) -> Prevention:
    if not doubts:
        return found
    said = found.recommendation
    reasons = tuple(dict.fromkeys((*said.review_reasons, *doubts)))
    return replace(found, recommendation=replace(said, disposition=Disposition.REVIEW, review_reasons=reasons))
