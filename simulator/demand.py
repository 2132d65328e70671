"""The orders that will come, drawn before the world runs: nothing that happens in it changes them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from scipy import special

from simulator.channels import channels_of, line_counts, most_lines, stream_profiles, stream_shares
from simulator.noise import Noise
from simulator.quantiles import quantiles_at, weighted_index
from simulator.scenario.demand import DemandSpec
from simulator.scenario.moments import midnight_of
from simulator.scenario.schema import Scenario
from simulator.spikes import SpikedRate, spiked_rate, spikes_of, with_hot_articles

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
HOURS_PER_WEEK = 168


@dataclass(frozen=True)
class Demand:
    """Orders in the order of their coming; times in hours since midnight (UTC) of the first day.

    Parameters
    ----------
    placed_at_hours, promised_at_hours : array of shape (n_orders,)
        When the order is placed (and routed), and when it should be at the door.
    region, channel, service_level : array of int of shape (n_orders,)
        Indices into the scenario's lists.
    pick_effort, pack_effort : array of shape (n_orders,)
        Work against a mean one-line order's: lines and chance.
    line_start : array of shape (n_orders + 1,)
        Where each order's lines start in `line_sku` and `line_quantity`, and the end.
    cancel_at_hours : array of shape (n_orders,)
        When the customer asks to cancel; infinite where nobody does.
    latent : array of bool of shape (n_orders,)
        Whether the order comes only if its customer has bought again after an incident.
    """

    placed_at_hours: Floats
    promised_at_hours: Floats
    region: Ints
    channel: Ints
    service_level: Ints
    value_minor: Ints
    hazmat: Flags
    cold_chain: Flags
    n_lines: Ints
    n_units: Ints
    max_line_quantity: Ints
    pick_effort: Floats
    pack_effort: Floats
    line_start: Ints
    line_sku: Ints
    line_quantity: Ints
    cancel_at_hours: Floats
    latent: Flags

    @property
    def n_orders(self) -> int:
        """How many orders come."""
        return len(self.placed_at_hours)


def draw_demand(scenario: Scenario, noise: Noise, n_orders: int, from_hours: float | None = None) -> Demand:
    """Draw the first `n_orders` orders of a non-homogeneous Poisson process and their marks.

    A longer path begins with the shorter one: every draw is keyed by the order's number.

    Parameters
    ----------
    from_hours : float or None
        The moment after which they come; None is the scenario's first. A Poisson process has no memory, so this is
        also how demand goes on after whatever came before.
    """
    spec = scenario.demand
    rate = _rate_by_stream_and_hour(scenario)
    spikes = spikes_of(scenario)
    spiked = spiked_rate(scenario, rate, spikes) if spikes else None
    start = start_hours(scenario) if from_hours is None else from_hours
    placed_at = _arrival_hours(scenario, spiked or rate.sum(axis=0), start, noise.uniforms("order/gap", n_orders))
    stream = _streams(spiked or rate, placed_at, _weekday_of_start(scenario), noise.uniforms("order/region", n_orders))
    channels = channels_of(scenario)
    region, channel = np.divmod(stream, len(channels))
    level = weighted_index(
        [item.demand_share for item in scenario.service_levels], noise.uniforms("order/service_level", n_orders)
    )
    promise_hours = np.array([item.promise_hours for item in scenario.service_levels])
    promise_factor = np.array([item.promise_factor for item in channels])
    n_lines = line_counts(scenario, channel, noise.uniforms("order/n_lines", n_orders))
    sku, quantity = _line_grid(scenario, noise, n_orders)
    sku = with_hot_articles(sku, placed_at, stream, spikes, noise)
    there = np.arange(sku.shape[1]) < n_lines[:, None]
    quantity = np.where(there, quantity, 0)
    effort = 1 + scenario.fulfilment.extra_line_effort * (n_lines - 1)
    cv = scenario.fulfilment.work_time_cv
    return Demand(
        placed_at_hours=placed_at,
        promised_at_hours=placed_at + promise_hours[level] * promise_factor[channel],
        region=region,
        channel=channel,
        service_level=level,
        value_minor=_values(scenario, noise, channel),
        hazmat=noise.uniforms("order/hazmat", n_orders) < spec.hazmat_share,
        cold_chain=noise.uniforms("order/cold_chain", n_orders) < spec.cold_chain_share,
        n_lines=n_lines,
        n_units=quantity.sum(axis=1),
        max_line_quantity=quantity.max(axis=1),
        pick_effort=effort * unit_mean_gamma(cv, noise.uniforms("order/pick", n_orders)),
        pack_effort=effort * unit_mean_gamma(cv, noise.uniforms("order/pack", n_orders)),
        line_start=np.concatenate(([0], np.cumsum(n_lines))),
        line_sku=sku[there],
        line_quantity=quantity[there],
        cancel_at_hours=_cancellations(scenario, noise, placed_at, channel),
        latent=noise.uniforms("order/latent", n_orders) < _latent_share(scenario),
    )


def day_zero(scenario: Scenario) -> datetime:
    """Midnight (UTC) of the first day: hour 0 of the world."""
    return midnight_of(scenario.start_at)


def start_hours(scenario: Scenario) -> float:
    """The world's first hour, counted from midnight of the first day."""
    return (scenario.start_at - day_zero(scenario)).total_seconds() / 3600


def sku_popularity(spec: DemandSpec) -> Floats:
    """Share of lines that ask for each article, shape (n_skus,)."""
    weights = np.arange(1, spec.n_skus + 1, dtype=np.float64) ** -spec.sku_popularity_exponent
    shares: Floats = weights / weights.sum()
    return shares


def _weekday_of_start(scenario: Scenario) -> int:
    return day_zero(scenario).weekday()


def _rate_by_stream_and_hour(scenario: Scenario) -> Floats:
    """Orders per hour by stream and hour of the week from Monday 0:00, shape (n_streams, 168)."""
    spec = scenario.demand
    profiles = stream_profiles(scenario)
    by_hour = stream_shares(scenario).reshape(-1, 1) * profiles / profiles.sum(axis=1, keepdims=True)
    weekdays = np.array(spec.weekday_profile) * 7 / sum(spec.weekday_profile)
    # Latent orders are drawn on top of those that come anyway.
    orders_per_day = spec.orders_per_day / (1 - _latent_share(scenario))
    rate: Floats = orders_per_day * np.concatenate([by_hour * weekday for weekday in weekdays], axis=1)
    return rate


def _arrival_hours(scenario: Scenario, rate: SpikedRate | Floats, start: float, uniforms: Floats) -> Floats:
    """Invert the cumulative rate at the arrivals of a unit Poisson process: exact, and vectorised."""
    unit_arrivals = np.cumsum(-np.log1p(-uniforms))
    if isinstance(rate, SpikedRate):
        return rate.arrival_hours(unit_arrivals, start)
    cumulative = np.concatenate(([0.0], np.cumsum(rate)))
    week_hours = np.arange(HOURS_PER_WEEK + 1, dtype=np.float64)
    weeks_before, start_in_week = divmod(24 * _weekday_of_start(scenario) + start, HOURS_PER_WEEK)
    level = unit_arrivals + weeks_before * cumulative[-1] + np.interp(start_in_week, week_hours, cumulative)
    weeks = np.floor(level / cumulative[-1])
    # Flat stretches (hours without demand) have no arrivals, so their ambiguous inverse is never asked for.
    within = np.interp(level - weeks * cumulative[-1], cumulative, week_hours)
    arrivals: Floats = weeks * HOURS_PER_WEEK + within - 24 * _weekday_of_start(scenario)
    return arrivals


def _streams(rate: SpikedRate | Floats, placed_at: Floats, weekday: int, uniforms: Floats) -> Ints:
    """Draw each order's stream in proportion to the streams' rates in its hour."""
    if isinstance(rate, SpikedRate):
        stream, stretch = np.zeros(len(placed_at), dtype=np.int64), rate.stretches(placed_at)
        for place in np.unique(stretch):
            mine = stretch == place
            lifted = rate.weekly * rate.factor[:, [place]]
            stream[mine] = _streams(lifted, placed_at[mine], weekday, uniforms[mine])
        return stream
    hour = ((placed_at + 24 * weekday) % HOURS_PER_WEEK).astype(np.int64)
    edges = np.cumsum(rate, axis=0)
    stream = np.zeros(len(placed_at), dtype=np.int64)
    for edge in edges[:-1]:
        stream += uniforms * edges[-1, hour] >= edge[hour]
    return stream


def _line_grid(scenario: Scenario, noise: Noise, n_orders: int) -> tuple[Ints, Ints]:
    """Articles and quantities of every line an order could have, shape (n_orders, max lines)."""
    spec = scenario.demand
    popularity = tuple(sku_popularity(spec))
    slots = range(most_lines(scenario))
    skus = [weighted_index(popularity, noise.uniforms(f"line/{slot}/sku", n_orders)) for slot in slots]
    quantities = [
        weighted_index(spec.quantity_per_line, noise.uniforms(f"line/{slot}/quantity", n_orders)) + 1 for slot in slots
    ]
    return np.stack(skus, axis=1), np.stack(quantities, axis=1)


def _values(scenario: Scenario, noise: Noise, channel: Ints) -> Ints:
    uniforms = noise.uniforms("order/value", len(channel))
    factor = np.array([item.value_factor for item in channels_of(scenario)])[channel]
    drawn = quantiles_at(scenario.demand.order_value_minor_quantiles, uniforms)
    values: Ints = np.rint(drawn * factor).astype(np.int64)
    return values


def _latent_share(scenario: Scenario) -> float:
    feedback = scenario.customers.feedback
    return feedback.latent_share if feedback else 0.0


def _cancellations(scenario: Scenario, noise: Noise, placed_at: Floats, channel: Ints) -> Floats:
    """When each order's customer asks to cancel: draws below the share do, and say when as well."""
    asked_at, spec = np.full(len(placed_at), np.inf), scenario.customers.cancellation
    if spec is not None and spec.share > 0:
        uniforms = noise.uniforms("order/cancel", len(placed_at))
        factor = np.array([item.cancellation_factor for item in channels_of(scenario)])[channel]
        share = np.minimum(1.0, spec.share * factor)
        asks = uniforms < share
        asked_at[asks] = placed_at[asks] + quantiles_at(spec.after_hours_quantiles, uniforms[asks] / share[asks])
    return asked_at


def unit_mean_gamma(cv: float, uniforms: Floats) -> Floats:
    """Invert a gamma distribution with mean 1 and this coefficient of variation; 1 is exponential."""
    if cv == 0:
        return np.ones_like(uniforms)
    if cv == 1:
        return -np.log1p(-uniforms)
    shape = 1 / cv**2
    drawn: Floats = np.asarray(special.gammaincinv(shape, uniforms) / shape, dtype=np.float64)
    return drawn
