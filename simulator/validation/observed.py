"""Orders as both a history and a world can state them: when, from where, how fast, how long, how late."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.decision_log.dataset import DecisionLog
from data.history.dataset import OrderHistory
from simulator.calibration.names import matching_key
from simulator.demand import day_zero
from simulator.run import WorldRun

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Observed:
    """One row an order, in the order of their coming.

    Parameters
    ----------
    orders : DataFrame
        `ordered_at` (UTC), `region`, `service_level` (names without case or punctuation), `node` (missing where
        nobody says), `lead_hours` from order to door and `late` (0 or 1), both NaN where unknown, and `run`, under
        which seed a world's orders were played.
    step_hours : float
        How coarsely `lead_hours` are stated: 24 for whole days, 0 for exact.
    """

    orders: pd.DataFrame
    step_hours: float = 0.0

    def __len__(self) -> int:
        """How many orders."""
        return len(self.orders)

    @property
    def span_days(self) -> float:
        """Days from the first order to the last, at least one; of several runs, the longest."""
        moments = self.orders.groupby("run")["ordered_at"]
        return max(1.0, float((moments.max() - moments.min()).dt.total_seconds().max()) / 86_400)

    @property
    def says_hours(self) -> bool:
        """Whether orders have a time of day at all."""
        moments = self.orders["ordered_at"].dt
        return bool((moments.hour != 0).any() or (moments.minute != 0).any())

    def of(self, chosen: NDArray[np.bool_]) -> Observed:
        """Some of the orders."""
        return Observed(self.orders[chosen].reset_index(drop=True), self.step_hours)

    def after(self, hours: float) -> Observed:
        """The orders that came so long after the first day began, or later."""
        moments = self.orders["ordered_at"]
        since = (moments - moments.iloc[0].normalize()).dt.total_seconds() / 3600
        return self.of((since >= hours).to_numpy())

    def stated(self, step_hours: float) -> Observed:
        """The same orders as somebody would state them who counts in steps, to the nearest."""
        if not step_hours or self.step_hours:
            return self
        rounded = np.round(self.orders["lead_hours"] / step_hours) * step_hours
        return Observed(self.orders.assign(lead_hours=rounded), step_hours)


def pooled(runs: Sequence[Observed]) -> Observed:
    """The orders of one world played under several seeds, each with the number of its run."""
    tables = [one.orders.assign(run=number) for number, one in enumerate(runs)]
    return Observed(pd.concat(tables, ignore_index=True), runs[0].step_hours)


def of_history(history: OrderHistory) -> Observed:
    """The orders of an ingested history that were not cancelled."""
    kept = history.orders[~history.orders["cancelled"].fillna(value=False).astype(bool)]
    late = kept["late"].astype("Float64")
    by_promise = (kept["delivered_hours"] > kept["promised_hours"]).astype("Float64")
    known = kept["delivered_hours"].notna() & kept["promised_hours"].notna()
    table = {
        "ordered_at": kept["ordered_at"],
        "region": _keys(kept["region"]),
        "service_level": _keys(kept["service_level"]),
        "node": kept["node_id"],
        "carrier": kept["carrier_id"],
        "lead_hours": kept["delivered_hours"],
        "promise_hours": kept["promised_hours"],
        "late": late.fillna(by_promise.where(known)).to_numpy(dtype=np.float64, na_value=np.nan),
    }
    return Observed(_sorted(table), history.resolution_hours("delivered"))


def of_log(log: DecisionLog) -> Observed:
    """The orders of a decision log, each at the node that shipped it."""
    chosen = log.candidates[log.candidates["is_chosen"]]
    orders, outcomes = log.orders, log.outcomes
    table = {
        "order_id": orders["order_id"],
        "ordered_at": orders["decided_at"],
        "region": _keys(orders["region"]),
        "service_level": _keys(orders["requested_service_level"]),
        "node": chosen["node_id"].to_numpy(),
        "carrier": chosen["carrier_id"].to_numpy(),
        "candidate": chosen["candidate_id"].to_numpy(),
        "hazmat": orders["hazmat"],
        "cold_chain": orders["cold_chain"],
        "lead_hours": _hours(outcomes["delivered_at"] - orders["decided_at"]),
        "promise_hours": _hours(orders["promised_at"] - orders["decided_at"]),
        "late": outcomes["late"].to_numpy(dtype=np.float64),
    }
    return Observed(_sorted(table))


def of_run(run: WorldRun, *, without_hours: float) -> Observed:
    """The delivered orders of a finished run, those of its first hours left out: a world starts without queues."""
    stage, scenario = run.stage, run.stage.scenario
    demand, lanes = stage.demand, np.array(run.lane_of)[: run.stage.n_orders]
    delivered_at = np.array(run.record.delivered_at_hours)
    nodes = [node.node_id for node in scenario.nodes]
    zero = pd.Timestamp(day_zero(scenario))
    table = {
        "ordered_at": zero + pd.to_timedelta(demand.placed_at_hours, unit="h"),
        "region": np.array([matching_key(item.region_id) for item in scenario.regions], dtype=object)[demand.region],
        "service_level": np.array([matching_key(item.service_level) for item in scenario.service_levels], dtype=object)[
            demand.service_level
        ],
        "node": np.array(nodes, dtype=object)[stage.table.node[lanes]],
        "lead_hours": delivered_at - demand.placed_at_hours,
        "late": np.where(np.isnan(delivered_at), np.nan, (delivered_at > demand.promised_at_hours).astype(float)),
    }
    kept = demand.placed_at_hours >= stage.start_hours + without_hours
    fulfilled = np.zeros(stage.n_orders, dtype=np.bool_)
    fulfilled[run.fulfilled_orders()] = True
    return Observed(_sorted(table)).of(kept & fulfilled)


def _keys(names: pd.Series[Any]) -> pd.Series[Any]:
    spelled = {name: matching_key(str(name)) for name in names.unique()}
    return names.map(spelled)


def _hours(spans: pd.Series[Any]) -> Floats:
    hours: Floats = spans.dt.total_seconds().to_numpy(dtype=np.float64) / 3600
    return hours


def _sorted(columns: dict[str, Any]) -> pd.DataFrame:
    plain = {name: np.asarray(values) if name != "ordered_at" else list(values) for name, values in columns.items()}
    table = pd.DataFrame({**plain, "ordered_at": pd.DatetimeIndex(columns["ordered_at"]), "run": 0})
    return table.sort_values("ordered_at", kind="stable", ignore_index=True)
