"""SimPy's clock and queue, fed with plain-data events so that they can be copied."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import IntEnum
from heapq import heappush
from typing import Any

import simpy

# An entity is an int or a tuple of ints: plain data that a snapshot can share.
Entity = Any
Handler = Callable[["WorldEvent"], None]
PlainEvent = tuple[float, int, int, Entity]


class Kind(IntEnum):
    """What happens; at equal times the lower number goes first.

    So goods that arrive as a parcel is packed are there, labour that comes at six works at six, and a parcel
    packed at the very cut-off still leaves with the collection.
    """

    STOCK = 0
    EXPIRY = 1
    SHIFT = 2
    LABOUR = 3
    PICKED = 4
    PACKED = 5
    CANCEL = 6
    WAVE = 7
    REPORT = 8
    RECKONING = 9
    ORDER = 10
    INCIDENT = 11


class WorldEvent:
    """An event as SimPy's queue wants it: no closure, no generator, just a kind and an entity."""

    __slots__ = ("callbacks", "entity", "kind")

    # SimPy asks every event whether it failed; these never do.
    _ok = True

    def __init__(self, kind: int, entity: Entity, callbacks: tuple[Handler, ...]) -> None:
        self.kind = kind
        self.entity = entity
        self.callbacks: tuple[Handler, ...] | None = callbacks


class Clock(simpy.Environment):
    """A SimPy environment whose events are dispatched by kind, and whose queue is plain data."""

    def __init__(self, handlers: dict[Kind, Handler], now: float) -> None:
        super().__init__(now)
        self._by_kind = [(handlers[kind],) if kind in handlers else () for kind in Kind]
        self._sequence = 0

    def post(self, at_hours: float, kind: int, entity: Entity) -> None:
        """Let something happen at an absolute time, in hours."""
        self._sequence += 1
        event = WorldEvent(kind, entity, self._by_kind[kind])
        heappush(self._queue, (at_hours, kind, self._sequence, event))  # type: ignore[misc]

    def next_event(self) -> tuple[float, int, Entity]:
        """Time, kind and entity of what happens next, without letting it happen."""
        at_hours, kind, _, event = self._queue[0]
        return at_hours, int(kind), event.entity  # type: ignore[attr-defined]

    def plain_queue(self) -> list[PlainEvent]:
        """Everything that is due, as plain data in heap order."""
        return [(at, int(kind), sequence, event.entity) for at, kind, sequence, event in self._queue]  # type: ignore[attr-defined]

    @property
    def sequence(self) -> int:
        """How many events were ever posted."""
        return self._sequence

    def refill(self, queue: Sequence[PlainEvent], sequence: int) -> None:
        """Take over the queue of a snapshot."""
        self._queue = [
            (at, kind, number, WorldEvent(kind, entity, self._by_kind[kind]))  # type: ignore[misc]
            for at, kind, number, entity in queue
        ]
        self._sequence = sequence
