"""Parcels that a carrier takes together fare as each would alone."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.delivery import Delivery
from simulator.reference_policies import UniformCompensation, UniformRouting
from simulator.run import simulate
from simulator.scenario.loading import load_scenario


@pytest.mark.parametrize("name", ["everything_on", "small", "customs_jam", "missing_papers", "cold_chain_failure"])
def test_every_parcel_arrives_as_if_it_were_the_only_one(name: str) -> None:
    run = simulate(load_scenario(name), UniformRouting(), UniformCompensation(), n_orders=800, seed=31)
    delivery, record = Delivery(run.stage), run.record
    shipped = np.flatnonzero(np.isfinite(np.array(record.shipped_at_hours))).tolist()
    assert len(shipped) > 500
    for order in shipped:
        alone = delivery.of(order, run.lane_of[order], record.shipped_at_hours[order])
        assert (record.delivered_at_hours[order], bool(record.lost[order]), bool(record.damaged[order])) == alone
