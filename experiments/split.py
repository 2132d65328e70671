"""Splits of a log by time: a model learns from the past and is judged on what came after."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.decision_log.dataset import DecisionLog
from data.decision_log.schema import SCHEMAS
from experiments.errors import SplitError

TRAINING_SHARE, CALIBRATION_SHARE = 0.7, 0.15
LEAST_ORDERS = 400
# Queues and stock carry over from hour to hour: an interval counts blocks, not decisions.
BLOCK_HOURS = (24, 12, 6, 3, 1)
LEAST_BLOCKS = 8


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

    @property
    def held_out(self) -> DecisionLog:
        """All that was not learned from: the calibration part, and after it the evaluation part."""
        parts = (self.calibration, self.evaluation)

        def joined(name: str) -> pd.DataFrame:
            tables: list[pd.DataFrame] = [getattr(item, name) for item in parts]
            return pd.concat(tables, ignore_index=True)

        tables = {name: joined(name) for name in SCHEMAS}
        return DecisionLog(**tables, network=self.evaluation.network)


def split_by_time(log: DecisionLog) -> Split:
    """Cut a log at two instants, so that about 70%, 15% and 15% of its orders fall on either side.

    Raises
    ------
    SplitError
        If the log has too few orders, or the last part covers too little time for an interval.
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
    # Whether it covers enough time is better said now than after the fitting.
    blocks_of(split.evaluation.orders["decided_at"])
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


def blocks_of(instants: pd.Series) -> NDArray[np.int64]:
    """The block of time that each instant falls in, shape (n,): decisions of one block may depend on each other.

    A block is a UTC day if there are enough days for an interval, else the longest part of a day that gives enough.

    Raises
    ------
    SplitError
        If not even hours are enough.
    """
    hours = (instants - pd.Timestamp(0, tz="UTC")).dt.total_seconds().to_numpy(dtype=np.float64) / 3600
    for length in BLOCK_HOURS:
        blocks: NDArray[np.int64] = np.floor_divide(hours, length).astype(np.int64)
        if len(np.unique(blocks)) >= LEAST_BLOCKS:
            return blocks
    msg = f"{len(instants)} held-out decisions fall within {LEAST_BLOCKS} hours: too short for an interval; log longer"
    raise SplitError(msg)
