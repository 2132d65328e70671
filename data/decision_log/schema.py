"""Schemas of the decision log's tables; units are in the column names.

`orders` (one row an order), `candidates` (one row an order and candidate), `outcomes` (one row an order)
and `incidents` (one row an incident) join on `order_id`. Instants are UTC with microseconds. `cancelled` has one row an
order that was decided and then cancelled: it has no outcome, so it is in none of the first three.
"""

from __future__ import annotations

import pandas as pd
import pandera.pandas as pa
from pandera.errors import SchemaError

from data.errors import ContractError
from data.incidents import ARMS, IncidentType
from data.orders import ValueTier

INSTANT = pd.DatetimeTZDtype("us", "UTC")
PROPENSITY_TOLERANCE = 1e-9


def _share(*, nullable: bool = False) -> pa.Column:
    return pa.Column(float, pa.Check.in_range(0, 1), nullable=nullable)


def _amount(kind: type = float, *, nullable: bool = False) -> pa.Column:
    return pa.Column(kind, pa.Check.ge(0), nullable=nullable)


def _text(*, unique: bool = False) -> pa.Column:
    return pa.Column(str, pa.Check.str_length(1, 200), unique=unique)


def _instant(*, nullable: bool = False) -> pa.Column:
    return pa.Column(INSTANT, nullable=nullable)


ORDERS = pa.DataFrameSchema(
    {
        "order_id": _text(unique=True),
        "decided_at": _instant(),
        "promised_at": _instant(),
        "region": _text(),
        "requested_service_level": _text(),
        "customer_id": _text(),
        "value_tier": pa.Column(str, pa.Check.isin([tier.value for tier in ValueTier])),
        "n_lines": _amount(int),
        "n_units": _amount(int),
        "max_line_quantity": _amount(int),
        "order_value_minor": _amount(int),
        "hazmat": pa.Column(bool),
        "cold_chain": pa.Column(bool),
        "behaviour_policy": _text(),
        # Where orders come through more than one sales channel.
        "channel": pa.Column(str, pa.Check.str_length(1, 200), required=False),
    },
    strict=True,
    coerce=True,
    name="orders",
)

CANDIDATES = pa.DataFrameSchema(
    {
        "order_id": _text(),
        "candidate_id": _text(),
        "node_id": _text(),
        "carrier_id": _text(),
        "service_level": _text(),
        "available_quantity": _amount(int),
        "safety_stock": _amount(int),
        "capacity_utilization": _amount(),
        "backlog_orders": _amount(int),
        "cut_off_at": _instant(),
        "lead_time_hours": _amount(),
        "distance_km": _amount(),
        "freight_minor": _amount(int),
        "handling_minor": _amount(int),
        "carbon_kg": _amount(),
        "observed_at": _instant(),
        "carrier_utilization": _amount(nullable=True),
        "weather_severity": _share(nullable=True),
        # Where somebody looks out of the window; without it only the forecast is known.
        "weather_now": pa.Column(float, pa.Check.in_range(0, 1), nullable=True, required=False),
        "propensity": _share(),
        "is_chosen": pa.Column(bool),
        "is_default": pa.Column(bool),
    },
    strict=True,
    coerce=True,
    name="candidates",
)

OUTCOMES = pa.DataFrameSchema(
    {
        "order_id": _text(unique=True),
        "shipped_at": _instant(),
        "delivered_at": _instant(),
        "lateness_hours": _amount(),
        "late": pa.Column(bool),
        "stock_out": pa.Column(bool),
        "cost_minor": _amount(int),
        "carbon_kg": _amount(),
        # Lost on the way, or come damaged or spoiled; a log that does not tell teaches nothing of it.
        "damaged": pa.Column(bool, required=False),
        # Where orders may be split; without it each went whole.
        "n_parcels": pa.Column(int, pa.Check.ge(1), required=False),
    },
    strict=True,
    coerce=True,
    name="outcomes",
)

INCIDENTS = pa.DataFrameSchema(
    {
        "incident_id": _text(unique=True),
        "order_id": _text(),
        "customer_id": _text(),
        "occurred_at": _instant(),
        "incident_type": pa.Column(str, pa.Check.isin([kind.value for kind in IncidentType])),
        "hours_late": _amount(),
        "order_value_minor": _amount(int),
        "value_tier": pa.Column(str, pa.Check.isin([tier.value for tier in ValueTier])),
        "lateness_tolerance": _share(),
        "n_past_orders": _amount(int),
        "n_past_incidents": _amount(int),
        "arm": pa.Column(str, pa.Check.isin([arm.value for arm in ARMS])),
        # An arm that was not allowed for this incident has propensity 0.
        **{f"propensity_{arm.value}": _share() for arm in ARMS},
        "repurchase_90d": pa.Column(bool),
        "churn_90d": pa.Column(bool),
        "cost_minor": _amount(int),
        # Where nodes are watched for orders that stay too long; 0 where that is not the matter.
        "dwell_hours": pa.Column(float, pa.Check.ge(0), required=False),
    },
    strict=True,
    coerce=True,
    name="incidents",
)

# Apart from the others, so that nobody learns from a decision that was never carried out.
CANCELLED = pa.DataFrameSchema(
    {
        "order_id": _text(unique=True),
        "decided_at": _instant(),
        "cancelled_at": _instant(),
        "customer_id": _text(),
        "region": _text(),
        "requested_service_level": _text(),
        "candidate_id": _text(),
        "propensity": _share(),
        "behaviour_policy": _text(),
    },
    strict=True,
    coerce=True,
    name="cancelled",
)

SCHEMAS: dict[str, pa.DataFrameSchema] = {
    "orders": ORDERS,
    "candidates": CANDIDATES,
    "outcomes": OUTCOMES,
    "incidents": INCIDENTS,
}


def validated(table: pd.DataFrame, schema: pa.DataFrameSchema) -> pd.DataFrame:
    """Return the table with the schema's dtypes and column order.

    Raises
    ------
    ContractError
        Naming the table, the column and the first value that does not fit.
    """
    missing = [name for name, column in schema.columns.items() if column.required and name not in table.columns]
    unknown = [name for name in table.columns if name not in schema.columns]
    if missing or unknown:
        msg = f"table {schema.name}: missing columns {missing}, unknown columns {unknown}"
        raise ContractError(msg)
    try:
        return schema.validate(table[[name for name in schema.columns if name in table.columns]])
    except (SchemaError, ValueError, TypeError) as error:
        msg = f"table {schema.name}: {str(error).splitlines()[0]}"
        raise ContractError(msg) from error
