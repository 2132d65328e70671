"""Losses are the objective's, to the minor unit."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from data.customer_value import CustomerValues
from data.decision_log.dataset import DecisionLog
from data.objective import ObjectiveWeights, UnitValues
from experiments.losses import (
    Pricing,
    observed_compensation_loss,
    observed_routing_loss,
    true_compensation_loss,
    true_routing_loss,
)

LogMaker = Callable[[int, int], DecisionLog]

PRICING = Pricing(
    ObjectiveWeights(),
    UnitValues(lateness_minor_per_hour=20.0, carbon_minor_per_kg=10.0, late_order_minor=400.0, stock_out_minor=900.0),
    CustomerValues(repurchase_margin_share=0.3, churn_basic_minor=4_000.0),
)


def test_an_order_three_hours_late_costs_freight_lateness_goodwill_and_carbon(make_log: LogMaker) -> None:
    loss = observed_routing_loss(make_log(4, 2), PRICING)
    assert loss == pytest.approx([620 + 3 * 20 + 400 + 5] * 4)


def test_a_certain_truth_prices_like_an_observation_and_a_gap_is_not_a_number(make_log: LogMaker) -> None:
    candidates = make_log(4, 2).candidates
    truth = (
        candidates[["order_id", "candidate_id"]]
        .iloc[::-1]
        .iloc[1:]
        .assign(
            cost_minor=620.0,
            carbon_kg=0.5,
            expected_lateness_hours=3.0,
            expected_late_probability=1.0,
            expected_stock_out_probability=0.0,
            expected_damage_probability=0.0,
        )
    )
    loss = true_routing_loss(candidates, truth, PRICING)
    assert loss[:-1] == pytest.approx([1_085] * 7)
    assert np.isnan(loss[-1])


def test_a_repurchase_earns_its_margin(make_log: LogMaker) -> None:
    incidents = make_log(4, 2).incidents
    assert observed_compensation_loss(incidents, PRICING) == pytest.approx([-3_000.0])


def test_an_arm_is_priced_by_its_incident(make_log: LogMaker) -> None:
    incidents = make_log(4, 2).incidents
    arms = pd.DataFrame({"incident_id": ["i-o0", "i-o0"], "arm": ["coupon", "none"]})
    truth = pd.DataFrame(
        {
            "incident_id": "i-o0",
            "arm": ["none", "coupon"],
            "expected_repurchase_probability": [0.5, 0.6],
            "expected_churn_probability": [0.2, 0.1],
            "expected_cost_minor": [0.0, 750.0],
        }
    )
    loss = true_compensation_loss(incidents, arms, truth, PRICING)
    assert loss == pytest.approx([-0.6 * 3_000 + 0.1 * 4_000 + 750, -0.5 * 3_000 + 0.2 * 4_000])
