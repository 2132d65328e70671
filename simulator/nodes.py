"""Nodes: all nodes of a running world, each moved on when somebody looks at it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Self

from simulator.clock import Entity, PlainEvent
from simulator.node import Joiners, LocalQueue, Node
from simulator.planning import opening_stock
from simulator.snapshot import post_nowhere
from simulator.stage import Stage
from simulator.station import Station

Post = Callable[[float, int, Entity], None]


class Nodes:
    """They tell what happened in them to whoever runs the world, and then forget it.

    Parameters
    ----------
    each : list of Node
        In the scenario's order.
    listen : callable
        Takes a node that was moved on, or stepped, and has something to tell.
    """

    __slots__ = ("_listen", "each")

    def __init__(self, each: list[Node], listen: Callable[[Node], None]) -> None:
        self.each, self._listen = each, listen

    @classmethod
    def opened(cls, stage: Stage, post: Post, listen: Callable[[Node], None]) -> Self:
        """Nodes as they open.

        Parameters
        ----------
        post : callable
            Takes their collections, which concern carriers and customers, too.
        """
        each = []
        for plan in stage.plans:
            queue = LocalQueue([], 0, post)
            station = Station(plan, stage.workload, stage.noise, queue.post)
            station.open(stage.start_hours, opening_stock(plan, stage.noise))
            each.append(Node(station, queue, Joiners()))
        return cls(each, listen)

    @classmethod
    def resumed(
        cls,
        stations: Sequence[Station],
        due: Sequence[list[PlainEvent]],
        post: Post,
        listen: Callable[[Node], None],
    ) -> Self:
        """Nodes that go on from a snapshot's stations, and from what is due in each."""
        each = []
        for station, events in zip(stations, due, strict=True):
            queue = LocalQueue(events, max(event[2] for event in events), post)
            each.append(Node(station.twin(queue.post), queue, Joiners()))
        return cls(each, listen)

    def look(self, place: int, at_hours: float, kind: int) -> Node:
        """Move a node on to what comes before a kind of event at a moment, and hear what it tells."""
        node = self.each[place]
        node.advance(at_hours, kind)
        if node.n_joined or node.short or node.cancelled:
            self._hear(node)
        return node

    def look_everywhere(self, at_hours: float, kind: int) -> None:
        """The same with all of them."""
        for place in range(len(self.each)):
            self.look(place, at_hours, kind)

    def step(self, at_hours: float, kind: int) -> bool:
        """Let such an event happen in the first node in which it is next; whether there is one."""
        for node in self.each:
            if node.queue.events[0][:2] == (at_hours, kind):
                node.step()
                self._hear(node)
                return True
        return False

    def _hear(self, node: Node) -> None:
        self._listen(node)
        node.forget()

    @property
    def stations(self) -> list[Station]:
        """Their working parts."""
        return [node.station for node in self.each]

    def standing_still(self) -> list[Station]:
        """Copies of their working parts, for a snapshot."""
        return [station.twin(post_nowhere) for station in self.stations]

    @property
    def now(self) -> float:
        """When the last thing happened in one of them."""
        return max(node.now for node in self.each)

    @property
    def n_events(self) -> int:
        """How many things have happened in them, comings apart."""
        return sum(node.n_events for node in self.each)

    def next_events(self) -> list[PlainEvent]:
        """What is next in each."""
        return [node.queue.events[0] for node in self.each]

    def due(self) -> list[PlainEvent]:
        """All that is due in them, node by node."""
        return [event for node in self.each for event in node.queue.events]
