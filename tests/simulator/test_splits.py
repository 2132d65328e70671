"""An order that is short of some lines goes in two parcels, costs what two cost, and is there with the second."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from heapq import heappop
from typing import Any

import numpy as np
import pytest

from simulator.clock import Kind
from simulator.errors import ScenarioValueError
from simulator.ledger import simulate_audited
from simulator.node import LocalQueue
from simulator.noise import Noise
from simulator.reference_policies import CheapestFromNearest, UniformCompensation, UniformRouting
from simulator.run import WorldRun, simulate
from simulator.scenario.schema import Scenario
from simulator.station import Station
from simulator.station_plan import StationPlan, Workload
from simulator.timetable import Timetable
from simulator.truth.routing import routing_truth
from simulator.world import World

Change = Callable[..., Scenario]
GoesOn = Callable[[WorldRun, int], tuple[World, World]]
# Little stock, many lines, and collections that are full: the dock matters too.
SPLIT: dict[str, Any] = {
    "fulfilment.split": "when_short",
    "demand.lines_per_order": [0.2, 0.3, 0.3, 0.2],
    "demand.n_skus": 40,
    "carriers.0.wave_cap_orders": 6,
    "carriers.1.wave_cap_orders": 12,
    "carriers.2.wave_cap_orders": 20,
    **{
        f"nodes.{node}.stock": {
            "reorder_point_days": 0.2,
            "order_up_to_days": 0.5,
            "replenishment_hours": 9.0,
            "replenishment_cv": 0.5,
        }
        for node in range(5)
    },
    "nodes.1.stock.shelf_life": {"days": 1.5, "least_fresh": 0.5},
    "customers.cancellation": {"share": 0.05},
}


@pytest.fixture(scope="module")
def split_run(changed: Change) -> WorldRun:
    return simulate_audited(changed(SPLIT), UniformRouting(), UniformCompensation(), n_orders=900, seed=4)


def two_articles(plan: StationPlan, stock: list[int], cancel_at: list[float] | None = None) -> dict[str, Any]:
    """Order 0 asks for one unit of each of two articles and order 1 for one of the first; both come at hour 1."""
    queue = LocalQueue([], 0)
    work = Workload([1.4, 1.0], [1.4, 1.0], [0, 2, 3], [0, 1, 0], [1, 1, 1], cancel_at)
    station = Station(plan, work, Noise(1), queue.post)
    station.open(0.0, stock)
    told: dict[str, Any] = {"joined": [station.join(order, 0, 1.0) for order in (0, 1)], "packed": {}, "shipped": {}}
    told["n_parcels"], told["station"] = dict(station.unsent), station
    while queue.events[0][0] < 80.0:
        at_hours, kind, _, entity = heappop(queue.events)
        if kind == Kind.WAVE:
            told["shipped"].update(dict.fromkeys(station.collect(entity[1]), at_hours))
        elif kind == Kind.STOCK:
            station.receive(entity[1], entity[2], at_hours)
        elif kind == Kind.PICKED:
            station.picked(entity, at_hours)
        elif kind == Kind.PACKED:
            told["packed"][entity] = at_hours
            station.packed(entity, at_hours)
        elif kind == Kind.CANCEL:
            told["cancelled"] = station.cancel(entity, at_hours)
        else:
            station.change_shift(at_hours)
    return told


@pytest.fixture
def plan(bench: Callable[..., Any]) -> StationPlan:
    short: StationPlan = bench(
        1, reorder_point=(0, 0), order_up_to=(9, 9), safety_stock=(0, 0), split_line_effort=0.4
    ).plan
    return short


def test_what_is_there_goes_at_once_and_the_rest_follows(plan: StationPlan) -> None:
    told = two_articles(plan, [5, 0])
    assert told["joined"] == [False, True]
    assert told["n_parcels"] == {0: 2}
    # Each parcel is one line's work (1 h to pick, .5 h to pack) of the order's 1.4; the rest comes after 48 h.
    assert told["packed"] == pytest.approx({0: 2.5, 1: 3.5, ~0: 1.0 + 48.0 + 1.5})
    # The first parcel leaves at noon; the order is gone with the second.
    assert told["shipped"] == {1: 12.0, 0: 60.0}
    station = told["station"]
    assert (station.backlog, sum(station.booked), station.unsent, station.parts) == (0, 0, {}, {})


def test_an_order_with_nothing_on_the_shelf_is_not_split(plan: StationPlan) -> None:
    told = two_articles(plan, [0, 0])
    assert told["n_parcels"] == {}
    assert ~0 not in told["packed"]


def test_without_the_word_orders_wait_for_all_their_lines(bench: Callable[..., Any]) -> None:
    whole = bench(1, reorder_point=(0, 0), order_up_to=(9, 9), safety_stock=(0, 0)).plan
    told = two_articles(whole, [5, 0])
    assert told["n_parcels"] == {}
    assert told["packed"][0] == pytest.approx(1.0 + 48.0 + 1.4 * 1.5)


def test_a_split_order_cannot_be_cancelled_once_a_parcel_is_begun(plan: StationPlan) -> None:
    assert two_articles(plan, [5, 0], [20.0, np.inf])["cancelled"] is False


def test_both_parcels_of_a_split_order_that_waits_are_let_go(plan: StationPlan) -> None:
    nights_off = replace(plan, shifts=Timetable((0.0, 6.0)), pickers=(0, 1), packers=(0, 1))
    told = two_articles(nights_off, [5, 0], [3.0, np.inf])
    station = told["station"]
    assert told["cancelled"] is True
    assert list(told["packed"]) == [1]
    assert station.shelf.on_hand[0] == station.shelf.position[0] == 4
    assert (station.backlog, sum(station.booked), station.unsent, station.parts, station.shelf.owed) == (
        0,
        0,
        {},
        {},
        {},
    )


def test_splits_are_in_the_log_and_cost_a_second_freight_and_handling(split_run: WorldRun) -> None:
    log = split_run.decision_log()
    orders = split_run.fulfilled_orders()
    split = np.isin(orders, list(split_run.record.n_parcels))
    assert split.sum() > 40
    assert log.outcomes["n_parcels"].tolist() == (1 + split).tolist()
    assert log.outcomes.loc[split, "stock_out"].all()
    chosen = log.candidates[log.candidates["is_chosen"]].reset_index(drop=True)
    lanes = [split_run.stage.table.lanes[place] for place in np.array(split_run.lane_of)[orders]]
    second = [lane.freight_base_minor + lane.handling_minor for lane in lanes]
    extra = log.outcomes["cost_minor"] - chosen["freight_minor"] - chosen["handling_minor"]
    assert extra.tolist() == (split * np.array(second)).tolist()
    assert (log.outcomes["carbon_kg"] - chosen["carbon_kg"])[split].min() > 0


def test_truth_of_split_orders_is_exact(split_run: WorldRun) -> None:
    # Raises where playing the factual candidate does not give the factual outcome bit for bit.
    truth = routing_truth(split_run, split_run.fulfilled_orders(), redraws=1)
    log = split_run.decision_log()
    chosen = log.candidates["is_chosen"].to_numpy()
    for column in ("lateness_hours", "stock_out", "cost_minor", "carbon_kg"):
        assert truth.loc[chosen, column].tolist() == log.outcomes[column].tolist()


def test_truth_is_what_a_branch_of_the_whole_world_does(split_run: WorldRun) -> None:
    factual, stage = split_run.record.chosen, split_run.stage
    stays = np.isinf(stage.demand.cancel_at_hours)
    sample = [order for order in split_run.record.n_parcels if stays[order]][3:40:9]
    world = World(stage, split_run.routing, split_run.compensation, factual)
    world.open()
    n_split = 0
    for order in sample:
        world.run_until_order(order)
        snapshot = world.snapshot()
        truth = routing_truth(split_run, [order], redraws=0)
        for place in range(len(truth)):
            branch = World(
                stage, split_run.routing, split_run.compensation, [*factual[:order], place, *factual[order + 1 :]]
            )
            branch.restore(snapshot)
            while np.isnan(branch.record.delivered_at_hours[order]):
                branch.step()
            late = max(0.0, branch.record.delivered_at_hours[order] - stage.demand.promised_at_hours[order])
            assert late == truth["lateness_hours"].iloc[place]
            n_split += order in branch.record.n_parcels
    assert n_split > 20


def test_a_world_that_splits_goes_on_from_a_snapshot(split_run: WorldRun, goes_on: GoesOn) -> None:
    _, branch = goes_on(split_run, 450)
    ended = np.array(split_run.record.delivered_at_hours)[450:]
    assert np.array_equal(np.array(branch.record.delivered_at_hours)[450:], ended, equal_nan=True)


def test_where_nothing_is_short_splitting_changes_nothing(changed: Change) -> None:
    plenty = {f"nodes.{node}.stock.reorder_point_days": 60 for node in range(5)} | {
        f"nodes.{node}.stock.order_up_to_days": 90 for node in range(5)
    }
    digests = {
        simulate(changed(world), CheapestFromNearest(), UniformCompensation(), n_orders=300, seed=5).digest()
        for world in (plenty, {**plenty, "fulfilment.split": "when_short"})
    }
    assert len(digests) == 1


def test_only_a_known_way_to_split_is_taken(changed: Change) -> None:
    with pytest.raises(ScenarioValueError, match=r"fulfilment\.split: must be 'when_short'"):
        changed({"fulfilment.split": "always"})
