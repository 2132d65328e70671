"""Recommending a candidate: screen, score, rank, say how sure, and say when a person should decide."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from data.choice_sets import ChoiceSets
from data.decisions import (
    Confidence,
    Disposition,
    Driver,
    RankedCandidate,
    ReviewReason,
    RoutingRecommendation,
    interval_of,
)
from data.objective import ROUTING_OUTCOMES
from decision.confidence import stated_confidence
from decision.routing.doubts import review_reasons
from decision.routing.drivers import drivers
from decision.routing.features import finite_rows
from decision.routing.model import RoutingModel
from decision.routing.question import RoutingCase, RoutingQuestion
from decision.routing.scoring import LEARNED, Scores, scores, told_bounds
from decision.routing.seen_order import SeenOrder
from decision.routing.segments import order_segments
from decision.routing.unaided import answer_by_rules

__all__ = ["RoutingQuestion", "recommend_case", "recommend_many", "recommend_routing"]

Floats = NDArray[np.float64]

# So many orders go down the forests together; what is held of them fits the processor's near memory.
ORDERS_AT_ONCE = 25


def recommend_routing(model: RoutingModel | None, question: RoutingQuestion) -> RoutingRecommendation:
    """Answer a routing question.

    Effects are against the current choice, or against the rules' choice where none is given; the answer's
    `current_choice` says which. Without a model, or on a number that is not finite, the rules answer.

    Raises
    ------
    QuestionError
        If there are no candidates, one comes twice, or the current choice is not among them.
    """
    return recommend_case(model, RoutingCase.of(question))


def recommend_case(model: RoutingModel | None, case: RoutingCase) -> RoutingRecommendation:
    """Answer a question that is screened already."""
    return _answers(model, [case])[0]


def recommend_many(model: RoutingModel | None, questions: Iterable[RoutingQuestion]) -> Iterator[RoutingRecommendation]:
    """Answer questions in their order, many at once: the same answers, for less time an order.

    Raises
    ------
    QuestionError
        If one of them contradicts itself; the answers before it have been given.
    """
    waiting = iter(questions)
    while cases := [RoutingCase.of(question) for question in islice(waiting, ORDERS_AT_ONCE)]:
        yield from _answers(model, cases)


def _answers(model: RoutingModel | None, cases: Sequence[RoutingCase]) -> list[RoutingRecommendation]:
    answers: dict[int, RoutingRecommendation] = {}
    alike: dict[tuple[float, ...], list[int]] = {}
    for place, case in enumerate(cases):
        if model is None or case.rules_row is None:
            answers[place] = answer_by_rules(case, Disposition.FALLBACK, ReviewReason.NO_MODEL)
        else:
            alike.setdefault(case.prices, []).append(place)
    if model is not None:
        for places in alike.values():
            answers.update(zip(places, _by_model(model, [cases[place] for place in places]), strict=True))
    return [answers[place] for place in range(len(cases))]


def _by_model(model: RoutingModel, cases: Sequence[RoutingCase]) -> list[RoutingRecommendation]:
    """The answers to orders that share their prices, from one look at all their candidates."""
    choice_sets = ChoiceSets.of_many([case.choices for case in cases])
    starts, prices = choice_sets.offsets[:-1].tolist(), np.array(cases[0].prices)
    # What is not finite is told by the answer, not by a warning.
    with np.errstate(all="ignore"):
        features = model.features(choice_sets)
        scored = scores(model, features, choice_sets, np.array(starts) + [case.reference for case in cases], prices)
        seen = _seen(model, cases, choice_sets, features, scored)
    pairs = [
        (start + item.ranking[0], start + item.case.reference)
        for start, item in zip(starts, seen, strict=True)
        if item.told
    ]
    driven = drivers(model, choice_sets, scored, prices, pairs)
    answers = iter(_told(model, [item for item in seen if item.told], driven))
    return [
        next(answers) if item.told else answer_by_rules(item.case, Disposition.REVIEW, ReviewReason.NOT_FINITE)
        for item in seen
    ]


def _seen(
    model: RoutingModel, cases: Sequence[RoutingCase], choice_sets: ChoiceSets, features: Floats, scored: Scores
) -> list[SeenOrder]:
    finite = finite_rows(choice_sets) & np.isfinite(scored.loss)
    familiar, explored = model.familiar(features, choice_sets)
    busy, offsets = model.busyness(features) > 1, choice_sets.offsets.tolist()
    alone = len(cases) == 1
    return [
        SeenOrder(
            case=case,
            prices=np.array(case.prices),
            scored=scored if alone else scored.of_order(rows),
            finite=finite[rows],
            familiar=familiar[rows],
            explored=explored[rows],
            busy=busy[rows],
        )
        for case, rows in zip(cases, map(slice, offsets[:-1], offsets[1:]), strict=True)
    ]


def _told(
    model: RoutingModel, seen: Sequence[SeenOrder], driven: Sequence[tuple[Driver, ...]]
) -> list[RoutingRecommendation]:
    """The answers to orders of which everything that is compared is finite."""
    told = tuple(name for name in ROUTING_OUTCOMES if name not in model.untold)
    confidence = [_confidence(model, item) for item in seen]
    reasons = review_reasons(model, seen, confidence)
    return [_answer(*facts, told) for facts in zip(seen, confidence, reasons, driven, strict=True)]


def _answer(
    seen: SeenOrder,
    confidence: Confidence,
    reasons: tuple[ReviewReason, ...],
    driven: tuple[Driver, ...],
    told: tuple[str, ...],
) -> RoutingRecommendation:
    case, first = seen.case, seen.ranking[0]
    return RoutingRecommendation(
        disposition=Disposition.REVIEW if reasons else Disposition.AUTO,
        recommended=case.choices.candidate_id[first],
        current_choice=case.choices.candidate_id[case.reference],
        ranking=tuple(_ranked(seen, told)),
        confidence=confidence,
        review_reasons=reasons,
        rejected=case.screening.rejected,
        drivers=driven,
    )


def _confidence(model: RoutingModel, seen: SeenOrder) -> Confidence:
    case, first, scored = seen.case, seen.ranking[0], seen.scored
    eligible = np.zeros(len(scored.loss), dtype=bool)
    eligible[list(case.screening.feasible)] = True
    raw = scored.assessment.chances(
        scored.loss, seen.prices[LEARNED], (first, case.reference), eligible, model.settings.epsilon_minor
    )
    threshold, segment = model.settings.threshold_for(order_segments(case.question.order, case.question.decided_at))
    said = stated_confidence(
        raw,
        model.platt,
        threshold,
        alone=len(case.screening.feasible) == 1,
        is_current=first == case.reference,
    )
    return replace(said, threshold_of=segment)


def _ranked(seen: SeenOrder, told: tuple[str, ...]) -> Iterator[RankedCandidate]:
    """Every feasible candidate with its effects on the outcomes that are told, best first."""
    ranking, name, explored = seen.ranking, seen.case.choices.candidate_id, seen.explored.tolist()
    places = np.array([ROUTING_OUTCOMES.index(outcome) for outcome in told])
    bounds = told_bounds(seen.scored.effects, seen.scored.objective, np.array(ranking), places)
    # One after the other they go to the effects of the first candidate, its objective, the effects of the second.
    intervals = map(interval_of, zip(*bounds.tolist(), strict=True))
    for row in ranking:
        effects = dict(zip(told, intervals, strict=False))
        yield RankedCandidate(name[row], effects, next(intervals), float(row == ranking[0]), explored[row])
