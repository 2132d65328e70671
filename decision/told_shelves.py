"""Told shelves: what is on hand line by line, and where that settles whether a stock-out comes.

Whether an order is short is settled when it joins its node. So a count taken within the hour settles it: a line that
is not there will be missing, and what is there will be taken. An older count leaves it to what the model learned of
old reports.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from data.candidates import Candidate
from data.orders import Order, OrderLine
from decision.routing.clearing import FRESH_HOURS
from decision.shipments import SplitWishes

FRESH = timedelta(hours=FRESH_HOURS)


@dataclass(frozen=True, slots=True)
class ToldShelves:
    """The shelves of every node, as one order finds them at its decision."""

    order: Order
    wishes: SplitWishes
    decided_at: datetime

    def over_need(self, node_id: str, line_ids: Collection[str]) -> int:
        """What would be left of the scarcest of these lines, told as the order's largest line would leave it."""
        left = min(self._left(node_id, line) for line in self._among(line_ids))
        return self.order.max_line_quantity + left

    def stock_out(self, candidate: Candidate, line_ids: Collection[str]) -> float | None:
        """The chance of a stock-out if a candidate sends these lines, where it is settled: 1, 0 or None."""
        lines = self._among(line_ids)
        fresh = [line for line in lines if self._is_fresh(candidate, line)]
        if any(self._left(candidate.node_id, line) < 0 for line in fresh):
            return 1.0
        # A short line that was counted long ago may have come since.
        return 0.0 if len(fresh) == len(lines) else None

    def _among(self, line_ids: Collection[str]) -> list[OrderLine]:
        return [line for line in self.order.lines if line.line_id in line_ids]

    def _left(self, node_id: str, line: OrderLine) -> int:
        return self.wishes.on_hand(node_id, line.line_id) - line.quantity

    def _is_fresh(self, candidate: Candidate, line: OrderLine) -> bool:
        counts = self.wishes.observed_at.get(candidate.node_id, {})
        return self.decided_at - counts.get(line.line_id, candidate.observed_at) <= FRESH
