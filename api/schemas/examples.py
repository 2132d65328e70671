"""Bodies that work as they stand: the OpenAPI document shows them, the self-test asks them, tests post them."""

from __future__ import annotations

from typing import Any


def _candidate(node: str, carrier: str, service_level: str, **members: Any) -> dict[str, Any]:
    return {
        "candidate_id": f"{node}|{carrier}|{service_level}",
        "node_id": node,
        "carrier_id": carrier,
        "service_level": service_level,
        "observed_at": "2026-03-02T09:55:00Z",
        **members,
    }


ROUTING_EXAMPLE: dict[str, Any] = {
    "order_id": "order-1001",
    "order_date": "2026-03-02T10:00:00Z",
    "requested_delivery_date": "2026-03-05T18:00:00Z",
    "ship_to": {"region": "Western Europe", "postal_code": "75011", "country": "FR", "lat": 48.86, "lon": 2.38},
    "customer": {"customer_id": "customer-77", "tags": {"value_tier": "plus", "lateness_tolerance": 0.4}},
    "lines": [{"line_id": "1", "sku": "sku-42", "quantity": 2, "unit_value_minor": 4_990}],
    "candidates": [
        _candidate(
            "node-paris",
            "carrier-road",
            "standard",
            available_quantity=8,
            safety_stock=5,
            capacity_utilization=1.3,
            backlog_orders=420,
            cut_off_at="2026-03-02T17:00:00Z",
            lead_time_hours=30.0,
            distance_km=20.0,
            freight_minor=650,
            carbon_kg=0.4,
        ),
        _candidate(
            "node-lille",
            "carrier-road",
            "standard",
            available_quantity=200,
            safety_stock=20,
            capacity_utilization=0.65,
            backlog_orders=60,
            cut_off_at="2026-03-02T18:00:00Z",
            lead_time_hours=34.0,
            distance_km=225.0,
            freight_minor=720,
            carbon_kg=1.1,
        ),
        _candidate(
            "node-lille",
            "carrier-air",
            "express",
            available_quantity=200,
            safety_stock=20,
            capacity_utilization=0.52,
            backlog_orders=60,
            cut_off_at="2026-03-02T20:00:00Z",
            lead_time_hours=14.0,
            distance_km=225.0,
            freight_minor=1_490,
            carbon_kg=4.8,
        ),
    ],
    "current_choice": "node-paris|carrier-road|standard",
    "objective_weights": {"cost": 0.3, "time": 0.4, "carbon": 0.1, "customer_value": 0.2},
    "mode": "live",
}

PLANS_EXAMPLE: dict[str, Any] = {
    **ROUTING_EXAMPLE,
    "lines": [
        {"line_id": "1", "sku": "sku-42", "quantity": 2, "unit_value_minor": 4_990},
        {"line_id": "2", "sku": "sku-77", "quantity": 1, "unit_value_minor": 12_900},
    ],
    "line_stock": [
        {"node_id": "node-paris", "line_id": "1", "available_quantity": 8},
        {"node_id": "node-lille", "line_id": "1", "available_quantity": 1},
        {"node_id": "node-lille", "line_id": "2", "available_quantity": 200},
    ],
    "max_shipments": 2,
}

PROMISES_EXAMPLE: dict[str, Any] = {
    **ROUTING_EXAMPLE,
    "candidate_id": "node-lille|carrier-road|standard",
    "kept_chance": 0.95,
}

COMPENSATION_EXAMPLE: dict[str, Any] = {
    "incident_id": "incident-501",
    "order_id": "order-1001",
    "incident_type": "late",
    "hours_late": 30.0,
    "order_value_minor": 9_980,
    "customer": {
        "customer_id": "customer-77",
        "tags": {"value_tier": "plus", "lateness_tolerance": 0.4, "n_past_orders": 6, "n_past_incidents": 1},
    },
    "allowed_actions": ["none", "apology", "coupon", "partial_refund", "gift_sample"],
    "budget_minor": 2_500,
    "objective_weights": {"cost": 0.3, "time": 0.1, "carbon": 0.1, "customer_value": 0.5},
    "mode": "live",
}

RESOLUTION_EXAMPLE: dict[str, Any] = {
    "resolution": "override",
    "reviewer": "reviewer-3",
    "chosen_action": "node-lille|carrier-air|express",
    "reason": "The customer needs it by Wednesday.",
    "version": 1,
}

PREVENTION_EXAMPLE: dict[str, Any] = {
    "late_probability": 0.6,
    "hours_late": 20.0,
    **{
        name: COMPENSATION_EXAMPLE[name]
        for name in (
            "order_id",
            "order_value_minor",
            "customer",
            "allowed_actions",
            "budget_minor",
            "objective_weights",
        )
    },
    "mode": "live",
}
