"""Channels and streams: a stream is what one region orders through one channel.

Streams are numbered region by region, so a world without channels, which is one with a single nameless channel, has one
stream a region.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulator.quantiles import weighted_index
from simulator.scenario.channels import ChannelSpec
from simulator.scenario.schema import Scenario

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
ALL = ChannelSpec(channel_id="all")


def channels_of(scenario: Scenario) -> tuple[ChannelSpec, ...]:
    """The channels of a scenario; one that stands for all where it names none."""
    return scenario.demand.channels or (ALL,)


def stream_shares(scenario: Scenario) -> Floats:
    """Share of all orders by region and channel, shape (n_regions, n_channels)."""
    of_regions = np.array([region.demand_share for region in scenario.regions])
    within = [_shares_within(scenario, region.channel_shares) for region in scenario.regions]
    shares: Floats = (of_regions / of_regions.sum())[:, None] * np.array(within)
    return shares


def stream_profiles(scenario: Scenario) -> Floats:
    """Weights of the hours of the day by stream, shape (n_streams, 24): the channel's, else the region's."""
    shared = scenario.demand.hour_profile
    return np.array(
        [
            channel.hour_profile or region.hour_profile or shared
            for region in scenario.regions
            for channel in channels_of(scenario)
        ]
    )


def streams_of(scenario: Scenario, regions: tuple[str, ...] | None, channels: tuple[str, ...] | None) -> Ints:
    """Numbers of the streams of these regions through these channels; None is all."""
    names = [channel.channel_id for channel in channels_of(scenario)]
    places = [names.index(name) for name in channels or names]
    all_regions = [region.region_id for region in scenario.regions]
    return np.array(
        [all_regions.index(name) * len(names) + place for name in regions or all_regions for place in places]
    )


def line_counts(scenario: Scenario, channel: Ints, uniforms: Floats) -> Ints:
    """How many lines each order has, shape (n_orders,)."""
    counts = np.zeros(len(channel), dtype=np.int64)
    for place, weights in enumerate(_line_weights(scenario)):
        mine = channel == place
        counts[mine] = weighted_index(weights, uniforms[mine]) + 1
    return counts


def most_lines(scenario: Scenario) -> int:
    """The most lines that an order can have."""
    return max(len(weights) for weights in _line_weights(scenario))


def mean_lines(scenario: Scenario) -> float:
    """The mean number of lines over the orders of all channels."""
    means = np.array([mean_count(weights) for weights in _line_weights(scenario)])
    return float(stream_shares(scenario).sum(axis=0) @ means) if scenario.demand.channels else float(means[0])


def mean_count(weights: tuple[float, ...]) -> float:
    """The mean of a count whose values 1, 2, 3, ... have these weights."""
    shares = np.array(weights) / sum(weights)
    return float(shares @ np.arange(1, len(weights) + 1))


def _line_weights(scenario: Scenario) -> list[tuple[float, ...]]:
    shared = scenario.demand.lines_per_order
    return [channel.lines_per_order or shared for channel in channels_of(scenario)]


def _shares_within(scenario: Scenario, own: dict[str, float] | None) -> Floats:
    """Share of a region's orders by channel."""
    weights = np.array(
        [own.get(one.channel_id, 0.0) if own else one.demand_share for one in channels_of(scenario)], dtype=np.float64
    )
    shares: Floats = weights / weights.sum()
    return shares
