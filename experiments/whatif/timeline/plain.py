"""A timeline as plain data, for programs."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Any

from experiments.whatif.timeline.journey import Journey, Timeline


def plain_timeline(timeline: Timeline) -> dict[str, Any]:
    """All that a timeline tells; instants are ISO 8601 in UTC, `_hours` count from midnight of the first day."""
    return {
        "scenario": timeline.scenario,
        "policy": timeline.policy,
        "seed": timeline.seed,
        "n_orders": timeline.n_orders,
        "order": timeline.order,
        "order_id": timeline.order_id,
        "region": timeline.region,
        "placed_at": _instant(timeline, timeline.placed_at_hours),
        "promised_at": _instant(timeline, timeline.promised_at_hours),
        "placed_at_hours": timeline.placed_at_hours,
        "promised_at_hours": timeline.promised_at_hours,
        "actions": [_plain_journey(timeline, journey) for journey in timeline.journeys],
    }


def _plain_journey(timeline: Timeline, journey: Journey) -> dict[str, Any]:
    return {
        **asdict(journey),
        "steps": [
            {
                **asdict(step),
                "from": _instant(timeline, step.from_hours),
                "to": _instant(timeline, step.to_hours),
                "hours": step.hours,
            }
            for step in journey.steps
        ],
        "delivered_at": _instant(timeline, journey.delivered_at_hours),
    }


def _instant(timeline: Timeline, hours: float | None) -> str | None:
    return None if hours is None else (timeline.zero + timedelta(hours=hours)).isoformat(timespec="seconds")
