"""Timelines: every node of a finished run at regular moments, as plain data that a branch starts from."""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass

import numpy as np

from simulator.errors import SimulatorError
from simulator.node import Joiners, LocalQueue
from simulator.run import WorldRun
from simulator.shelf import Shelf
from simulator.station import Station
from simulator.truth.replay import NodeReplay
from simulator.truth.windows import node_replays, stands_still

# What of a station or its shelf is the same in all its twins, follows from what is compared, or is looked into.
_NOT_STATE = frozenset({"plan", "shelf", "batches", "_orders", "_noise", "_delays", "_post"})
_STATE = tuple(name for name in Station.__slots__ if name not in _NOT_STATE)
_STOCK = tuple(name for name in Shelf.__slots__ if name not in _NOT_STATE)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A node before anything of a moment has happened, never to be moved on.

    Parameters
    ----------
    n_joined : int
        How many of its joiners have come.
    """

    at_hours: float
    station: Station
    queue: LocalQueue
    n_joined: int

    def equals(self, station: Station, queue: LocalQueue) -> bool:
        """Whether another node goes on from here just as this one does."""
        mine, its = self.station.shelf.batches, station.shelf.batches
        return (
            all(getattr(self.station, name) == getattr(station, name) for name in _STATE)
            and all(getattr(self.station.shelf, name) == getattr(station.shelf, name) for name in _STOCK)
            and (mine is None or its is None or (mine.of == its.of and mine.n_came == its.n_came))
            and _in_turn(self.queue) == _in_turn(queue)
        )


@dataclass(frozen=True, slots=True)
class Timeline:
    """One node: who joined it in fact, and its checkpoints from the first moment on."""

    joiners: Joiners
    checkpoints: list[Checkpoint]

    def before(self, at_hours: float) -> int:
        """The place of the last checkpoint at or before a moment."""
        return max(0, bisect_left(self.checkpoints, at_hours, key=lambda checkpoint: checkpoint.at_hours) - 1)


class Timelines:
    """Every node of a run.

    Parameters
    ----------
    every_hours : float
        Between two checkpoints; more often finds sooner that a branch has coalesced, and keeps more in memory.
    """

    def __init__(self, run: WorldRun, every_hours: float = 6.0) -> None:
        if not 0.0 < every_hours < math.inf:
            msg = f"checkpoints every {every_hours} hours; give a finite number above 0"
            raise SimulatorError(msg)
        self.run = run
        self.placed_at: list[float] = run.stage.demand.placed_at_hours.tolist()
        last = float(np.nanmax(np.array(run.record.shipped_at_hours)))
        moments = [
            run.stage.start_hours + k * every_hours
            for k in range(1 + math.ceil((last - run.stage.start_hours) / every_hours))
        ]
        self.of = [_timeline(replay, [*moments, moments[-1] + every_hours]) for replay in node_replays(run)]


def _timeline(replay: NodeReplay, moments: list[float]) -> Timeline:
    checkpoints = []
    for at_hours in moments:
        station, queue, n_joined = replay.until(at_hours)
        checkpoints.append(Checkpoint(at_hours, station.twin(stands_still), queue, n_joined))
    return Timeline(replay.joiners, checkpoints)


def _in_turn(queue: LocalQueue) -> list[tuple[float, int, object]]:
    """What is due, in its order, without the numbers that only tell equals apart."""
    return [(at_hours, kind, entity) for at_hours, kind, _, entity in sorted(queue.events)]
