"""Labour and waves: hands and collections enough, and not too many, for the demand that a history brings.

Each node is staffed for the orders of the regions it is nearest to, at a target utilisation, in the proportions
of the base's shifts; whole people only, so that nodes end up a little above or below the target.
"""

from __future__ import annotations

import itertools
import math

import numpy as np

from data.network import distance_km
from simulator.planning import MINUTES_PER_HOUR, mean_effort
from simulator.scenario.schema import Scenario
from simulator.scenario.supply import CarrierSpec, NodeSpec

# Stock is planned for at least this share, or a node that is nearest to nobody would hold none.
LEAST_NODE_SHARE = 0.005
# Queues at a node that is busier than this never end.
MOST_UTILIZATION = 0.97
# How much a departure from the base's proportions of shifts counts against one from the target utilisation.
PROPORTION_WEIGHT = 0.1
# Beyond so many shifts, trying every rounding takes too long, and rounding each one is fine enough.
_MOST_TRIED_SHIFTS = 8


def nearest_node_shares(scenario: Scenario) -> tuple[float, ...]:
    """Share of orders whose region has each node nearest, in the scenario's order of nodes."""
    shares = np.zeros(len(scenario.nodes))
    for region in scenario.regions:
        away = [distance_km(region.lat, region.lon, node.lat, node.lon) for node in scenario.nodes]
        shares[int(np.argmin(away))] += region.demand_share
    return tuple((shares / shares.sum()).tolist())


def staffed_nodes(scenario: Scenario, utilization: float) -> tuple[NodeSpec, ...]:
    """The scenario's nodes with labour and stock shares for the scenario's demand."""
    return tuple(
        _staffed(scenario, node, share, utilization)
        for node, share in zip(scenario.nodes, nearest_node_shares(scenario), strict=True)
    )


def sized_carriers(scenario: Scenario, base: Scenario, utilization: float) -> tuple[CarrierSpec, ...]:
    """The scenario's carriers, collecting enough for the busiest node and never less than the base's, by volume."""
    growth = scenario.demand.orders_per_day / base.demand.orders_per_day
    busiest = max(nearest_node_shares(scenario)) * scenario.demand.orders_per_day
    return tuple(
        carrier.model_copy(
            update={
                "wave_cap_orders": math.ceil(
                    max(
                        carrier.wave_cap_orders * growth,
                        busiest * _carrier_share(scenario, carrier) / len(carrier.collection_hours) / utilization,
                    )
                )
            }
        )
        for carrier in scenario.carriers
    )


def shift_lengths(node: NodeSpec) -> list[float]:
    """Hours of each of a node's shifts."""
    ends = [*(shift.start_hour for shift in node.shifts[1:]), node.shifts[0].start_hour + 24]
    return [end - shift.start_hour for shift, end in zip(node.shifts, ends, strict=True)]


def _staffed(scenario: Scenario, node: NodeSpec, share: float, utilization: float) -> NodeSpec:
    planned = max(share, LEAST_NODE_SHARE)
    effort = scenario.demand.orders_per_day * planned * mean_effort(scenario) / MINUTES_PER_HOUR
    pickers = _people(effort * node.pick_minutes, node, [shift.pickers for shift in node.shifts], utilization, None)
    packers = _people(effort * node.pack_minutes, node, [shift.packers for shift in node.shifts], utilization, pickers)
    shifts = tuple(
        shift.model_copy(update={"pickers": picking, "packers": packing})
        for shift, picking, packing in zip(node.shifts, pickers, packers, strict=True)
    )
    return node.model_copy(update={"shifts": shifts, "demand_share": round(planned, 6)})


def _people(
    work_hours: float, node: NodeSpec, before: list[int], utilization: float, beside: tuple[int, ...] | None
) -> tuple[int, ...]:
    """Whole people a shift, near the proportions there were, with a utilisation near the target.

    `beside` are the people they work with: a shift has both or neither.
    """
    lengths = shift_lengths(node)
    wanted = [people * work_hours / utilization / float(np.dot(before, lengths)) for people in before]
    if len(wanted) > _MOST_TRIED_SHIFTS:
        return tuple(math.ceil(people) for people in wanted)
    choices = [{math.floor(people), math.ceil(people), math.ceil(people) + 1} for people in wanted]
    if beside is not None:
        choices = [
            {max(people, 1) if other else 0 for people in some} for some, other in zip(choices, beside, strict=True)
        ]
    loads = {
        people: work_hours / hours
        for people in itertools.product(*choices)
        if (hours := float(np.dot(people, lengths))) > 0
    }
    bearable = {people: load for people, load in loads.items() if load <= MOST_UTILIZATION} or loads

    def misfit(people: tuple[int, ...]) -> tuple[float, tuple[int, ...]]:
        moved = sum(abs(some - ideal) for some, ideal in zip(people, wanted, strict=True)) / sum(wanted)
        return abs(bearable[people] - utilization) + PROPORTION_WEIGHT * moved, people

    return min(bearable, key=misfit)


def _carrier_share(scenario: Scenario, carrier: CarrierSpec) -> float:
    """Share of orders that a carrier takes if each level is split evenly among those that sell it."""
    total = sum(level.demand_share for level in scenario.service_levels)
    share = 0.0
    for level in scenario.service_levels:
        sellers = [item.carrier_id for item in scenario.carriers if _sells(item, level.service_level)]
        if carrier.carrier_id in sellers:
            share += level.demand_share / total / len(sellers)
    return share


def _sells(carrier: CarrierSpec, service_level: str) -> bool:
    return any(sold.service_level == service_level for sold in carrier.services)
