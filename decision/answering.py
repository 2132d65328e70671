"""Answering a routing question whole: rules about the order, the model, the nodes' health, and what explains it.

`recommend_case` ranks; this applies what the operator and the nodes say besides, and never makes an answer
more automatic than it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from data.candidates import Candidate
from data.decisions import Disposition, ReviewReason, RoutingRecommendation
from decision.consolidation import Consolidation, OpenOrder, suggest_consolidation
from decision.constraints import NO_CONSTRAINTS, Constraints
from decision.evidence import Evidence
from decision.explanation.branch import Branch
from decision.explanation.explaining import branch_for
from decision.misnamed_rules import MisnamedRule, misnamed_rules
from decision.node_health import HealthLevel, NodeHealth, NodeReport, assess_node
from decision.routing.model import RoutingModel
from decision.routing.question import RoutingCase, RoutingQuestion
from decision.routing.recommendation import recommend_case

UNTOLD = NodeReport()


@dataclass(frozen=True, slots=True)
class Wishes:
    """What an operator says beside the question.

    Parameters
    ----------
    value_lane_from_minor : int or None
        Orders worth at least this are ranked by the upper bound of their loss; None ranks all by the estimate.
    reports : dict of str to NodeReport
        What nodes tell of themselves.
    open_orders : tuple of OpenOrder
        Orders of the same customer that this one might join.
    """

    constraints: Constraints = NO_CONSTRAINTS
    value_lane_from_minor: int | None = None
    reports: Mapping[str, NodeReport] = field(default_factory=dict)
    open_orders: tuple[OpenOrder, ...] = ()


NO_WISHES = Wishes()


@dataclass(frozen=True, slots=True)
class RoutedAnswer:
    """A recommendation with all that is said beside it.

    Parameters
    ----------
    in_value_lane : bool
        Whether candidates were ranked by the upper bound of their loss.
    health : tuple of NodeHealth
        One for each node among the ranked candidates, seen from its best candidate, in the order of the ranking.
    misnamed : tuple of MisnamedRule
        Names in hard rules that nobody can have meant: a person is asked.
    """

    recommendation: RoutingRecommendation
    in_value_lane: bool = False
    branch: Branch | None = None
    health: tuple[NodeHealth, ...] = ()
    consolidation: Consolidation | None = None
    misnamed: tuple[MisnamedRule, ...] = ()


def answer_route(
    model: RoutingModel | None, evidence: Evidence, question: RoutingQuestion, wishes: Wishes = NO_WISHES
) -> RoutedAnswer:
    """Answer a routing question under an operator's wishes.

    Raises
    ------
    QuestionError
        If the question contradicts itself.
    """
    limit = wishes.value_lane_from_minor
    careful = limit is not None and question.order.value_minor >= limit
    asked = replace(wishes.constraints.applied_to(question), risk_averse=careful)
    case = RoutingCase.of(asked)
    recommendation = recommend_case(model, case)
    by_id = {candidate.candidate_id: candidate for candidate in question.candidates}
    ranked = [by_id[item.candidate_id] for item in recommendation.ranking]
    health = _health(question, ranked, wishes.reports)
    guarded = _guarded(recommendation, ranked, health, wishes.constraints)
    misnamed = misnamed_rules(wishes.constraints, question.candidates, question.network)
    if misnamed:
        guarded = _asking(guarded, ReviewReason.MISNAMED_RULE)
    return RoutedAnswer(
        recommendation=guarded,
        # The rules know of no bounds: what they answer was not ranked by them.
        in_value_lane=careful and recommendation.confidence is not None,
        branch=branch_for(evidence.tree, case, guarded),
        health=health,
        consolidation=suggest_consolidation(asked, guarded, wishes.open_orders),
        misnamed=misnamed,
    )


def _health(
    question: RoutingQuestion, ranked: Sequence[Candidate], reports: Mapping[str, NodeReport]
) -> tuple[NodeHealth, ...]:
    best_at = {candidate.node_id: candidate for candidate in reversed(ranked)}
    nodes = dict.fromkeys(candidate.node_id for candidate in ranked)
    return tuple(
        assess_node(
            best_at[node],
            (best_at[node].cut_off_at - question.decided_at) / timedelta(hours=1),
            reports.get(node, UNTOLD),
        )
        for node in nodes
    )


def _guarded(
    recommendation: RoutingRecommendation,
    ranked: Sequence[Candidate],
    health: Sequence[NodeHealth],
    constraints: Constraints,
) -> RoutingRecommendation:
    """The recommendation with the soft reasons added; without a model the rules' answer stays what it is."""
    if recommendation.confidence is None or not ranked:
        return recommendation
    doubts = {
        ReviewReason.NODE_UNHEALTHY: _in_trouble(*health),
        ReviewReason.AVOIDED_CHOICE: constraints.avoids(ranked[0]),
    }
    reasons = tuple(reason for reason, holds in doubts.items() if holds)
    return _asking(recommendation, *reasons) if reasons else recommendation


def _asking(recommendation: RoutingRecommendation, *reasons: ReviewReason) -> RoutingRecommendation:
    """The same, put before a person."""
    return replace(
        recommendation,
        disposition=Disposition.REVIEW,
        review_reasons=(*recommendation.review_reasons, *reasons),
    )


def _in_trouble(first: NodeHealth, *others: NodeHealth) -> bool:
    """Whether a node reports trouble that the model cannot have weighed, while another could ship the order.

    Load alone asks nobody: it is among the model's own features.
    """
    healthy = any(item.level is HealthLevel.HEALTHY for item in others)
    return first.reported and first.level is HealthLevel.CRITICAL and healthy
