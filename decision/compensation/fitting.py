"""Fit what each arm changes against doing nothing, and hand over arrays.

Two learners see the same incidents. EconML's doubly robust one is right on average whatever the outcomes look
like, and noisy; the logistic one is far less noisy, and right if its lines are. The logistic one serves where
its averages agree with the doubly robust ones (`auditing`), else the doubly robust one, shrunk.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.appeasement_costs import PAID_ARMS
from decision.compensation.auditing import Audit, audited
from decision.compensation.costs import logged_costs, redemption
from decision.compensation.features import FEATURE_FAMILIES, FEATURE_NAMES, INPUTS, IncidentColumns, incident_features
from decision.compensation.guardrails import require_permitted
from decision.compensation.logistic_fitting import LogisticLines, fitted_lines
from decision.compensation.model import LEARNED_OUTCOMES, CompensationModel
from decision.compensation.native_fitting import (
    LEAST_ROWS,
    NONE,
    ArmFit,
    coefficients_of,
    fit_arm,
    joint_covariance,
    shared_rows,
)
from decision.compensation.shrinkage import shrunk
from decision.compensation.training_table import checked_incidents
from decision.compensation.typical import Typical
from decision.errors import TrainingError

Floats = NDArray[np.float64]


class Law(StrEnum):
    """Which law of effects serves."""

    LINEAR = "linear"
    LOGISTIC = "logistic"


@dataclass(frozen=True)
class CompensationFit:
    """What training made.

    Parameters
    ----------
    estimated : CompensationModel
        Effects exactly as EconML estimated them, for audit.
    model : CompensationModel
        The light model to serve; not yet calibrated.
    law : Law
        The law of the model that serves.
    audit : tuple of Audit
        The logistic averages beside the doubly robust ones.
    fits : dict of (outcome, arm) to ArmFit
        The estimators behind `estimated`, for parity and inference.
    left_out : dict of str to int
        Arms with fewer rows than LEAST_ROWS, and how many they had.
    """

    estimated: CompensationModel
    model: CompensationModel
    law: Law
    audit: tuple[Audit, ...]
    fits: dict[tuple[str, str], ArmFit]
    left_out: dict[str, int]
    n_incidents: int


def fit_compensation(incidents: pd.DataFrame, *, seed: int, law: Law | None = None) -> CompensationFit:
    """Fit effects of every arm on repurchase, churn and redemption.

    Parameters
    ----------
    incidents : DataFrame
        The decision log's `incidents` table.
    law : Law, optional
        Which law is to serve; where it is left out, the logistic one if it stands the audit.

    Raises
    ------
    ForbiddenInputError
        If the features read what may not enter a decision.
    TrainingError
        If a number is missing, propensities do not fit the arms, doing nothing or every other arm was
        logged fewer than LEAST_ROWS times, or an outcome never varies.
    """
    require_permitted(INPUTS)
    table = checked_incidents(incidents)
    learned, left_out = _learned_arms(table)
    costs = logged_costs(table)
    outcomes = {
        "repurchase": table["repurchase_90d"].to_numpy(dtype=np.float64),
        "churn": table["churn_90d"].to_numpy(dtype=np.float64),
        "redemption": redemption(table, costs),
    }
    columns = IncidentColumns.of_table(table)
    features = incident_features(columns)
    redeemable = tuple(arm for arm in learned if costs.of(PAID_ARMS[_place(arm)]).only_if_redeemed)
    fits = {
        (outcome, arm): fit_arm(table, features, outcomes[outcome], arm, seed)
        for outcome in LEARNED_OUTCOMES
        for arm in learned
        if outcome != "redemption" or arm in redeemable
    }
    coefficients = coefficients_of(fits, learned)
    given = table["arm"].to_numpy(dtype=str)
    estimated = CompensationModel(
        arms=learned,
        coefficients=coefficients,
        covariance=joint_covariance(fits, learned, features, coefficients),
        costs=costs,
        typical=Typical.of_training(columns, features, given, learned),
    )
    logistic = _logistic(estimated, features, given, outcomes, redeemable)
    audit = audited(logistic, fits, features)
    chosen = law or (Law.LOGISTIC if all(item.passed for item in audit) else Law.LINEAR)
    model = logistic if chosen is Law.LOGISTIC else _shrunk(estimated, features)
    return CompensationFit(estimated, model, chosen, audit, fits, left_out, len(table))


def _place(arm: str) -> int:
    return [item.value for item in PAID_ARMS].index(arm)


def _shrunk(estimated: CompensationModel, features: Floats) -> CompensationModel:
    posterior = shrunk(estimated.coefficients, estimated.covariance, features)
    return replace(estimated, coefficients=posterior.coefficients, covariance=posterior.covariance)


def _logistic(
    estimated: CompensationModel,
    features: Floats,
    given: NDArray[np.str_],
    outcomes: dict[str, Floats],
    redeemable: tuple[str, ...],
) -> CompensationModel:
    """The same model with the logistic law; outcomes are independent given what is known of an incident."""
    arms = (NONE, *estimated.arms)
    codes = pd.Index(arms).get_indexer(pd.Index(given)).astype(np.int64)
    size = 1 + len(FEATURE_NAMES)
    level = np.zeros((len(LEARNED_OUTCOMES), size))
    coefficients = np.zeros((len(LEARNED_OUTCOMES), len(estimated.arms), size))
    covariance = np.zeros((coefficients.size + level.size,) * 2)
    own = np.arange(coefficients.size).reshape(coefficients.shape)
    below = coefficients.size + np.arange(level.size).reshape(level.shape)
    rows = codes >= 0
    reactions = [outcomes[name][rows] for name in LEARNED_OUTCOMES[:2]]
    fitted = fitted_lines(features[rows], codes[rows], reactions, len(estimated.arms), FEATURE_FAMILIES)
    for outcome, found in enumerate(fitted):
        level[outcome], coefficients[outcome] = found.lines[0], found.lines[1:]
        places = np.concatenate((below[outcome], own[outcome].ravel()))
        covariance[np.ix_(places, places)] = found.covariance
    for arm in redeemable:
        place = estimated.arms.index(arm)
        line = _redemption_line(features, outcomes["redemption"], codes == 1 + place)
        coefficients[2, place] = line.lines[0]
        covariance[np.ix_(own[2, place], own[2, place])] = line.covariance
    return replace(estimated, coefficients=coefficients, covariance=covariance, level=level)


def _redemption_line(features: Floats, redeemed: Floats, rows: NDArray[np.bool_]) -> LogisticLines:
    """How likely an arm is used by those who got it: one line, with nothing below it."""
    nothing = np.zeros(int(rows.sum()), dtype=np.int64)
    return fitted_lines(features[rows], nothing, [redeemed[rows]], 0, FEATURE_FAMILIES)[0]


def _learned_arms(table: pd.DataFrame) -> tuple[tuple[str, ...], dict[str, int]]:
    arms = [arm.value for arm in PAID_ARMS]
    taken = {arm: table["arm"][shared_rows(table, arm)].value_counts() for arm in arms}
    rows = {arm: int(taken[arm].get(arm, 0)) for arm in arms}
    nothing = {arm: int(taken[arm].get(NONE, 0)) for arm in arms}
    learned = tuple(arm for arm in arms if min(rows[arm], nothing[arm]) >= LEAST_ROWS)
    if not learned:
        msg = (
            f"no arm and 'none' were both logged {LEAST_ROWS} times where either could be: arms {rows}, "
            f"'none' beside them {nothing}; log more exploration"
        )
        raise TrainingError(msg)
    return learned, {arm: rows[arm] for arm in arms if arm not in learned}
