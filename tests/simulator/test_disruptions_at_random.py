"""Whatever goes wrong together, the books balance and the truth is what the world did."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from simulator.ledger import simulate_audited
from simulator.reference_policies import UniformCompensation, UniformRouting
from simulator.scenario.schema import Scenario
from simulator.truth.routing import routing_truth

N_ORDERS = 200


def drawn_disruptions(rng: np.random.Generator, world: Scenario) -> list[dict[str, Any]]:
    """One disruption of each kind, somewhere in the first day or so."""
    nodes = [node.node_id for node in world.nodes]

    def some(names: list[str], count: int) -> list[str]:
        return [str(name) for name in rng.choice(names, size=count, replace=False)]

    def spell() -> dict[str, Any]:
        start = round(float(rng.uniform(0, 16)), int(rng.integers(0, 3)))
        return {"starts_at": start, "ends_at": start + round(float(rng.uniform(0.2, 24)), 2)}

    def where() -> dict[str, Any]:
        return {"node": some(nodes, 1)[0], **spell()}

    def reports() -> str:
        return some(["told", "unaware", "stopped"], 1)[0]

    carriers = [carrier.carrier_id for carrier in world.carriers]
    regions = [region.region_id for region in world.regions]
    jam = {"regions": some(regions, 3), "nodes_inside": some(nodes, 2), "delay_hours_quantiles": [1, 5, 30]}
    return [
        {"kind": "node_outage", **where(), "reports": reports()},
        {"kind": "capacity_loss", **where(), "strength": float(rng.uniform(0.1, 1)), "reports": reports()},
        {"kind": "cold_chain_failure", **where(), "noticed_after_hours": float(rng.uniform(0, 9))},
        {"kind": "carrier_strike", "carrier": some(carriers, 1)[0], **spell(), "strength": 0.97, "reports": reports()},
        {"kind": "carrier_strike", "carrier": some(carriers, 1)[0], **spell(), "nodes": some(nodes, 2)},
        {"kind": "customs_jam", **jam, **spell(), "quoted": bool(rng.random() < 0.5)},
        {"kind": "storm", "regions": some(regions, 2), "severity": 0.7, **spell()},
        {"kind": "demand_spike", "multiplier": float(rng.choice([0.2, 4])), "regions": some(regions, 2), **spell()},
        {"kind": "tariff_change", "carrier": some(carriers, 1)[0], "factor": float(rng.uniform(0.3, 3)), **spell()},
        {"kind": "node_opening", "node": some(nodes, 1)[0], "opens_at": float(rng.uniform(0, 12))},
    ]


@pytest.mark.parametrize("seed", range(4))
def test_books_balance_and_truth_is_exact(small: Scenario, changed: Callable[..., Scenario], seed: int) -> None:
    scenario = changed({"disruptions": drawn_disruptions(np.random.default_rng(seed), small)})
    run = simulate_audited(scenario, UniformRouting(), UniformCompensation(), n_orders=N_ORDERS, seed=seed)
    # Raises where playing the factual candidate does not give the factual outcome bit for bit.
    truth = routing_truth(run, range(0, N_ORDERS, 2), redraws=1)
    assert np.isfinite(truth["lateness_hours"]).all()
    assert np.isfinite(truth["expected_lateness_hours"]).all()
