"""Dwell: which orders have been at their node for longer than agreed, as its reports show."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Self

from data.incident_sets import INCIDENT_TYPES
from data.incidents import IncidentType
from simulator.answering import Heard
from simulator.record import Record
from simulator.stage import Stage

# Incident types as plain numbers, for queues.
_STOCK_OUT, _DWELL = (INCIDENT_TYPES.index(kind) for kind in (IncidentType.STOCK_OUT, IncidentType.DWELL_OVERRUN))


class DwellWatch:
    """Orders at each node, oldest first, until they leave or are told of.

    An order that has left is struck off when its turn comes at a report, so a report costs what has changed since the
    last one, and nothing where nobody waits too long.
    """

    __slots__ = ("_limit_hours", "_placed_at", "_promised_at", "_told", "_waiting")

    def __init__(self, stage: Stage) -> None:
        self._limit_hours = stage.scenario.customers.dwell_limit_hours
        self._placed_at, self._promised_at = stage.demand.placed_at_hours, stage.demand.promised_at_hours
        self._waiting: list[deque[int]] = [deque() for _ in stage.plans]
        # Who was told of and is still there; asked for membership only, never walked.
        self._told: set[int] = set()

    def join(self, order: int, node: int) -> None:
        """An order is at a node from now on."""
        if self._limit_hours is not None:
            self._waiting[node].append(order)

    def overdue(self, node: int, now: float, record: Record) -> Iterable[int]:
        """A node reports: the orders that have been there for too long, each once, oldest first."""
        waiting, limit = self._waiting[node], self._limit_hours
        while limit is not None and waiting and now - self._placed_at[waiting[0]] > limit:
            order = waiting.popleft()
            if not _has_left(order, record):
                self._told.add(order)
                yield order

    def incidents(self, node: int, now: float, record: Record, stock_out: bytearray) -> Iterator[Heard]:
        """A node reports: the incident of every order that has been there for too long."""
        for order in self.overdue(node, now, record):
            kind, waited = _STOCK_OUT if stock_out[order] else _DWELL, now - float(self._placed_at[order])
            yield order, kind, max(0.0, now - float(self._promised_at[order])), waited

    def leave(self, order: int) -> bool:
        """An order leaves; whether it was told of."""
        told = order in self._told
        self._told.discard(order)
        return told

    def twin(self, stage: Stage, record: Record) -> Self:
        """The same with a state of its own, on a stage with the same orders so far, without those who have left."""
        other = type(self)(stage)
        other._waiting = [  # noqa: SLF001  (its own class)
            deque(order for order in waiting if not _has_left(order, record)) for waiting in self._waiting
        ]
        other._told = self._told.copy()  # noqa: SLF001
        return other


def _has_left(order: int, record: Record) -> bool:
    shipped_at_hours = record.shipped_at_hours[order]
    # What is not known is NaN, which does not equal itself.
    return shipped_at_hours == shipped_at_hours or order in record.cancelled_at_hours  # noqa: PLR0124
