"""The stage: everything that is fixed before a world runs and shared by all its branches."""

from __future__ import annotations

from array import array
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.network import distance_km
from simulator.customers import Population, draw_population
from simulator.demand import Demand, draw_demand, start_hours
from simulator.lanes import LaneTable, lane_table
from simulator.mishaps import Mishaps, draw_mishaps
from simulator.noise import Noise, as_array, as_whole_array
from simulator.planning import mean_effort, station_plans
from simulator.scenario.schema import Scenario
from simulator.station_plan import StationPlan, Workload
from simulator.troubles import Jam, NodeTroubles, jams, troubles_by_node
from simulator.weather import Weather, weather_path

# Orders that come last may wait for stock and transit; the weather must not end before them.
WEATHER_AFTER_LAST_ORDER_HOURS = 24.0 * 60


@dataclass(frozen=True)
class Stage:
    """A scenario, a seed, and every draw that no decision can change.

    Parameters
    ----------
    node_region : tuple of int
        The region whose weather each node has: the nearest.
    menu_of : array of int of shape (n_orders,)
        Which of the table's menus each order chooses from.
    troubles, jams : tuple of NodeTroubles, tuple of Jam
        What disrupts each node, and each border.
    mishaps : Mishaps or None
        What befalls single parcels; None where the scenario speaks of none.
    mean_effort : float
        Mean work of an order against a one-line order's.
    transit_noise, loss_noise, damage_noise : list of arrays
        Uniform draws by carrier and order.
    customs_noise, routing_noise, arm_noise, repurchase_noise, churn_noise : array of float
        Uniform draws by order.
    """

    scenario: Scenario
    noise: Noise
    demand: Demand
    weather: Weather
    table: LaneTable
    plans: tuple[StationPlan, ...]
    population: Population
    workload: Workload
    node_region: tuple[int, ...]
    menu_of: NDArray[np.int64]
    troubles: tuple[NodeTroubles, ...]
    jams: tuple[Jam, ...]
    mishaps: Mishaps | None
    start_hours: float
    mean_effort: float
    transit_noise: list[array[float]]
    loss_noise: list[array[float]]
    damage_noise: list[array[float]]
    customs_noise: array[float]
    routing_noise: array[float]
    arm_noise: array[float]
    repurchase_noise: array[float]
    churn_noise: array[float]

    @property
    def n_orders(self) -> int:
        """How many orders come."""
        return self.demand.n_orders


def set_stage(scenario: Scenario, seed: int, n_orders: int) -> Stage:
    """Draw the whole exogenous path of a run."""
    noise = Noise(seed)
    demand = draw_demand(scenario, noise, n_orders)
    horizon = float(demand.placed_at_hours[-1]) + WEATHER_AFTER_LAST_ORDER_HOURS
    carriers = [carrier.carrier_id for carrier in scenario.carriers]
    table, troubles = lane_table(scenario), troubles_by_node(scenario)

    def by_carrier(purpose: str) -> list[array[float]]:
        return [noise.uniform_array(f"{purpose}/{carrier}", n_orders) for carrier in carriers]

    return Stage(
        scenario=scenario,
        noise=noise,
        demand=demand,
        weather=weather_path(scenario, noise, horizon),
        table=table,
        plans=tuple(station_plans(scenario, troubles)),
        population=draw_population(scenario, noise, demand.region),
        workload=workload_of(demand),
        node_region=_node_regions(scenario),
        menu_of=table.menu_of(demand.region, demand.hazmat, demand.cold_chain, demand.placed_at_hours),
        troubles=troubles,
        jams=jams(scenario),
        mishaps=draw_mishaps(scenario, table, noise, demand.hazmat),
        start_hours=start_hours(scenario),
        mean_effort=mean_effort(scenario),
        transit_noise=by_carrier("transit"),
        loss_noise=by_carrier("loss"),
        damage_noise=by_carrier("damage"),
        customs_noise=noise.uniform_array("customs", n_orders),
        routing_noise=noise.uniform_array("routing", n_orders),
        arm_noise=noise.uniform_array("compensation", n_orders),
        repurchase_noise=noise.uniform_array("repurchase", n_orders),
        churn_noise=noise.uniform_array("churn", n_orders),
    )


def workload_of(demand: Demand) -> Workload:
    """What orders ask of a node, as plain numbers that are quick to read one by one."""
    return Workload(
        as_array(demand.pick_effort),
        as_array(demand.pack_effort),
        as_whole_array(demand.line_start),
        as_whole_array(demand.line_sku),
        as_whole_array(demand.line_quantity),
        as_array(demand.cancel_at_hours) if np.isfinite(demand.cancel_at_hours).any() else None,
    )


def _node_regions(scenario: Scenario) -> tuple[int, ...]:
    return tuple(
        int(np.argmin([distance_km(node.lat, node.lon, region.lat, region.lon) for region in scenario.regions]))
        for node in scenario.nodes
    )
