"""A hand-made log of two nodes, small enough to work out by hand, and its truth."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from data.decision_log.dataset import DecisionLog
from data.home import Home
from data.incidents import ARMS
from data.network import Carrier, Lane, Network, Node, Region, ServiceLevel
from experiments.demo import DemoRequest, DemoResult, run_demo

START = pd.Timestamp("2026-03-02T06:00:00Z").as_unit("us")
NETWORK = Network(
    currency="EUR",
    regions=(Region("north", 60.0, 10.0),),
    nodes=(Node("oslo", 59.9, 10.7, 500.0, 120), Node("bergen", 60.4, 5.3, 300.0, 120)),
    carriers=(Carrier("post", (18.0,), 200),),
    service_levels=(ServiceLevel("standard", 96.0),),
    lanes=(
        Lane("oslo", "north", "post", "standard", 40.0, 48.0, 400, 50, 0.3, 0.1),
        Lane("bergen", "north", "post", "standard", 310.0, 55.0, 600, 50, 0.6, 0.1),
    ),
)

LogMaker = Callable[[int, int], DecisionLog]


@pytest.fixture
def make_log() -> LogMaker:
    """Makes a log of `n_orders`, `per_day` of them a day, with an incident on every fourth."""
    return _log


def _log(n_orders: int, per_day: int) -> DecisionLog:
    number = np.arange(n_orders)
    order_id = np.array([f"o{index}" for index in number])
    decided_at = START + pd.to_timedelta(number // per_day, unit="D") + pd.to_timedelta(number % per_day, unit="s")
    orders = pd.DataFrame(
        {
            "order_id": order_id,
            "decided_at": decided_at,
            "promised_at": decided_at + pd.Timedelta(hours=96),
            "region": "north",
            "requested_service_level": "standard",
            "customer_id": "c1",
            "value_tier": "basic",
            "n_lines": 1,
            "n_units": 2,
            "max_line_quantity": 2,
            "order_value_minor": 10_000,
            "hazmat": False,
            "cold_chain": False,
            "behaviour_policy": "explore",
        }
    )
    tables = {"orders": orders, "candidates": _candidates(orders), "outcomes": _outcomes(orders)}
    return DecisionLog.checked({**tables, "incidents": _incidents(orders[::4])}, NETWORK)


def _candidates(orders: pd.DataFrame) -> pd.DataFrame:
    decided_at = np.repeat(orders["decided_at"].array, 2)
    nodes = np.tile(["oslo", "bergen"], len(orders))
    first = np.tile([True, False], len(orders))
    return pd.DataFrame(
        {
            "order_id": np.repeat(orders["order_id"].to_numpy(), 2),
            "candidate_id": nodes,
            "node_id": nodes,
            "carrier_id": "post",
            "service_level": "standard",
            "available_quantity": 20,
            "safety_stock": 5,
            "capacity_utilization": 0.7,
            "backlog_orders": 3,
            "cut_off_at": decided_at + pd.Timedelta(hours=12),
            "lead_time_hours": 48.0,
            "distance_km": np.where(first, 40.0, 310.0),
            "freight_minor": 500,
            "handling_minor": 120,
            "carbon_kg": 0.5,
            "observed_at": decided_at,
            "carrier_utilization": 0.2,
            "weather_severity": 0.1,
            "propensity": np.where(first, 0.75, 0.25),
            "is_chosen": first,
            "is_default": first,
        }
    )


def _outcomes(orders: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "order_id": orders["order_id"],
            "shipped_at": orders["decided_at"] + pd.Timedelta(hours=12),
            "delivered_at": orders["promised_at"] + pd.Timedelta(hours=3),
            "lateness_hours": 3.0,
            "late": True,
            "stock_out": False,
            "cost_minor": 620,
            "carbon_kg": 0.5,
        }
    )


def _incidents(orders: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "incident_id": "i-" + orders["order_id"],
            "order_id": orders["order_id"],
            "customer_id": "c1",
            "occurred_at": orders["promised_at"],
            "incident_type": "late",
            "hours_late": 3.0,
            "order_value_minor": 10_000,
            "value_tier": "basic",
            "lateness_tolerance": 0.5,
            "n_past_orders": 4,
            "n_past_incidents": 0,
            "arm": "none",
            **{f"propensity_{arm.value}": 1 / len(ARMS) for arm in ARMS},
            "repurchase_90d": True,
            "churn_90d": False,
            "cost_minor": 0,
        }
    )


@pytest.fixture(scope="session")
def demo_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home of its own for the demonstration."""
    return Home(tmp_path_factory.mktemp("demo home"))


@pytest.fixture(scope="session")
def shown(demo_home: Home) -> DemoResult:
    """The whole way once, on few orders; tests share it because it takes half a minute."""
    request = DemoRequest(n_orders=6_000, seed=1, world_orders=300, redrawn_orders=0, calibrating_runs=1)
    return run_demo(request, demo_home, lambda _: None, begun=time.perf_counter())
