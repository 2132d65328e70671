"""The least that an event can cost on SimPy's queue: a slotted event, a tuple of one callback, nothing done.

It is the yardstick that the world's events are measured against, and must stay as bare as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappush

import simpy


class BareEvent:
    """What SimPy's loop asks of an event, and a number."""

    __slots__ = ("callbacks", "entity")
    _ok = True

    def __init__(self, entity: int, callbacks: tuple[Callable[[BareEvent], None], ...]) -> None:
        self.entity = entity
        self.callbacks = callbacks


class BareLoop(simpy.Environment):
    """Events that do nothing but post the next one; `n_waiting` of them are always in the queue."""

    def __init__(self, n_waiting: int) -> None:
        super().__init__()
        self._callbacks = (self._again,)
        self._sequence = 0
        for entity in range(n_waiting):
            self._post(entity / n_waiting, entity)

    def play(self, n_events: int) -> None:
        """Let so many events happen."""
        step = self.step
        for _ in range(n_events):
            step()

    def _post(self, at_hours: float, entity: int) -> None:
        self._sequence += 1
        event = BareEvent(entity, self._callbacks)
        heappush(self._queue, (at_hours, 1, self._sequence, event))  # type: ignore[misc]

    def _again(self, event: BareEvent) -> None:
        # An uneven stride keeps the queue from being a ring.
        self._post(self._now + 1.0 + (event.entity % 7) / 10, event.entity)
