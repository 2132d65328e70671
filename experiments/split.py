"""Splits of a log by time: a model learns from the past and is judged on what came after."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.decision_log.dataset import DecisionLog
from experiments.errors import SplitError

TRAINING_SHARE, CALIBRATION_SHARE = 0.7, 0.15
LEAST_ORDERS = 400
LEAST_DAYS = 2


@dataclass(frozen=True)
class Split:
    """Three parts of a log, one after the other in time.

    Parameters
    ----------
    calibration : DecisionLog
        Where spread and confidence are set; disjoint from `evaluation`, where they are judged.
    """

    training: DecisionLog
    calibration: DecisionLog
    evaluation: DecisionLog


def split_by_time(log: DecisionLog) -> Split:
    """Cut a log at two instants, so that about 70%, 15% and 15% of its orders fall on either side.

    Raises
    ------
    SplitError
        If the log has too few orders, or the last part covers too few days to give an interval.
    """
    n_orders = len(log.orders)
    if n_orders < LEAST_ORDERS:
        msg = f"the log has {n_orders} orders, fewer than {LEAST_ORDERS}: too few to hold any out; log more orders"
        raise SplitError(msg)
    decided_at = log.orders["decided_at"]
    ordered = decided_at.sort_values(kind="stable").reset_index(drop=True)
    first = ordered.iloc[int(n_orders * TRAINING_SHARE)]
    second = ordered.iloc[int(n_orders * (TRAINING_SHARE + CALIBRATION_SHARE))]
    split = Split(
        training=part(log, decided_at < first),
        calibration=part(log, (decided_at >= first) & (decided_at < second)),
        evaluation=part(log, decided_at >= second),
    )
    n_days = len(np.unique(days_of(split.evaluation)))
    if n_days < LEAST_DAYS:
        msg = (
            f"the last {len(split.evaluation.orders)} orders fall on {n_days} day; hold out more days: log more orders"
        )
        raise SplitError(msg)
    return split


def part(log: DecisionLog, keep: pd.Series) -> DecisionLog:
    """The orders of a log that are marked, with all that belongs to them."""
    orders = log.orders[keep]

    def of_them(table: pd.DataFrame) -> pd.DataFrame:
        return table[table["order_id"].isin(orders["order_id"])].reset_index(drop=True)

    return DecisionLog(
        orders=orders.reset_index(drop=True),
        candidates=of_them(log.candidates),
        outcomes=of_them(log.outcomes),
        incidents=of_them(log.incidents),
        network=log.network,
    )


def days_of(log: DecisionLog) -> NDArray[np.int64]:
    """The UTC day on which each order was decided, counted from 1970, shape (n_orders,)."""
    return day_numbers(log.orders["decided_at"])


def day_numbers(instants: pd.Series) -> NDArray[np.int64]:
    """UTC days counted from 1970."""
    since = instants - pd.Timestamp(0, tz="UTC")
    return since.dt.days.to_numpy(dtype=np.int64)
