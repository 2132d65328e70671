"""Sales channels: where a region's orders are placed, and how those of one channel differ from another's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import Field

from data.ingest.near_names import near_names
from simulator.scenario.fields import CountWeights, HourProfile, Name, Part, Weight

MOST_CHANNELS = 50
# Every region sells through every channel, and each pair has a rate of its own.
MOST_STREAMS = 5_000
ChannelShares = Annotated[dict[Name, Weight], Field(min_length=1, max_length=MOST_CHANNELS)]


class ChannelSpec(Part):
    """A sales channel, such as the shop's own site, a marketplace, or a live stream.

    Parameters
    ----------
    demand_share : float
        Its weight among the channels, in regions that have no `channel_shares` of their own.
    hour_profile : tuple of 24 floats or None
        Weights of the UTC hours in this channel, in every region; None takes the region's.
    lines_per_order : tuple of float or None
        Weights of 1, 2, 3, ... lines; None takes the shared ones.
    value_factor : float
        Goods value of its orders against what `order_value_minor_quantiles` says.
    promise_factor : float
        What it promises against the service level's `promise_hours`: below 1 is sooner.
    cancellation_factor : float
        How many of its customers ask to cancel against `customers.cancellation`, at most all.
    """

    channel_id: Name
    demand_share: Weight = 1.0
    hour_profile: HourProfile | None = None
    lines_per_order: CountWeights | None = None
    value_factor: Annotated[float, Field(gt=0, le=100)] = 1.0
    promise_factor: Annotated[float, Field(ge=0.05, le=20)] = 1.0
    cancellation_factor: Annotated[float, Field(ge=0, le=100)] = 1.0


Channels = Annotated[tuple[ChannelSpec, ...], Field(min_length=1, max_length=MOST_CHANNELS)]


def require_possible_channels(
    channels: Sequence[ChannelSpec] | None, shares_of: Mapping[str, Mapping[str, float] | None]
) -> None:
    """Check the channels, and the regions' shares of them.

    Parameters
    ----------
    shares_of : mapping of str to mapping
        By region: its own `channel_shares`, or None.

    Raises
    ------
    ValueError
        If shares name what is no channel, or leave a region without any.
    """
    names = [channel.channel_id for channel in channels or ()]
    for region, shares in shares_of.items():
        if shares is not None:
            _require_channels(f"region {region!r}: channel_shares", shares, names)
    if not channels:
        return
    if sum(channel.demand_share for channel in channels) <= 0:
        msg = "every demand_share of demand.channels is 0; give at least one a weight"
        raise ValueError(msg)
    if len(channels) * len(shares_of) > MOST_STREAMS:
        msg = (
            f"{len(shares_of):,} regions with {len(channels)} channels each are more than {MOST_STREAMS:,} streams of "
            f"orders; merge some"
        )
        raise ValueError(msg)


def _require_channels(where: str, shares: Mapping[str, float], names: Sequence[str]) -> None:
    if not names:
        msg = f"{where} are given, but demand.channels names none; list the channels there"
        raise ValueError(msg)
    for name in shares:
        if name not in names:
            msg = f"{where}: {name!r} is none of demand.channels, which are {list(names)}{near_names(name, names)}"
            raise ValueError(msg)
    if sum(shares.values()) <= 0:
        msg = f"{where}: every share is 0; give at least one channel a weight"
        raise ValueError(msg)
