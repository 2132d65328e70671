"""Demand spikes: hours in which some regions order more often, and many want the same articles."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from simulator.channels import streams_of
from simulator.noise import Noise
from simulator.scenario.disruptions import DemandSpike
from simulator.scenario.moments import midnight_of, world_hours
from simulator.scenario.schema import Scenario

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
HOURS_PER_WEEK = 168


@dataclass(frozen=True)
class Spike:
    """A demand spike; streams and articles are indices."""

    starts_at_hours: float
    ends_at_hours: float
    multiplier: float
    streams: Ints
    hot_articles: Ints
    hot_share: float


@dataclass(frozen=True)
class SpikedRate:
    """Orders per hour by stream, whose weekly round spikes lift here and there.

    Parameters
    ----------
    weekly : array of shape (n_streams, 168)
        Orders per hour from Monday 0:00 on.
    weekday : int
        Of the world's first day; Monday is 0.
    edges : array of shape (n_edges,)
        Rising hours at which a spike starts or ends.
    factor : array of shape (n_streams, n_edges + 1)
        What the weekly rate is multiplied by between edges.
    """

    weekly: Floats
    weekday: int
    edges: Floats
    factor: Floats

    def arrival_hours(self, unit_arrivals: Floats, start_hours: float) -> Floats:
        """Invert the cumulative rate at the arrivals of a unit Poisson process, as the weekly round is inverted."""
        grid, cumulative = self._cumulative(start_hours, float(unit_arrivals[-1]))
        level = unit_arrivals + np.interp(start_hours, grid, cumulative)
        hours: Floats = np.interp(level, cumulative, grid)
        return hours

    def stretches(self, hours: Floats) -> Ints:
        """Between which edges moments lie."""
        return np.searchsorted(self.edges, hours, side="right")

    def _cumulative(self, start_hours: float, n_orders: float) -> tuple[Floats, Floats]:
        """Every hour and edge, and orders expected until then; beyond the last order of the path."""
        weeks = ceil(n_orders / float(self.weekly.sum())) + 2
        n_hours = ceil(max(start_hours, self.edges[-1])) + HOURS_PER_WEEK * weeks
        grid = np.union1d(np.arange(n_hours + 1, dtype=np.float64), self.edges)
        hour_of_week = (grid[:-1].astype(np.int64) + 24 * self.weekday) % HOURS_PER_WEEK
        rate = np.zeros(len(grid) - 1)
        for weekly, factor in zip(self.weekly, self.factor, strict=True):
            rate += weekly[hour_of_week] * factor[self.stretches(grid[:-1])]
        return grid, np.concatenate(([0.0], np.cumsum(rate * np.diff(grid))))


def spikes_of(scenario: Scenario) -> tuple[Spike, ...]:
    """The spikes of a scenario, in its order."""
    return tuple(
        Spike(
            world_hours(item.starts_at, scenario.start_at),
            world_hours(item.ends_at, scenario.start_at),
            item.multiplier,
            streams_of(scenario, item.regions, item.channels),
            np.array(item.hot_articles, dtype=np.int64) - 1,
            item.hot_share,
        )
        for item in scenario.disruptions
        if isinstance(item, DemandSpike)
    )


def spiked_rate(scenario: Scenario, weekly: Floats, spikes: tuple[Spike, ...]) -> SpikedRate:
    """The rate that the spikes make of the weekly one; overlapping spikes multiply."""
    edges = np.unique([edge for spike in spikes for edge in (spike.starts_at_hours, spike.ends_at_hours)])
    factor = np.ones((len(weekly), len(edges) + 1))
    for spike in spikes:
        lasts = (edges >= spike.starts_at_hours) & (edges < spike.ends_at_hours)
        factor[np.ix_(spike.streams, np.flatnonzero(lasts) + 1)] *= spike.multiplier
    return SpikedRate(weekly, midnight_of(scenario.start_at).weekday(), edges, factor)


def with_hot_articles(sku: Ints, placed_at: Floats, stream: Ints, spikes: tuple[Spike, ...], noise: Noise) -> Ints:
    """Let the first line of some orders within a spike ask for a hot article; the last of several spikes has it.

    Parameters
    ----------
    sku : array of shape (n_orders, n_lines)
        What the orders ask for on a normal day.
    """
    wanted = sku.copy()
    for number, spike in enumerate(spikes):
        if not spike.hot_share:
            continue
        uniforms = noise.uniforms(f"spike/{number}/article", len(placed_at))
        within = (placed_at >= spike.starts_at_hours) & (placed_at < spike.ends_at_hours)
        hot = within & np.isin(stream, spike.streams) & (uniforms < spike.hot_share)
        place = (uniforms[hot] / spike.hot_share * len(spike.hot_articles)).astype(np.int64)
        wanted[hot, 0] = spike.hot_articles[place]
    return wanted
