"""A timeline in words: the order's story line by line, and what each other action would have changed."""

from __future__ import annotations

import math
from datetime import timedelta

from experiments.whatif.timeline.journey import STEP_LABELS, Journey, Step, Timeline

Row = tuple[str, ...]
HEAD: Row = ("action", "at the node", "leaves", "arrives", "promise", "cost", "carbon", "why, and what then")


def clock(timeline: Timeline, hours: float) -> str:
    """An hour of the world as a weekday and a time of day (UTC)."""
    return f"{timeline.zero + timedelta(hours=hours):%a %H:%M}"


def span(hours: float) -> str:
    """A time span.

    Examples
    --------
    >>> span(0.05), span(5.26), span(50)
    ('3 min', '5.3 h', '50.0 h')
    """
    return f"{60 * hours:.0f} min" if hours < 1 else f"{hours:.1f} h"


def story(timeline: Timeline, journey: Journey) -> list[str]:
    """What happened under one action, a line a step."""
    told = [f"{clock(timeline, timeline.placed_at_hours)}  ordered from {timeline.region}; goes to {journey.action}"]
    told += [_line(timeline, step) for step in journey.steps]
    if journey.cancelled_at_hours is not None:
        told.append(f"{clock(timeline, journey.cancelled_at_hours)}  cancelled by the customer")
    if journey.delivered_at_hours is not None:
        told.append(f"{clock(timeline, journey.delivered_at_hours)}  delivered, {punctuality(journey)}")
    if journey.answer is not None:
        told.append(f"{clock(timeline, journey.answer.at_hours)}  incident: {aftermath(journey)}")
    return told


def table(timeline: Timeline) -> list[Row]:
    """One row an action, that of the action taken first; see HEAD."""
    return [_row(timeline, journey) for journey in timeline.journeys]


def punctuality(journey: Journey) -> str:
    """How an arrival stands to the promise."""
    if math.isnan(journey.hours_late):
        return "never"
    return f"{span(abs(journey.hours_late))} {'late' if journey.hours_late > 0 else 'early'}"


def aftermath(journey: Journey) -> str:
    """The incident, the answer and the customer's reaction; empty where nothing went wrong."""
    answer = journey.answer
    if answer is None:
        return ""
    offered = "answered by nothing" if answer.arm == "none" else f"answered by {answer.arm.replace('_', ' ')}"
    cost = f" ({answer.cost_minor:,} minor units)" if answer.cost_minor else ""
    reacts = "leaves" if answer.churn else "buys again" if answer.repurchase else "stays, buys nothing"
    return f"{answer.incident_type.replace('_', ' ')}, {offered}{cost}; the customer {reacts}"


def _line(timeline: Timeline, step: Step) -> str:
    why = f": {step.why}" if step.why else ""
    return f"{clock(timeline, step.from_hours)}  {STEP_LABELS[step.name]}, {span(step.hours)}{why}"


def _row(timeline: Timeline, journey: Journey) -> Row:
    arrived, mark = journey.delivered_at_hours, "▶ " if journey.is_factual else "  "
    way = [step for step in journey.steps if step.name == "way"]
    inside = sum(step.hours for step in journey.steps if step.name != "way")
    told = [step for step in journey.steps if step.why and (step in way or step.hours >= _LONG_HOURS)]
    then = [step.why for step in told] + ([aftermath(journey)] if journey.answer else [])
    if journey.cancelled_at_hours is not None:
        then = ["cancelled by the customer"]
    waits = journey.hours_of("goods", "picker", "packer")
    return (
        f"{mark}{journey.action}",
        f"{span(inside)}{f' ({span(waits)} waiting)' if waits >= _WORTH_TELLING_HOURS else ''}",
        clock(timeline, way[0].from_hours) if way else "-",
        clock(timeline, arrived) if arrived is not None else "-",
        punctuality(journey),
        f"{journey.cost_minor:,}",
        f"{journey.carbon_kg:.2f} kg",
        "; ".join(then),
    )


_WORTH_TELLING_HOURS = 0.5
# Waits at the node that explain an arrival.
_LONG_HOURS = 3.0
