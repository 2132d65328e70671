"""The fast world against the readable one, one process an order: the same reduced world, order by order."""

from __future__ import annotations

from typing import Any

from experiments.benchmarks.simulator.run_speed import SEED
from experiments.benchmarks.timing import medians_in_turns
from experiments.errors import BenchmarkError
from simulator.process_style.world import Lives, live, reduced
from simulator.reference_policies import UniformCompensation, UniformRouting
from simulator.scenario.loading import load_scenario
from simulator.stage import Stage, set_stage
from simulator.world import World

# Every kind of queue, and few enough nodes that routing plays no part.
SCENARIO = "small"


def ratio_to_process_style(n_orders: int, n_repeats: int) -> dict[str, Any]:
    """Orders per second of both styles, decisions given to both, and whether they told the same lives.

    Raises
    ------
    BenchmarkError
        If the styles disagree about any order: then there is nothing to compare.
    """
    stage = set_stage(reduced(load_scenario(SCENARIO)), SEED, n_orders)
    sizes = [len(menu.lanes) for menu in stage.table.menus]
    candidate_of = [
        int(uniform * sizes[menu]) for uniform, menu in zip(stage.routing_noise, stage.menu_of.tolist(), strict=True)
    ]
    fast: list[World] = []
    slow: list[Lives] = []
    spent = medians_in_turns(
        {
            "fast": lambda: fast.append(_played(stage, candidate_of)),
            "slow": lambda: slow.append(live(stage, candidate_of)),
        },
        n_repeats,
    )
    if fast[0].record.delivered_at_hours != slow[0].delivered_at_hours:
        msg = f"the two styles disagree on {SCENARIO!r} with seed {SEED}; run tests/simulator/test_process_style.py"
        raise BenchmarkError(msg)
    return {
        "ratio_to_process_style": spent["slow"] / spent["fast"],
        "reduced_world_orders_per_s": n_orders / spent["fast"],
        "process_style_orders_per_s": n_orders / spent["slow"],
    }


def _played(stage: Stage, candidate_of: list[int]) -> World:
    world = World(stage, UniformRouting(), UniformCompensation(), candidate_of)
    world.open()
    world.run()
    return world
