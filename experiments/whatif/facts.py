"""Facts: what each order of a run contributes to the key figures, worked out without writing a decision log."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.objective import objective_coefficients
from experiments.losses import Pricing
from simulator.run import WorldRun
from simulator.tariffs import shipped

Floats = NDArray[np.float64]
LEAD_TIME = "lead_time_hours"


def order_facts(run: WorldRun, pricing: Pricing, first_order: int = 0) -> pd.DataFrame:
    """What each order contributes to the key figures.

    Parameters
    ----------
    pricing : Pricing
        By which the objective judges, whatever weights a policy decided by.
    first_order : int
        Number of the first order that counts; a run that went on from a snapshot knows nothing of those before.

    Returns
    -------
    DataFrame
        One row an order that was delivered, in order of decision: hours (since midnight of the scenario's first
        day), the columns of the key figures (churn is NaN where nothing went wrong), and lead_time_hours.
    """
    demand, delivered_at = run.stage.demand, np.array(run.record.delivered_at_hours)
    orders = np.flatnonzero(np.isfinite(delivered_at) & (np.arange(run.stage.n_orders) >= first_order))
    placed_at, lane = demand.placed_at_hours[orders], np.array(run.lane_of)[orders]
    late_hours = np.maximum(0.0, delivered_at[orders] - demand.promised_at_hours[orders])
    late = (late_hours > 0).astype(np.float64)
    stock_out = (np.frombuffer(run.stock_out, dtype=np.uint8)[orders] > 0).astype(np.float64)
    damaged = ((np.frombuffer(run.record.lost, np.uint8) | np.frombuffer(run.record.damaged, np.uint8)) > 0)[orders]
    # Others are among the orders that are counted: what was done to them is theirs.
    others = np.zeros(len(orders))
    charged, carbon, _ = shipped(run.stage, orders, lane, run.record.n_parcels)
    cost = charged.astype(np.float64)
    coefficients = np.array(objective_coefficients(pricing.weights, pricing.unit_values))
    return pd.DataFrame(
        {
            "hours": placed_at,
            "objective_minor": np.column_stack([cost, late_hours, late, stock_out, damaged, others, carbon])
            @ coefficients,
            "cost_minor": cost,
            "on_time_share": 1.0 - late,
            "late_hours": late_hours,
            "stock_out_share": stock_out,
            "carbon_kg": carbon,
            **_aftermath(run, orders),
            LEAD_TIME: delivered_at[orders] - placed_at,
        }
    )


def _aftermath(run: WorldRun, orders: NDArray[np.int64]) -> dict[str, Floats]:
    """Incidents, what answering them cost, and who left; an order has at most one incident."""
    count, cost = np.zeros(run.stage.n_orders), np.zeros(run.stage.n_orders)
    churn = np.full(run.stage.n_orders, np.nan)
    for incident in run.record.incidents:
        count[incident.order] += 1
        cost[incident.order] += incident.cost_minor
        churn[incident.order] = incident.churn
    return {
        "incidents_per_1000": 1000.0 * count[orders],
        "appeasement_minor": cost[orders],
        "churn_share": churn[orders],
    }
