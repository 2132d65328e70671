"""The bulk approximation is what its audit says: nearly always the exact branch, and never blind to stock."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from simulator.errors import SimulatorError
from simulator.reference_policies import CheapestFromNearest, UniformCompensation
from simulator.run import simulate
from simulator.scenario.loading import load_scenario
from simulator.truth.bulk import Bulk
from simulator.truth.routing import direct_outcomes


def crowded(scenario: str, n_orders: int = 2_500) -> Bulk:
    run = simulate(load_scenario(scenario), CheapestFromNearest(), UniformCompensation(), n_orders=n_orders, seed=2)
    return Bulk(run)


@pytest.fixture(scope="module")
def bulk() -> Bulk:
    """Rules that crowd the nearest nodes: queues, stock-outs and missed waves all happen."""
    return crowded("small", 900)


@pytest.mark.parametrize("scenario", ["small", "scarce_stock", "carrier_strike", "split_shipments", "everything_on"])
def test_nearly_all_alternatives_are_exact(scenario: str) -> None:
    audit = crowded(scenario).audited(250, seed=1)
    assert audit.n_alternatives > 1_000
    assert audit.exact_share >= 0.985
    assert audit.stock_out_exact_share >= 0.995


def test_the_factual_candidate_has_its_factual_outcome(bulk: Bulk) -> None:
    run, orders = bulk.run, np.arange(900)
    rows, found = bulk.outcomes(orders)
    factual = rows.lane == np.array(run.lane_of)[rows.order]
    shipped_at, delivered_at = run.record.shipped_at_hours, run.record.delivered_at_hours
    assert found.shipped_at_hours[factual].tolist() == list(shipped_at)
    assert found.delivered_at_hours[factual].tolist() == list(delivered_at)
    assert found.stock_out[factual].tolist() == [bool(short) for short in run.stock_out]


def test_the_audit_counts_what_differs_from_exact_branches(bulk: Bulk) -> None:
    audit = bulk.audited(900, seed=1)
    rows, found = bulk.outcomes(range(900))
    exact, other = direct_outcomes(bulk.run, rows), rows.lane != np.array(bulk.run.lane_of)[rows.order]
    assert audit.n_alternatives == other.sum()
    assert audit.exact_share == pytest.approx(
        (found.delivered_at_hours == exact.delivered_at_hours)[other].mean(), abs=1e-3
    )


@pytest.mark.parametrize("orders", [[900], [7, 7]])
def test_orders_that_are_not_there_are_refused(bulk: Bulk, orders: Sequence[int]) -> None:
    with pytest.raises(SimulatorError, match=r"not in the run|comes twice"):
        bulk.outcomes(orders)


def test_an_audit_of_no_orders_is_refused(bulk: Bulk) -> None:
    with pytest.raises(SimulatorError, match="give a number from 1"):
        bulk.audited(0, seed=1)
