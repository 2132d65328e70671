"""A scenario: everything a world is made of but the seed and the policies."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Self

from pydantic import AwareDatetime, Field, model_validator

from data.incidents import CompensationArm
from simulator.scenario.channels import require_possible_channels
from simulator.scenario.customers import CustomersSpec
from simulator.scenario.demand import DemandSpec, RegionSpec, ServiceLevelSpec
from simulator.scenario.disruption_rules import Surroundings, require_possible
from simulator.scenario.disruptions import Disruptions
from simulator.scenario.eras import eras
from simulator.scenario.fields import Name, Part
from simulator.scenario.supply import CarrierSpec, FulfilmentSpec, NodeSpec
from simulator.scenario.weather import WeatherSpec

MOST_LANES = 200_000


class Scenario(Part):
    """A sandbox world as data.

    Parameters
    ----------
    source : dict
        Where the numbers come from, for people to read; plain YAML values, never used by the world.
    currency : str
        ISO 4217 code of every `_minor` field.
    start_at : datetime
        First instant at which an order may come, with a time zone.
    """

    name: Name
    description: Annotated[str, Field(max_length=2_000)] = ""
    source: dict[str, Any] = Field(default_factory=dict)
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    start_at: AwareDatetime
    regions: Annotated[tuple[RegionSpec, ...], Field(min_length=1, max_length=1_000)]
    demand: DemandSpec
    service_levels: Annotated[tuple[ServiceLevelSpec, ...], Field(min_length=1, max_length=50)]
    nodes: Annotated[tuple[NodeSpec, ...], Field(min_length=1, max_length=1_000)]
    carriers: Annotated[tuple[CarrierSpec, ...], Field(min_length=1, max_length=100)]
    fulfilment: FulfilmentSpec = FulfilmentSpec()
    weather: WeatherSpec = WeatherSpec()
    customers: CustomersSpec = CustomersSpec()
    disruptions: Disruptions = ()

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        _require_unique("region_id", (region.region_id for region in self.regions))
        _require_unique("service_level", (level.service_level for level in self.service_levels))
        _require_unique("channel_id", (channel.channel_id for channel in self.demand.channels or ()))
        _require_unique("node_id", (node.node_id for node in self.nodes))
        _require_unique("carrier_id", (carrier.carrier_id for carrier in self.carriers))
        for carrier in self.carriers:
            _require_unique(
                f"service_level of carrier {carrier.carrier_id!r}", (sold.service_level for sold in carrier.services)
            )
        return self

    @model_validator(mode="after")
    def _shares_have_weight(self) -> Self:
        for what, shares in (
            ("regions", [region.demand_share for region in self.regions]),
            ("service_levels", [level.demand_share for level in self.service_levels]),
            ("nodes", [node.demand_share for node in self.nodes]),
        ):
            if sum(shares) <= 0:
                msg = f"every demand_share of {what} is 0; give at least one a weight"
                raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _channels_are_possible(self) -> Self:
        require_possible_channels(
            self.demand.channels, {region.region_id: region.channel_shares for region in self.regions}
        )
        return self

    @model_validator(mode="after")
    def _services_are_known(self) -> Self:
        known = [level.service_level for level in self.service_levels]
        for carrier in self.carriers:
            for sold in carrier.services:
                if sold.service_level not in known:
                    msg = (
                        f"carrier {carrier.carrier_id!r} sells the unknown service level {sold.service_level!r}; "
                        f"known are {known}"
                    )
                    raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _disruptions_are_possible(self) -> Self:
        around = Surroundings(
            self.start_at,
            [node.node_id for node in self.nodes],
            [carrier.carrier_id for carrier in self.carriers],
            [region.region_id for region in self.regions],
            self.demand.n_skus,
            [channel.channel_id for channel in self.demand.channels or ()],
        )
        require_possible(self.disruptions, around)
        return self

    @model_validator(mode="after")
    def _special_goods_can_ship(self) -> Self:
        hazmat, cold = self.demand.hazmat_share > 0, self.demand.cold_chain_share > 0
        for kind, items in (("node", self.nodes), ("carrier", self.carriers)):
            if not any((item.hazmat or not hazmat) and (item.cold_chain or not cold) for item in items):
                msg = (
                    f"orders may be hazmat ({hazmat}) and cold-chain ({cold}) at once, but no {kind} takes such goods; "
                    f"allow one or set demand.hazmat_share or demand.cold_chain_share to 0"
                )
                raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _somebody_is_always_open(self) -> Self:
        hazmat, cold = self.demand.hazmat_share > 0, self.demand.cold_chain_share > 0
        for era in eras(self.disruptions, self.start_at):
            away = (*era.closed, *(era.without_cooling if cold else ()))
            left = [node for node in self.nodes if node.node_id not in away]
            if not any((node.hazmat or not hazmat) and (node.cold_chain or not cold) for node in left):
                msg = (
                    f"from hour {era.starts_at_hours:g} on no node takes every kind of goods: {list(away)} are closed "
                    f"or without cooling; let one of them open or recover earlier"
                )
                raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _lanes_can_be_listed(self) -> Self:
        nodes = min(len(self.nodes), self.fulfilment.max_nodes_per_order)
        n_lanes = len(self.regions) * nodes * sum(len(carrier.services) for carrier in self.carriers)
        n_lanes *= len(eras(self.disruptions, self.start_at))
        if n_lanes > MOST_LANES:
            msg = (
                f"{n_lanes:,} lanes are more than {MOST_LANES:,}; lower fulfilment.max_nodes_per_order or disrupt less"
            )
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _borders_are_known(self) -> Self:
        if self.fulfilment.customs is not None:
            places = {node.node_id: node.customs_zone for node in self.nodes}
            places |= {region.region_id: region.customs_zone for region in self.regions}
            for name, zone in places.items():
                if zone is None:
                    msg = f"fulfilment.customs is given, but {name!r} has no customs_zone; say in which one it lies"
                    raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _nothing_costs_nothing(self) -> Self:
        if CompensationArm.NONE in self.customers.arms:
            msg = "customers.arms: 'none' is always on offer and changes nothing; leave it out"
            raise ValueError(msg)
        return self


def _require_unique(what: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            msg = f"{what} {name!r} comes twice; give each its own"
            raise ValueError(msg)
        seen.add(name)
