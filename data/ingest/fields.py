"""Canonical fields: what a mapping may fill, and what each one means."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """How the text of a field is read."""

    TEXT = "text"
    IDENTIFIER = "identifier"
    INSTANT = "instant"
    DURATION = "duration"
    MONEY = "money"
    COUNT = "count"
    FLAG = "flag"
    LATITUDE = "latitude"
    LONGITUDE = "longitude"


@dataclass(frozen=True, slots=True)
class Field:
    """A canonical field.

    Parameters
    ----------
    of_line : bool
        Whether it belongs to an order line; else every row of an order must agree on it.
    required : bool
        Whether a mapping must fill it and a blank is a fault.
    """

    name: str
    kind: Kind
    meaning: str
    of_line: bool = False
    required: bool = False


_ALL = (
    Field("order_id", Kind.IDENTIFIER, "the order's own identifier", required=True),
    Field("ordered_at", Kind.INSTANT, "when the customer ordered", required=True),
    Field("service_level", Kind.TEXT, "the speed that was asked for", required=True),
    Field("region", Kind.TEXT, "the region the order goes to", required=True),
    Field("country", Kind.TEXT, "the country the order goes to"),
    Field("lat", Kind.LATITUDE, "where the order goes, degrees north, coarsened"),
    Field("lon", Kind.LONGITUDE, "where the order goes, degrees east, coarsened"),
    Field("customer_id", Kind.IDENTIFIER, "who ordered; always written masked"),
    Field("node_id", Kind.IDENTIFIER, "the node that shipped"),
    Field("carrier_id", Kind.IDENTIFIER, "the carrier that delivered"),
    Field("status", Kind.TEXT, "how the delivery ended, in the history's own words"),
    Field("promised_hours", Kind.DURATION, "from the order to the promise"),
    Field("promised_at", Kind.INSTANT, "the promise"),
    Field("shipped_hours", Kind.DURATION, "from the order to the carrier"),
    Field("shipped_at", Kind.INSTANT, "when the carrier took it"),
    Field("delivered_hours", Kind.DURATION, "from the order to the door"),
    Field("delivered_at", Kind.INSTANT, "when it arrived"),
    Field("late", Kind.FLAG, "whether it came after the promise"),
    Field("cancelled", Kind.FLAG, "whether it was never delivered because somebody cancelled it"),
    Field("n_lines", Kind.COUNT, "lines of the order, where rows are orders"),
    Field("n_units", Kind.COUNT, "units of the order, where rows are orders"),
    Field("order_value", Kind.MONEY, "goods value of the order, where rows are orders"),
    Field("order_line_id", Kind.IDENTIFIER, "the line's own identifier", of_line=True),
    Field("sku", Kind.IDENTIFIER, "the article", of_line=True),
    Field("quantity", Kind.COUNT, "units of the article", of_line=True),
    Field("line_value", Kind.MONEY, "goods value of the line", of_line=True),
    Field("unit_value", Kind.MONEY, "price of one unit", of_line=True),
)
FIELDS: dict[str, Field] = {field.name: field for field in _ALL}

# What an order's own row carries is what an order's lines add up to: a mapping gives one or the other.
ORDER_TOTALS: tuple[str, ...] = ("n_lines", "n_units", "order_value")
MILESTONES: tuple[str, ...] = ("promised", "shipped", "delivered")
