"""One order, and three ways to send it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest

from data.candidates import Candidate
from data.objective import DEFAULT_UNIT_VALUES, DEFAULT_WEIGHTS
from data.orders import Customer, Destination, Order, OrderLine
from decision.routing.question import RoutingQuestion

NOW = datetime(2026, 1, 7, 10, 0, tzinfo=UTC)


class Ways(NamedTuple):
    """Candidates of the order; the weak one fails its promise: overloaded, far and slow."""

    near: Candidate
    weak: Candidate
    air: Candidate


@pytest.fixture(scope="session")
def order() -> Order:
    return Order(
        order_id="o1",
        ordered_at=NOW,
        promised_at=NOW + timedelta(hours=48),
        ship_to=Destination("r"),
        customer=Customer("c1"),
        lines=(OrderLine("1", "s1", 3, 2_000),),
    )


@pytest.fixture(scope="session")
def two_lines(order: Order) -> Order:
    """The order with two lines instead, which no node need hold both of."""
    return replace(order, lines=(OrderLine("1", "a", 2, 1_000), OrderLine("2", "b", 3, 1_000)))


@pytest.fixture(scope="session")
def ways() -> Ways:
    near = Candidate(
        candidate_id="ada|c|road",
        node_id="ada",
        carrier_id="c",
        service_level="road",
        available_quantity=10,
        safety_stock=2,
        capacity_utilization=0.6,
        backlog_orders=36,
        cut_off_at=NOW + timedelta(hours=8),
        lead_time_hours=30.0,
        distance_km=250.0,
        freight_minor=520,
        carbon_kg=0.4,
        observed_at=NOW - timedelta(hours=1),
        handling_minor=80,
        carrier_utilization=0.6,
        weather_severity=0.2,
    )
    weak = replace(near, candidate_id="bel|c|road", node_id="bel", lead_time_hours=48.0, distance_km=400.0)
    air = replace(near, candidate_id="ada|c|air", service_level="air", lead_time_hours=20.0, freight_minor=640)
    return Ways(near, replace(weak, capacity_utilization=1.4), replace(air, carbon_kg=1.2))


@pytest.fixture(scope="session")
def question(order: Order, ways: Ways) -> Callable[..., RoutingQuestion]:
    """The order and all three ways, the first of them the current choice, or as changed."""

    def ask(*candidates: Candidate, **changes: object) -> RoutingQuestion:
        plain = RoutingQuestion(
            order=order,
            candidates=candidates or ways,
            current_choice=(candidates or ways)[0].candidate_id,
            weights=DEFAULT_WEIGHTS,
            values=DEFAULT_UNIT_VALUES,
            decided_at=NOW,
        )
        return replace(plain, **changes)  # type: ignore[arg-type]

    return ask
