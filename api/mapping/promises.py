"""Promises as they are shown, and the routes that they are asked of."""

from __future__ import annotations

from dataclasses import dataclass

from api.mapping.answers import interval_shape
from api.mapping.wishes import wishes_of
from api.schemas.answers import ModelShape
from api.schemas.promises import PromiseAnswer, PromiseShape
from api.schemas.routing import RoutingRequest
from decision.routing.model import RoutingModel
from decision.routing.promise import Promise, Untold, promise_of
from decision.routing.question import RoutingCase, RoutingQuestion


@dataclass(frozen=True, slots=True)
class Route:
    """An order as it was put, and the candidate that is spoken of; None where nothing can ship it."""

    case: RoutingCase
    candidate_id: str | None

    @property
    def stands(self) -> bool:
        """Whether the order still has that candidate, which a network that has changed may not generate."""
        return self.candidate_id is None or self.candidate_id in self.case.choices.candidate_id

    def promise(self, model: RoutingModel | None, kept_chance: float) -> Promise | Untold:
        """What that candidate would lead to."""
        if self.candidate_id is None:
            return Untold.NO_FEASIBLE_CANDIDATE
        return promise_of(model, self.case, self.candidate_id, kept_chance)


def screened_case(question: RoutingQuestion, request: RoutingRequest) -> RoutingCase:
    """A question under the rules of its request."""
    return RoutingCase.of(wishes_of(request).constraints.applied_to(question))


def promise_answer(route: Route, found: Promise | Untold, model: ModelShape) -> PromiseAnswer:
    """The answer to a question of a promise."""
    question = route.case.question
    rejected = {item.action_id: item.reason.value for item in route.case.screening.rejected}
    return PromiseAnswer(
        order_id=question.order.order_id,
        decided_at=question.decided_at,
        promised_at=question.order.promised_at,
        candidate_id=route.candidate_id,
        rejected_as=None if route.candidate_id is None else rejected.get(route.candidate_id),
        promise=_shape(found) if isinstance(found, Promise) else None,
        untold=found.value if isinstance(found, Untold) else None,
        model=model,
    )


def _shape(promise: Promise) -> PromiseShape:
    return PromiseShape(
        quoted_at=promise.quoted_at,
        median_at=promise.median_at,
        earliest_at=promise.earliest_at,
        latest_at=promise.latest_at,
        attainment=interval_shape(promise.attainment),
        kept_by=promise.kept_by,
        kept_chance=promise.kept_chance,
        doubts=[reason.value for reason in promise.doubts],
    )
