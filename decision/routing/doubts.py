"""Doubts: why a person should decide, for each order whose candidates the model could compare."""

from __future__ import annotations

from collections.abc import Sequence

from data.decisions import Confidence, ReviewReason
from decision.confidence import INTERVAL_Z, is_informative
from decision.routing.model import RoutingModel
from decision.routing.seen_order import SeenOrder
from decision.routing.staleness import hang_on_old_reports, overdue


def review_reasons(
    model: RoutingModel, seen: Sequence[SeenOrder], confidence: Sequence[Confidence]
) -> list[tuple[ReviewReason, ...]]:
    """Of each order all reasons for which a person should decide; none where the model may."""
    reasons = [_doubts(model, *facts) for facts in zip(seen, confidence, strict=True)]
    # The model is asked once more only where nothing else asks a person.
    sure = [place for place, doubts in enumerate(reasons) if not doubts]
    hanging = hang_on_old_reports(model, [(seen[place].case, seen[place].ranking[0]) for place in sure])
    for place, hangs in zip(sure, hanging, strict=True):
        if hangs:
            reasons[place] = (ReviewReason.HANGS_ON_OLD_REPORT,)
    return reasons


def _doubts(model: RoutingModel, seen: SeenOrder, confidence: Confidence) -> tuple[ReviewReason, ...]:
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


def _hangs_on_busy_nodes(seen: SeenOrder, confidence: Confidence) -> bool:
    """Whether the first choice's node is busier than any of the log; for an unsure choice also where a rival's is.

    Rivals count only below the threshold of confidence, and only those that may well be better than the first choice,
    which below it may itself be one: a busy first choice asks a person either way.
    """
    if not seen.busy.any():
        return False
    first, scored = seen.ranking[0], seen.scored
    if confidence.p_near_best >= confidence.threshold:
        return bool(seen.busy[first])
    rivals = list(seen.case.screening.feasible)
    at_best = scored.loss[rivals] - INTERVAL_Z * scored.loss_error[rivals]
    return bool((seen.busy[rivals] & (at_best <= scored.loss[first])).any())
