"""Candidates: the feasible (node, carrier, service level) choices for one order, as observed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Candidate:
    """One feasible action and what was known of it when the decision was due.

    Parameters
    ----------
    available_quantity : int
        Units of the order's scarcest line on the node's shelf that no other order waits for.
    safety_stock : int
        Units of that article which the node keeps back.
    capacity_utilization : float
        Work present at the node over the work it can do until this candidate's `cut_off_at`; above 1 is overload.
    backlog_orders : int
        Orders waiting at the node, picking included.
    cut_off_at : datetime
        The next moment at which the carrier collects at the node.
    lead_time_hours : float
        The carrier's quoted transit time from that collection to the door.
    freight_minor, handling_minor : int
        Tariff cost in minor currency units: known from tables, never estimated.
    carbon_kg : float
        Emissions of the shipment, from tables.
    observed_at : datetime
        When the node last reported; an old report is a stale one.
    carrier_utilization : float or None
        Share of the next collection's capacity already taken.
    weather_severity : float or None
        Forecast disturbance on the lane at the cut-off, 0 calm to 1 storm.
    weather_now : float or None
        Disturbance observed on the lane at the decision, on the same scale.
    """

    candidate_id: str
    node_id: str
    carrier_id: str
    service_level: str
    available_quantity: int
    safety_stock: int
    capacity_utilization: float
    backlog_orders: int
    cut_off_at: datetime
    lead_time_hours: float
    distance_km: float
    freight_minor: int
    carbon_kg: float
    observed_at: datetime
    handling_minor: int = 0
    carrier_utilization: float | None = None
    weather_severity: float | None = None
    weather_now: float | None = None


def candidate_id_for(node_id: str, carrier_id: str, service_level: str) -> str:
    """The canonical identifier of an action, `node|carrier|service_level`."""
    return f"{node_id}|{carrier_id}|{service_level}"
