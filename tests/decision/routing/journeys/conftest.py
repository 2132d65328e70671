"""The planted world in stages, from whose log journeys are learned: a missed collection, then a multiple of the quote.

A node above capacity misses a collection three times in four, one below once in ten; transit takes from .6 to 1.6 times
its quote, evenly; large orders find shelves empty four times in ten wherever they go.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from data.candidates import Candidate
from data.choice_sets import ChoiceSets
from data.decision_log.dataset import DecisionLog
from data.orders import Order
from decision.routing.fitting import RoutingFit, fit_routing
from decision.routing.model import RoutingModel

MISS_HOURS, SLOWEST, QUICKEST = 24.0, 1.6, 0.6


def staged_world(plain: Any, seed: int) -> Any:
    """The planted world, played anew so that its instants tell where the time went."""
    n_orders = len(plain.log.orders)
    generator = np.random.Generator(np.random.Philox([seed, 1]))
    tables = {name: getattr(plain.log, name).copy() for name in ("orders", "candidates", "outcomes", "incidents")}
    chosen = tables["candidates"]["is_chosen"].to_numpy()
    expected, (miss, stock_out) = _staged_expectations(plain.choice_sets)
    waited = MISS_HOURS * (generator.uniform(size=n_orders) < miss[chosen])
    ratio = generator.uniform(QUICKEST, SLOWEST, n_orders)
    on_road = ratio * plain.choice_sets.candidate["lead_time_hours"][chosen]
    cut_off = tables["candidates"]["cut_off_at"][chosen].reset_index(drop=True)
    shipped = cut_off + pd.to_timedelta(waited, unit="h")
    delivered = shipped + pd.to_timedelta(np.round(on_road, 4), unit="h")
    late_by = (delivered - tables["orders"]["promised_at"]).dt.total_seconds().to_numpy() / 3600
    tables["outcomes"] = tables["outcomes"].assign(
        shipped_at=shipped.astype("datetime64[us, UTC]"),
        delivered_at=delivered.astype("datetime64[us, UTC]"),
        lateness_hours=np.maximum(late_by, 0.0),
        late=late_by > 0,
        stock_out=generator.uniform(size=n_orders) < stock_out[chosen],
    )
    return replace(plain, log=DecisionLog.checked(tables, plain.log.network), expected=expected)


def _staged_expectations(sets: ChoiceSets) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """Lateness hours, P(late) and P(stock-out) of every candidate, and what they are made of."""
    column = sets.candidate
    miss = np.where(column["capacity_utilization"] > 1, 0.75, 0.1)
    stock_out = np.where(sets.per_row("n_units") > 4, 0.4, 0.05)
    room = sets.per_row("promise_hours") - column["hours_to_cut_off"]
    late, hours = np.zeros(len(miss)), np.zeros(len(miss))
    for chance, wait in ((1 - miss, 0.0), (miss, MISS_HOURS)):
        given_late, given_hours = uniform_transit(room - wait, column["lead_time_hours"])
        late, hours = late + chance * given_late, hours + chance * given_hours
    # Nothing is lost here, and nobody is in anybody's way.
    return np.pad(np.column_stack((hours, late, stock_out)), ((0, 0), (0, 2))), (miss, stock_out)


def uniform_transit(room_hours: np.ndarray, quote_hours: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """P(late) and mean lateness where transit is uniform from .6 to 1.6 times its quote."""
    least = np.clip(room_hours / quote_hours, QUICKEST, SLOWEST)
    mean_over = quote_hours * np.square(SLOWEST - least) / 2
    before = np.maximum(QUICKEST * quote_hours - room_hours, 0.0)
    return SLOWEST - least, mean_over + before


@pytest.fixture(scope="session")
def make_staged_world(make_world: Callable[..., Any]) -> Callable[..., Any]:
    """So many orders, and a seed."""

    def build(n_orders: int, seed: int) -> Any:
        return staged_world(make_world(n_orders, seed), seed)

    return build


@pytest.fixture(scope="session")
def staged(make_staged_world: Callable[..., Any]) -> Any:
    return make_staged_world(3_000, seed=17)


@pytest.fixture(scope="session")
def staged_fit(staged: Any) -> RoutingFit:
    return fit_routing(staged.log, seed=3)


@pytest.fixture(scope="session")
def model(staged_fit: RoutingFit) -> RoutingModel:
    assert staged_fit.model.journeys is not None
    return staged_fit.model


@pytest.fixture(scope="session")
def aged(order: Order) -> Callable[[Candidate, float], Candidate]:
    """A candidate whose node was last heard of so many hours ago."""

    def age(candidate: Candidate, hours: float) -> Candidate:
        return replace(candidate, observed_at=order.ordered_at - timedelta(hours=hours))

    return age


@pytest.fixture(scope="session")
def calm(ways: Any, aged: Callable[..., Candidate]) -> Candidate:
    """The near candidate, its node at half its capacity and with plenty on the shelf, heard of five minutes ago."""
    near = replace(
        ways.near,
        available_quantity=40,
        capacity_utilization=0.5,
        backlog_orders=30,
        lead_time_hours=34.0,
        freight_minor=500,
        carrier_utilization=0.5,
        weather_severity=0.1,
    )
    return aged(near, 5 / 60)
