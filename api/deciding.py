"""From a question to a stored answer: decide, open a review if need be, commit, and only then reply."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.idempotency import REPLAYED_HEADER, key_for
from api.mapping.answers import AnswerContext, Recommendation, needs_review, reviewer_actions
from api.schemas.answers import ModelShape
from api.schemas.orders import Mode
from api.services import Services, new_identifier
from api.serving import ServedModel
from api.strict_route import JSON_MEDIA_TYPE
from data.objective import ObjectiveWeights
from data.shelf import CHAMPION, MODEL_NAME
from data.store.records import DecisionKind, DecisionRecord, Recorded, ReviewRecord, ReviewStatus

RULES = ModelShape(name="rules", version=None, alias=None)

Advice = TypeVar("Advice", bound=Recommendation)


@dataclass(frozen=True, slots=True)
class Asked(Generic[Advice]):
    """A question that has been answered, but not yet recorded.

    Parameters
    ----------
    question : BaseModel
        The request, as it was understood.
    shaped : callable
        Builds the answer's shape.
    """

    kind: DecisionKind
    subject_id: str
    mode: Mode
    decided_at: datetime
    weights: ObjectiveWeights
    question: BaseModel
    recommendation: Advice
    shaped: Callable[[Advice, AnswerContext], BaseModel]


async def earlier_reply(
    services: Services, kind: DecisionKind, question: BaseModel, key: str | None
) -> Response | None:
    """What was answered under this key; looked up before anything is reckoned, which might no longer be possible.

    Raises
    ------
    ReusedKeyError
        If the key was used for another question.
    """
    wanted = key_for(kind.value, key, question)
    if wanted is None:
        return None
    # The database is read in a thread, which the event loop must not wait for.
    found = await run_in_threadpool(services.store.earlier, wanted)
    return None if found is None else reply(found)


async def record_and_reply(services: Services, served: ServedModel, asked: Asked[Advice], key: str | None) -> Response:
    """Commit decision, review and idempotency key together, then answer.

    Raises
    ------
    ReusedKeyError
        If the key was used for another question.
    StoreError
        If the decision could not be committed.
    """
    decision, review = _records(services.now(), served, asked)
    future = services.store.record(decision, review, key_for(asked.kind.value, key, asked.question))
    return reply(await asyncio.wrap_future(future))


def reply(recorded: Recorded) -> Response:
    """The stored answer, byte for byte, and whether it was given before."""
    headers = {REPLAYED_HEADER: "true"} if recorded.replayed else {}
    return Response(recorded.answer.encode("utf-8"), headers=headers, media_type=JSON_MEDIA_TYPE)


def _records(
    recorded_at: datetime, served: ServedModel, asked: Asked[Advice]
) -> tuple[DecisionRecord, ReviewRecord | None]:
    decision_id = new_identifier("dec", recorded_at)
    review = _review(decision_id, recorded_at, asked) if needs_review(asked.recommendation) else None
    context = AnswerContext(
        decision_id=decision_id,
        subject_id=asked.subject_id,
        decided_at=asked.decided_at,
        mode=asked.mode,
        review_id=review.review_id if review else None,
        weights=asked.weights,
        model=model_shape(served),
    )
    decision = DecisionRecord(
        decision_id=decision_id,
        kind=asked.kind,
        subject_id=asked.subject_id,
        mode=asked.mode,
        decided_at=asked.decided_at,
        recorded_at=recorded_at,
        disposition=asked.recommendation.disposition,
        recommended=asked.recommendation.recommended,
        model_version=served.version,
        question=asked.question.model_dump_json(),
        answer=asked.shaped(asked.recommendation, context).model_dump_json(),
    )
    return decision, review


def _review(decision_id: str, opened_at: datetime, asked: Asked[Advice]) -> ReviewRecord:
    return ReviewRecord(
        review_id=new_identifier("rev", opened_at),
        decision_id=decision_id,
        kind=asked.kind,
        subject_id=asked.subject_id,
        mode=asked.mode,
        status=ReviewStatus.OPEN,
        version=1,
        reasons=tuple(reason.value for reason in asked.recommendation.review_reasons),
        recommended=asked.recommendation.recommended,
        actions=reviewer_actions(asked.recommendation),
        opened_at=opened_at,
    )


def model_shape(served: ServedModel) -> ModelShape:
    """What answers, as answers name it."""
    if served.version is None:
        return RULES
    return ModelShape(name=MODEL_NAME, version=served.version, alias=CHAMPION)
