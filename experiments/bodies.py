"""Questions as the bodies that the service takes, so that a worked example can be asked again with curl."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from data.objective import ObjectiveWeights
from decision.compensation.recommendation import CompensationQuestion
from decision.routing.question import RoutingQuestion


def routing_body(question: RoutingQuestion) -> dict[str, Any]:
    """The body of `POST /v1/routing/recommendations`."""
    order = question.order
    return {
        "order_id": order.order_id,
        "order_date": _instant(order.ordered_at),
        "requested_delivery_date": _instant(order.promised_at),
        "ship_to": asdict(order.ship_to),
        "customer": asdict(order.customer),
        "lines": [asdict(line) for line in order.lines],
        "candidates": [
            {name: _instant(value) if isinstance(value, datetime) else value for name, value in asdict(item).items()}
            for item in question.candidates
        ],
        "current_choice": question.current_choice,
        "objective_weights": _weights(question.weights),
        "mode": "live",
        "decided_at": _instant(question.decided_at),
    }


def compensation_body(question: CompensationQuestion) -> dict[str, Any]:
    """The body of `POST /v1/compensation/recommendations`."""
    incident = question.incident
    return {
        "incident_id": incident.incident_id,
        "order_id": incident.order_id,
        "incident_type": incident.incident_type.value,
        "hours_late": incident.hours_late,
        "order_value_minor": incident.order_value_minor,
        "customer": asdict(incident.customer),
        "allowed_actions": [arm.value for arm in incident.allowed_arms],
        "budget_minor": incident.budget_minor,
        "objective_weights": _weights(question.weights),
        "mode": "live",
    }


def _weights(weights: ObjectiveWeights) -> dict[str, float]:
    return asdict(weights)


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
