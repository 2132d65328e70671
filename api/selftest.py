"""Try a model before it answers anybody: it must give the documented examples finite answers."""

from __future__ import annotations

from api.mapping.questions import compensation_question, routing_question
from api.schemas.compensation import CompensationRequest
from api.schemas.examples import COMPENSATION_EXAMPLE, ROUTING_EXAMPLE
from api.schemas.routing import RoutingRequest
from data.decisions import ReviewReason
from decision.compensation.model import CompensationModel
from decision.compensation.recommendation import recommend_compensation
from decision.errors import ArtefactError
from decision.routing.model import RoutingModel
from decision.routing.recommendation import recommend_routing


def try_models(routing: RoutingModel, compensation: CompensationModel) -> None:
    """Ask both models one question each.

    Raises
    ------
    ArtefactError
        If an answer is not made of finite numbers.
    """
    route = recommend_routing(routing, routing_question(RoutingRequest.model_validate(ROUTING_EXAMPLE), None))
    offer = recommend_compensation(
        compensation, compensation_question(CompensationRequest.model_validate(COMPENSATION_EXAMPLE))
    )
    if ReviewReason.NOT_FINITE in (*route.review_reasons, *offer.review_reasons):
        msg = "the model answers its self-test with numbers that are not finite; train and publish it anew"
        raise ArtefactError(msg)
