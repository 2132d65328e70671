"""Attribution: why an order was not sent from its main node, as facts that any language can put in words.

Everything is read off the question and the recommendation that was given, so that a decision of last month is
explained by what was known and said then, and not by the model of today.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from data.candidates import Candidate
from data.decisions import (
    Disposition,
    Driver,
    Interval,
    RankedCandidate,
    RejectionReason,
    RoutingRecommendation,
)
from decision.constraints import NO_CONSTRAINTS, Constraints
from decision.errors import QuestionError
from decision.explanation.branch import Branch
from decision.explanation.ending import Ending
from decision.misnamed_rules import MisnamedRule
from decision.node_health import NodeHealth, NodeReport, assess_node
from decision.routing.question import RoutingQuestion

N_ALTERNATIVES = 3
N_DRIVERS = 4
UNTOLD = NodeReport()
NOTHING_REPORTED: Mapping[str, NodeReport] = {}


class Verdict(StrEnum):
    """What became of the main node."""

    KEPT = "kept"
    CONSTRAINT = "constraint"
    EFFECT = "effect"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A candidate of the main node that cannot be chosen.

    Parameters
    ----------
    available_quantity, needed_quantity : int
        Units of the scarcest line that no other order waits for, and units of the largest line.
    missed_hours : float
        Hours since the collection; 0 where it is still to come.
    missing_documents : tuple of str
        Papers that its rules ask for and some line does not have; empty where other grounds refuse it.
    """

    candidate_id: str
    reason: RejectionReason
    available_quantity: int
    needed_quantity: int
    missed_hours: float
    missing_documents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Staying:
    """What the main node's best candidate would have meant, against the recommended one.

    Parameters
    ----------
    objective : Interval
        In minor currency units; positive is worse than what is recommended.
    effects : dict of str to Interval
        By `data.objective.ROUTING_OUTCOMES`, those that are known.
    """

    candidate_id: str
    objective: Interval
    effects: dict[str, Interval]


@dataclass(frozen=True, slots=True)
class Attribution:
    """Why an order goes where it goes, and not to its main node.

    Parameters
    ----------
    promise_hours : float
        From the decision to the promise.
    staying : Staying or None
        None where nothing can be said of the main node: it is recommended, or neither feasible nor the current choice.
    drivers : tuple of Driver
        The weightiest differences between the recommended and the current candidate, where that is the main node's.
    alternatives : tuple of RankedCandidate
        What comes next after the recommended one.
    health : tuple of NodeHealth
        Of the recommended node, the main node and the alternatives', each seen from its best candidate that can
        still be collected.
    recommended_health : NodeHealth or None
        That of the recommended node; None where nothing is recommended, or it cannot be told.
    misnamed : tuple of MisnamedRule
        Names in hard rules that a person was asked about.
    lane_from_minor : int or None
        What orders are worth from which on the value lane takes them; None where it did not take this one.
    ending : Ending or None
        What a person made of the decision; None where nobody was asked, or has answered.
    """

    order_id: str
    order_value_minor: int
    promise_hours: float
    main_node: str
    verdict: Verdict
    recommended: str | None
    recommendation: RoutingRecommendation
    refusals: tuple[Refusal, ...]
    staying: Staying | None
    drivers: tuple[Driver, ...]
    alternatives: tuple[RankedCandidate, ...]
    branch: Branch | None
    health: tuple[NodeHealth, ...] = ()
    recommended_health: NodeHealth | None = None
    misnamed: tuple[MisnamedRule, ...] = ()
    lane_from_minor: int | None = None
    ending: Ending | None = None

    @property
    def by_upper_bound(self) -> bool:
        """Whether candidates were ranked by the upper bound of their loss, which the rules know nothing of."""
        return self.lane_from_minor is not None and not self.by_rules

    @property
    def by_rules(self) -> bool:
        """Whether the rules answered."""
        return self.recommendation.confidence is None or self.recommendation.disposition is Disposition.FALLBACK


def attribute(
    question: RoutingQuestion,
    recommendation: RoutingRecommendation,
    *,
    main_node: str | None = None,
    branch: Branch | None = None,
    constraints: Constraints = NO_CONSTRAINTS,
    reports: Mapping[str, NodeReport] = NOTHING_REPORTED,
) -> Attribution:
    """Say what refused an order's main node, what it would have cost, and what else there is.

    Parameters
    ----------
    main_node : str or None
        The node that should usually ship the order; the current choice's where it is left out, and the nearest
        where there is no current choice either.
    constraints : Constraints
        The rules that the recommendation was given under: they tell which papers are missing.
    reports : mapping of str to NodeReport
        What nodes told of themselves.

    Raises
    ------
    QuestionError
        If no candidate is at the main node, or the current choice is no candidate and no main node is named.
    """
    by_id = {candidate.candidate_id: candidate for candidate in question.candidates}
    main = main_node or _usual_node(by_id, recommendation.current_choice)
    own = [name for name, candidate in by_id.items() if candidate.node_id == main]
    if not own:
        msg = f"no candidate is at the node {main!r}; name a node of the candidates"
        raise QuestionError(msg, plainly="main_node is not the node of any candidate; name a node of the candidates")
    verdict = _verdict(recommendation, set(own))
    staying = None if verdict in {Verdict.KEPT, Verdict.NOTHING} else _staying(recommendation, own)
    alternatives = tuple(item for item in recommendation.ranking if item.candidate_id != recommendation.recommended)
    about_main = staying is not None and staying.candidate_id == recommendation.current_choice
    health = _health(question, [*_told_of(recommendation), *own], reports)
    return Attribution(
        order_id=question.order.order_id,
        order_value_minor=question.order.value_minor,
        promise_hours=(question.order.promised_at - question.decided_at) / timedelta(hours=1),
        main_node=main,
        verdict=verdict,
        recommended=recommendation.recommended,
        recommendation=recommendation,
        refusals=tuple(
            _refusal(question, by_id[item.action_id], item.reason, constraints)
            for item in recommendation.rejected
            if item.action_id in own
        ),
        staying=staying,
        drivers=_weightiest(recommendation.drivers) if about_main else (),
        alternatives=alternatives[:N_ALTERNATIVES],
        branch=branch,
        health=health,
        recommended_health=next((item for item in health if item.node_id == _node_of(by_id, recommendation)), None),
    )


def _told_of(recommendation: RoutingRecommendation) -> list[str]:
    """The candidates that a report speaks of: what is recommended, and what comes next."""
    ranked = [item.candidate_id for item in recommendation.ranking]
    return sorted(ranked, key=lambda name: name != recommendation.recommended)[: N_ALTERNATIVES + 1]


def _health(
    question: RoutingQuestion, names: Sequence[str], reports: Mapping[str, NodeReport]
) -> tuple[NodeHealth, ...]:
    by_id = {candidate.candidate_id: candidate for candidate in question.candidates}
    best: dict[str, Candidate] = {}
    # A network that has changed since the decision may not generate all of its candidates any more.
    for candidate in (by_id[name] for name in names if name in by_id):
        # A collection that has passed leaves no hours to hold the backlog against.
        if candidate.cut_off_at > question.decided_at:
            best.setdefault(candidate.node_id, candidate)
    return tuple(
        assess_node(
            candidate, (candidate.cut_off_at - question.decided_at) / timedelta(hours=1), reports.get(node, UNTOLD)
        )
        for node, candidate in best.items()
    )


def _usual_node(by_id: dict[str, Candidate], current_choice: str | None) -> str:
    if current_choice in by_id:
        return by_id[current_choice].node_id
    if current_choice is not None:
        msg = (
            f"the current choice {current_choice!r} is none of the {len(by_id)} candidates, so the network has changed "
            "since the decision; name main_node"
        )
        gone = "the network has changed since that decision and has its current choice no more; name main_node"
        raise QuestionError(msg, plainly=gone)
    return min(by_id.values(), key=lambda item: (item.distance_km, item.candidate_id)).node_id


def _node_of(by_id: dict[str, Candidate], recommendation: RoutingRecommendation) -> str | None:
    recommended = by_id.get(recommendation.recommended or "")
    return None if recommended is None else recommended.node_id


def _verdict(recommendation: RoutingRecommendation, own: set[str]) -> Verdict:
    if recommendation.recommended is None:
        return Verdict.NOTHING
    if recommendation.recommended in own:
        return Verdict.KEPT
    refused = own <= {item.action_id for item in recommendation.rejected}
    return Verdict.CONSTRAINT if refused else Verdict.EFFECT


def _refusal(
    question: RoutingQuestion, candidate: Candidate, reason: RejectionReason, constraints: Constraints
) -> Refusal:
    by_papers = reason is RejectionReason.DOCUMENTS_MISSING
    return Refusal(
        candidate_id=candidate.candidate_id,
        reason=reason,
        available_quantity=candidate.available_quantity,
        needed_quantity=question.order.max_line_quantity,
        missed_hours=max((question.decided_at - candidate.cut_off_at) / timedelta(hours=1), 0.0),
        missing_documents=constraints.missing_documents(question.order, candidate) if by_papers else (),
    )


def _staying(recommendation: RoutingRecommendation, own: list[str]) -> Staying | None:
    """The main node's best candidate against the recommended one.

    Effects are told against the current choice. Where that is the main node's, the difference is the
    recommended candidate's own interval turned round; else the two intervals are subtracted, which is wider
    than the truth and never narrower.
    """
    first = recommendation.ranking[0] if recommendation.ranking else None
    if first is None:
        return None
    best = next((item for item in recommendation.ranking if item.candidate_id in own), None)
    if best is None and recommendation.current_choice in own:
        nothing = Interval(0.0, 0.0, 0.0)
        effects = {name: _less(nothing, effect) for name, effect in first.effects_vs_current.items()}
        return Staying(str(recommendation.current_choice), _less(nothing, first.objective), effects)
    if best is None:
        return None
    return Staying(
        best.candidate_id,
        _less(best.objective, first.objective),
        {
            name: _less(effect, first.effects_vs_current[name])
            for name, effect in best.effects_vs_current.items()
            if name in first.effects_vs_current
        },
    )


def _less(one: Interval, other: Interval) -> Interval:
    return Interval(one.point - other.point, one.lower - other.upper, one.upper - other.lower)


def _weightiest(drivers: tuple[Driver, ...]) -> tuple[Driver, ...]:
    return tuple(sorted(drivers, key=lambda item: -abs(item.objective_minor))[:N_DRIVERS])
