"""What shipments cost and emit: tables, and what mishaps add to them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from simulator.stage import Stage

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def freight_minor(stage: Stage, lane: Ints, n_units: Ints) -> Ints:
    """Freight from the tariff, clearance and duty included, in minor currency units."""
    table = stage.table
    base, unit = table.column("freight_base_minor")[lane], table.column("freight_unit_minor")[lane]
    return (base + unit * n_units).astype(np.int64)


def carbon_kg(stage: Stage, lane: Ints, n_units: Ints) -> Floats:
    """Emissions from the tables."""
    table = stage.table
    emitted: Floats = table.column("carbon_base_kg")[lane] + table.column("carbon_unit_kg")[lane] * n_units
    return emitted


def split_cost_minor(stage: Stage, lane: Ints) -> Ints:
    """What a second parcel costs more: the freight of a shipment, clearance included, and handling."""
    table = stage.table
    more: Ints = (table.column("freight_base_minor") + table.column("handling_minor"))[lane].astype(np.int64)
    return more


def split_carbon_kg(stage: Stage, lane: Ints) -> Floats:
    """What a second parcel emits more."""
    more: Floats = stage.table.column("carbon_base_kg")[lane]
    return more


def shipped(
    stage: Stage, order: Ints, lane: Ints, n_parcels: Mapping[int, int]
) -> tuple[Ints, Floats, NDArray[np.bool_]]:
    """What orders that were shipped cost and emitted, and which of them went in two parcels (all that are named)."""
    is_split = np.isin(order, list(n_parcels))
    cost: Ints = cost_minor(stage, order, lane) + is_split * split_cost_minor(stage, lane)
    carbon: Floats = carbon_kg(stage, lane, stage.demand.n_units[order]) + is_split * split_carbon_kg(stage, lane)
    return cost, carbon, is_split


def cost_minor(stage: Stage, order: Ints, lane: Ints) -> Ints:
    """What shipping these orders whole on these lanes costs: freight, handling and mishaps, in minor currency units.

    Parameters
    ----------
    order, lane : array of int of shape (n_parcels,)
        Each order's number, and the place of its lane in the lane table.
    """
    table = stage.table
    handling = table.column("handling_minor")[lane].astype(np.int64)
    cost = freight_minor(stage, lane, stage.demand.n_units[order]) + handling
    if stage.mishaps is None:
        return cost
    return cost + stage.mishaps.cost_minor(order, lane, table.carrier[lane])
