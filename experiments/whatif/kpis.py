"""Key figures of a replication: one number each for the whole run, and one each for every day of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from experiments.whatif.facts import LEAD_TIME

LEAD_TIME_QUANTILE = 0.95


@dataclass(frozen=True, slots=True)
class Kpi:
    """A key figure.

    Parameters
    ----------
    name : str
        As it is asked for on the command line.
    column : str
        Its column in the Parquet files, with the unit in the name.
    label, unit : str
        For people to read.
    scale : float
        By which the stored number is multiplied before people read it in `unit`.
    decimals : int
        How many of them people read.
    """

    name: str
    column: str
    label: str
    unit: str
    better: Literal["lower", "higher"] = "lower"
    scale: float = 1.0
    decimals: int = 1

    def gain(self, difference: float) -> float:
        """A difference turned so that positive is better."""
        return -difference if self.better == "lower" else difference


KPIS: tuple[Kpi, ...] = (
    Kpi("objective", "objective_minor", "objective", "minor units an order"),
    Kpi("cost", "cost_minor", "shipping cost", "minor units an order"),
    Kpi("on_time", "on_time_share", "delivered on time", "% of orders", "higher", 100),
    Kpi("late_hours", "late_hours", "lateness", "hours an order", decimals=2),
    Kpi("stock_out", "stock_out_share", "waited for stock", "% of orders", scale=100, decimals=2),
    Kpi("carbon", "carbon_kg", "carbon", "kg an order", decimals=3),
    Kpi("incidents", "incidents_per_1000", "incidents", "per 1,000 orders"),
    Kpi("appeasement", "appeasement_minor", "cost of appeasement", "minor units an order"),
    Kpi("churn", "churn_share", "churn after an incident", "% of disrupted orders", scale=100),
    Kpi("lead_time", "lead_time_p95_hours", "lead time, 95th percentile", "hours"),
)
OBJECTIVE = KPIS[0]
COLUMNS: tuple[str, ...] = tuple(kpi.column for kpi in KPIS)
_MEANS = COLUMNS[:-1]


def key_figures(facts: pd.DataFrame) -> dict[str, float]:
    """One number for each of COLUMNS; churn is NaN where nothing went wrong."""
    figures = {name: float(facts[name].mean()) for name in _MEANS}
    return {**figures, COLUMNS[-1]: float(facts[LEAD_TIME].quantile(LEAD_TIME_QUANTILE))}


def daily_figures(facts: pd.DataFrame) -> pd.DataFrame:
    """The same by day of decision: day (0 is the scenario's first), n_orders and COLUMNS, one row a day with orders."""
    by_day = facts.assign(day=(facts["hours"] // 24).astype(np.int64)).groupby("day")
    daily = by_day[list(_MEANS)].mean()
    daily[COLUMNS[-1]] = by_day[LEAD_TIME].quantile(LEAD_TIME_QUANTILE)
    daily.insert(0, "n_orders", by_day.size())
    return daily.reset_index()
