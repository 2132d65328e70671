"""Orders as the order-management system hands them over."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class ValueTier(StrEnum):
    """How much a customer is worth over the years, coarsely."""

    BASIC = "basic"
    PLUS = "plus"
    PREMIUM = "premium"


_TIERS: dict[object, ValueTier] = {tier.value: tier for tier in ValueTier}


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One article of an order.

    Parameters
    ----------
    unit_value_minor : int
        Price of one unit, in minor currency units.
    """

    line_id: str
    sku: str
    quantity: int
    unit_value_minor: int
    hazmat: bool = False
    cold_chain: bool = False


@dataclass(frozen=True, slots=True)
class Destination:
    """Where an order goes; degrees are WGS 84, and may be unknown."""

    region: str
    country: str = ""
    postal_code: str = ""
    lat: float | None = None
    lon: float | None = None


@dataclass(frozen=True, slots=True)
class Customer:
    """The part of a customer that a decision may look at.

    Tags are free text keys and values; `value_tier`, `lateness_tolerance`, `n_past_orders` and
    `n_past_incidents` are the ones that models read.
    """

    customer_id: str
    tags: dict[str, str | float | bool] = field(default_factory=dict)

    @property
    def value_tier(self) -> ValueTier:
        """The tier, BASIC where the tag is absent or unknown."""
        return _TIERS.get(self.tags.get("value_tier"), ValueTier.BASIC)


@dataclass(frozen=True, slots=True)
class Order:
    """An order at the moment of its routing decision."""

    order_id: str
    ordered_at: datetime
    promised_at: datetime
    ship_to: Destination
    customer: Customer
    lines: tuple[OrderLine, ...]

    @property
    def n_units(self) -> int:
        """Units over all lines."""
        return sum(line.quantity for line in self.lines)

    @property
    def max_line_quantity(self) -> int:
        """Units of the largest line: what one node must have in stock at least."""
        return max((line.quantity for line in self.lines), default=0)

    @property
    def value_minor(self) -> int:
        """Goods value in minor currency units."""
        return sum(line.quantity * line.unit_value_minor for line in self.lines)

    @property
    def hazmat(self) -> bool:
        """Whether any line is dangerous goods."""
        return any(line.hazmat for line in self.lines)

    @property
    def cold_chain(self) -> bool:
        """Whether any line must stay cold."""
        return any(line.cold_chain for line in self.lines)
