"""Constraints of an order: what law, missing papers, the customer or the operator rule out, and what is better avoided.

Hard rules refuse candidates before anything is scored, so that no stock is locked for an order that may not go.
Soft rules refuse nothing: a person is asked before such a candidate is taken.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from data.candidates import Candidate
from data.decisions import RejectionReason
from data.orders import Order
from decision.errors import QuestionError
from decision.routing.question import RoutingQuestion

# Grounds on which a rule may refuse; missing papers are found, not stated.
GROUNDS: tuple[RejectionReason, ...] = (
    RejectionReason.REGIONAL_LAW,
    RejectionReason.CUSTOMER_REFUSED,
    RejectionReason.OPERATOR_POLICY,
)


@dataclass(frozen=True, slots=True)
class Match:
    """Which candidates a rule speaks of: those that agree in every member that is told.

    Raises
    ------
    QuestionError
        If no member is told: such a rule would speak of everything.
    """

    node_id: str | None = None
    carrier_id: str | None = None
    service_level: str | None = None

    def __post_init__(self) -> None:
        if self.node_id is None and self.carrier_id is None and self.service_level is None:
            msg = "a rule names neither node, carrier nor service level; name at least one"
            raise QuestionError(msg)

    def covers(self, candidate: Candidate) -> bool:
        """Whether the rule speaks of a candidate."""
        asked = (
            (self.node_id, candidate.node_id),
            (self.carrier_id, candidate.carrier_id),
            (self.service_level, candidate.service_level),
        )
        return all(wanted is None or wanted == found for wanted, found in asked)


@dataclass(frozen=True, slots=True)
class Constraints:
    """The rules about one order.

    Parameters
    ----------
    forbidden : tuple of (Match, RejectionReason)
        Hard rules, each with its ground, one of GROUNDS.
    avoided : tuple of Match
        Soft rules.
    required_documents : tuple of (Match, frozenset of str)
        Papers that every line must have for such candidates: `hs_code`, `rohs`, `export_licence` ...
    held_documents : dict of str to frozenset of str
        Papers that each line has, by its identifier.
    """

    forbidden: tuple[tuple[Match, RejectionReason], ...] = ()
    avoided: tuple[Match, ...] = ()
    required_documents: tuple[tuple[Match, frozenset[str]], ...] = ()
    held_documents: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def refusals(self, order: Order, candidates: Sequence[Candidate]) -> dict[str, RejectionReason]:
        """The candidates that may not be taken, each with the first reason: stated grounds before papers."""
        held = self._held_by_all(order)
        found = {candidate.candidate_id: self._refusal(candidate, held) for candidate in candidates}
        return {name: reason for name, reason in found.items() if reason is not None}

    def applied_to(self, question: RoutingQuestion) -> RoutingQuestion:
        """The same question, in which what these rules refuse cannot be chosen."""
        return replace(question, refusals=self.refusals(question.order, question.candidates))

    def missing_documents(self, order: Order, candidate: Candidate) -> tuple[str, ...]:
        """The papers that the rules ask of a candidate and that some line does not have, by name."""
        asked = [required for match, required in self.required_documents if match.covers(candidate)]
        return tuple(sorted(frozenset().union(*asked) - self._held_by_all(order)))

    def avoids(self, candidate: Candidate) -> bool:
        """Whether a soft rule speaks of a candidate."""
        return any(match.covers(candidate) for match in self.avoided)

    def _held_by_all(self, order: Order) -> frozenset[str]:
        papers = [self.held_documents.get(line.line_id, frozenset()) for line in order.lines]
        return frozenset.intersection(*papers) if papers else frozenset()

    def _refusal(self, candidate: Candidate, held: frozenset[str]) -> RejectionReason | None:
        for match, ground in self.forbidden:
            if match.covers(candidate):
                return ground
        for match, required in self.required_documents:
            if match.covers(candidate) and not required <= held:
                return RejectionReason.DOCUMENTS_MISSING
        return None


NO_CONSTRAINTS = Constraints()
