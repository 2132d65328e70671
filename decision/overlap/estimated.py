"""Propensities of logs that do not hold them: estimated from the choices, cross-fitted, never believed blindly.

Estimated propensities rest on an assumption that logged ones do not need: that the log holds everything which
moved the choice. An effect that stands on them is as good as that assumption; the robustness value says how
strong a violation it would take.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from data.choice_sets import ChoiceSets
from data.decision_log.dataset import DecisionLog
from decision.compensation.features import IncidentColumns, incident_features
from decision.errors import TrainingError
from decision.logged_choices import ARM_NAMES, Floats
from decision.overlap.conditional_logit import ChoiceTable, choice_probabilities, fitted_slopes
from decision.routing.features import Imputation, physical_features
from decision.scaling import standardised

N_FOLDS = 3
LEAST_DECISIONS = 100
# Estimated so, an action that could be taken is never said to be impossible.
SMALLEST = 1e-3
FEW_TREES: dict[str, Any] = {
    "max_iter": 25,
    "learning_rate": 0.1,
    "max_leaf_nodes": 4,
    "min_samples_leaf": 40,
    "early_stopping": False,
}
# An arm given less often than this to a type of incident counts as not allowed for it.
LEAST_GIVEN = 3


def routing_propensities(log: DecisionLog) -> Floats:
    """Propensity of every candidate, shape (n_rows,), by a conditional logit over physical features.

    Parameters
    ----------
    log : DecisionLog
        Its own propensities are not looked at.

    Raises
    ------
    TrainingError
        If there are fewer than LEAST_DECISIONS orders.
    """
    sets = ChoiceSets.of_log(log)
    _require_decisions(sets.n_orders, "orders")
    physical = physical_features(sets, Imputation.of(sets))
    default = log.candidates["is_default"].to_numpy(dtype=np.float64)
    # Somebody who strays from the default does so more often where there is more to stray to.
    by_size = default * np.log(np.repeat(np.diff(sets.offsets), np.diff(sets.offsets)))
    features = standardised(np.column_stack((default, by_size, physical)))
    chosen = np.flatnonzero(log.candidates["is_chosen"].to_numpy(dtype=bool))
    table = ChoiceTable(features, chosen, sets.offsets)
    fold = np.arange(sets.n_orders) % N_FOLDS
    propensity = np.zeros(len(features))
    for here in range(N_FOLDS):
        part, rows = table.at(fold == here), (fold == here)[sets.order_of_row]
        propensity[rows] = choice_probabilities(part.features, part.offsets, fitted_slopes(table.at(fold != here)))
    return _kept_off_zero(propensity, np.ones(len(propensity), bool), sets.offsets)


def compensation_propensities(incidents: pd.DataFrame, *, seed: int) -> Floats:
    """Propensity of every arm, shape (n_incidents, n_arms), by boosted trees over what is known of an incident.

    An arm that a type of incident hardly ever got counts as not allowed for it.

    Raises
    ------
    TrainingError
        If there are fewer than LEAST_DECISIONS incidents.
    """
    _require_decisions(len(incidents), "incidents")
    columns = IncidentColumns.of_table(incidents)
    features = np.column_stack((incident_features(columns), columns.subjects))
    codes = pd.Categorical(incidents["arm"], categories=list(ARM_NAMES)).codes.astype(np.int64)
    given = np.zeros((int(columns.type_codes().max()) + 1, len(ARM_NAMES)))
    np.add.at(given, (columns.type_codes(), codes), 1.0)
    allowed = given[columns.type_codes()] >= LEAST_GIVEN
    allowed[np.arange(len(codes)), codes] = True
    share = np.zeros(allowed.shape)
    fold = np.arange(len(codes)) % N_FOLDS
    with threadpool_limits(1):
        for here in range(N_FOLDS):
            for model in _classifiers(seed):
                model.fit(features[fold != here], codes[fold != here])
                told = model.predict_proba(features[fold == here])
                share[np.ix_(fold == here, model.classes_)] += told / 2
    offsets = np.arange(len(codes) + 1) * len(ARM_NAMES)
    return _kept_off_zero(share.ravel(), allowed.ravel(), offsets).reshape(share.shape)


def _classifiers(seed: int) -> tuple[Any, Any]:
    """A penalised line and a few trees, which are averaged: the first is steady, the second sees steps."""
    return (
        make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=2_000)),
        HistGradientBoostingClassifier(**FEW_TREES, random_state=seed),
    )


def _require_decisions(n_decisions: int, what: str) -> None:
    if n_decisions < LEAST_DECISIONS:
        msg = f"{n_decisions} {what} are too few to estimate propensities from; bring {LEAST_DECISIONS}, or log them"
        raise TrainingError(msg)


def _kept_off_zero(share: Floats, allowed: NDArray[np.bool_], offsets: NDArray[np.int64]) -> Floats:
    kept = np.where(allowed, np.maximum(share, SMALLEST), 0.0)
    sizes = np.diff(offsets)
    shares: Floats = kept / np.repeat(np.add.reduceat(kept, offsets[:-1]), sizes)
    return shares
