"""Questions and answers of prevention, which share most with those of compensation."""

from __future__ import annotations

from api.foreseen import Foreseen
from api.limits import Limits
from api.mapping.answers import AnswerContext, compensation_answer, interval_shape
from api.mapping.explanations import rounded
from api.mapping.questions import limited_customer, weights_of
from api.schemas.preventions import PreventionAnswer, PreventionRequest, WaitingShape
from data.customer_value import DEFAULT_CUSTOMER_VALUES
from data.decisions import CompensationRecommendation
from data.incidents import Incident, IncidentType
from decision.compensation.recommendation import CompensationQuestion


def prevention_question(request: PreventionRequest, limits: Limits) -> CompensationQuestion:
    """The question that a prevention request asks: the incident as it would be if the order were late.

    Raises
    ------
    Problem
        If a tag is named nearly like an opt-out of the operator's own.
    """
    incident = Incident(
        incident_id=request.order_id,
        order_id=request.order_id,
        incident_type=IncidentType.LATE_EXPECTED,
        hours_late=request.hours_late,
        order_value_minor=request.order_value_minor,
        customer=limited_customer(request.customer, limits),
        allowed_arms=tuple(request.allowed_actions),
        budget_minor=request.budget_minor,
    )
    return CompensationQuestion(
        incident, weights_of(request.objective_weights), DEFAULT_CUSTOMER_VALUES, limits.with_pairs(())
    )


def prevention_answer(
    recommendation: CompensationRecommendation,
    context: AnswerContext,
    *,
    foreseen: Foreseen,
    limits: Limits,
) -> PreventionAnswer:
    """The answer to a prevention request."""
    shared = compensation_answer(recommendation, context, limits=limits)
    members = {name: getattr(shared, name) for name in PreventionAnswer.model_fields.keys() & type(shared).model_fields}
    prevention = foreseen.prevention
    waiting = prevention.waiting
    return PreventionAnswer(
        **members,
        order_id=context.subject_id,
        late_probability=foreseen.late_probability,
        late_probability_from=foreseen.source,
        acts_from_late_probability=None if prevention.acts_from is None else rounded(prevention.acts_from),
        waiting=None
        if waiting is None
        else WaitingShape(action=waiting.arm.value, objective=interval_shape(waiting.objective)),
    )
