"""Scalar contrasts say what was done, what came of it, and what confounds it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from data.choice_sets import ORDER_COLUMNS
from data.decision_log.dataset import DecisionLog
from data.decision_log.schema import CANDIDATES, INCIDENTS, ORDERS, OUTCOMES
from data.network import Network
from decision.contrasts import compensation_contrast, routing_contrast

MOMENT = pd.Timestamp("2026-01-05 10:00", tz="UTC")


def filled(columns: list[str], **known: object) -> pd.DataFrame:
    """A table in which every column that a test does not speak of is 1."""
    n_rows = max(len(value) for value in known.values() if isinstance(value, list))
    return pd.DataFrame({**{name: [1.0] * n_rows for name in columns}, **known})


def log_of_two_orders() -> DecisionLog:
    """The first order kept its default, the second left it."""
    moments = {name: [MOMENT] * 2 for name in ("decided_at", "promised_at")}
    orders = filled(list(ORDERS.columns), order_id=["a", "b"], **moments)
    candidates = filled(
        list(CANDIDATES.columns),
        order_id=["a", "a", "b", "b", "b"],
        is_default=[True, False, False, True, False],
        is_chosen=[True, False, True, False, False],
        propensity=[0.9, 0.1, 0.2, 0.7, 0.1],
        distance_km=[5.0, 6.0, 7.0, 8.0, 9.0],
        cut_off_at=[MOMENT] * 5,
        observed_at=[MOMENT] * 5,
    )
    nothing = pd.DataFrame(columns=list(INCIDENTS.columns))
    outcomes = filled(list(OUTCOMES.columns), order_id=["a", "b"])
    return DecisionLog(orders, candidates, outcomes, nothing, Network("EUR", (), (), (), (), ()))


def test_an_order_that_left_its_default_is_treated() -> None:
    contrast = routing_contrast(log_of_two_orders(), np.array([10.0, 20.0]))
    assert contrast.frame["deviated"].tolist() == [0, 1]
    assert contrast.frame["loss_minor"].tolist() == [10.0, 20.0]
    assert contrast.frame["default_distance_km"].tolist() == [5.0, 8.0]
    assert contrast.frame["n_candidates"].tolist() == [2.0, 3.0]
    assert np.allclose(contrast.frame["propensity_deviated"], [0.1, 0.3])
    assert set(ORDER_COLUMNS) < set(contrast.confounders)
    assert not {"deviated", "loss_minor"} & set(contrast.confounders)


def test_an_incident_that_got_something_of_value_is_treated() -> None:
    arms = ["none", "apology", "coupon"]
    incidents = filled(
        list(INCIDENTS.columns),
        arm=arms,
        incident_type=["late"] * 3,
        value_tier=["basic"] * 3,
        propensity_none=[0.5, 0.25, 0.0],
        propensity_apology=[0.25, 0.25, 0.1],
        repurchase_90d=[True, False, True],
        churn_90d=[False, True, True],
    )
    contrast = compensation_contrast(incidents)
    assert contrast.frame["offered"].tolist() == [0, 0, 1]
    assert contrast.frame["goodwill"].tolist() == [1.0, -1.0, 0.0]
    assert np.allclose(contrast.frame["propensity_offered"], [0.25, 0.5, 0.9])
