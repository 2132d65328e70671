"""What a table of incidents must hold before anything is learned from it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from data.decision_log.schema import PROPENSITY_TOLERANCE
from data.incidents import ARMS
from decision.compensation.features import SUBJECTS
from decision.errors import TrainingError

_PROPENSITIES = [f"propensity_{arm.value}" for arm in ARMS]
_OUTCOMES = ["repurchase_90d", "churn_90d"]
_NUMBERS = [*SUBJECTS, *_PROPENSITIES, *_OUTCOMES, "cost_minor"]


def checked_incidents(incidents: pd.DataFrame) -> pd.DataFrame:
    """The incidents with a fresh index, once every rule holds.

    Raises
    ------
    TrainingError
        If a column is absent, a number missing or infinite, an arm unknown, a propensity at odds with the
        arm, or an outcome the same everywhere.
    """
    absent = [name for name in ("arm", "incident_type", "value_tier", *_NUMBERS) if name not in incidents]
    if absent:
        msg = f"incidents lack the columns {absent}; give the decision log's incidents table"
        raise TrainingError(msg)
    if incidents.empty:
        msg = "the log holds no incidents; simulate more orders, or a world in which more goes wrong"
        raise TrainingError(msg)
    _require_finite(incidents)
    _require_propensities(incidents)
    for name in _OUTCOMES:
        if (incidents[name] == incidents[name].iloc[0]).all():
            msg = f"{name} is {incidents[name].iloc[0]} for all {len(incidents)} incidents; effects need variation"
            raise TrainingError(msg)
    return incidents.reset_index(drop=True)


def _require_finite(incidents: pd.DataFrame) -> None:
    for name in _NUMBERS:
        bad = ~np.isfinite(incidents[name].to_numpy(dtype=np.float64))
        if bad.any():
            msg = f"incidents: {int(bad.sum())} values of {name} are missing or infinite; mend or drop those rows"
            raise TrainingError(msg)


def _require_propensities(incidents: pd.DataFrame) -> None:
    names = [arm.value for arm in ARMS]
    unknown = sorted(set(incidents["arm"]) - set(names))
    if unknown:
        msg = f"incidents: unknown arms {unknown}; known are {names}"
        raise TrainingError(msg)
    propensities = incidents[_PROPENSITIES].to_numpy(dtype=np.float64)
    taken = propensities[np.arange(len(incidents)), [names.index(arm) for arm in incidents["arm"]]]
    wrong = (np.abs(propensities.sum(axis=1) - 1) > PROPENSITY_TOLERANCE) | (propensities.min(axis=1) < 0)
    if wrong.any() or (taken <= 0).any():
        msg = (
            f"incidents: propensities of {int(wrong.sum())} rows are no distribution and "
            f"{int((taken <= 0).sum())} arms were given with propensity 0; log what the policy really did"
        )
        raise TrainingError(msg)
