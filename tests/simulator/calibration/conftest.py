"""Planted histories to calibrate from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pandera.pandas as pa
import pytest

from data.decision_log.schema import validated
from data.history.dataset import OrderHistory
from data.history.schema import ORDER_LINES, ORDERS

ROOT = Path(__file__).parents[3]
DATACO = ROOT.parent / "shared" / "data" / "dataco_orders_sample.csv"
PlantHistory = Callable[..., OrderHistory]


@pytest.fixture(scope="session")
def dataco() -> Path:
    if not DATACO.exists():
        pytest.skip(f"the public DataCo sample is not at {DATACO}; calibration from it goes unchecked")
    return DATACO


@pytest.fixture
def plant_history() -> PlantHistory:
    """A history of 600 orders over 60 days: two regions 3:1, two levels 2:1, promises 2 and 4 days."""

    def plant(resolution_hours: float = 0.0, **columns: Any) -> OrderHistory:
        n = 600
        place = np.arange(n)
        ordered_at = pd.Timestamp("2024-01-01", tz="UTC") + pd.to_timedelta(place * 2.4 + 0.1, unit="h")
        fast = place % 3 == 0
        table = {
            "order_id": [f"o{number}" for number in place],
            "ordered_at": ordered_at.as_unit("us"),
            "service_level": np.where(fast, "First Class", "Standard-Class"),
            "region": np.where(place % 4 == 0, "Southern Europe", "Canada"),
            "promised_hours": np.where(fast, 48.0, 96.0),
            "delivered_hours": np.where(fast, 40.0, 80.0) + place % 16,
            "n_lines": np.where(place % 2 == 0, 1, 2),
            "n_units": np.full(n, 2),
            "order_value_minor": 1_000 + 10 * place,
            "currency": "USD",
        } | columns
        orders = pd.DataFrame(table)
        orders["delivered_at"] = orders["ordered_at"] + pd.to_timedelta(orders["delivered_hours"], unit="h")
        lines = pd.DataFrame({"order_id": orders["order_id"], "order_line_id": orders["order_id"], "quantity": 2})
        facts = {"source": {"name": "planted"}, "resolution_hours": {"delivered": resolution_hours}}
        return OrderHistory(_canonical(orders, ORDERS), _canonical(lines, ORDER_LINES), facts)

    return plant


def _canonical(table: pd.DataFrame, schema: pa.DataFrameSchema) -> pd.DataFrame:
    return validated(table.reindex(columns=list(schema.columns)), schema)
