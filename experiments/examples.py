"""Worked examples: questions of the held-out log that show what the model does, with its answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, NoReturn

from data.decision_log.dataset import DecisionLog
from data.decisions import CompensationRecommendation, Disposition, Interval, ReviewReason, RoutingRecommendation
from data.incidents import CompensationArm
from decision.artefact import Artefact
from decision.compensation.recommendation import CompensationQuestion, recommend_compensation
from decision.routing.recommendation import recommend_routing
from experiments.bodies import compensation_body, routing_body
from experiments.errors import ExampleError
from experiments.losses import Pricing
from experiments.questions import compensation_questions, routing_questions

ROUTING_PATH = "/v1/routing/recommendations"
COMPENSATION_PATH = "/v1/compensation/recommendations"
# How many held-out questions are looked through.
N_LOOKED_AT = 400
# A budget that holds the dearest arm: the goods sent again, and a little for freight.
FREIGHT_ALLOWANCE_MINOR = 5_000


@dataclass(frozen=True)
class Example:
    """A question as its body, the model's answer, and where to put the question again."""

    name: str
    path: str
    body: dict[str, Any]
    answer: RoutingRecommendation | CompensationRecommendation

    def write(self, folder: Path) -> Path:
        """Write the body as `<name>.json`."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self.name}.json"
        path.write_text(json.dumps(self.body, indent=1, allow_nan=False) + "\n", encoding="utf-8")
        return path

    def to_plain(self) -> dict[str, Any]:
        """Question and answer as plain data."""
        return {"path": self.path, "request": self.body, "recommendation": _by_name(asdict(self.answer))}


def _by_name(value: Any) -> Any:
    """Plain data in which intervals, being tuples, keep the names of their parts."""
    if isinstance(value, Interval):
        return value._asdict()
    if isinstance(value, Mapping):
        return {name: _by_name(item) for name, item in value.items()}
    return [_by_name(item) for item in value] if isinstance(value, list | tuple) else value


def routing_examples(artefact: Artefact, log: DecisionLog, pricing: Pricing) -> tuple[Example, Example]:
    """A clear case, where the model is sure of another choice than the rules', and one that it hands to a person.

    The clear case is the one with the median gain, not the most flattering, or the surest if it never is sure of
    another choice; the other is the least sure.

    Raises
    ------
    ExampleError
        If the log has no order that the model can answer.
    """
    questions = list(routing_questions(log, pricing))[:N_LOOKED_AT]
    asked = [(question, recommend_routing(artefact.routing, question)) for question in questions]
    told = [(question, answer, answer.confidence) for question, answer in asked if answer.confidence is not None]
    if not told:
        _none("order")
    sure = {number: confidence.p_near_best for number, (_, _, confidence) in enumerate(told)}
    clear = [number for number in sure if _is_clear(told[number][1])]
    clear.sort(key=lambda number: told[number][1].ranking[0].objective.point)
    unsure = [number for number in sure if told[number][1].review_reasons == (ReviewReason.LOW_CONFIDENCE,)]
    picked = {
        "routing": clear[len(clear) // 2] if clear else max(sure, key=sure.__getitem__),
        "ambiguous": min(unsure or sure, key=sure.__getitem__),
    }
    first, second = (
        Example(name, ROUTING_PATH, routing_body(told[number][0]), told[number][1]) for name, number in picked.items()
    )
    return first, second


def _is_clear(answer: RoutingRecommendation) -> bool:
    return answer.disposition is Disposition.AUTO and answer.recommended != answer.current_choice


def compensation_example(artefact: Artefact, log: DecisionLog, pricing: Pricing) -> Example:
    """The case where the model is surest that something should be offered; the surest of all if it never says so.

    Raises
    ------
    ExampleError
        If the log has no incident that the model can answer.
    """
    asked = [_affordable(item) for item in compensation_questions(log.incidents[:N_LOOKED_AT], pricing)]
    answers = [(question, recommend_compensation(artefact.compensation, question)) for question in asked]
    ranked = [
        ((answer.recommended == CompensationArm.NONE, -answer.confidence.p_near_best), number)
        for number, (_, answer) in enumerate(answers)
        if answer.confidence is not None
    ]
    if not ranked:
        _none("incident")
    question, answer = answers[min(ranked)[1]]
    return Example("compensation", COMPENSATION_PATH, compensation_body(question), answer)


def _affordable(question: CompensationQuestion) -> CompensationQuestion:
    budget = question.incident.order_value_minor + FREIGHT_ALLOWANCE_MINOR
    return replace(question, incident=replace(question.incident, budget_minor=budget))


def _none(kind: str) -> NoReturn:
    msg = f"the last orders of the log hold no {kind} that the model can answer; simulate more orders"
    raise ExampleError(msg)
