"""Questions put again: the orders and incidents of a log, as they would come in at the moment of decision."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import pandas as pd

from data.candidates import Candidate
from data.decision_log.dataset import DecisionLog
from data.incidents import ARMS, Incident, IncidentType
from data.orders import Customer, Destination, Order, OrderLine
from decision.compensation.recommendation import CompensationQuestion
from decision.routing.recommendation import RoutingQuestion
from experiments.losses import Pricing

# A log holds which arms an incident admitted, not its budget: what was admitted was within it.
UNBOUNDED_MINOR = 10**12


def routing_questions(log: DecisionLog, pricing: Pricing) -> Iterator[RoutingQuestion]:
    """One question an order, in the log's order, with the rules' default as the current choice."""
    offsets = log.candidate_offsets()
    candidates = log.candidates.to_dict("records")
    for number, row in enumerate(log.orders.to_dict("records")):
        rows = candidates[offsets[number] : offsets[number + 1]]
        yield RoutingQuestion(
            order=order_of(row),
            candidates=tuple(candidate_of(item) for item in rows),
            current_choice=next(item["candidate_id"] for item in rows if item["is_default"]),
            weights=pricing.weights,
            values=pricing.unit_values,
            decided_at=row["decided_at"].to_pydatetime(),
            network=log.network,
        )


def compensation_questions(incidents: pd.DataFrame, pricing: Pricing) -> Iterator[CompensationQuestion]:
    """One question an incident, in the table's order, with the arms that its policy could have offered."""
    for row in incidents.to_dict("records"):
        yield CompensationQuestion(incident_of(row), pricing.weights, pricing.customer_values)


def order_of(row: dict[Any, Any]) -> Order:
    """An order of a log's table, with lines that add up to its units and its largest line."""
    return Order(
        order_id=row["order_id"],
        ordered_at=row["decided_at"].to_pydatetime(),
        promised_at=row["promised_at"].to_pydatetime(),
        ship_to=Destination(region=row["region"]),
        customer=Customer(row["customer_id"], {"value_tier": row["value_tier"]}),
        lines=_lines(row),
    )


def candidate_of(row: dict[Any, Any]) -> Candidate:
    """A candidate of a log's table."""
    return Candidate(
        candidate_id=row["candidate_id"],
        node_id=row["node_id"],
        carrier_id=row["carrier_id"],
        service_level=row["service_level"],
        available_quantity=row["available_quantity"],
        safety_stock=row["safety_stock"],
        capacity_utilization=row["capacity_utilization"],
        backlog_orders=row["backlog_orders"],
        cut_off_at=row["cut_off_at"].to_pydatetime(),
        lead_time_hours=row["lead_time_hours"],
        distance_km=row["distance_km"],
        freight_minor=row["freight_minor"],
        carbon_kg=row["carbon_kg"],
        observed_at=row["observed_at"].to_pydatetime(),
        handling_minor=row["handling_minor"],
        carrier_utilization=_known(row["carrier_utilization"]),
        weather_severity=_known(row["weather_severity"]),
        weather_now=_known(row.get("weather_now", math.nan)),
    )


def incident_of(row: dict[Any, Any]) -> Incident:
    """An incident of a log's table; an arm that had a chance was allowed."""
    tags = ("value_tier", "lateness_tolerance", "n_past_orders", "n_past_incidents")
    return Incident(
        incident_id=row["incident_id"],
        order_id=row["order_id"],
        incident_type=IncidentType(row["incident_type"]),
        hours_late=row["hours_late"],
        order_value_minor=row["order_value_minor"],
        customer=Customer(row["customer_id"], {name: row[name] for name in tags}),
        allowed_arms=tuple(arm for arm in ARMS if row[f"propensity_{arm.value}"] > 0),
        budget_minor=UNBOUNDED_MINOR,
        dwell_hours=row.get("dwell_hours", 0.0),
    )


def _lines(row: dict[Any, Any]) -> tuple[OrderLine, ...]:
    n_lines, n_units = max(row["n_lines"], 1), max(row["n_units"], 1)
    quantities = [row["max_line_quantity"]]
    for lines_left in range(n_lines - 1, 0, -1):
        # What is left is spread evenly over the lines that are left, the fuller ones first.
        quantities.append(-(-(n_units - sum(quantities)) // lines_left))
    unit_value = round(row["order_value_minor"] / n_units)
    return tuple(
        OrderLine(f"{number + 1}", f"sku-{number + 1}", quantity, unit_value, row["hazmat"], row["cold_chain"])
        for number, quantity in enumerate(quantities)
        if quantity > 0
    )


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value
