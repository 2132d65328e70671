"""Lanes and menus: everything about an order's candidates that never changes, worked out once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from data.candidates import candidate_id_for
from data.network import distance_km
from simulator.quantiles import quantile
from simulator.scenario.demand import RegionSpec
from simulator.scenario.eras import Era, eras
from simulator.scenario.schema import Scenario
from simulator.scenario.supply import CarrierSpec, NodeSpec, ServiceSpec

Ints = NDArray[np.int64]
Spread = Callable[[Sequence[float]], tuple[float, ...]]
Flags = NDArray[np.bool_]
# Below this the time on the road no longer falls: a parcel still goes through a depot.
SHORTEST_KM = 10.0
N_KINDS_OF_GOODS = 4


@dataclass(frozen=True)
class Lane:
    """A carrier's service from a node to a region; indices point into the scenario's lists.

    Parameters
    ----------
    transit_factor : float
        Transit time against the service level's at its reference distance.
    weather_sensitivity : float
        Relative slowdown in the worst storm.
    freight_base_minor, carbon_base_kg : float
        Of the shipment; `_unit_` is added for each unit in it. Freight includes clearance and duty.
    crosses_border : bool
        Whether it leads from one customs zone into another.
    """

    node: int
    region: int
    carrier: int
    service_level: int
    candidate_id: str
    distance_km: float
    lead_time_hours: float
    transit_factor: float
    weather_sensitivity: float
    freight_base_minor: int
    freight_unit_minor: int
    carbon_base_kg: float
    carbon_unit_kg: float
    handling_minor: int
    crosses_border: bool = False

    def freight_minor(self, n_units: int) -> int:
        """Tariff of a shipment of this many units."""
        return self.freight_base_minor + self.freight_unit_minor * n_units

    def carbon_kg(self, n_units: int) -> float:
        """Emissions of a shipment of this many units."""
        return self.carbon_base_kg + self.carbon_unit_kg * n_units


@dataclass(frozen=True)
class Menu:
    """The candidates of every order of one region and kind of goods, nearest node first.

    Parameters
    ----------
    lanes : tuple of int
        Index into the lane table of each candidate.
    nodes : tuple of int
        The distinct nodes among them.
    slots : tuple of (int, int)
        The distinct (place in `nodes`, carrier) pairs among them.
    slot_of : tuple of int
        Each candidate's place in `slots`; `node_of` likewise in `nodes`.
    spread_nodes, spread_slots : callable
        Repeat a list by node, or by slot, for each candidate.
    """

    region: int
    lanes: tuple[int, ...]
    candidate_ids: tuple[str, ...]
    node_ids: tuple[str, ...]
    carrier_ids: tuple[str, ...]
    service_levels: tuple[str, ...]
    nodes: tuple[int, ...]
    slots: tuple[tuple[int, int], ...]
    slot_of: tuple[int, ...]
    node_of: tuple[int, ...]
    distance_km: tuple[float, ...]
    lead_time_hours: tuple[float, ...]
    handling_minor: tuple[int, ...]
    spread_nodes: Spread
    spread_slots: Spread


@dataclass(frozen=True)
class LaneTable:
    """All lanes, and a menu for each region and kind of goods in each era.

    Parameters
    ----------
    menus : tuple of Menu
        Era after era, and within each in the order of `menu_places`.
    """

    lanes: tuple[Lane, ...]
    menus: tuple[Menu, ...]
    era_starts_at_hours: tuple[float, ...] = (0.0,)

    def menu_of(self, region: Ints, hazmat: Flags, cold_chain: Flags, placed_at_hours: NDArray[np.float64]) -> Ints:
        """The menu of orders of these regions and kinds of goods at these moments, each of shape (n_orders,)."""
        era = np.searchsorted(self.era_starts_at_hours[1:], placed_at_hours, side="right")
        place: Ints = menu_places(region, hazmat, cold_chain) + era * self.n_menus_per_era
        return place

    @property
    def n_menus_per_era(self) -> int:
        """One a region and kind of goods."""
        return len(self.menus) // len(self.era_starts_at_hours)

    def latest_lanes(self) -> list[Lane]:
        """The lanes of the last era, each once."""
        menus = self.menus[-self.n_menus_per_era :]
        return [self.lanes[place] for place in sorted({place for menu in menus for place in menu.lanes})]

    def column(self, name: str) -> NDArray[np.float64]:
        """One numeric field of every lane, shape (n_lanes,)."""
        return np.array([getattr(lane, name) for lane in self.lanes], dtype=np.float64)

    @cached_property
    def node(self) -> NDArray[np.int64]:
        """Each lane's node, shape (n_lanes,)."""
        return np.array([lane.node for lane in self.lanes], dtype=np.int64)

    @cached_property
    def carrier(self) -> NDArray[np.int64]:
        """Each lane's carrier, shape (n_lanes,)."""
        return np.array([lane.carrier for lane in self.lanes], dtype=np.int64)


def menu_places(region: Ints, hazmat: Flags, cold_chain: Flags) -> Ints:
    """Where the menus of these regions and kinds of goods stand among those of one era.

    Examples
    --------
    >>> menu_places(np.array([2]), np.array([True]), np.array([False]))
    array([9])
    """
    return N_KINDS_OF_GOODS * region + hazmat + 2 * cold_chain


def lane_table(scenario: Scenario) -> LaneTable:
    """Work out every lane that some order may take."""
    table, epochs = _Builder(scenario), eras(scenario.disruptions, scenario.start_at)
    menus = tuple(
        table.menu(era, region, hazmat, cold_chain)
        for era in epochs
        for region in range(len(scenario.regions))
        for cold_chain in (False, True)
        for hazmat in (False, True)
    )
    return LaneTable(tuple(table.lanes), menus, tuple(era.starts_at_hours for era in epochs))


class _Builder:
    """Lanes found so far, each once."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.lanes: list[Lane] = []
        self._place: dict[tuple[int, int, int, str, float, float], int] = {}

    def menu(self, era: Era, region: int, hazmat: bool, cold_chain: bool) -> Menu:
        able = [
            node
            for node, spec in enumerate(self.scenario.nodes)
            if (spec.hazmat or not hazmat) and (spec.cold_chain or not cold_chain)
            if spec.node_id not in era.closed and not (cold_chain and spec.node_id in era.without_cooling)
        ]
        able.sort(key=lambda node: (self._distance_km(region, node), node))
        places = [
            self._lane(era, (region, node, carrier), sold)
            for node in able[: self.scenario.fulfilment.max_nodes_per_order]
            for carrier, spec in enumerate(self.scenario.carriers)
            if (spec.hazmat or not hazmat) and (spec.cold_chain or not cold_chain)
            for sold in spec.services
        ]
        return self._menu_of(region, places)

    def _menu_of(self, region: int, places: list[int]) -> Menu:
        lanes = [self.lanes[place] for place in places]
        nodes = tuple(dict.fromkeys(lane.node for lane in lanes))
        pairs = [(nodes.index(lane.node), lane.carrier) for lane in lanes]
        slots = tuple(dict.fromkeys(pairs))
        slot_of = tuple(slots.index(pair) for pair in pairs)
        node_of = tuple(place for place, _ in pairs)
        return Menu(
            region=region,
            lanes=tuple(places),
            candidate_ids=tuple(lane.candidate_id for lane in lanes),
            node_ids=tuple(self.scenario.nodes[lane.node].node_id for lane in lanes),
            carrier_ids=tuple(self.scenario.carriers[lane.carrier].carrier_id for lane in lanes),
            service_levels=tuple(self.scenario.service_levels[lane.service_level].service_level for lane in lanes),
            nodes=nodes,
            slots=slots,
            slot_of=slot_of,
            node_of=node_of,
            distance_km=tuple(lane.distance_km for lane in lanes),
            lead_time_hours=tuple(lane.lead_time_hours for lane in lanes),
            handling_minor=tuple(lane.handling_minor for lane in lanes),
            spread_nodes=_spread(node_of),
            spread_slots=_spread(slot_of),
        )

    def _distance_km(self, region: int, node: int) -> float:
        return _distance_km(self.scenario.regions[region], self.scenario.nodes[node])

    def _lane(self, era: Era, way: tuple[int, int, int], sold: ServiceSpec) -> int:
        """The place of a lane as its era has it: eras that ask and quote the same share it."""
        scenario, (region, node, carrier) = self.scenario, way
        tariff = era.tariff_factor(scenario.carriers[carrier].carrier_id)
        jams = era.jams_on(scenario.nodes[node].node_id, scenario.regions[region].region_id)
        wait_hours = sum(quantile(jam.delay_hours_quantiles, 0.5) for jam in jams)
        key = (*way, sold.service_level, tariff, wait_hours)
        if key not in self._place:
            self._place[key] = len(self.lanes)
            lane = self._calm_lane(region, node, carrier, sold)
            self.lanes.append(self._with_customs(_as_in_era(lane, sold, tariff, wait_hours)))
        return self._place[key]

    def _with_customs(self, lane: Lane) -> Lane:
        """Add clearance and duty where the lane leads into another customs zone."""
        customs = self.scenario.fulfilment.customs
        zones = (self.scenario.nodes[lane.node].customs_zone, self.scenario.regions[lane.region].customs_zone)
        if customs is None or zones[0] == zones[1]:
            return lane
        return replace(
            lane,
            freight_base_minor=lane.freight_base_minor + customs.clearance_minor,
            freight_unit_minor=lane.freight_unit_minor + customs.duty_per_unit_minor,
            crosses_border=True,
        )

    def _calm_lane(self, region: int, node: int, carrier: int, sold: ServiceSpec) -> Lane:
        levels = [level.service_level for level in self.scenario.service_levels]
        place = levels.index(sold.service_level)
        level, company = self.scenario.service_levels[place], self.scenario.carriers[carrier]
        distance = self._distance_km(region, node)
        stretch = (max(distance, SHORTEST_KM) / level.reference_km) ** level.distance_exponent
        factor = stretch * company.speed_factor
        return Lane(
            node=node,
            region=region,
            carrier=carrier,
            service_level=place,
            candidate_id=_candidate_id(self.scenario.nodes[node], company, sold),
            distance_km=distance,
            lead_time_hours=quantile(level.transit_hours_quantiles, company.quote_quantile) * factor,
            transit_factor=factor,
            weather_sensitivity=level.weather_sensitivity,
            freight_base_minor=round(sold.freight_base_minor + sold.freight_per_km_minor * distance),
            freight_unit_minor=round(sold.freight_per_unit_minor),
            carbon_base_kg=sold.carbon_base_kg + sold.carbon_kg_per_km * distance,
            carbon_unit_kg=sold.carbon_kg_per_unit_km * distance,
            handling_minor=self.scenario.nodes[node].handling_minor,
        )


def _as_in_era(lane: Lane, sold: ServiceSpec, tariff: float, wait_hours: float) -> Lane:
    base = sold.freight_base_minor + sold.freight_per_km_minor * lane.distance_km
    return replace(
        lane,
        lead_time_hours=lane.lead_time_hours + wait_hours,
        freight_base_minor=round(base * tariff),
        freight_unit_minor=round(sold.freight_per_unit_minor * tariff),
    )


def _spread(places: tuple[int, ...]) -> Spread:
    """Pick these places of a list, at the speed of C: this runs seven times a decision."""
    if len(places) == 1:
        only = places[0]
        return lambda values: (values[only],)
    return itemgetter(*places)


def _distance_km(region: RegionSpec, node: NodeSpec) -> float:
    return distance_km(region.lat, region.lon, node.lat, node.lon)


def _candidate_id(node: NodeSpec, carrier: CarrierSpec, sold: ServiceSpec) -> str:
    return candidate_id_for(node.node_id, carrier.carrier_id, sold.service_level)
