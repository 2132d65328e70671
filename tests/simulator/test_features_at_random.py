"""Whatever features and disruptions come together, the books balance, the truth is exact, and snapshots go on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from simulator.ledger import simulate_audited
from simulator.reference_policies import UniformCompensation, UniformRouting
from simulator.run import WorldRun
from simulator.scenario.schema import Scenario
from simulator.truth.routing import routing_truth
from simulator.world import World

N_ORDERS = 160
GoesOn = Callable[[WorldRun, int], tuple[World, World]]


def drawn_features(rng: np.random.Generator) -> dict[str, Any]:
    """Each feature three times in four, strong enough to matter within a day; small stocks, docks and crews."""

    def share() -> float:
        return round(float(rng.uniform(0.05, 0.5)), 3)

    hours = sorted(rng.uniform(0.1, 30, 4).round(2).tolist())
    zones = {f"nodes.{node}.customs_zone": str(rng.choice(["a", "b"])) for node in range(5)} | {
        f"regions.{region}.customs_zone": str(rng.choice(["a", "b"])) for region in range(6)
    }
    stock = {"reorder_point_days": 0.2, "order_up_to_days": 0.6, "replenishment_hours": 7.0, "replenishment_cv": 0.5}
    features: list[dict[str, Any]] = [
        {"fulfilment.fatigue": {"efficiency_decay_per_hour": share(), "least_efficiency": 0.3}},
        {"nodes.2.fatigue": {"efficiency_decay_per_hour": 0.2, "least_efficiency": share()}},
        {"fulfilment.shelf_life": {"days": float(rng.uniform(0.2, 3)), "least_fresh": share(), "article_share": 0.6}},
        {
            "fulfilment.customs": {"papers_missing_share": share(), "clearance_minor": 90, "duty_per_unit_minor": 70},
            **zones,
        },
        {"carriers.1.hazmat_refusal": {"probability": share(), "cost_minor": 300}, "demand.hazmat_share": 0.4},
        {"customers.address_change": {"share": share(), "cost_minor": 200}},
        {"customers.cancellation": {"share": share(), "after_hours_quantiles": hours}},
        {
            "demand.channels": [
                {"channel_id": "web", "lines_per_order": [0.5, 0.2, 0.1, 0.1, 0.1]},
                {"channel_id": "stream", "promise_factor": share(), "cancellation_factor": 3.0, "value_factor": 2.0},
            ],
            "regions.1.channel_shares": {"stream": 1.0},
        },
        {"customers.dwell_limit_hours": hours[-1], "customers.churn.per_day_dwelt": share()},
        {"customers.feedback": {"latent_share": share()}, "customers.n_customers": 20},
        {"fulfilment.split": "when_short", "demand.lines_per_order": [0.2, 0.4, 0.4]},
        {"demand.n_skus": 15, **{f"nodes.{node}.stock": stock for node in range(5)}},
        {f"carriers.{carrier}.wave_cap_orders": int(rng.integers(2, 9)) for carrier in range(3)},
        {"disruptions": [{"kind": "node_outage", "node": "leipzig", "starts_at": 6, "ends_at": 14}]},
    ]
    return {path: value for feature in features if rng.random() < 0.75 for path, value in feature.items()}


@pytest.mark.parametrize("seed", range(4))
def test_books_balance_truth_is_exact_and_snapshots_go_on(
    changed: Callable[..., Scenario], seed: int, goes_on: GoesOn
) -> None:
    scenario = changed(drawn_features(np.random.default_rng(seed)))
    run = simulate_audited(scenario, UniformRouting(), UniformCompensation(), n_orders=N_ORDERS, seed=seed)
    # Raises where playing the factual candidate does not give the factual outcome bit for bit.
    truth = routing_truth(run, run.fulfilled_orders()[::2], redraws=1)
    assert np.isfinite(truth["lateness_hours"]).all()
    log = run.decision_log()
    assert len(log.outcomes) == N_ORDERS - len(run.record.cancelled_at_hours) - len(run.record.absent)
    _, branch = goes_on(run, N_ORDERS // 2)
    later = np.array(run.record.delivered_at_hours)[N_ORDERS // 2 :]
    assert np.array_equal(np.array(branch.record.delivered_at_hours)[N_ORDERS // 2 :], later, equal_nan=True)
