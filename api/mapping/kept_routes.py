"""Kept routes: the routing decisions of the store as they were put, and the candidates that were taken.

A question that left its candidates to the network gets those of the network in use, which may have changed.
"""

from __future__ import annotations

from dataclasses import replace

from api.mapping.promises import Route, screened_case
from api.mapping.questions import routing_question, stored_request
from api.problems import NETWORK_CHANGED, NOT_FOUND, Problem
from api.schemas.routing import RoutingRequest
from data.errors import NetworkError
from data.network import Network
from data.store.records import DecisionKind, DecisionRecord, ReviewRecord, ReviewStatus
from data.store.store import Store
from decision.explanation.ending import Ending
from decision.routing.question import RoutingQuestion

_UNREACHED = "the network in use does not reach the order's region any more; start with the network of that day"


def routing_decision(store: Store, decision_id: str, wanted: str) -> tuple[DecisionRecord, ReviewRecord | None]:
    """A routing decision and its review, if it has one.

    Parameters
    ----------
    wanted : str
        What is asked of it, with its article, as the refusal names it.

    Raises
    ------
    UnknownRecordError
        If there is no such decision.
    Problem
        If it is about something else.
    """
    decision, review = store.decision(decision_id)
    if decision.kind is not DecisionKind.ROUTING:
        raise Problem(NOT_FOUND, f"only routing decisions have {wanted}")
    return decision, review


def kept_question(request: RoutingRequest, network: Network | None) -> RoutingQuestion:
    """The question of a request that was kept, by the network in use where candidates were left to it.

    Raises
    ------
    Problem
        If that network does not reach the order any more.
    """
    try:
        return routing_question(request, network)
    except NetworkError:
        raise Problem(NETWORK_CHANGED, _UNREACHED) from None


def route_taken(decision: DecisionRecord, review: ReviewRecord | None, network: Network | None) -> Route:
    """The route of a routing decision, as far as the network in use still has it."""
    request = stored_request(decision.question)
    question = kept_question(request, network)
    # A promise is of one candidate alone: it does not need the current choice, which may be gone too.
    known = question if request.candidates is not None else replace(question, current_choice=None)
    return Route(screened_case(known, request), candidate_taken(decision, review))


def candidate_taken(decision: DecisionRecord, review: ReviewRecord | None) -> str | None:
    """The reviewer's candidate where a person chose, else the recommended one."""
    chosen = None if review is None else review.chosen_action
    return chosen or decision.recommended


def ending_of(review: ReviewRecord | None) -> Ending | None:
    """What a person made of a decision; None where nobody was asked, or has answered."""
    if review is None or review.resolved_at is None:
        return None
    return Ending(review.chosen_action, review.status is ReviewStatus.OVERRIDDEN, review.resolved_at)
