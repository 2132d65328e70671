"""Moments of a scenario: hours since midnight (UTC) of its first day, or instants."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AwareDatetime, Field

# A year: long enough for any rehearsal, short enough that a world always ends.
LAST_HOUR = 24.0 * 366

HourOfWorld = Annotated[float, Field(ge=0, le=LAST_HOUR)]
Moment = HourOfWorld | AwareDatetime


def midnight_of(start_at: datetime) -> datetime:
    """Midnight (UTC) of the first day: hour 0 of the world."""
    return start_at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def world_hours(moment: float | datetime, start_at: datetime) -> float:
    """A moment as hours of the world.

    Examples
    --------
    >>> start_at = datetime(2025, 11, 10, 6, tzinfo=UTC)
    >>> world_hours(datetime(2025, 11, 11, tzinfo=UTC), start_at), world_hours(30, start_at)
    (24.0, 30.0)
    """
    if isinstance(moment, datetime):
        return (moment - midnight_of(start_at)).total_seconds() / 3600
    return float(moment)
