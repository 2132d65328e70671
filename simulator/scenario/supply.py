"""Where goods wait and who carries them."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from simulator.scenario.fields import (
    CollectionHours,
    HourOfDay,
    Hours,
    Latitude,
    Longitude,
    MinorUnits,
    Minutes,
    Name,
    Part,
    Share,
    Weight,
)
from simulator.scenario.goods import ShelfLifeSpec
from simulator.scenario.labour import FatigueSpec
from simulator.scenario.mishaps import CustomsSpec, RefusalSpec

Workers = Annotated[int, Field(ge=0, le=10_000)]
Days = Annotated[float, Field(gt=0, le=366)]
Tariff = Annotated[float, Field(ge=0, le=10**7)]
Emission = Annotated[float, Field(ge=0, le=10**4)]


class ShiftSpec(Part):
    """Labour present from an hour of the day (UTC) until the next shift starts."""

    start_hour: HourOfDay
    pickers: Workers
    packers: Workers


class StockSpec(Part):
    """An (s, S) policy an article, in days of the node's expected demand for it.

    Parameters
    ----------
    reorder_point_days : float
        s: reorder when stock on hand and on order, less what is owed, falls to this.
    order_up_to_days : float
        S: order up to this.
    safety_stock_days : float
        What the node would rather keep back; a wish, not a rule of physics.
    replenishment_hours : float
        Mean time from reordering to goods on the shelf.
    replenishment_cv : float
        Coefficient of variation of that time (lognormal).
    shelf_life : ShelfLifeSpec or None
        How long goods keep here; None is as `fulfilment.shelf_life` has it.
    """

    reorder_point_days: Days
    order_up_to_days: Days
    safety_stock_days: Annotated[float, Field(ge=0, le=366)] = 0.0
    replenishment_hours: Hours
    replenishment_cv: Annotated[float, Field(ge=0, le=3)] = 0.0
    shelf_life: ShelfLifeSpec | None = None

    @model_validator(mode="after")
    def _order_up_to_is_above(self) -> Self:
        if self.order_up_to_days <= self.reorder_point_days:
            msg = "order_up_to_days must be above reorder_point_days"
            raise ValueError(msg)
        return self


class NodeSpec(Part):
    """A place that holds stock, picks and packs.

    Parameters
    ----------
    demand_share : float
        Share of the network's orders that stock is planned for, as a weight among the nodes.
    pick_minutes, pack_minutes : float
        Mean work of one worker on an order with one line.
    handling_minor : int
        Labour and material an order, in minor currency units.
    reporting_interval_hours : float
        How often the node reports stock and backlog; in between, policies see that, and work and bookings reckoned on.
    fatigue : FatigueSpec or None
        How its workers tire; None is as `fulfilment.fatigue` has it.
    customs_zone : str or None
        On which side of which border it stands.
    """

    node_id: Name
    lat: Latitude
    lon: Longitude
    demand_share: Weight
    shifts: Annotated[tuple[ShiftSpec, ...], Field(min_length=1, max_length=24)]
    pick_minutes: Minutes
    pack_minutes: Minutes
    stock: StockSpec
    handling_minor: MinorUnits = 0
    reporting_interval_hours: Annotated[float, Field(ge=0.05, le=168)] = 0.25
    cold_chain: bool = False
    hazmat: bool = True
    fatigue: FatigueSpec | None = None
    customs_zone: Name | None = None

    @model_validator(mode="after")
    def _shifts_rise_and_work(self) -> Self:
        hours = [shift.start_hour for shift in self.shifts]
        if hours != sorted(set(hours)):
            msg = f"shifts must start at rising hours, got {hours}"
            raise ValueError(msg)
        if not any(shift.pickers for shift in self.shifts) or not any(shift.packers for shift in self.shifts):
            msg = "at least one shift needs a picker and one a packer, else no order ever leaves"
            raise ValueError(msg)
        return self


class ServiceSpec(Part):
    """A service level that a carrier sells, with its tariff.

    An order's freight is base + per km * distance + per unit * units; carbon is
    base + (per km + per unit km * units) * distance.
    """

    service_level: Name
    freight_base_minor: Tariff
    freight_per_km_minor: Tariff
    freight_per_unit_minor: Tariff = 0.0
    carbon_base_kg: Emission = 0.0
    carbon_kg_per_km: Emission = 0.0
    carbon_kg_per_unit_km: Emission = 0.0


class CarrierSpec(Part):
    """A company that collects parcels at nodes at fixed hours of the day (UTC).

    Parameters
    ----------
    wave_cap_orders : int
        The most parcels one collection takes at one node; the rest wait for the next.
    speed_factor : float
        Transit time against the service level's: below 1 is faster.
    quote_quantile : float
        Probability with which a parcel arrives within the quoted lead time, in calm weather.
    hazmat_refusal : RefusalSpec or None
        Which dangerous goods it refuses after all; None is none.
    """

    carrier_id: Name
    collection_hours: CollectionHours
    wave_cap_orders: Annotated[int, Field(ge=1, le=10**7)]
    services: Annotated[tuple[ServiceSpec, ...], Field(min_length=1, max_length=20)]
    speed_factor: Annotated[float, Field(gt=0, le=10)] = 1.0
    quote_quantile: Share = 0.5
    loss_probability: Share = 0.0
    damage_probability: Share = 0.0
    hazmat: bool = True
    cold_chain: bool = True
    hazmat_refusal: RefusalSpec | None = None


class FulfilmentSpec(Part):
    """What all nodes and carriers have in common.

    Parameters
    ----------
    max_nodes_per_order : int
        Only this many nearest nodes are considered for an order.
    work_time_cv : float
        Coefficient of variation of pick and pack times (gamma); 1 is exponential, 0 is constant.
    extra_line_effort : float
        Work of each further line, as a share of the first line's.
    replacement_hours : float
        Added to the transit of a lost parcel: to notice, and to send another.
    fatigue : FatigueSpec or None
        How workers tire at nodes that say nothing else; None is that nobody does.
    customs : CustomsSpec or None
        What happens where a lane leads from one customs zone into another; None is nothing.
    shelf_life : ShelfLifeSpec or None
        How long goods keep at nodes that say nothing else; None is for ever.
    split : "when_short" or None
        Whether an order of which some lines are on the shelf ships in two parcels; None is that it waits for all.
    """

    max_nodes_per_order: Annotated[int, Field(ge=1, le=50)] = 3
    work_time_cv: Annotated[float, Field(ge=0, le=3)] = 0.5
    extra_line_effort: Annotated[float, Field(ge=0, le=5)] = 0.4
    replacement_hours: Hours = 96.0
    fatigue: FatigueSpec | None = None
    customs: CustomsSpec | None = None
    shelf_life: ShelfLifeSpec | None = None
    split: Literal["when_short"] | None = None
