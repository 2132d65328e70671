"""Provenance: what a calibrated scenario says of itself - whose data, which file, what was taken from where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from data.history.dataset import OrderHistory
from simulator.calibration.demand_shape import DemandShape
from simulator.calibration.regions import CalibratedRegions
from simulator.calibration.service_levels import CalibratedLevel
from simulator.calibration.wishes import CalibrationWishes
from simulator.scenario.loading import scenario_hash
from simulator.scenario.schema import Scenario

_FROM_BASE = (
    "nodes (places, work times, stock rules), carriers (hours, tariffs, speeds), fulfilment, weather, customers"
)


@dataclass(frozen=True)
class Findings:
    """What calibration found in a history, part by part."""

    shape: DemandShape
    regions: CalibratedRegions
    levels: tuple[CalibratedLevel, ...]

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a person should look at before believing the scenario."""
        return (*self.regions.warnings, *self.shape.notes, *(note for level in self.levels for note in level.notes))


def provenance(
    history: OrderHistory, orders: pd.DataFrame, base: Scenario, findings: Findings, wishes: CalibrationWishes
) -> dict[str, Any]:
    """The `source` part of a calibrated scenario: plain values, no paths, no dates of making."""
    return {
        "kind": "calibrated from an order history; only aggregates of it are in this file",
        "history": _history(history, orders),
        "base": {"name": base.name, "hash": scenario_hash(base), "provides": _FROM_BASE},
        "calibrated": _calibrated(orders, base, findings, wishes),
        "levels": {level.spec.service_level: _level(level) for level in findings.levels},
        "warnings": list(findings.warnings),
    }


def _history(history: OrderHistory, orders: pd.DataFrame) -> dict[str, Any]:
    source = history.facts.get("source", {})
    days = (orders["ordered_at"].max() - orders["ordered_at"].min()).total_seconds() / 86_400
    return {
        **{key: source.get(key, "") for key in ("name", "licence", "attribution", "file", "sha256")},
        "n_orders": len(history.orders),
        "n_orders_not_cancelled": len(orders),
        "first_ordered_at": orders["ordered_at"].min().isoformat(),
        "last_ordered_at": orders["ordered_at"].max().isoformat(),
        "orders_per_day": round(len(orders) / max(days, 1.0), 3),
    }


def _calibrated(orders: pd.DataFrame, base: Scenario, findings: Findings, wishes: CalibrationWishes) -> dict[str, Any]:
    volume = (
        "chosen"
        if wishes.orders_per_day
        else f"that of {base.name}: the history may be a sample, its own rate is above"
    )
    return {
        "orders_per_day": volume,
        "regions": f"share of {len(orders)} orders; {findings.shape.hours_note}",
        "region_positions": findings.regions.origins,
        "weekdays_lines_quantities_values": "counted, unless a warning says otherwise",
        "promises": "the median, to the end of the step in which the history still calls a delivery on time",
        "transit_times": "order-to-door durations, steps spread evenly, less the handling below and the mean weather's "
        "slowdown by scaling; "
        "reference_km is such that the mean order from its nearest node takes the mean time",
        "labour_and_waves": f"nodes staffed for the regions they are nearest to, at {wishes.utilization:.0%} "
        "utilisation; waves no smaller than the busiest node needs",
    }


def _level(level: CalibratedLevel) -> dict[str, Any]:
    if level.transit is None:
        return {"n_orders": level.n_orders, "transit_times": "the base's"}
    return {
        "n_orders": level.n_orders,
        "order_to_door_mean_hours": round(level.transit.history_mean_hours, 3),
        "handling_mean_hours": round(level.transit.handling_hours, 3),
    }
