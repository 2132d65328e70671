"""Explanations: the branch of the policy tree, similar incidents, and the attribution report."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict

from api.schemas.fields import AnswerShape, Identifier, Shape

LanguageName = Literal["en", "zh"]


class ConditionShape(AnswerShape):
    """What is asked about one quantity of the order: more than `above`, at most `at_most`."""

    quantity: str
    unit: str
    value: float | None
    above: float | None
    at_most: float | None
    reported: bool


class FidelityShape(AnswerShape):
    """How often the tree says what the policy does, on orders it was not grown on, with its 95% interval."""

    n_orders: int
    agreement: float
    lower: float
    upper: float
    leaving_agreement: float
    majority: float


class BranchShape(AnswerShape):
    """The branch of the policy tree that an order falls into, and what the policy does with such orders."""

    sentence: str
    conditions: list[ConditionShape]
    n_orders: int
    share: dict[str, float]
    usual_move: str
    shift: dict[str, float]
    fidelity: FidelityShape


class SentencesShape(AnswerShape):
    """A heading and the sentences below it."""

    heading: str
    sentences: list[str]


class AttributionQuery(Shape):
    """In which language, and about which node."""

    model_config = ConfigDict(strict=False)

    language: LanguageName = "en"
    main_node: Identifier | None = None


class AttributionShape(AnswerShape):
    """Why an order is not sent from its main node, what it would have cost, and what a person can do."""

    order_id: str
    main_node: str
    verdict: Literal["kept", "constraint", "effect", "nothing"]
    recommended: str | None
    language: LanguageName
    title: str
    sections: list[SentencesShape]
    text: str


class DifferenceShape(AnswerShape):
    """How one part of a past incident differs; the shares of a case add up to its distance."""

    part: str
    case: str | float | None
    incident: str | float | None
    share: float


class SimilarCaseShape(AnswerShape):
    """A resolved incident: how near it is (0 is alike), what was done, and how it ended within 90 days."""

    incident_type: str
    action: str
    distance: float
    differences: list[DifferenceShape]
    repurchased: bool
    churned: bool
    cost_minor: int


class ActionRecordShape(AnswerShape):
    """What became of the nearest incidents after one action: shares seen, not effects."""

    action: str
    n_cases: int
    repurchase_share: float
    churn_share: float
    mean_cost_minor: float


class PrecedentsShape(AnswerShape):
    """Resolved incidents of the same kind: the nearest, and what became of the `n_summed` nearest by action."""

    n_compared: int
    n_summed: int
    cases: list[SimilarCaseShape]
    by_action: list[ActionRecordShape]
