"""Windows: chosen orders of a few minutes, the nodes as each of them finds them, and the world after the last one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.clock import Entity
from simulator.node import Joiners, LocalQueue
from simulator.rows import CandidateRows, candidate_rows
from simulator.run import WorldRun
from simulator.snapshot import Snapshot
from simulator.station import Station
from simulator.truth.replay import NodeReplay
from simulator.world import World

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Fork:
    """A node as an order finds it at its decision; neither part is ever moved on."""

    order: int
    node: int
    station: Station
    queue: LocalQueue


@dataclass(frozen=True, slots=True)
class Window:
    """Chosen orders whose futures begin together.

    Parameters
    ----------
    rows : CandidateRows
        Their candidates.
    forks : list of Fork
        One for each order and node that could take it.
    snapshot : Snapshot
        The world when the last of them has been decided in fact.
    since, afterwards : list of Joiners
        By node: who joins it in fact from the first of them on until the snapshot, and after it.
    """

    orders: list[int]
    rows: CandidateRows
    forks: list[Fork]
    snapshot: Snapshot
    since: list[Joiners]
    afterwards: list[Joiners]


def windows(run: WorldRun, orders: Ints, width_hours: float) -> Iterator[Window]:
    """Go through the run once, and stop at every window; orders in any number and order."""
    placed_at = run.stage.demand.placed_at_hours
    replays = node_replays(run)
    world = World(run.stage, run.routing, run.compensation, run.record.chosen)
    world.open()
    for members in _grouped(np.sort(orders), placed_at, width_hours):
        rows = candidate_rows(run.stage, np.array(members))
        node = run.stage.table.node[rows.lane]
        pairs = sorted(set(zip(rows.order.tolist(), node.tolist(), strict=True)))
        forks = [_fork(replays[place], order, place) for order, place in pairs]
        world.run_until_order(members[-1])
        world.step()
        yield Window(
            members,
            rows,
            forks,
            world.snapshot(),
            [replay.joiners.between(members[0], members[-1]) for replay in replays],
            [replay.joiners.between(members[-1] + 1, run.stage.n_orders) for replay in replays],
        )


def node_replays(run: WorldRun) -> list[NodeReplay]:
    """Every node with those who joined it in fact."""
    table, lane_of = run.stage.table, np.array(run.lane_of)
    came = lane_of >= 0
    joined = [np.flatnonzero(came & (table.node[lane_of] == node)) for node in range(len(run.stage.plans))]
    return [
        NodeReplay(run.stage, node, mine.tolist(), table.carrier[lane_of[mine]].tolist())
        for node, mine in enumerate(joined)
    ]


def _grouped(orders: Ints, placed_at: NDArray[np.float64], width_hours: float) -> Iterator[list[int]]:
    members: list[int] = []
    for order in orders.tolist():
        if members and placed_at[order] - placed_at[members[0]] > width_hours:
            yield members
            members = []
        members.append(order)
    if members:
        yield members


def _fork(replay: NodeReplay, order: int, node: int) -> Fork:
    station, queue = replay.before(order)
    return Fork(order, node, station.twin(stands_still), queue)


def stands_still(at_hours: float, kind: int, entity: Entity) -> None:
    """What a kept station posts with: it must not post at all."""
    msg = f"a kept station posted kind {kind} for {entity} at {at_hours}; move a copy of it instead"
    raise RuntimeError(msg)
