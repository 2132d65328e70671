"""Incidents and the appeasements that can answer them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from data.orders import Customer


class IncidentType(StrEnum):
    """What went wrong with an order."""

    LATE = "late"
    LATE_EXPECTED = "late_expected"
    LOST = "lost"
    DAMAGED = "damaged"
    STOCK_OUT = "stock_out"
    CARRIER_REFUSAL = "carrier_refusal"
    CUSTOMS_DELAY = "customs_delay"
    ADDRESS_CHANGE = "address_change"
    DWELL_OVERRUN = "dwell_overrun"


class CompensationArm(StrEnum):
    """What a customer may be offered; NONE is the arm every effect is measured against."""

    NONE = "none"
    APOLOGY = "apology"
    COUPON = "coupon"
    PARTIAL_REFUND = "partial_refund"
    GIFT_SAMPLE = "gift_sample"
    RESHIP = "reship"


# Baseline first: estimators take the first category as the control.
ARMS: tuple[CompensationArm, ...] = tuple(CompensationArm)


@dataclass(frozen=True, slots=True)
class Incident:
    """An incident at the moment of its compensation decision.

    Parameters
    ----------
    hours_late : float
        Hours past the promise, or expected past it; 0 where lateness is not the matter.
    budget_minor : int
        The most that may be spent on this incident, in minor currency units.
    dwell_hours : float
        How long the order has been at its node, where the incident is that this is too long; else 0.
    """

    incident_id: str
    order_id: str
    incident_type: IncidentType
    hours_late: float
    order_value_minor: int
    customer: Customer
    allowed_arms: tuple[CompensationArm, ...]
    budget_minor: int
    dwell_hours: float = 0.0
