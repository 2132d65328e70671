"""A customer who asks in time gets no parcel: the order leaves its queue, its goods go back, and nothing is logged."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import Any

import numpy as np
import pytest

from simulator.demand import draw_demand
from simulator.errors import ScenarioValueError, SimulatorError
from simulator.identifiers import order_id
from simulator.ledger import simulate_audited
from simulator.noise import Noise
from simulator.reference_policies import CheapestFromNearest, UniformCompensation, UniformRouting
from simulator.run import WorldRun, simulate
from simulator.scenario.schema import Scenario
from simulator.shelf_life import Batches, ShelfLife
from simulator.truth.routing import routing_truth
from simulator.world import World

Change = Callable[..., Scenario]
GoesOn = Callable[[WorldRun, int], tuple[World, World]]
CANCELLATION = {"share": 0.15, "after_hours_quantiles": [0.05, 0.5, 2, 8, 36]}


@pytest.fixture(scope="module")
def cancelling_run(changed: Change) -> WorldRun:
    """Queues long enough that many who ask are in time; goods that perish; books balanced throughout."""
    world = changed(
        {
            "customers.cancellation": CANCELLATION,
            "demand.orders_per_day": 2_500,
            "demand.n_skus": 40,
            "fulfilment.shelf_life": {"days": 3, "least_fresh": 0.5},
        }
    )
    return simulate_audited(world, CheapestFromNearest(), UniformCompensation(), n_orders=700, seed=3)


def test_who_asks_before_picking_begins_is_let_go_and_who_asks_later_is_not(bench: Callable[..., Any]) -> None:
    lone = bench(4)
    # One picker: order 1 would wait until 2.0, and order 2 until 3.0.
    lone.cancel_at = [1.5, 1.75, inf, inf]
    station = lone.play([1.0, 1.1, 1.2, 1.3])
    assert lone.cancelled == {0: False, 1: True}
    assert lone.picked_at == {0: 2.0, 2: 3.0, 3: 4.0}
    assert station.backlog == station.to_pick == sum(station.booked) == 0
    assert station.shelf.on_hand[0] == station.shelf.position[0] == 5_000 - 3


def test_goods_of_a_cancelled_order_go_to_who_waits_for_them(bench: Callable[..., Any]) -> None:
    lone = bench(4, stock=2, reorder_point=(0,), order_up_to=(50,))
    # The shelf is empty after two; the second of them goes at 1.7, and the third gets its unit.
    lone.cancel_at = [inf, 1.7, inf, inf]
    lone.play([1.0, 1.1, 1.2, 1.3])
    assert lone.from_shelf == {0: True, 1: True, 2: False, 3: False}
    assert lone.picked_at == {0: 2.0, 2: 3.0, 3: 1.1 + 48.0 + 1.0}


def test_an_order_that_waits_for_goods_may_go_and_is_owed_nothing(bench: Callable[..., Any]) -> None:
    lone = bench(3, stock=1, reorder_point=(0,), order_up_to=(2,))
    lone.cancel_at = [inf, 20.0, inf]
    station = lone.play([1.0, 2.0, 3.0])
    assert lone.cancelled == {1: True}
    assert lone.picked_at == {0: 2.0, 2: 1.0 + 48.0 + 1.0}
    assert not station.shelf.owed


def test_units_that_come_back_expire_with_the_batch_that_expires_first() -> None:
    batches = Batches(ShelfLife(10.0, 1.0, 1.0), 0, Noise(1))
    batches.open(0.0, [4])
    expires_at = batches.of[0][0][0]
    assert batches.come(0, 5, 0, 1.0) == 11.0
    # All four were sold and settled by now; one comes back.
    assert batches.of[0] == [(11.0, 5)]
    assert batches.come_back(0, 6, 2.0) is None
    assert batches.of[0] == [(11.0, 6)]
    assert batches.expire(0, 6, 11.0) == 6
    assert batches.come_back(0, 1, 12.0) == 22.0
    assert expires_at < 11.0


def test_the_share_that_asks_and_when_they_ask_is_as_the_scenario_says(changed: Change) -> None:
    demand = draw_demand(changed({"customers.cancellation": CANCELLATION}), Noise(4), 20_000)
    asks = np.isfinite(demand.cancel_at_hours)
    waited = (demand.cancel_at_hours - demand.placed_at_hours)[asks]
    assert asks.mean() == pytest.approx(0.15, abs=0.01)
    assert np.quantile(waited, [0.25, 0.5, 0.75]) == pytest.approx([0.5, 2, 8], rel=0.1)


def test_nobody_asks_and_nothing_changes(small: Scenario, changed: Change) -> None:
    nobody = changed({"customers.cancellation": {"share": 0.0}})
    digests = {
        simulate(w, UniformRouting(), UniformCompensation(), n_orders=300, seed=5).digest() for w in (small, nobody)
    }
    assert len(digests) == 1


def test_cancelled_orders_leave_the_log_and_the_others_stay(cancelling_run: WorldRun) -> None:
    cancelled = set(cancelling_run.record.cancelled_at_hours)
    asked = np.flatnonzero(np.isfinite(cancelling_run.stage.demand.cancel_at_hours))
    assert 10 < len(cancelled) < len(asked)
    assert cancelled < set(asked.tolist())
    log = cancelling_run.decision_log()
    assert len(log.orders) == len(log.outcomes) == 700 - len(cancelled)
    assert log.orders["order_id"].tolist() == log.outcomes["order_id"].tolist()
    assert set(log.candidates["order_id"]) == set(log.orders["order_id"])
    assert len(cancelling_run.fulfilled_orders()) == len(log.orders)
    shipped = np.array(cancelling_run.record.shipped_at_hours)
    assert np.isnan(shipped[sorted(cancelled)]).all()
    assert np.isfinite(shipped[cancelling_run.fulfilled_orders()]).all()


def test_truth_of_who_stays_is_exact_where_others_cancel(cancelling_run: WorldRun) -> None:
    truth = routing_truth(cancelling_run, cancelling_run.fulfilled_orders()[::3], redraws=1)
    assert np.isfinite(truth["lateness_hours"]).all()
    assert np.isfinite(truth["expected_lateness_hours"]).all()


def test_truth_is_what_a_branch_of_the_whole_world_does(cancelling_run: WorldRun) -> None:
    factual, stage = cancelling_run.record.chosen, cancelling_run.stage
    stays = np.flatnonzero(np.isinf(stage.demand.cancel_at_hours))
    for order in stays[[30, 200, 500]].tolist():
        truth = routing_truth(cancelling_run, [order], redraws=0)
        for place, lateness in enumerate(truth["lateness_hours"]):
            forced = [*factual[:order], place, *factual[order + 1 :]]
            world = World(stage, cancelling_run.routing, cancelling_run.compensation, forced)
            world.open()
            while np.isnan(world.record.delivered_at_hours[order]):
                world.step()
            assert lateness == max(0.0, world.record.delivered_at_hours[order] - stage.demand.promised_at_hours[order])


def test_the_log_keeps_what_was_decided_of_a_cancelled_order_apart(cancelling_run: WorldRun) -> None:
    log, record = cancelling_run.decision_log(), cancelling_run.record
    assert log.cancelled is not None
    number_of = {order_id(order): order for order in range(cancelling_run.stage.n_orders)}
    orders = [number_of[name] for name in log.cancelled["order_id"]]
    assert orders == sorted(record.cancelled_at_hours)
    assert not set(log.cancelled["order_id"]) & set(log.orders["order_id"])
    waited = (log.cancelled["cancelled_at"] - log.cancelled["decided_at"]).dt.total_seconds() / 3600
    placed = cancelling_run.stage.demand.placed_at_hours
    assert waited.to_numpy() == pytest.approx(
        [record.cancelled_at_hours[one] - placed[one] for one in orders], abs=1e-6
    )
    lanes = cancelling_run.stage.table.lanes
    assert log.cancelled["candidate_id"].tolist() == [lanes[cancelling_run.lane_of[one]].candidate_id for one in orders]
    # Nobody explored in this run.
    assert (log.cancelled["propensity"] == 1.0).all()


def test_a_cancelled_order_has_no_truth(cancelling_run: WorldRun) -> None:
    cancelled = min(cancelling_run.record.cancelled_at_hours)
    with pytest.raises(SimulatorError, match=f"order {cancelled} was cancelled and has no outcome"):
        routing_truth(cancelling_run, [cancelled], redraws=0)


def test_a_world_with_cancellations_goes_on_from_a_snapshot(cancelling_run: WorldRun, goes_on: GoesOn) -> None:
    _, branch = goes_on(cancelling_run, 400)
    ended = np.array(cancelling_run.record.delivered_at_hours)[400:]
    assert np.array_equal(np.array(branch.record.delivered_at_hours)[400:], ended, equal_nan=True)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"customers.cancellation": {"share": 1.01}}, "cancellation.share: .* got 1.01"),
        ({"customers.cancellation": {"share": 0.1, "after_hours_quantiles": [3]}}, "at least 2 items"),
    ],
    ids=str,
)
def test_cancellations_that_make_no_world_are_refused(changed: Change, changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ScenarioValueError, match=complaint):
        changed(changes)
