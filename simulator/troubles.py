"""Troubles: a scenario's disruptions as plain numbers, by node and by lane."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from simulator.scenario.disruptions import CapacityLoss, CarrierStrike, ColdChainFailure, CustomsJam, NodeOutage
from simulator.scenario.moments import world_hours
from simulator.scenario.schema import Scenario
from simulator.steps import Steps, multiplied

Shortage = NodeOutage | CapacityLoss | CarrierStrike


@dataclass(frozen=True, slots=True)
class NodeTroubles:
    """What a node goes through, and what its reports say of it.

    Parameters
    ----------
    labour, told_labour : Steps
        Share of the planned workers who are there, and who are there according to the reports.
    collected, told_collected : tuple of Steps
        By carrier: share of a collection's cap that is left.
    reporting, cooling : Steps
        1 while reports come, or the cooling runs, else 0.
    """

    labour: Steps
    told_labour: Steps
    collected: tuple[Steps, ...]
    told_collected: tuple[Steps, ...]
    reporting: Steps
    cooling: Steps


@dataclass(frozen=True, slots=True)
class Jam:
    """A customs jam; regions and nodes are indices."""

    starts_at_hours: float
    ends_at_hours: float
    regions: tuple[int, ...]
    nodes_inside: tuple[int, ...]
    delay_hours_quantiles: tuple[float, ...]

    def holds(self, node: int, region: int, shipped_at_hours: float) -> bool:
        """Whether a parcel that is shipped now has to wait at this border."""
        lasts = self.starts_at_hours <= shipped_at_hours < self.ends_at_hours
        return lasts and region in self.regions and node not in self.nodes_inside


def troubles_by_node(scenario: Scenario) -> tuple[NodeTroubles, ...]:
    """The troubles of every node, in the scenario's order."""
    return tuple(_troubles(scenario, node.node_id) for node in scenario.nodes)


def jams(scenario: Scenario) -> tuple[Jam, ...]:
    """Customs jams, in the scenario's order."""
    nodes = [node.node_id for node in scenario.nodes]
    regions = [region.region_id for region in scenario.regions]
    return tuple(
        Jam(
            world_hours(item.starts_at, scenario.start_at),
            world_hours(item.ends_at, scenario.start_at),
            tuple(regions.index(name) for name in item.regions),
            tuple(nodes.index(name) for name in item.nodes_inside),
            item.delay_hours_quantiles,
        )
        for item in scenario.disruptions
        if isinstance(item, CustomsJam)
    )


def _troubles(scenario: Scenario, node: str) -> NodeTroubles:
    short = [item for item in scenario.disruptions if isinstance(item, NodeOutage | CapacityLoss) and item.node == node]
    strikes = [
        item
        for item in scenario.disruptions
        if isinstance(item, CarrierStrike) and (item.nodes is None or node in item.nodes)
    ]
    failures = [item for item in scenario.disruptions if isinstance(item, ColdChainFailure) and item.node == node]
    by_carrier = [
        [strike for strike in strikes if strike.carrier == carrier.carrier_id] for carrier in scenario.carriers
    ]
    return NodeTroubles(
        labour=_left(scenario, short),
        told_labour=_left(scenario, _told(short)),
        collected=tuple(_left(scenario, mine) for mine in by_carrier),
        told_collected=tuple(_left(scenario, _told(mine)) for mine in by_carrier),
        reporting=_running(scenario, [item for item in [*short, *strikes] if item.reports == "stopped"]),
        cooling=_running(scenario, failures),
    )


def _told(shortages: Iterable[Shortage]) -> list[Shortage]:
    return [item for item in shortages if item.reports == "told"]


def _left(scenario: Scenario, shortages: Iterable[Shortage]) -> Steps:
    return multiplied(
        (
            world_hours(item.starts_at, scenario.start_at),
            world_hours(item.ends_at, scenario.start_at),
            0.0 if isinstance(item, NodeOutage) else 1.0 - item.strength,
        )
        for item in shortages
    )


def _running(scenario: Scenario, failures: Iterable[Shortage | ColdChainFailure]) -> Steps:
    return multiplied(
        (world_hours(item.starts_at, scenario.start_at), world_hours(item.ends_at, scenario.start_at), 0.0)
        for item in failures
    )
