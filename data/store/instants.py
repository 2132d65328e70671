"""Instants as the store keeps them: UTC microseconds in an integer, which every database orders alike."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_microseconds(instant: datetime) -> int:
    """Microseconds since 1970 of an instant that carries its offset.

    Examples
    --------
    >>> to_microseconds(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))
    1000000
    """
    return (instant - _EPOCH) // _MICROSECOND


def from_microseconds(microseconds: int) -> datetime:
    """The UTC instant so many microseconds after 1970 began."""
    return _EPOCH + microseconds * _MICROSECOND


class UtcInstant(TypeDecorator[datetime]):
    """A column of instants; SQLite would silently drop the offset of its own date type."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Store an instant; one without an offset is a mistake and raises TypeError."""
        return None if value is None else to_microseconds(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        """Read an instant back, in UTC."""
        return None if value is None else from_microseconds(value)
