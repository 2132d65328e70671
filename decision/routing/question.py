"""A routing question, and the same in the form that models read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from data.candidates import Candidate
from data.choice_sets import ChoiceSet
from data.decisions import RejectionReason
from data.network import Network
from data.objective import ObjectiveWeights, UnitValues, objective_coefficients
from data.orders import Order
from decision.errors import QuestionError
from decision.routing.screening import Screening, screen
from decision.rules import RuleEngine


@dataclass(frozen=True, slots=True)
class RoutingQuestion:
    """An order, its candidates and what its operator cares about.

    Parameters
    ----------
    current_choice : str or None
        What the order-management system would do; where it does not say, the rules' choice stands in.
    network : Network or None
        Tells which nodes and carriers take dangerous goods and keep things cold.
    state_assumed : bool
        Whether candidates rest on assumed rather than reported state.
    refusals : dict of str to RejectionReason
        Candidates that law, missing papers, the customer or the operator rule out, and why.
    risk_averse : bool
        Whether candidates are ranked by the upper bound of their loss: the best cost that is nearly certain.
    """

    order: Order
    candidates: tuple[Candidate, ...]
    current_choice: str | None
    weights: ObjectiveWeights
    values: UnitValues
    decided_at: datetime
    network: Network | None = None
    state_assumed: bool = False
    refusals: Mapping[str, RejectionReason] = field(default_factory=dict)
    risk_averse: bool = False


@dataclass(frozen=True, slots=True)
class RoutingCase:
    """A question screened and put into columns.

    Parameters
    ----------
    reference : int
        The row that effects are measured against.
    rules_row : int or None
        What the rules pick among the feasible rows; None where nothing is feasible.
    prices : tuple of float
        Loss in minor currency units per unit of each of ROUTING_OUTCOMES.
    """

    question: RoutingQuestion
    choices: ChoiceSet
    screening: Screening
    reference: int
    rules_row: int | None
    prices: tuple[float, ...]

    @classmethod
    def of(cls, question: RoutingQuestion) -> Self:
        """Screen a question.

        Raises
        ------
        QuestionError
            If there are no candidates, one comes twice, or the current choice is not among them.
        """
        names = _distinct_names(question)
        choices = ChoiceSet.of(question.order, question.candidates, question.decided_at)
        screening = screen(question.order, question.candidates, choices, question.network, question.refusals)
        feasible = screening.feasible
        rules_row = RuleEngine().choose(choices, among=feasible) if feasible else None
        return cls(
            question=question,
            choices=choices,
            screening=screening,
            reference=_reference(question, names, rules_row),
            rules_row=rules_row,
            prices=objective_coefficients(question.weights, question.values),
        )


def _distinct_names(question: RoutingQuestion) -> list[str]:
    names = [candidate.candidate_id for candidate in question.candidates]
    if not names:
        msg = f"order {question.order.order_id!r} has no candidates to choose from; send at least one"
        raise QuestionError(msg, plainly="there are no candidates to choose from; send at least one")
    if len(set(names)) < len(names):
        twice = next(name for name, count in Counter(names).items() if count > 1)
        msg = f"candidate {twice!r} comes twice; give each candidate its own identifier"
        raise QuestionError(msg, plainly="a candidate comes twice; give each candidate its own identifier")
    return names


def _reference(question: RoutingQuestion, names: list[str], rules_row: int | None) -> int:
    if question.current_choice is None:
        return rules_row or 0
    if question.current_choice not in names:
        msg = f"current_choice {question.current_choice!r} is not among the {len(names)} candidates; send it along"
        raise QuestionError(msg, plainly="current_choice is not among the candidates; send it along")
    return names.index(question.current_choice)
