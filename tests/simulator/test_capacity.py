"""More hands never hurt on average: the same orders, the same chance, one thing changed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from simulator.reference_policies import UniformCompensation, UniformRouting
from simulator.scenario.schema import Scenario
from simulator.stage import set_stage
from simulator.world import World

N_ORDERS, SEEDS = 900, (1, 2, 3, 4)


def mean_wait(scenario: Scenario, seed: int) -> float:
    """Mean hours from order to collection, every order sent where it is sent in every other world."""
    stage = set_stage(scenario, seed, N_ORDERS)
    sizes = [len(menu.lanes) for menu in stage.table.menus]
    chosen = [int(u * sizes[menu]) for u, menu in zip(stage.routing_noise, stage.menu_of.tolist(), strict=True)]
    world = World(stage, UniformRouting(), UniformCompensation(), chosen)
    world.open()
    world.run()
    return float((np.array(world.record.shipped_at_hours) - stage.demand.placed_at_hours).mean())


def staffed(small: Scenario, changed: Callable[..., Scenario], more: int) -> Scenario:
    """Three times the orders, and so many pickers and packers more in every shift of every node."""
    shifts = {
        f"nodes.{place}.shifts": [
            {"start_hour": s.start_hour, "pickers": s.pickers + more, "packers": s.packers + more} for s in node.shifts
        ]
        for place, node in enumerate(small.nodes)
    }
    return changed({"demand.orders_per_day": 4_500, **shifts})


def test_each_added_hand_shortens_the_mean_wait_and_helps_less_than_the_one_before(
    small: Scenario, changed: Callable[..., Scenario]
) -> None:
    worlds = [staffed(small, changed, more) for more in (0, 1, 2, 4)]
    waits = np.array([[mean_wait(world, seed) for world in worlds] for seed in SEEDS])
    means = waits.mean(axis=0)
    assert (np.diff(means) < 0).all()
    assert means[0] - means[1] > means[1] - means[2] > (means[2] - means[3]) / 2
    # Under common chance the difference is far surer than either mean.
    paired, apart = np.diff(waits[:, :2], axis=1).std(ddof=1), waits[:, 0].std(ddof=1)
    assert paired < apart


def test_a_higher_cap_of_collections_ships_no_order_later(small: Scenario, changed: Callable[..., Scenario]) -> None:
    """Parcels are packed at the same moments whatever the cap, so with first come first served none can lose."""

    def shipped(cap: int) -> np.ndarray:
        stage = set_stage(changed({f"carriers.{place}.wave_cap_orders": cap for place in range(3)}), 1, N_ORDERS)
        world = World(stage, UniformRouting(), UniformCompensation(), [0] * N_ORDERS)
        world.open()
        world.run()
        return np.array(world.record.shipped_at_hours)

    tight, ample = shipped(5), shipped(60)
    assert (ample <= tight).all()
    assert (ample < tight).mean() > 0.2
