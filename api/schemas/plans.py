"""The question how an order may be split."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from api.schemas.fields import require
from api.schemas.routing import RoutingRequest
from api.schemas.wishes import MAX_LINE_STOCK, LineStockShape
from decision.shipments import MOST_SHIPMENTS


class PlansRequest(RoutingRequest):
    """A routing question with the stock of every line, and how far the order may be split."""

    line_stock: Annotated[list[LineStockShape], Field(min_length=1, max_length=MAX_LINE_STOCK)]
    max_shipments: Annotated[int, Field(ge=1, le=MOST_SHIPMENTS)] = 2
    ship_complete: bool = False

    @model_validator(mode="after")
    def _consistent_stock(self) -> Self:
        places = {(item.node_id, item.line_id) for item in self.line_stock}
        require(len(places) == len(self.line_stock), "a line comes twice at one node", at="line_stock")
        lines = {line.line_id for line in self.lines}
        require(all(item.line_id in lines for item in self.line_stock), "must name lines of the order", at="line_stock")
        # Else one wrong instant would make an old count a fresh one.
        counts = [item.observed_at for item in self.line_stock if item.observed_at is not None]
        seen = all(count <= self.moment for count in counts)
        require(seen, "observed_at must not be after the decision; send decided_at", at="line_stock")
        return self
