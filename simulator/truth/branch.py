"""Branches: one order takes another candidate, everybody else's decision is frozen, and the two nodes are played on.

With others frozen, nodes meet only in who joins them. So an exact branch of the whole world touches two of them: the
order's own node, which loses it, and the other one, which gains it. Each is played by the station's own code until its
state equals the factual one at the same moment: from there on nothing can differ.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from math import inf

from simulator.node import Joiners, Node
from simulator.truth.timelines import Checkpoint, Timelines

# A node that has not coalesced at its last checkpoint is played on this long at a time, until all it has is shipped.
STEP_HOURS = 24.0
MOST_STEPS = 90


@dataclass(frozen=True, slots=True)
class NodeBranch:
    """What a node did in a branch.

    Parameters
    ----------
    shipped_at_hours : dict of int to float
        By order, of those shipped while the branch was played.
    stock_out : dict of int to bool
        By order, of those that joined meanwhile.
    cancelled : set of int
        Orders that were cancelled meanwhile.
    from_hours, until_hours : float
        What was played.
    coalesced : bool
        Whether the node ended in its factual state.
    """

    shipped_at_hours: dict[int, float]
    stock_out: dict[int, bool]
    cancelled: set[int]
    from_hours: float
    until_hours: float
    coalesced: bool


class _Track(Node):
    """A node on its way through a branch; the order's own customer does not cancel."""

    __slots__ = ("_own",)

    def __init__(self, timelines: Timelines, node: int, order: int, carrier: int | None) -> None:
        timeline = timelines.of[node]
        checkpoint = timeline.checkpoints[timeline.before(timelines.placed_at[order])]
        queue = checkpoint.queue.copy()
        joiners = _changed(timeline.joiners, checkpoint.n_joined, order, carrier, timelines.placed_at[order])
        super().__init__(checkpoint.station.twin(queue.post), queue, joiners)
        self._own = order

    def _cancel(self, order: int, now: float) -> None:
        if order != self._own:
            super()._cancel(order, now)

    @property
    def has_work(self) -> bool:
        """Whether anybody is yet to come, or waits to be picked, packed or collected."""
        station = self.station
        return self.n_joined < len(self.joiners.orders) or bool(station.carrier_of) or any(station.docks)

    def told(self, from_hours: float, until_hours: float, *, coalesced: bool) -> NodeBranch:
        """What it did."""
        short = set(self.short)
        return NodeBranch(
            shipped_at_hours=dict(self.shipped),
            stock_out={order: order in short for order in self.joiners.orders[: self.n_joined]},
            cancelled={order for order, _ in self.cancelled},
            from_hours=from_hours,
            until_hours=until_hours,
            coalesced=coalesced,
        )


def branched_node(
    timelines: Timelines, node: int, order: int, carrier: int | None, *, hours: float = inf, stop: bool = True
) -> NodeBranch:
    """Play a node with an order that goes there for a carrier, or (None) does not go there at all.

    Parameters
    ----------
    hours : float
        How long to play from the order's decision on.
    stop : bool
        Whether to stop as soon as the node is in its factual state again.
    """
    track, checkpoints = _Track(timelines, node, order, carrier), timelines.of[node].checkpoints
    start, end = timelines.of[node].before(timelines.placed_at[order]), timelines.placed_at[order] + hours
    coalesced_at = _coalesced(track, checkpoints[start + 1 :], end) if stop else None
    until = _played_out(track, end, checkpoints[-1].at_hours) if coalesced_at is None else coalesced_at
    return track.told(checkpoints[start].at_hours, until, coalesced=coalesced_at is not None)


def _coalesced(track: _Track, checkpoints: list[Checkpoint], end_hours: float) -> float | None:
    """Play until a checkpoint at which the node is in its factual state; when that is."""
    for checkpoint in checkpoints:
        if checkpoint.at_hours > end_hours:
            return None
        track.advance(checkpoint.at_hours)
        if checkpoint.equals(track.station, track.queue):
            return checkpoint.at_hours
    return None


def _played_out(track: _Track, end_hours: float, known_hours: float) -> float:
    """Play a node that did not coalesce to the end of the branch, or until nothing is left to do."""
    until = min(end_hours, known_hours)
    track.advance(until)
    for _ in range(MOST_STEPS):
        if until >= end_hours or not track.has_work:
            break
        until = min(end_hours, until + STEP_HOURS)
        track.advance(until)
    return until


def _changed(joiners: Joiners, n_joined: int, order: int, carrier: int | None, at_hours: float) -> Joiners:
    """Those who join after a checkpoint, with an order going there for this carrier, or not at all."""
    orders, carriers = joiners.orders[n_joined:], joiners.carriers[n_joined:]
    come_at = joiners.at_hours[n_joined:]
    place = bisect_left(orders, order)
    if place < len(orders) and orders[place] == order:
        del orders[place], carriers[place], come_at[place]
    if carrier is not None:
        orders.insert(place, order)
        carriers.insert(place, carrier)
        come_at.insert(place, at_hours)
    return Joiners(orders, carriers, come_at)
