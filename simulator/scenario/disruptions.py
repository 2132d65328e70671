"""Disruptions: what breaks down, or changes, at a known place and time.

The world knows them all beforehand; whoever decides in it learns of them only as an operator would: from reports
that tell them, from tables that change when they change, from a forecast, or not at all.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from simulator.scenario.fields import HourQuantiles, Name, Part, Share
from simulator.scenario.moments import HourOfWorld, Moment

# What a node's reports say of a trouble while it lasts: all of it, nothing of it, or no report comes at all.
Reports = Literal["told", "unaware", "stopped"]
Strength = Annotated[float, Field(gt=0, le=1)]
Factor = Annotated[float, Field(gt=0, le=100)]
Names = Annotated[tuple[Name, ...], Field(min_length=1, max_length=1_000)]
Articles = Annotated[tuple[Annotated[int, Field(ge=1)], ...], Field(max_length=1_000)]


class Spell(Part):
    """Something that lasts from one moment, included, to another, excluded."""

    starts_at: Moment
    ends_at: Moment


class NodeOutage(Spell):
    """Nobody picks or packs at a node; hands finish the order in work, carriers still collect what is packed."""

    kind: Literal["node_outage"]
    node: Name
    reports: Reports = "told"


class CapacityLoss(Spell):
    """A share of a node's workers is away, rounded to whole workers."""

    kind: Literal["capacity_loss"]
    node: Name
    strength: Strength
    reports: Reports = "told"


class ColdChainFailure(Spell):
    """Cold goods that leave a node while its cooling is down arrive spoiled.

    Parameters
    ----------
    noticed_after_hours : float or None
        From then until it is mended the node is no candidate for cold goods; None is never, and nothing that a
        policy sees shows the failure.
    """

    kind: Literal["cold_chain_failure"]
    node: Name
    noticed_after_hours: HourOfWorld | None = None


class CarrierStrike(Spell):
    """Collections of a carrier that fall into the strike take fewer parcels, or none.

    Parameters
    ----------
    strength : float
        Share of each collection's cap that is lost; 1 skips the collection.
    nodes : tuple of str or None
        Where it strikes; None is everywhere.
    reports : "told", "unaware" or "stopped"
        Told is a node that counts what the carrier has booked against the cap that is left; timetables stay.
    """

    kind: Literal["carrier_strike"]
    carrier: Name
    strength: Strength = 1.0
    nodes: Names | None = None
    reports: Reports = "told"


class CustomsJam(Spell):
    """Parcels that are shipped into a region from outside its border wait at customs.

    Parameters
    ----------
    regions : tuple of str
        Regions behind the border.
    nodes_inside : tuple of str
        Nodes on the same side of it; parcels from all others cross.
    delay_hours_quantiles : tuple of float
        The wait at evenly spaced probabilities from 0 to 1, added to the transit.
    quoted : bool
        Whether the carriers' quotes hold the median wait while the jam lasts.
    """

    kind: Literal["customs_jam"]
    regions: Names
    nodes_inside: Annotated[tuple[Name, ...], Field(max_length=1_000)] = ()
    delay_hours_quantiles: HourQuantiles
    quoted: bool = False


class Storm(Spell):
    """Weather over named regions that is at least this severe, 0 calm to 1 storm.

    Parameters
    ----------
    forecast_severity : float or None
        What the forecast says of it; None is the truth, 0 a surprise.
    """

    kind: Literal["storm"]
    regions: Names
    severity: Strength
    forecast_severity: Share | None = None


class DemandSpike(Spell):
    """Orders come this many times as often.

    Parameters
    ----------
    regions : tuple of str or None
        Where from; None is everywhere.
    channels : tuple of str or None
        Through which channels; None is all.
    hot_articles : tuple of int
        Articles that are shown to everybody, by rank: 1 is the one that sells best on a normal day.
    hot_share : float
        Share of the orders within the spike whose first line asks for a hot article.
    """

    kind: Literal["demand_spike"]
    multiplier: Factor
    regions: Names | None = None
    channels: Names | None = None
    hot_articles: Articles = ()
    hot_share: Share = 0.0


class TariffChange(Part):
    """A carrier's freight is multiplied, for orders decided from one moment on.

    Parameters
    ----------
    ends_at : float, datetime or None
        None is for good.
    """

    kind: Literal["tariff_change"]
    carrier: Name
    factor: Factor
    starts_at: Moment
    ends_at: Moment | None = None


class NodeOpening(Part):
    """A node is no candidate before it opens."""

    kind: Literal["node_opening"]
    node: Name
    opens_at: Moment


Disruption = Annotated[
    NodeOutage
    | CapacityLoss
    | ColdChainFailure
    | CarrierStrike
    | CustomsJam
    | Storm
    | DemandSpike
    | TariffChange
    | NodeOpening,
    Field(discriminator="kind"),
]
Disruptions = Annotated[tuple[Disruption, ...], Field(max_length=200)]
