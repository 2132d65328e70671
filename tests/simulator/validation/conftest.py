"""Histories whose later orders take longer than their earlier ones."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from data.decision_log.schema import validated
from data.history.dataset import OrderHistory
from data.history.schema import ORDER_LINES, ORDERS


@pytest.fixture
def plant_drift() -> Callable[[float], OrderHistory]:
    """1,500 orders over 150 days; the last 30% take so many hours longer."""

    def plant(drift_hours: float) -> OrderHistory:
        n = 1_500
        place = np.arange(n)
        ordered_at = (pd.Timestamp("2024-01-01", tz="UTC") + pd.to_timedelta(place * 2.4, unit="h")).as_unit("us")
        usual = np.random.default_rng(3).gamma(16.0, 5.5, n)
        orders = pd.DataFrame(
            {
                "order_id": [f"o{number}" for number in place],
                "ordered_at": ordered_at,
                "service_level": np.where(place % 3 == 0, "First Class", "Standard Class"),
                "region": np.where(place % 4 == 0, "Southern Europe", "Canada"),
                "promised_hours": 96.0,
                "delivered_hours": usual + np.where(place >= 0.7 * n, drift_hours, 0.0),
                "n_lines": 1,
                "n_units": 1,
                "order_value_minor": 2_000,
                "currency": "USD",
            }
        )
        lines = pd.DataFrame({"order_id": orders["order_id"], "order_line_id": orders["order_id"], "quantity": 1})
        canonical = [
            validated(table.reindex(columns=list(schema.columns)), schema)
            for table, schema in ((orders, ORDERS), (lines, ORDER_LINES))
        ]
        return OrderHistory(canonical[0], canonical[1], {"source": {"name": "planted"}})

    return plant
