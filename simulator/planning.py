"""From what a scenario says of a node to the plan that a station works by."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simulator.channels import mean_count, mean_lines
from simulator.demand import sku_popularity
from simulator.noise import Noise
from simulator.scenario.labour import FatigueSpec
from simulator.scenario.schema import Scenario
from simulator.scenario.supply import NodeSpec
from simulator.shelf_life import ShelfLife
from simulator.station_plan import StationPlan
from simulator.timetable import Timetable
from simulator.troubles import NodeTroubles

MINUTES_PER_HOUR = 60.0
HOURS_PER_DAY = 24.0
NEVER_TIRED = FatigueSpec(efficiency_decay_per_hour=0.0, least_efficiency=1.0)


def station_plans(scenario: Scenario, troubles: Sequence[NodeTroubles]) -> list[StationPlan]:
    """One plan a node, in the scenario's order, troubles included."""
    total = sum(node.demand_share for node in scenario.nodes)
    return [
        _plan(scenario, index, node.demand_share / total, troubles[index]) for index, node in enumerate(scenario.nodes)
    ]


def opening_stock(plan: StationPlan, noise: Noise) -> list[int]:
    """Stock at the start: anywhere between reorder point and order-up-to, so that reorders do not come at once."""
    uniforms = noise.uniforms(f"opening_stock/{plan.node}", len(plan.order_up_to))
    low, high = np.array(plan.reorder_point), np.array(plan.order_up_to)
    return [int(units) for units in low + 1 + uniforms * (high - low)]


def mean_effort(scenario: Scenario) -> float:
    """Mean work of an order against a one-line order's."""
    return 1 + scenario.fulfilment.extra_line_effort * (mean_lines(scenario) - 1)


def _plan(scenario: Scenario, index: int, share: float, trouble: NodeTroubles) -> StationPlan:
    node, stock = scenario.nodes[index], scenario.nodes[index].stock
    fatigue = _fatigue(scenario, node)
    daily = _units_per_day(scenario) * share
    reorder_point = np.ceil(daily * stock.reorder_point_days).astype(int)
    order_up_to = np.maximum(reorder_point + 1, np.ceil(daily * stock.order_up_to_days).astype(int))
    return StationPlan(
        node=index,
        pick_hours=node.pick_minutes / MINUTES_PER_HOUR,
        pack_hours=node.pack_minutes / MINUTES_PER_HOUR,
        shifts=Timetable(tuple(shift.start_hour for shift in node.shifts)),
        pickers=tuple(shift.pickers for shift in node.shifts),
        packers=tuple(shift.packers for shift in node.shifts),
        waves=tuple(Timetable(carrier.collection_hours) for carrier in scenario.carriers),
        wave_caps=tuple(carrier.wave_cap_orders for carrier in scenario.carriers),
        collected=trouble.collected,
        labour=trouble.labour,
        reorder_point=tuple(reorder_point.tolist()),
        order_up_to=tuple(order_up_to.tolist()),
        safety_stock=tuple(np.rint(daily * stock.safety_stock_days).astype(int).tolist()),
        replenishment_hours=stock.replenishment_hours,
        replenishment_cv=stock.replenishment_cv,
        efficiency_decay_per_hour=fatigue.efficiency_decay_per_hour,
        least_efficiency=fatigue.least_efficiency,
        shelf_life=_shelf_life(scenario, node),
        split_line_effort=scenario.fulfilment.extra_line_effort if scenario.fulfilment.split else None,
    )


def _shelf_life(scenario: Scenario, node: NodeSpec) -> ShelfLife | None:
    spec = node.stock.shelf_life or scenario.fulfilment.shelf_life
    return ShelfLife(spec.days * HOURS_PER_DAY, spec.least_fresh, spec.article_share) if spec else None


def _fatigue(scenario: Scenario, node: NodeSpec) -> FatigueSpec:
    return node.fatigue or scenario.fulfilment.fatigue or NEVER_TIRED


def _units_per_day(scenario: Scenario) -> np.ndarray:
    """Units ordered a day over the whole network, by article, shape (n_skus,)."""
    spec = scenario.demand
    units = spec.orders_per_day * mean_lines(scenario) * mean_count(spec.quantity_per_line)
    return units * sku_popularity(spec)


def daily_capacity_orders(scenario: Scenario, node: NodeSpec) -> float:
    """Orders that a node's labour can pick and pack in a day, tired as it gets, at the mean number of lines."""
    ends = [*(shift.start_hour for shift in node.shifts[1:]), node.shifts[0].start_hour + 24]
    lengths = [end - shift.start_hour for shift, end in zip(node.shifts, ends, strict=True)]
    effort, fatigue = mean_effort(scenario), _fatigue(scenario, node)
    fresh = [length * mean_efficiency(fatigue, length) for length in lengths]
    pick_hours = sum(shift.pickers * hours for shift, hours in zip(node.shifts, fresh, strict=True))
    pack_hours = sum(shift.packers * hours for shift, hours in zip(node.shifts, fresh, strict=True))
    return min(
        pick_hours * MINUTES_PER_HOUR / (node.pick_minutes * effort),
        pack_hours * MINUTES_PER_HOUR / (node.pack_minutes * effort),
    )


def mean_efficiency(fatigue: FatigueSpec, shift_hours: float) -> float:
    """Mean share of the fresh pace over a shift of this length.

    Examples
    --------
    >>> mean_efficiency(FatigueSpec(efficiency_decay_per_hour=0.05, least_efficiency=0.6), 8)
    0.8
    """
    decay, least = fatigue.efficiency_decay_per_hour, fatigue.least_efficiency
    falling = min(shift_hours, (1 - least) / decay) if decay else shift_hours
    return (falling * (1 - decay * falling / 2) + (shift_hours - falling) * least) / shift_hours
