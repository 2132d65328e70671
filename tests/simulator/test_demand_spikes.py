"""A demand spike multiplies what its hours and regions ask for, as its words say, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from simulator.demand import draw_demand
from simulator.noise import Noise
from simulator.scenario.schema import Scenario

Change = Callable[..., Scenario]
SPIKE: dict[str, Any] = {
    "kind": "demand_spike",
    "multiplier": 4,
    "regions": ["west"],
    "starts_at": 9.5,
    "ends_at": 12.5,
}


def test_a_spike_multiplies_orders_of_its_hours_and_regions(changed: Change, small: Scenario) -> None:
    spike = {**SPIKE, "starts_at": 24, "ends_at": 96, "multiplier": 3}
    scenario = changed({"disruptions": [spike]})
    spiked, calm = (draw_demand(world, Noise(4), 30_000) for world in (scenario, small))

    def count(demand: Any, region: int, hours: tuple[float, float]) -> int:
        within = (demand.placed_at_hours >= hours[0]) & (demand.placed_at_hours < hours[1])
        return int((within & (demand.region == region)).sum())

    for region in range(6):
        expected = count(calm, region, (24, 96)) * (3 if region == 1 else 1)
        assert abs(count(spiked, region, (24, 96)) - expected) < 5 * expected**0.5
    after = count(calm, 1, (96, 168)), count(spiked, 1, (96, 168))
    assert abs(after[1] - after[0]) < 5 * (sum(after)) ** 0.5


def test_a_longer_spiked_path_begins_with_the_shorter_one(changed: Change) -> None:
    scenario = changed({"disruptions": [{**SPIKE, "hot_articles": [3], "hot_share": 0.5}]})
    short, long = (draw_demand(scenario, Noise(4), n_orders) for n_orders in (800, 4_000))
    assert short.placed_at_hours.tolist() == long.placed_at_hours[:800].tolist()
    assert short.region.tolist() == long.region[:800].tolist()
    assert short.line_sku.tolist() == long.line_sku[: len(short.line_sku)].tolist()


def test_everybody_wants_the_hot_articles(changed: Change) -> None:
    spike = {**SPIKE, "hot_articles": [50, 60], "hot_share": 0.8}
    demand = draw_demand(changed({"disruptions": [spike]}), Noise(4), 2_000)
    first = demand.line_sku[demand.line_start[:-1]]
    within = (demand.placed_at_hours >= 9.5) & (demand.placed_at_hours < 12.5) & (demand.region == 1)
    for article in (49, 59):
        assert abs((first[within] == article).mean() - 0.4) < 0.1
        assert (first[~within] == article).mean() < 0.05
