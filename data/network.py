"""The fulfilment network: nodes, carriers, regions and the lanes between them.

A network is reference data. The simulator writes one beside every log, and an operator can bring
one, so that candidates can be built for an order that comes without them.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from data.errors import InputFileError, NetworkError

EARTH_RADIUS_KM = 6371.0088


@dataclass(frozen=True, slots=True)
class Region:
    """A demand region and the point that stands for it."""

    region_id: str
    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class Node:
    """A place that holds stock, picks and packs.

    Parameters
    ----------
    daily_capacity_orders : float
        Orders the node can pick and pack on a normal day.
    handling_minor : int
        Labour and material per order, in minor currency units.
    """

    node_id: str
    lat: float
    lon: float
    daily_capacity_orders: float
    handling_minor: int
    cold_chain: bool = False
    hazmat: bool = True


@dataclass(frozen=True, slots=True)
class ServiceLevel:
    """A speed that carriers sell and customers ask for.

    Parameters
    ----------
    promise_hours : float
        From order to door, as promised to a customer who asks for this level.
    """

    service_level: str
    promise_hours: float


@dataclass(frozen=True, slots=True)
class Carrier:
    """A company that collects parcels at nodes at fixed hours of the day (UTC).

    Parameters
    ----------
    collection_hours : tuple of float
        Hours of the day at which it collects.
    wave_cap_orders : int
        The most parcels one collection takes at one node.
    """

    carrier_id: str
    collection_hours: tuple[float, ...]
    wave_cap_orders: int
    hazmat: bool = True
    cold_chain: bool = True


@dataclass(frozen=True, slots=True)
class Lane:
    """A carrier's service from a node to a region, with its tariff.

    Freight of an order is `freight_base_minor + freight_unit_minor * n_units`, carbon likewise.
    """

    node_id: str
    region_id: str
    carrier_id: str
    service_level: str
    distance_km: float
    lead_time_hours: float
    freight_base_minor: int
    freight_unit_minor: int
    carbon_base_kg: float
    carbon_unit_kg: float

    def freight_minor(self, n_units: int) -> int:
        """Tariff for an order of this many units, in minor currency units."""
        return self.freight_base_minor + self.freight_unit_minor * n_units

    def carbon_kg(self, n_units: int) -> float:
        """Emissions for an order of this many units."""
        return self.carbon_base_kg + self.carbon_unit_kg * n_units


@dataclass(frozen=True)
class Network:
    """Nodes, carriers, regions, service levels and the lanes that join them.

    Raises
    ------
    NetworkError
        If an identifier comes twice, or a lane names something that is not defined.
    """

    currency: str
    regions: tuple[Region, ...]
    nodes: tuple[Node, ...]
    carriers: tuple[Carrier, ...]
    service_levels: tuple[ServiceLevel, ...]
    lanes: tuple[Lane, ...]

    def __post_init__(self) -> None:
        known = {
            "region": _unique("region", [region.region_id for region in self.regions]),
            "node": _unique("node", [node.node_id for node in self.nodes]),
            "carrier": _unique("carrier", [carrier.carrier_id for carrier in self.carriers]),
            "service level": _unique("service level", [level.service_level for level in self.service_levels]),
        }
        for lane in self.lanes:
            named = (lane.region_id, lane.node_id, lane.carrier_id, lane.service_level)
            for (kind, identifiers), name in zip(known.items(), named, strict=True):
                if name not in identifiers:
                    msg = f"a lane names the {kind} {name!r}, which the network does not define"
                    raise NetworkError(msg)

    @cached_property
    def lanes_by_region(self) -> dict[str, tuple[Lane, ...]]:
        """Lanes that reach each region, in the order given."""
        reached: dict[str, list[Lane]] = {region.region_id: [] for region in self.regions}
        for lane in self.lanes:
            reached[lane.region_id].append(lane)
        return {region_id: tuple(lanes) for region_id, lanes in reached.items()}

    def save(self, path: Path) -> None:
        """Write the network as JSON."""
        path.write_text(json.dumps(asdict(self), indent=1, sort_keys=True) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Network:
        """Read a network that `save` wrote.

        Raises
        ------
        InputFileError
            If the file is missing, is not JSON or has other fields than a network has.
        """
        try:
            return cls.from_plain(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            msg = f"{path}: not a network file ({type(error).__name__}: {error}); write one with `routecause simulate`"
            raise InputFileError(msg) from error

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> Network:
        """Build a network from the plain data of its JSON form."""
        return cls(
            currency=plain["currency"],
            regions=tuple(Region(**item) for item in plain["regions"]),
            nodes=tuple(Node(**item) for item in plain["nodes"]),
            carriers=tuple(
                Carrier(**{**item, "collection_hours": tuple(item["collection_hours"])}) for item in plain["carriers"]
            ),
            service_levels=tuple(ServiceLevel(**item) for item in plain["service_levels"]),
            lanes=tuple(Lane(**item) for item in plain["lanes"]),
        )


def distance_km(lat_a: float, lon_a: float, lat_b: float, lon_b: float) -> float:
    """Great-circle distance between two points given in degrees (haversine)."""
    phi_a, phi_b = math.radians(lat_a), math.radians(lat_b)
    half_lat, half_lon = (phi_b - phi_a) / 2, math.radians(lon_b - lon_a) / 2
    chord = math.sin(half_lat) ** 2 + math.cos(phi_a) * math.cos(phi_b) * math.sin(half_lon) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(min(1.0, chord)))


def _unique(kind: str, identifiers: list[str]) -> frozenset[str]:
    seen: set[str] = set()
    for identifier in identifiers:
        if identifier in seen:
            msg = f"the network defines the {kind} {identifier!r} twice; give each its own identifier"
            raise NetworkError(msg)
        seen.add(identifier)
    return frozenset(seen)
