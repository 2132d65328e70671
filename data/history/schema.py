"""Schemas of the canonical order history; units are in the column names.

`orders` has one row an order, `order_lines` one row a line; they join on `order_id`. Instants are UTC with
microseconds, amounts are minor units of `currency`. `_hours` run from `ordered_at`. What a history does not
say is missing, never guessed.
"""

from __future__ import annotations

import pandera.pandas as pa

from data.decision_log.schema import INSTANT


def _text(*, nullable: bool = True, unique: bool = False) -> pa.Column:
    return pa.Column(str, pa.Check.str_length(1, 200), nullable=nullable, unique=unique)


def _hours() -> pa.Column:
    return pa.Column(float, pa.Check.ge(0), nullable=True)


def _whole() -> pa.Column:
    return pa.Column("Int64", pa.Check.ge(0), nullable=True)


def _degrees(limit: float) -> pa.Column:
    return pa.Column(float, pa.Check.in_range(-limit, limit), nullable=True)


ORDERS = pa.DataFrameSchema(
    {
        "order_id": _text(nullable=False, unique=True),
        "ordered_at": pa.Column(INSTANT),
        "service_level": _text(nullable=False),
        "region": _text(nullable=False),
        "country": _text(),
        "lat": _degrees(90),
        "lon": _degrees(180),
        "customer_id": _text(),
        "node_id": _text(),
        "carrier_id": _text(),
        "status": _text(),
        "promised_hours": _hours(),
        "shipped_hours": _hours(),
        # As the history states it, perhaps in whole days; the instant below may be finer.
        "delivered_hours": _hours(),
        "delivered_at": pa.Column(INSTANT, nullable=True),
        "late": pa.Column("boolean", nullable=True),
        "cancelled": pa.Column("boolean", nullable=True),
        "n_lines": _whole(),
        "n_units": _whole(),
        "order_value_minor": _whole(),
        "currency": _text(),
    },
    strict=True,
    coerce=True,
    name="orders",
)

ORDER_LINES = pa.DataFrameSchema(
    {
        "order_id": _text(nullable=False),
        "order_line_id": _text(nullable=False, unique=True),
        "sku": _text(),
        "quantity": _whole(),
        "line_value_minor": _whole(),
    },
    strict=True,
    coerce=True,
    name="order_lines",
)
