"""From the collection to the door: transit, weather, loss and damage."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.mishaps import Mishaps
from simulator.quantiles import quantile, quantiles_at
from simulator.stage import Stage
from simulator.troubles import Jam

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Luck:
    """What chance decides of parcels' journeys: uniform draws of shape (n_parcels,), and mishaps by order.

    Parameters
    ----------
    order : array of int of shape (n_parcels,)
        The order of each parcel.
    mishaps : Mishaps or None
        None is that none happen in this scenario.
    """

    transit: Floats
    loss: Floats
    customs: Floats
    order: Ints
    mishaps: Mishaps | None


class Delivery:
    """Plays what happens to a parcel after its collection.

    Transit = quantile of the service level x lane's factor x (1 + sensitivity x severity), where severity is
    the worse of origin and destination at the hour of shipping, + the wait at jammed borders; a lost parcel is
    replaced later. Mishaps (refusal, missing papers, a new address) add their hours. Cold goods that leave a node
    without cooling arrive spoiled, which is a damage.
    """

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._levels = [level.transit_hours_quantiles for level in stage.scenario.service_levels]
        self._loss = [carrier.loss_probability for carrier in stage.scenario.carriers]
        self._damage = [carrier.damage_probability for carrier in stage.scenario.carriers]
        self._cold_chain = stage.demand.cold_chain.tolist()
        self._replacement_hours = stage.scenario.fulfilment.replacement_hours
        self._mishaps = stage.mishaps

    def of(self, order: int, lane_place: int, shipped_at_hours: float) -> tuple[float, bool, bool]:
        """When an order arrives, whether it was lost on the way and whether it came damaged."""
        stage = self._stage
        lane = stage.table.lanes[lane_place]
        carrier, weather = lane.carrier, stage.weather
        hour = min(int(shipped_at_hours), weather.last_hour)
        severity = max(weather.severity[lane.region][hour], weather.severity[stage.node_region[lane.node]][hour])
        hours = quantile(self._levels[lane.service_level], stage.transit_noise[carrier][order])
        hours = hours * lane.transit_factor * (1.0 + lane.weather_sensitivity * severity)
        for jam in stage.jams:
            if jam.holds(lane.node, lane.region, shipped_at_hours):
                hours += quantile(jam.delay_hours_quantiles, stage.customs_noise[order])
        if self._mishaps is not None:
            hours = self._mishaps.hours(order, lane_place, carrier, hours)
        lost = stage.loss_noise[carrier][order] < self._loss[carrier]
        spoiled = self._cold_chain[order] and not stage.troubles[lane.node].cooling.at(shipped_at_hours)
        damaged = spoiled or stage.damage_noise[carrier][order] < self._damage[carrier]
        return shipped_at_hours + hours + (self._replacement_hours if lost else 0.0), lost, damaged


def factual_luck(stage: Stage, lane_place: Ints, order: Ints) -> Luck:
    """The draws of the day itself, for parcels of these orders on these lanes, each of shape (n_parcels,)."""
    carrier = stage.table.carrier[lane_place]
    transit, loss = np.array(stage.transit_noise)[carrier, order], np.array(stage.loss_noise)[carrier, order]
    return Luck(transit, loss, np.array(stage.customs_noise)[order], order, stage.mishaps)


def arrivals(stage: Stage, lane_place: Ints, shipped_at_hours: Floats, luck: Luck) -> Floats:
    """`Delivery.of` for many parcels at once, equal to the last bit.

    Parameters
    ----------
    lane_place : array of int of shape (n_parcels,)
        Their lanes.
    shipped_at_hours : array of shape (n_parcels,)
        When they were collected.

    Returns
    -------
    array of shape (n_parcels,)
        Hours at which they arrive.
    """
    table = stage.table
    hours = np.empty(lane_place.shape)
    level_of = table.column("service_level").astype(np.int64)[lane_place]
    for level, spec in enumerate(stage.scenario.service_levels):
        mine = level_of == level
        hours[mine] = quantiles_at(spec.transit_hours_quantiles, luck.transit[mine])
    slowdown = 1.0 + table.column("weather_sensitivity")[lane_place] * severity_met(stage, lane_place, shipped_at_hours)
    hours = hours * table.column("transit_factor")[lane_place] * slowdown
    for jam in stage.jams:
        held = _held(stage, jam, lane_place, shipped_at_hours)
        hours[held] += quantiles_at(jam.delay_hours_quantiles, luck.customs[held])
    if luck.mishaps is not None:
        hours = luck.mishaps.many_hours(luck.order, lane_place, table.carrier[lane_place], hours)
    loss = np.array([carrier.loss_probability for carrier in stage.scenario.carriers])[table.carrier[lane_place]]
    replacement = np.where(luck.loss < loss, stage.scenario.fulfilment.replacement_hours, 0.0)
    arrived: Floats = shipped_at_hours + hours + replacement
    return arrived


def _held(stage: Stage, jam: Jam, lane_place: Ints, shipped_at_hours: Floats) -> Flags:
    """`Jam.holds` for many parcels."""
    region = stage.table.column("region")[lane_place]
    crosses = np.isin(region, jam.regions) & ~np.isin(stage.table.node[lane_place], jam.nodes_inside)
    lasts = (shipped_at_hours >= jam.starts_at_hours) & (shipped_at_hours < jam.ends_at_hours)
    held: Flags = crosses & lasts
    return held


def severity_met(stage: Stage, lane_place: Ints, shipped_at_hours: Floats) -> Floats:
    """Weather on the lane at the hour of shipping, the worse of both ends, shape (n_parcels,)."""
    severity = np.array(stage.weather.severity)
    hour = np.minimum(shipped_at_hours.astype(np.int64), stage.weather.last_hour)
    there = stage.table.column("region").astype(np.int64)[lane_place]
    here = np.array(stage.node_region)[stage.table.node[lane_place]]
    met: Floats = np.maximum(severity[there, hour], severity[here, hour])
    return met
