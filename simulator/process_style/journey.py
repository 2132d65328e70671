"""From the collection to the door, as the documentation writes it: one formula, one parcel."""

from __future__ import annotations

from simulator.quantiles import quantile
from simulator.stage import Stage


def delivery_hours(stage: Stage, order: int, lane_place: int, shipped_at_hours: float) -> float:
    """When a parcel is at the door: transit over its lane, slowed by the weather, and a replacement if it is lost."""
    scenario, lane = stage.scenario, stage.table.lanes[lane_place]
    level, carrier = scenario.service_levels[lane.service_level], scenario.carriers[lane.carrier]
    hour = min(int(shipped_at_hours), stage.weather.last_hour)
    ends = (lane.region, stage.node_region[lane.node])
    severity = max(stage.weather.severity[region][hour] for region in ends)
    calm_hours = quantile(level.transit_hours_quantiles, stage.transit_noise[lane.carrier][order]) * lane.transit_factor
    hours = calm_hours * (1.0 + lane.weather_sensitivity * severity)
    lost = stage.loss_noise[lane.carrier][order] < carrier.loss_probability
    return shipped_at_hours + hours + (scenario.fulfilment.replacement_hours if lost else 0.0)
