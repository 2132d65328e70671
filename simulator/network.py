"""A scenario's network in the shared vocabulary, with every lane that an order may take."""

from __future__ import annotations

from data.network import Carrier, Lane, Network, Node, Region, ServiceLevel
from simulator.lanes import LaneTable, lane_table
from simulator.planning import daily_capacity_orders
from simulator.scenario.schema import Scenario


def network_of(scenario: Scenario, table: LaneTable | None = None) -> Network:
    """Nodes, carriers, regions, service levels and lanes of a scenario; tables that change are as they are at last."""
    return Network(
        currency=scenario.currency,
        regions=tuple(Region(item.region_id, item.lat, item.lon) for item in scenario.regions),
        nodes=tuple(
            Node(
                node_id=node.node_id,
                lat=node.lat,
                lon=node.lon,
                daily_capacity_orders=daily_capacity_orders(scenario, node),
                handling_minor=node.handling_minor,
                cold_chain=node.cold_chain,
                hazmat=node.hazmat,
            )
            for node in scenario.nodes
        ),
        carriers=tuple(
            Carrier(item.carrier_id, item.collection_hours, item.wave_cap_orders, item.hazmat, item.cold_chain)
            for item in scenario.carriers
        ),
        service_levels=tuple(ServiceLevel(item.service_level, item.promise_hours) for item in scenario.service_levels),
        lanes=_lanes(scenario, table or lane_table(scenario)),
    )


def _lanes(scenario: Scenario, table: LaneTable) -> tuple[Lane, ...]:
    return tuple(
        Lane(
            node_id=scenario.nodes[lane.node].node_id,
            region_id=scenario.regions[lane.region].region_id,
            carrier_id=scenario.carriers[lane.carrier].carrier_id,
            service_level=scenario.service_levels[lane.service_level].service_level,
            distance_km=lane.distance_km,
            lead_time_hours=lane.lead_time_hours,
            freight_base_minor=lane.freight_base_minor,
            freight_unit_minor=lane.freight_unit_minor,
            carbon_base_kg=lane.carbon_base_kg,
            carbon_unit_kg=lane.carbon_unit_kg,
        )
        for lane in table.latest_lanes()
    )
