"""Losses in minor currency units: of what happened, and of what would have happened in expectation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.customer_value import DEFAULT_CUSTOMER_VALUES, CustomerValues, compensation_coefficients
from data.decision_log.dataset import DecisionLog
from data.objective import (
    DEFAULT_UNIT_VALUES,
    DEFAULT_WEIGHTS,
    ROUTING_OUTCOMES,
    ObjectiveWeights,
    UnitValues,
    objective_coefficients,
)
from data.orders import ValueTier

Floats = NDArray[np.float64]

# By outcome of the objective, the column that tells it. What an order did to others stands in no log, and its truth is
# told of samples only: losses are those of the order itself.
OBSERVED_COLUMNS = {
    "cost_minor": "cost_minor",
    "lateness_hours": "lateness_hours",
    "late_probability": "late",
    "stock_out_probability": "stock_out",
    "damage_probability": "damaged",
    "carbon_kg": "carbon_kg",
}
TRUE_COLUMNS = {
    "cost_minor": "cost_minor",
    "lateness_hours": "expected_lateness_hours",
    "late_probability": "expected_late_probability",
    "stock_out_probability": "expected_stock_out_probability",
    "damage_probability": "expected_damage_probability",
    "carbon_kg": "carbon_kg",
}
OBSERVED_ARM_COLUMNS = ("repurchase_90d", "churn_90d", "cost_minor")
TRUE_ARM_COLUMNS = ("expected_repurchase_probability", "expected_churn_probability", "expected_cost_minor")


@dataclass(frozen=True, slots=True)
class Pricing:
    """What outcomes cost and how they are weighed: the operator's objective."""

    weights: ObjectiveWeights = DEFAULT_WEIGHTS
    unit_values: UnitValues = DEFAULT_UNIT_VALUES
    customer_values: CustomerValues = DEFAULT_CUSTOMER_VALUES


def observed_routing_loss(log: DecisionLog, pricing: Pricing) -> Floats:
    """The loss of each order as it turned out, shape (n_orders,); without damage where the log does not tell it."""
    told = {name: column for name, column in OBSERVED_COLUMNS.items() if column in log.outcomes.columns}
    return _priced(log.outcomes, told, pricing)


def true_routing_loss(candidates: pd.DataFrame, truth: pd.DataFrame, pricing: Pricing) -> Floats:
    """The expected loss of each candidate, shape (n_rows,); NaN where the truth has none.

    Parameters
    ----------
    candidates : DataFrame
        A log's table of candidates.
    truth : DataFrame
        As `simulator.truth` writes it.
    """
    return _priced(aligned(truth, candidates, ["order_id", "candidate_id"]), TRUE_COLUMNS, pricing)


def observed_compensation_loss(incidents: pd.DataFrame, pricing: Pricing) -> Floats:
    """The loss of each incident as it turned out, shape (n_incidents,)."""
    outcomes = incidents[list(OBSERVED_ARM_COLUMNS)].to_numpy(dtype=np.float64)
    loss: Floats = (outcomes * _arm_coefficients(incidents, pricing)).sum(axis=1)
    return loss


def true_compensation_loss(
    incidents: pd.DataFrame, arms: pd.DataFrame, truth: pd.DataFrame, pricing: Pricing
) -> Floats:
    """The expected loss of each arm of each incident, shape (n_rows,); NaN where the truth has none.

    Parameters
    ----------
    arms : DataFrame
        `incident_id` and `arm`, one row an alternative, in any order.
    """
    outcomes = aligned(truth, arms, ["incident_id", "arm"])[list(TRUE_ARM_COLUMNS)].to_numpy(dtype=np.float64)
    by_incident = incidents.set_index("incident_id").loc[arms["incident_id"]]
    loss: Floats = (outcomes * _arm_coefficients(by_incident, pricing)).sum(axis=1)
    return loss


def aligned(truth: pd.DataFrame, rows: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """The rows of a truth in the order of the alternatives asked for; NaN where it has none."""
    return truth.set_index(keys).reindex(pd.MultiIndex.from_frame(rows[keys]))


def _priced(table: pd.DataFrame, columns: Mapping[str, str], pricing: Pricing) -> Floats:
    prices = dict(zip(ROUTING_OUTCOMES, objective_coefficients(pricing.weights, pricing.unit_values), strict=True))
    coefficients = np.array([prices[name] for name in columns])
    loss: Floats = table[list(columns.values())].to_numpy(dtype=np.float64) @ coefficients
    return loss


def _arm_coefficients(incidents: pd.DataFrame, pricing: Pricing) -> Floats:
    rows = zip(incidents["order_value_minor"], incidents["value_tier"], strict=True)
    return np.array(
        [
            compensation_coefficients(float(value), ValueTier(tier), pricing.weights, pricing.customer_values)
            for value, tier in rows
        ],
        dtype=np.float64,
    ).reshape(len(incidents), len(TRUE_ARM_COLUMNS))
