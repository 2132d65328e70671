"""Outcome models for off-policy values: the loss of every alternative, learned from the past by boosted trees.

They know nothing of the model that is being valued, so its mistakes cannot hide in them.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingRegressor
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # it publishes no types

from data.choice_sets import CANDIDATE_COLUMNS, ORDER_COLUMNS, ChoiceSets
from data.decision_log.dataset import DecisionLog
from decision.compensation.features import IncidentColumns, incident_features
from experiments.arms import ARM_NAMES, ArmTable

Floats = NDArray[np.float64]

N_TREES, LEARNING_RATE, MOST_LEAVES, LEAST_LEAF = 150, 0.05, 15, 50


def predicted_routing_loss(past: DecisionLog, past_loss: Floats, log: DecisionLog, *, seed: int) -> Floats:
    """The loss of every candidate of a log, learned from the choices of an earlier one.

    Parameters
    ----------
    past_loss : array of shape (n_past_orders,)
        In minor currency units.

    Returns
    -------
    array of shape (n_rows,)
    """
    chosen = np.flatnonzero(past.candidates["is_chosen"])
    return _fitted_then_predicted(_candidate_columns(past)[chosen], past_loss, _candidate_columns(log), seed)


def predicted_compensation_loss(
    past: pd.DataFrame, past_loss: Floats, incidents: pd.DataFrame, arms: ArmTable, *, seed: int
) -> Floats:
    """The loss of every arm of later incidents, learned from what earlier ones got.

    Returns
    -------
    array of shape (n_rows,)
    """
    before = _arm_columns(past, np.arange(len(past)), past["arm"])
    rows = np.repeat(np.arange(len(incidents)), np.diff(arms.offsets))
    return _fitted_then_predicted(before, past_loss, _arm_columns(incidents, rows, arms.rows["arm"]), seed)


def _fitted_then_predicted(past: Floats, loss: Floats, rows: Floats, seed: int) -> Floats:
    model = HistGradientBoostingRegressor(
        max_iter=N_TREES,
        learning_rate=LEARNING_RATE,
        max_leaf_nodes=MOST_LEAVES,
        min_samples_leaf=LEAST_LEAF,
        early_stopping=False,
        random_state=seed,
    )
    # More threads than cores made this forty times slower on a busy machine.
    with threadpool_limits(limits=1):
        predicted: Floats = model.fit(past, loss).predict(rows)
    return predicted


def _candidate_columns(log: DecisionLog) -> Floats:
    sets = ChoiceSets.of_log(log)
    order = [sets.per_row(name) for name in ORDER_COLUMNS]
    return np.column_stack([*order, *(sets.candidate[name] for name in CANDIDATE_COLUMNS)])


def _arm_columns(incidents: pd.DataFrame, rows: NDArray[np.int64], arm: pd.Series) -> Floats:
    features = incident_features(IncidentColumns.of_table(incidents))[rows]
    value = incidents["order_value_minor"].to_numpy(dtype=np.float64)[rows]
    offered = pd.get_dummies(arm, dtype=float).reindex(columns=ARM_NAMES, fill_value=0.0).to_numpy()
    return np.column_stack((features, value, offered))
