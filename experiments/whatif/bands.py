"""Best-mean-worst bands: how a key figure went day by day, over all replications."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.whatif.kpis import Kpi

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Band:
    """A key figure by day, over replications.

    Parameters
    ----------
    day : array of shape (n_days,)
        Days since midnight of the scenario's first day.
    best, mean, worst : array of shape (n_days,)
        Of the replications' days; best is the lowest where lower is better.
    """

    day: NDArray[np.int64]
    best: Floats
    mean: Floats
    worst: Floats


def band_of(days: pd.DataFrame, kpi: Kpi) -> Band:
    """The band of one contender, over the days on which every replication had orders.

    Parameters
    ----------
    days : DataFrame
        Its rows of `days/*.parquet`: replication, day and the key figures.
    """
    by_day = days.pivot_table(index="day", columns="replication", values=kpi.column, dropna=False)
    whole = by_day.dropna()
    lowest, highest = whole.min(axis=1).to_numpy(), whole.max(axis=1).to_numpy()
    best, worst = (lowest, highest) if kpi.better == "lower" else (highest, lowest)
    return Band(whole.index.to_numpy(dtype=np.int64), best, whole.mean(axis=1).to_numpy(), worst)
