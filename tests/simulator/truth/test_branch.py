"""A branch is what the whole world does when one decision is changed and all others are frozen."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.errors import InfeasibleActionError
from simulator.reference_policies import CheapestFromNearest, UniformCompensation
from simulator.run import WorldRun, simulate
from simulator.scenario.schema import Scenario
from simulator.truth.routing import routing_truth
from simulator.truth.spillover import Branching, spillover_truth
from simulator.world import World


@pytest.fixture(scope="module")
def run(small: Scenario) -> WorldRun:
    """Rules that crowd the nearest nodes: queues, stock-outs and missed waves all happen."""
    return simulate(small, CheapestFromNearest(), UniformCompensation(), n_orders=1_200, seed=2)


@pytest.fixture(scope="module")
def branching(run: WorldRun) -> Branching:
    return Branching(run)


def chosen(run: WorldRun, order: int) -> int:
    return run.record.chosen[order]


def frozen_world(run: WorldRun, order: int, place: int) -> World:
    forced = run.record.chosen[:]
    forced[order] = place
    world = World(run.stage, run.routing, run.compensation, forced)
    world.open()
    world.run()
    return world


def test_the_factual_action_moves_nobody_and_ships_as_in_fact(run: WorldRun, branching: Branching) -> None:
    for order in np.random.default_rng(1).choice(1_200, 200, replace=False).tolist():
        branch = branching.coalesced(order, chosen(run, order))
        assert branch.shipped_at_hours == run.record.shipped_at_hours[order]
        assert branch.delivered_at_hours == run.record.delivered_at_hours[order]
        assert branch.stock_out == bool(run.stock_out[order])
        assert branch.moved == ()


def test_a_branch_moves_exactly_those_whom_the_frozen_world_moves(run: WorldRun, branching: Branching) -> None:
    n_moved = 0
    for order in (60, 333, 470, 800):
        for place in {0, 3, len(run.stage.table.menus[run.stage.menu_of[order]].lanes) - 1} - {chosen(run, order)}:
            world, branch = frozen_world(run, order, place), branching.coalesced(order, place)
            shipped = np.array(world.record.shipped_at_hours)
            changed = np.flatnonzero(shipped != np.array(run.record.shipped_at_hours)).tolist()
            assert {one.order: one.shipped_at_hours for one in branch.moved if one.lateness_change_hours} == {
                other: shipped[other]
                for other in changed
                if other != order and lateness(world, other) != lateness_in_fact(run, other)
            }
            assert {one.order for one in branch.moved} - {order} >= set(changed) - {order}
            assert branch.shipped_at_hours == shipped[order]
            assert branch.delivered_at_hours == world.record.delivered_at_hours[order]
            assert branch.stock_out == bool(world.stock_out[order])
            others_short = [
                int(world.stock_out[other]) - int(run.stock_out[other]) for other in range(1_200) if other != order
            ]
            assert sum(one.stock_out_change for one in branch.moved) == sum(others_short)
            n_moved += len(branch.moved)
    assert n_moved > 0


def lateness(world: World, order: int) -> float:
    return max(0.0, world.record.delivered_at_hours[order] - float(world.stage.demand.promised_at_hours[order]))


def lateness_in_fact(run: WorldRun, order: int) -> float:
    return max(0.0, run.record.delivered_at_hours[order] - float(run.stage.demand.promised_at_hours[order]))


def test_own_outcomes_are_those_of_the_routing_truth(run: WorldRun, branching: Branching) -> None:
    orders = [5, 250, 777, 1_100]
    truth = routing_truth(run, orders, redraws=0).groupby("order_id", sort=False)
    for order, (_, rows) in zip(orders, truth, strict=True):
        for place, expected in enumerate(rows["lateness_hours"]):
            branch = branching.coalesced(order, place)
            assert max(0.0, branch.delivered_at_hours - run.stage.demand.promised_at_hours[order]) == expected


def test_stopping_at_coalescence_changes_nothing(run: WorldRun, branching: Branching) -> None:
    for order in (100, 640, 900):
        stopped, plain = branching.coalesced(order, 1), branching.plain(order, 1, hours=24.0 * 40)
        assert stopped.moved == plain.moved
        assert stopped.shipped_at_hours == plain.shipped_at_hours
        assert stopped.coalesced


def test_spillover_sums_what_the_branches_move(run: WorldRun, branching: Branching) -> None:
    table = spillover_truth(run, [333, 60], branching=branching)
    sizes = [len(run.stage.table.menus[run.stage.menu_of[order]].lanes) for order in (333, 60)]
    assert len(table) == sum(sizes)
    for place in range(sizes[0]):
        branch = branching.coalesced(333, place)
        row = table.iloc[place]
        assert row["n_moved"] == len(branch.moved)
        assert row["spillover_lateness_hours"] == pytest.approx(sum(one.lateness_change_hours for one in branch.moved))
        assert row["spillover_late"] == sum(one.late_change for one in branch.moved)
    assert table.iloc[chosen(run, 333)][["n_moved", "spillover_lateness_hours"]].tolist() == [0, 0.0]


def test_a_candidate_that_an_order_does_not_have_is_refused(branching: Branching) -> None:
    with pytest.raises(InfeasibleActionError, match="not one of its"):
        branching.coalesced(10, 99)
