"""The truth of split plans: each shipment is played at its node with its own lines; the order comes with the last.

The world itself splits an order at one node only. But a node knows no more of an order than its lines and its work, so
a shipment of some lines is played by the code that plays whole orders, all others' decisions as in fact.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from decision.shipments import Shipment
from simulator.delivery import Luck, arrivals
from simulator.rows import candidate_rows
from simulator.run import WorldRun
from simulator.tariffs import freight_minor, split_cost_minor
from simulator.truth.replay import Passage
from simulator.truth.windows import node_replays

Floats = NDArray[np.float64]

# Draws of transit and loss for each parcel, after its passage through the node as it was in fact.
N_DRAWS = 400


@dataclass(frozen=True, slots=True)
class Expected:
    """What an order has to expect of its parcels.

    Parameters
    ----------
    lateness_hours, late_probability : float
        Of the last parcel, and that any is late, where parcels meet luck of their own.
    largest_lateness_hours, largest_late_probability : float
        The largest of the parcels' own expectations: less than either, where parcels are not late together.
    is_split : bool
        Whether the node sends it in two parcels for want of a line.
    """

    lateness_hours: float
    late_probability: float
    largest_lateness_hours: float
    largest_late_probability: float
    stock_out: bool
    cost_minor: float
    is_split: bool


def shelves(run: WorldRun, orders: Sequence[int]) -> Iterator[dict[str, dict[str, int]]]:
    """Units on the shelf by node and line, at each order's decision; orders in rising number."""
    replays, workload, nodes = node_replays(run), run.stage.workload, run.stage.scenario.nodes
    for order in orders:
        skus = workload.line_sku[workload.line_start[order] : workload.line_start[order + 1]]
        held = {}
        for node, replay in zip(nodes, replays, strict=True):
            shelf = replay.before(order)[0].shelf
            available = shelf.available()
            held[node.node_id] = {line_id(place): available[sku] for place, sku in enumerate(skus)}
        yield held


def line_id(place: int) -> str:
    """The name of an order's line by its place."""
    return str(place + 1)


def with_lines(run: WorldRun, order: int, places: Collection[int]) -> WorldRun:
    """The run, but one order asks only for these of its lines, and for their share of its work."""
    workload, more = run.stage.workload, run.stage.scenario.fulfilment.extra_line_effort
    start, end = workload.line_start[order], workload.line_start[order + 1]
    kept, fewer = [start + place for place in sorted(places)], end - start - len(places)
    share = (1 + more * (len(kept) - 1)) / (1 + more * (end - start - 1))
    part = replace(
        workload,
        line_start=[at - fewer * (number > order) for number, at in enumerate(workload.line_start)],
        line_sku=_kept(workload.line_sku, (start, end), kept),
        line_quantity=_kept(workload.line_quantity, (start, end), kept),
        pick_effort=_scaled(workload.pick_effort, order, share),
        pack_effort=_scaled(workload.pack_effort, order, share),
    )
    return replace(run, stage=replace(run.stage, workload=part))


def _kept(column: Sequence[int], lines: tuple[int, int], kept: Sequence[int]) -> list[int]:
    return [*column[: lines[0]], *(column[place] for place in kept), *column[lines[1] :]]


def _scaled(column: Sequence[float], order: int, share: float) -> list[float]:
    return [*column[:order], column[order] * share, *column[order + 1 :]]


def passage(run: WorldRun, order: int, node: int) -> Passage:
    """What an order meets at a node, whether it went there in fact or not."""
    return next(node_replays(run)[node].passages([order]))


def expected_of(run: WorldRun, order: int, shipments: Sequence[Shipment]) -> Expected:
    """What an order has to expect that goes in these shipments, which send every line once."""
    lanes, demand = lanes_of(run, order), run.stage.demand
    lines = {line_id(place): place for place in range(int(demand.n_lines[order]))}
    parcels = []
    for number, shipment in enumerate(shipments):
        lane = lanes[shipment.candidate_id]
        part = with_lines(run, order, [lines[name] for name in shipment.line_ids])
        met = passage(part, order, int(run.stage.table.node[lane]))
        n_units = sum(int(demand.line_quantity[demand.line_start[order] + lines[name]]) for name in shipment.line_ids)
        parcels.append((met, lane, _cost_minor(run, lane, n_units, met), _late_by(run, met, lane, number)))
    late_by = np.maximum(np.array([parcel[3] for parcel in parcels]), 0.0)
    return Expected(
        lateness_hours=float(late_by.max(axis=0).mean()),
        late_probability=float((late_by > 0).any(axis=0).mean()),
        largest_lateness_hours=float(late_by.mean(axis=1).max()),
        largest_late_probability=float((late_by > 0).mean(axis=1).max()),
        stock_out=any(parcel[0].stock_out for parcel in parcels),
        cost_minor=sum(parcel[2] for parcel in parcels),
        is_split=any(parcel[0].n_parcels > 1 for parcel in parcels),
    )


def lanes_of(run: WorldRun, order: int) -> Mapping[str, int]:
    """The lane of each candidate of an order."""
    rows = candidate_rows(run.stage, np.array([order]))
    return {run.stage.table.lanes[lane].candidate_id: lane for lane in rows.lane.tolist()}


def _cost_minor(run: WorldRun, lane: int, n_units: int, met: Passage) -> float:
    place = np.array([lane])
    whole = freight_minor(run.stage, place, np.array([n_units])) + run.stage.table.column("handling_minor")[place]
    return float(whole[0] + (met.n_parcels > 1) * split_cost_minor(run.stage, place)[0])


def _late_by(run: WorldRun, met: Passage, lane: int, number: int) -> Floats:
    """Hours after the promise at which a parcel comes, by its own luck, shape (N_DRAWS,); negative before it."""
    drawn = run.stage.noise.uniforms(f"split_truth/{met.order}/{number}", 3 * N_DRAWS).reshape(3, -1)
    shipped_at = met.shipping_hours[int(run.stage.table.carrier[lane])]
    luck = Luck(drawn[0], drawn[1], drawn[2], np.full(N_DRAWS, met.order), None)
    arrive_at = arrivals(run.stage, np.full(N_DRAWS, lane), np.full(N_DRAWS, shipped_at), luck)
    late_by: Floats = arrive_at - run.stage.demand.promised_at_hours[met.order]
    return late_by
