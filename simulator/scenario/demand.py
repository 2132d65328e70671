"""Who orders what, when, from where, and how fast it should come."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from simulator.scenario.channels import Channels, ChannelShares
from simulator.scenario.fields import (
    CountWeights,
    HourProfile,
    HourQuantiles,
    Hours,
    Latitude,
    Longitude,
    MoneyQuantiles,
    Name,
    Part,
    Share,
    WeekdayProfile,
    Weight,
)


class RegionSpec(Part):
    """A demand region and the point that stands for it.

    Parameters
    ----------
    demand_share : float
        Its weight among the regions; weights need not sum to 1.
    hour_profile : tuple of 24 floats or None
        Weights of the UTC hours in this region; None takes the shared profile.
    customs_zone : str or None
        On which side of which border its customers live.
    channel_shares : dict of str to float or None
        Weights of the channels here, 0 of those not named; None is as `demand.channels` has them.
    """

    region_id: Name
    lat: Latitude
    lon: Longitude
    demand_share: Weight
    hour_profile: HourProfile | None = None
    customs_zone: Name | None = None
    channel_shares: ChannelShares | None = None


class DemandSpec(Part):
    """The stream of orders: a non-homogeneous Poisson process with marks.

    Parameters
    ----------
    orders_per_day : float
        Mean over a whole week.
    hour_profile, weekday_profile : tuple of float
        Relative weights of the 24 UTC hours, and of Monday to Sunday.
    lines_per_order, quantity_per_line : tuple of float
        Weights of 1, 2, 3, ... lines, and of 1, 2, 3, ... units a line.
    order_value_minor_quantiles : tuple of int
        Goods value at evenly spaced probabilities from 0 to 1, in minor currency units.
    hazmat_share, cold_chain_share : float
        Share of orders with dangerous goods, and with goods that must stay cold.
    n_skus : int
        Articles in the catalogue.
    sku_popularity_exponent : float
        Article k is ordered in proportion to k to the minus this power (Zipf); 0 is uniform.
    channels : tuple of ChannelSpec or None
        Where orders are placed; None is one channel for all, which nobody speaks of.
    """

    orders_per_day: Annotated[float, Field(gt=0, le=10_000_000)]
    hour_profile: HourProfile = (1.0,) * 24
    weekday_profile: WeekdayProfile = (1.0,) * 7
    lines_per_order: CountWeights = (1.0,)
    quantity_per_line: CountWeights = (1.0,)
    order_value_minor_quantiles: MoneyQuantiles
    hazmat_share: Share = 0.0
    cold_chain_share: Share = 0.0
    n_skus: Annotated[int, Field(ge=1, le=100_000)] = 100
    sku_popularity_exponent: Annotated[float, Field(ge=0, le=3)] = 0.8
    channels: Channels | None = None


class ServiceLevelSpec(Part):
    """A speed that customers ask for and carriers sell.

    Parameters
    ----------
    demand_share : float
        Its weight among the levels that customers ask for.
    promise_hours : float
        From order to door, as promised.
    transit_hours_quantiles : tuple of float
        Collection to door at `reference_km` in calm weather, at evenly spaced probabilities from 0 to 1.
    distance_exponent : float
        Transit time grows with (distance / reference_km) to this power.
    weather_sensitivity : float
        Relative slowdown in the worst storm: 1 doubles the transit time.
    """

    service_level: Name
    demand_share: Weight
    promise_hours: Hours
    transit_hours_quantiles: HourQuantiles
    reference_km: Annotated[float, Field(gt=0, le=20_040)] = 500.0
    distance_exponent: Annotated[float, Field(ge=0, le=1.5)] = 0.3
    weather_sensitivity: Annotated[float, Field(ge=0, le=20)] = 0.8
