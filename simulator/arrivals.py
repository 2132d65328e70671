"""Arrivals: orders come, if their customers do, and each joins the node of the lane that it takes."""

from __future__ import annotations

from array import array

from simulator.aftercare import Aftercare
from simulator.deciding import Deciding
from simulator.dwell import DwellWatch
from simulator.nodes import Nodes
from simulator.stage import Stage


class Arrivals:
    """Lets orders come one after the other, and before each of them whatever concerns customers.

    Attributes
    ----------
    placed_at : list of float
        When each order comes, if it does; in hours, rising.
    """

    _nodes: Nodes
    _dwell: DwellWatch
    _lane_of: array[int]
    _sent: list[list[int]]

    def __init__(self, stage: Stage, deciding: Deciding, aftercare: Aftercare) -> None:
        self._deciding, self._aftercare = deciding, aftercare
        self.placed_at: list[float] = stage.demand.placed_at_hours.tolist()
        self._node_of_lane: list[int] = stage.table.node.tolist()
        self._carrier_of_lane: list[int] = stage.table.carrier.tolist()

    def lead_to(self, nodes: Nodes, dwell: DwellWatch, lane_of: array[int], sent: list[list[int]]) -> None:
        """Let orders join these nodes from now on, write here which lanes they take, and count here who goes where."""
        self._nodes, self._dwell, self._lane_of, self._sent = nodes, dwell, lane_of, sent

    def come(self, first: int, last: int) -> int:
        """Let orders come from one number to before another; how many of them stay away."""
        n_absent = 0
        if self._deciding.is_ahead:
            while first < last:
                n_come, n_away = self._come_together(first, last)
                first, n_absent = first + n_come, n_absent + n_away
        else:
            for order in range(first, last):
                n_absent += not self._come(order, self.placed_at[order])
        return n_absent

    def _come_together(self, first: int, last: int) -> tuple[int, int]:
        """Let orders come whose lanes are known ahead; how many that are, and how many of them stay away."""
        lanes, absent = self._deciding.lanes(first, last), []
        aftercare, placed_at, lane_of, nodes = self._aftercare, self.placed_at, self._lane_of, self._nodes.each
        last, waiting, sent = first + len(lanes), aftercare.due(), self._sent
        for order, lane in zip(range(first, last), lanes, strict=True):
            now = placed_at[order]
            if waiting and waiting[0][0] < now:
                aftercare.settle(now)
            if aftercare.admit(order):
                lane_of[order] = lane
                node, carrier = self._node_of_lane[lane], self._carrier_of_lane[lane]
                nodes[node].joiners.add(order, carrier, now)
                sent[node][carrier] += 1
                self._dwell.join(order, node)
            else:
                absent.append(order)
        self._deciding.note_coming(first, last, absent)
        return last - first, len(absent)

    def _come(self, order: int, now: float) -> bool:
        self._aftercare.settle(now)
        if not self._deciding.comes(order, self._aftercare.comes(order)):
            return False
        self._aftercare.count_order(order)
        lane = self._lane_of[order] = self._deciding.lane(order, now)
        node, carrier = self._node_of_lane[lane], self._carrier_of_lane[lane]
        self._nodes.each[node].joiners.add(order, carrier, now)
        self._sent[node][carrier] += 1
        self._dwell.join(order, node)
        return True
