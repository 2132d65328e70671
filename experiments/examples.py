"""Worked examples: questions of the held-out log that show what the model does, with its answers."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from data.decision_log.dataset import DecisionLog
from data.decisions import CompensationRecommendation, Disposition, ReviewReason, RoutingRecommendation
from decision.artefact import Artefact
from decision.compensation.recommendation import recommend_compensation
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
        return {"path": self.path, "request": self.body, "recommendation": asdict(self.answer)}


def routing_examples(artefact: Artefact, log: DecisionLog, pricing: Pricing) -> tuple[Example, Example]:
    """A clear case, where the model is sure of another choice than the rules', and one that it hands to a person.

    The clear case is the one with the median gain, not the most flattering; the other is the least sure.

    Raises
    ------
    ExampleError
        If the log has no question of one of the two kinds.
    """
    questions = list(routing_questions(log, pricing))[:N_LOOKED_AT]
    answers = [(question, recommend_routing(artefact.routing, question)) for question in questions]
    clear = [
        (answer.ranking[0].objective.point, number)
        for number, (_, answer) in enumerate(answers)
        if answer.disposition is Disposition.AUTO and answer.recommended != answer.current_choice
    ]
    unsure = [
        (answer.confidence.p_near_best, number)
        for number, (_, answer) in enumerate(answers)
        if answer.confidence is not None and answer.review_reasons == (ReviewReason.LOW_CONFIDENCE,)
    ]
    picked = [answers[_median(clear, "clear")], answers[_first(unsure, "unsure")]]
    first, second = (
        Example(name, ROUTING_PATH, routing_body(question), answer)
        for name, (question, answer) in zip(("routing", "ambiguous"), picked, strict=True)
    )
    return first, second


def compensation_example(artefact: Artefact, log: DecisionLog, pricing: Pricing) -> Example:
    """A case where the model is sure of an arm, the median by its gain; the surest case if it is sure of none.

    Raises
    ------
    ExampleError
        If the log has no incident.
    """
    questions = list(compensation_questions(log.incidents[:N_LOOKED_AT], pricing))
    affordable = [
        replace(item, incident=replace(item.incident, budget_minor=_budget(item.incident.order_value_minor)))
        for item in questions
    ]
    answers = [(question, recommend_compensation(artefact.compensation, question)) for question in affordable]
    told = [(number, answer) for number, (_, answer) in enumerate(answers) if answer.confidence is not None]
    sure = [
        (answer.ranking[0].objective.point, number) for number, answer in told if answer.disposition is Disposition.AUTO
    ]
    surest = [(-answer.confidence.p_near_best, number) for number, answer in told if answer.confidence is not None]
    question, answer = answers[_median(sure, "sure") if sure else _first(surest, "incident")]
    return Example("compensation", COMPENSATION_PATH, compensation_body(question), answer)


def _budget(order_value_minor: int) -> int:
    return order_value_minor + FREIGHT_ALLOWANCE_MINOR


def _median(ranked: list[tuple[float, int]], kind: str) -> int:
    return sorted(ranked)[len(ranked) // 2][1] if ranked else _none(kind)


def _first(ranked: list[tuple[float, int]], kind: str) -> int:
    return min(ranked)[1] if ranked else _none(kind)


def _none(kind: str) -> int:
    msg = f"the last orders of the log hold no {kind} case to show; simulate more orders"
    raise ExampleError(msg)
