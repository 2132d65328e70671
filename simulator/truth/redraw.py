"""A redraw: one future that may follow a moment of a run, everything that came before being as it was."""

from __future__ import annotations

import hashlib
from array import array
from dataclasses import fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.clock import Kind
from simulator.customers import draw_customers
from simulator.demand import Demand, draw_demand, unit_mean_gamma
from simulator.noise import Noise, as_array
from simulator.snapshot import Snapshot
from simulator.stage import Stage, workload_of
from simulator.station import order_of

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def redraw_noise(seed: int, order: int, redraw: int) -> Noise:
    """The noise of the k-th future after an order."""
    digest = hashlib.sha256(f"redraw/{seed}/{order}/{redraw}".encode()).digest()
    return Noise(int.from_bytes(digest[:8], "little") >> 1)


def redrawn_stage(stage: Stage, snapshot: Snapshot, own: list[int], until_hours: float, noise: Noise) -> Stage:
    """The stage of a future: orders that came by the snapshot as they were, and others until a moment.

    Work that nobody has begun is drawn anew too: how long an order takes to pick is not known before.

    Parameters
    ----------
    own : list of int
        Orders whose work is drawn anew even if it has begun; the last one is the last that came.
    """
    n_known = own[-1] + 1
    later = _later_demand(stage, snapshot.now, until_hours, noise)
    known = sliced(_with_new_work(stage, snapshot, own, noise), 0, n_known)
    demand = joined(known, later)
    customer_of = draw_customers(stage.scenario, noise, later.region)
    people = replace(
        stage.population, customer_of=np.concatenate((stage.population.customer_of[:n_known], customer_of))
    )
    return replace(
        stage,
        noise=noise,
        demand=demand,
        workload=workload_of(demand),
        population=people,
        menu_of=stage.table.menu_of(demand.region, demand.hazmat, demand.cold_chain, demand.placed_at_hours),
        # What befalls later parcels on their way changes nothing for those who come after them.
        mishaps=None,
        **_redrawn_uniforms(stage, n_known, later.n_orders, noise),
    )


def _later_demand(stage: Stage, from_hours: float, until_hours: float, noise: Noise) -> Demand:
    n_orders = 64
    while True:
        later = draw_demand(stage.scenario, noise, n_orders, from_hours)
        if later.placed_at_hours[-1] >= until_hours:
            return sliced(later, 0, int(np.searchsorted(later.placed_at_hours, until_hours)))
        pace = n_orders / max(float(later.placed_at_hours[-1]) - from_hours, 1e-9)
        n_orders = int(max(1.5 * n_orders, min(8.0 * n_orders, 1.1 * pace * (until_hours - from_hours))))


def _with_new_work(stage: Stage, snapshot: Snapshot, own: list[int], noise: Noise) -> Demand:
    """The demand, with the chance in the work of orders redrawn where the work has not begun."""
    to_pick, to_pack = _not_begun(snapshot)
    demand = stage.demand
    return replace(
        demand,
        pick_effort=_redrawn_effort(stage, demand.pick_effort, {*to_pick, *own}, noise, "pick"),
        pack_effort=_redrawn_effort(stage, demand.pack_effort, {*to_pick, *to_pack, *own}, noise, "pack"),
    )


def _not_begun(snapshot: Snapshot) -> tuple[list[int], list[int]]:
    """Orders that nobody has begun to pick, and those picked, or being picked, that nobody has begun to pack."""
    to_pick, to_pack = [], [entity for _, kind, _, entity in snapshot.queue if kind == Kind.PICKED]
    for station in snapshot.stations:
        to_pick += [*station.pick_queue, *station.missing_lines]
        to_pack += station.pack_queue
    return [order_of(parcel) for parcel in to_pick], [order_of(parcel) for parcel in to_pack]


def _redrawn_effort(stage: Stage, effort: Floats, orders: set[int], noise: Noise, purpose: str) -> Floats:
    places, fulfilment = np.array(sorted(orders), dtype=np.int64), stage.scenario.fulfilment
    chance = unit_mean_gamma(fulfilment.work_time_cv, noise.uniforms(f"known/{purpose}", len(places)))
    redrawn = effort.copy()
    redrawn[places] = (1 + fulfilment.extra_line_effort * (stage.demand.n_lines[places] - 1)) * chance
    return redrawn


def _redrawn_uniforms(stage: Stage, n_known: int, n_later: int, noise: Noise) -> dict[str, Any]:
    """Every column of uniform draws by order, those of later orders anew."""
    columns: dict[str, Any] = {}
    for field in fields(stage):
        value = getattr(stage, field.name)
        if field.name.endswith("_noise"):
            columns[field.name] = (
                [_extended(one, n_known, n_later, noise, f"{field.name}/{place}") for place, one in enumerate(value)]
                if isinstance(value, list)
                else _extended(value, n_known, n_later, noise, field.name)
            )
    return columns


def _extended(column: array[float], n_known: int, n_later: int, noise: Noise, purpose: str) -> array[float]:
    return column[:n_known] + as_array(noise.uniforms(purpose, n_later))


def sliced(demand: Demand, start: int, end: int) -> Demand:
    """The orders from one number to before another."""
    first, last = demand.line_start[start], demand.line_start[end]
    columns = {field.name: getattr(demand, field.name) for field in fields(demand)}
    by_order = {name: column[start:end] for name, column in columns.items() if not name.startswith("line_")}
    return Demand(
        **by_order,
        line_start=demand.line_start[start : end + 1] - first,
        line_sku=demand.line_sku[first:last],
        line_quantity=demand.line_quantity[first:last],
    )


def joined(first: Demand, second: Demand) -> Demand:
    """The orders of both, one after the other."""
    columns = {
        field.name: np.concatenate((getattr(first, field.name), getattr(second, field.name))) for field in fields(first)
    }
    columns["line_start"] = np.concatenate((first.line_start, second.line_start[1:] + first.line_start[-1]))
    return Demand(**columns)
