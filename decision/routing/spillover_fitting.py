"""Fitting the spillover law: monotone forests on the cost of an order's presence, shrunk by what unseen orders show.

The cost is mostly 0 and now and then thousands: one collection missed by one parcel. Leaves are large, bags resample
hours, and what they claim of orders that they had not seen is held against what was played: contrasts within an order
are shrunk by the slope found there, so that a law which knows nothing claims nothing.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestRegressor

from data.choice_sets import ChoiceSets
from data.decision_log.dataset import DecisionLog
from decision.errors import TrainingError
from decision.routing.features import Imputation
from decision.routing.growing import bags, flattened
from decision.routing.spillover import DIRECTIONS, SpilloverLaw
from decision.routing.stages import MET, MET_NAMES, stage_columns

Floats = NDArray[np.float64]

N_BAGS, N_TREES = 16, 2
LEAST_LEAF = 60
COLUMN_SHARE = 0.6
LEAST_ORDERS = 50


def fitted_spillover(
    log: DecisionLog, minor: Floats, imputation: Imputation, *, learned_from: str, seed: int
) -> SpilloverLaw:
    """Learn what orders cost those behind them.

    Parameters
    ----------
    log : DecisionLog
        The orders that were played, from one or more simulated worlds.
    minor : array of shape (n_rows,)
        What each candidate costs others against the order not being there, in minor currency units.
    learned_from : str
        The worlds, in words.

    Raises
    ------
    TrainingError
        If fewer orders were played than teach anything, or a cost is missing or not finite.
    """
    sets = ChoiceSets.of_log(log)
    if sets.n_orders < LEAST_ORDERS or minor.shape != (int(sets.offsets[-1]),) or not np.isfinite(minor).all():
        msg = (
            f"spillover: {sets.n_orders} orders and costs of shape {minor.shape}; "
            f"play at least {LEAST_ORDERS} orders and give a finite cost for every candidate"
        )
        raise TrainingError(msg)
    columns, counts = stage_columns(sets, imputation)[:, MET], bags(log, N_BAGS, seed)[:, sets.order_of_row]
    forests = [_grown(columns, minor, count, seed * N_BAGS + bag) for bag, count in enumerate(counts)]
    slope = _slope(sets, np.array([forest.predict(columns) for forest in forests]), counts == 0, minor)
    forest = flattened([tree.tree_ for bag in forests for tree in bag.estimators_], N_BAGS, len(MET_NAMES))
    shrunk = type(forest)(forest.root, forest.node, forest.threshold, slope * forest.leaf, forest.n_features)
    return SpilloverLaw(shrunk, learned_from, sets.n_orders, slope)


def _grown(columns: Floats, minor: Floats, count: NDArray[np.int64], seed: int) -> RandomForestRegressor:
    rows = np.repeat(np.arange(len(columns)), count)
    forest = RandomForestRegressor(
        N_TREES,
        min_samples_leaf=LEAST_LEAF,
        max_features=COLUMN_SHARE,
        bootstrap=False,
        monotonic_cst=[DIRECTIONS.get(name, 0) for name in MET_NAMES],
        n_jobs=1,
        random_state=seed,
    )
    return forest.fit(columns[rows], minor[rows])


def _slope(sets: ChoiceSets, told: Floats, unseen: NDArray[np.bool_], minor: Floats) -> float:
    """The slope of what was played on what bags said that had not seen the order, within orders; from 0 to 1."""
    known = unseen.any(axis=0)
    mean = np.einsum("br,br->r", np.where(known, unseen, 1.0), told) / np.where(known, unseen.sum(axis=0), len(told))
    said, played = (_within(sets, values)[known] for values in (mean, minor))
    spread = float(said @ said)
    return float(np.clip(said @ played / spread, 0.0, 1.0)) if spread > 0 else 0.0


def _within(sets: ChoiceSets, values: Floats) -> Floats:
    """What is left of rows' values once the mean of their order is taken off."""
    mean = np.add.reduceat(values, sets.offsets[:-1]) / np.diff(sets.offsets)
    apart: Floats = values - mean[sets.order_of_row]
    return apart
