"""Scalar contrasts of a decision log: one yes-or-no treatment, one outcome and what confounds them, as a table.

They are what identification speaks of and refutation attacks; the models themselves use richer treatments.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.choice_sets import ORDER_COLUMNS, ChoiceSets
from data.decision_log.dataset import DecisionLog
from data.incidents import CompensationArm
from decision.compensation.features import FEATURE_NAMES, IncidentColumns, incident_features

Floats = NDArray[np.float64]

# What the rules' default looked like when it was left or kept; carrier and weather may be unknown.
_STATE: tuple[str, ...] = (
    "available_quantity",
    "safety_stock",
    "capacity_utilization",
    "backlog_orders",
    "hours_to_cut_off",
    "lead_time_hours",
    "distance_km",
    "freight_minor",
)


# Arms that put nothing of value into a customer's hands.
WORDS: tuple[CompensationArm, ...] = (CompensationArm.NONE, CompensationArm.APOLOGY)


@dataclass(frozen=True)
class Contrast:
    """A table with one row a decision.

    Parameters
    ----------
    frame : DataFrame
        Holds the columns named below, all of them finite numbers; the treatment is 0 or 1.
    """

    frame: pd.DataFrame
    treatment: str
    outcome: str
    confounders: tuple[str, ...]


def routing_contrast(log: DecisionLog, loss_minor: Floats) -> Contrast:
    """Deviated from the rules' default against kept it.

    Parameters
    ----------
    loss_minor : array of shape (n_orders,)
        Objective of each order as it turned out, in minor currency units.
    """
    choice_sets = ChoiceSets.of_log(log)
    default = np.flatnonzero(log.candidates["is_default"].to_numpy(dtype=bool))
    chosen = np.flatnonzero(log.candidates["is_chosen"].to_numpy(dtype=bool))
    confounders = {
        **{name: choice_sets.order[name] for name in ORDER_COLUMNS},
        **{f"default_{name}": choice_sets.candidate[name][default] for name in _STATE},
        "n_candidates": np.diff(choice_sets.offsets).astype(np.float64),
        "propensity_deviated": 1 - log.candidates["propensity"].to_numpy(dtype=np.float64)[default],
    }
    treated = {"deviated": (default != chosen).astype(np.int64), "loss_minor": loss_minor}
    return Contrast(pd.DataFrame({**confounders, **treated}), "deviated", "loss_minor", tuple(confounders))


def compensation_contrast(incidents: pd.DataFrame) -> Contrast:
    """Offered something of value against nothing or words; the outcome is repurchase less churn, 1, 0 or -1.

    Anything against nothing would be the plainer question, but few logs do nothing often enough to answer
    it: with 400 such incidents of 8,000 chance alone showed as much as the effect.
    """
    features = incident_features(IncidentColumns.of_table(incidents))
    words = incidents[[f"propensity_{arm.value}" for arm in WORDS]].to_numpy(dtype=np.float64)
    confounders = {name: features[:, column] for column, name in enumerate(FEATURE_NAMES)}
    confounders["propensity_offered"] = 1 - words.sum(axis=1)
    repurchase, churn = (incidents[name].to_numpy(dtype=np.float64) for name in ("repurchase_90d", "churn_90d"))
    offered = (~incidents["arm"].isin([arm.value for arm in WORDS])).to_numpy(dtype=np.int64)
    treated = {"offered": offered, "goodwill": repurchase - churn}
    return Contrast(pd.DataFrame({**confounders, **treated}), "offered", "goodwill", tuple(confounders))
