"""Recommending a candidate: screen, score, rank, say how sure, and say when a person should decide."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from data.choice_sets import ChoiceSet, ChoiceSets
from data.decisions import (
    Confidence,
    Disposition,
    Driver,
    Interval,
    RankedCandidate,
    ReviewReason,
    RoutingRecommendation,
    interval_of,
)
from data.objective import ROUTING_OUTCOMES
from decision.confidence import INTERVAL_Z, is_informative, stated_confidence
from decision.routing.drivers import drivers
from decision.routing.features import finite_rows
from decision.routing.model import RoutingModel
from decision.routing.question import RoutingCase, RoutingQuestion
from decision.routing.scoring import CARBON, COST, LEARNED, Scores, scores, tabled_effects, told_bounds
from decision.routing.segments import order_segments
from decision.routing.staleness import hang_on_old_reports, overdue

__all__ = ["RoutingQuestion", "ranked_rows", "recommend_case", "recommend_many", "recommend_routing"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

# Losses closer than this are the same loss; the order of rows must not decide through rounding.
SAME_LOSS_DECIMALS = 6
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


def ranked_rows(loss: Floats, choices: ChoiceSet, feasible: Sequence[int], reference: int) -> list[int]:
    """Feasible rows, smallest loss first; on a tie the current choice stays, then the alphabet decides."""
    rounded = np.round(loss, SAME_LOSS_DECIMALS).tolist()
    return sorted(feasible, key=lambda row: (rounded[row], row != reference, choices.candidate_id[row]))


def _answers(model: RoutingModel | None, cases: Sequence[RoutingCase]) -> list[RoutingRecommendation]:
    answers: dict[int, RoutingRecommendation] = {}
    alike: dict[tuple[float, ...], list[int]] = {}
    for place, case in enumerate(cases):
        if model is None or case.rules_row is None:
            answers[place] = _by_rules(case, Disposition.FALLBACK, ReviewReason.NO_MODEL)
        else:
            alike.setdefault(case.prices, []).append(place)
    if model is not None:
        for places in alike.values():
            answers.update(zip(places, _by_model(model, [cases[place] for place in places]), strict=True))
    return [answers[place] for place in range(len(cases))]


def _by_model(model: RoutingModel, cases: Sequence[RoutingCase]) -> list[RoutingRecommendation]:
    """The answers to orders that share their prices, from one look at all their candidates."""
    choice_sets = ChoiceSets.of_many([case.choices for case in cases])
    starts, prices = choice_sets.offsets.tolist(), np.array(cases[0].prices)
    # What is not finite is told by the answer, not by a warning.
    with np.errstate(all="ignore"):
        features = model.features(choice_sets)
        reference_rows = choice_sets.offsets[:-1] + np.array([case.reference for case in cases])
        scored = scores(model, features, choice_sets, reference_rows, prices)
        finite = finite_rows(choice_sets) & np.isfinite(scored.loss)
        familiar, explored = model.familiar(features, choice_sets)
        busy = model.busyness(features) > 1
    alone = len(cases) == 1
    seen = [
        _Seen(
            case,
            prices,
            scored if alone else scored.of_order(rows),
            *(finite[rows], familiar[rows], explored[rows], busy[rows]),
        )
        for case, rows in zip(cases, map(slice, starts[:-1], starts[1:]), strict=True)
    ]
    pairs = [
        (start + item.ranking[0], start + item.case.reference)
        for start, item in zip(starts[:-1], seen, strict=True)
        if item.told
    ]
    answers = iter(
        _told(model, [item for item in seen if item.told], drivers(model, choice_sets, scored, prices, pairs))
    )
    return [
        next(answers) if item.told else _by_rules(item.case, Disposition.REVIEW, ReviewReason.NOT_FINITE)
        for item in seen
    ]


@dataclass
class _Seen:
    """One order as the model sees it; arrays are of shape (n_rows,)."""

    case: RoutingCase
    prices: Floats
    scored: Scores
    finite: Flags
    familiar: Flags
    explored: Flags
    busy: Flags

    @cached_property
    def told(self) -> bool:
        """Whether there is a finite number for everything that is compared."""
        finite = self.finite.tolist()
        return finite[self.case.reference] and all(finite[row] for row in self.case.screening.feasible)

    @cached_property
    def ranking(self) -> list[int]:
        """Feasible rows, best first."""
        judged = self.scored.loss
        if self.case.question.risk_averse:
            judged = judged + INTERVAL_Z * self.scored.loss_error
        return ranked_rows(judged, self.case.choices, self.case.screening.feasible, self.case.reference)


def _told(
    model: RoutingModel, seen: Sequence[_Seen], driven: Sequence[tuple[Driver, ...]]
) -> list[RoutingRecommendation]:
    """The answers to orders of which everything that is compared is finite."""
    told = tuple(name for name in ROUTING_OUTCOMES if name not in model.untold)
    confidence = [_confidence(model, item) for item in seen]
    reasons = _review_reasons(model, seen, confidence)
    return [_answer(*facts, told) for facts in zip(seen, confidence, reasons, driven, strict=True)]


def _answer(
    seen: _Seen,
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


def _review_reasons(
    model: RoutingModel, seen: Sequence[_Seen], confidence: Sequence[Confidence]
) -> list[tuple[ReviewReason, ...]]:
    reasons = [_doubts(model, *facts) for facts in zip(seen, confidence, strict=True)]
    # The model is asked once more only where nothing else asks a person.
    sure = [place for place, doubts in enumerate(reasons) if not doubts]
    hanging = hang_on_old_reports(model, [(seen[place].case, seen[place].ranking[0]) for place in sure])
    for place, hangs in zip(sure, hanging, strict=True):
        if hangs:
            reasons[place] = (ReviewReason.HANGS_ON_OLD_REPORT,)
    return reasons


def _doubts(model: RoutingModel, seen: _Seen, confidence: Confidence) -> tuple[ReviewReason, ...]:
    case, first = seen.case, seen.ranking[0]
    looked_at = [first, case.reference]
    doubts = {
        ReviewReason.LOW_CONFIDENCE: confidence.p_near_best < confidence.threshold,
        ReviewReason.UNINFORMATIVE_CONFIDENCE: len(case.screening.feasible) > 1 and not is_informative(model.platt),
        ReviewReason.OUT_OF_DISTRIBUTION: not all(seen.familiar[row] for row in looked_at),
        ReviewReason.NO_OVERLAP: not all(seen.explored[row] for row in looked_at),
        ReviewReason.BUSIER_THAN_LOGGED: _hangs_on_busy_nodes(seen, confidence),
        ReviewReason.STALE_STATE: overdue(model.settings, case, looked_at),
        ReviewReason.ASSUMED_STATE: case.question.state_assumed or case.screening.unknown_handling,
        # No candidate holds the goods: to wait, to split or to tell the customer is not this model's question.
        ReviewReason.OUT_OF_STOCK: case.choices.available_quantity[first] < case.choices.max_line_quantity,
    }
    return tuple(reason for reason, holds in doubts.items() if holds)


def _hangs_on_busy_nodes(seen: _Seen, confidence: Confidence) -> bool:
    """Whether the first choice's node is busier than any of the log, or such a node's candidate may well be better."""
    if not seen.busy.any():
        return False
    first, scored = seen.ranking[0], seen.scored
    if confidence.p_near_best >= confidence.threshold:
        return bool(seen.busy[first])
    rivals = list(seen.case.screening.feasible)
    at_best = scored.loss[rivals] - INTERVAL_Z * scored.loss_error[rivals]
    return bool((seen.busy[rivals] & (at_best <= scored.loss[first])).any())


def _confidence(model: RoutingModel, seen: _Seen) -> Confidence:
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


def _ranked(seen: _Seen, told: tuple[str, ...]) -> Iterator[RankedCandidate]:
    """Every feasible candidate with its effects on the outcomes that are told, best first."""
    ranking, name, explored = seen.ranking, seen.case.choices.candidate_id, seen.explored.tolist()
    places = np.array([ROUTING_OUTCOMES.index(outcome) for outcome in told])
    bounds = told_bounds(seen.scored.effects, seen.scored.objective, np.array(ranking), places)
    # One after the other they go to the effects of the first candidate, its objective, the effects of the second.
    intervals = map(interval_of, zip(*bounds.tolist(), strict=True))
    for row in ranking:
        effects = dict(zip(told, intervals, strict=False))
        yield RankedCandidate(name[row], effects, next(intervals), float(row == ranking[0]), explored[row])


def _by_rules(case: RoutingCase, disposition: Disposition, reason: ReviewReason) -> RoutingRecommendation:
    """The rules' choice, with those effects only that tables tell; a row without finite ones is not ranked."""
    rules_row = case.rules_row
    if rules_row is None:
        return _without_candidates(case)
    table = tabled_effects(ChoiceSets.of_one(case.choices), np.array([case.reference]))
    loss = table @ np.array(case.prices)
    told = [row for row in case.screening.feasible if np.isfinite(loss[row])]
    ranking = sorted(told, key=lambda row: (row != rules_row, loss[row]))
    return RoutingRecommendation(
        disposition=disposition,
        recommended=case.choices.candidate_id[rules_row],
        current_choice=case.choices.candidate_id[case.reference],
        ranking=tuple(_tabled(case, table[row], float(loss[row]), row) for row in ranking),
        confidence=None,
        review_reasons=(reason,),
        rejected=case.screening.rejected,
        drivers=(),
    )


def _tabled(case: RoutingCase, effects: Floats, loss: float, row: int) -> RankedCandidate:
    known = {ROUTING_OUTCOMES[k]: float(effects[k]) for k in (COST, CARBON)}
    return RankedCandidate(
        candidate_id=case.choices.candidate_id[row],
        effects_vs_current={name: Interval(value, value, value) for name, value in known.items()},
        objective=Interval(loss, loss, loss),
        propensity=float(row == case.rules_row),
        in_support=False,
    )


def _without_candidates(case: RoutingCase) -> RoutingRecommendation:
    return RoutingRecommendation(
        disposition=Disposition.REVIEW,
        recommended=None,
        current_choice=case.question.current_choice,
        ranking=(),
        confidence=None,
        review_reasons=(ReviewReason.NO_FEASIBLE_CANDIDATE,),
        rejected=case.screening.rejected,
        drivers=(),
    )
