"""Field types with their bounds: what a number, a text or an instant must be to come in."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, LiteralString

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from data.unseen_characters import holds_unseen

MAX_IDENTIFIER_LENGTH = 200
MAX_TEXT_LENGTH = 2_000
# Far above any parcel, and low enough that sums over 500 lines stay within 64 bits.
MAX_MONEY_MINOR = 10_000_000_000
MAX_QUANTITY = 100_000
MAX_STOCK = 1_000_000_000
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)
# The widest offsets that are in use on Earth are -12:00 and +14:00.
WIDEST_OFFSET = timedelta(hours=14)

# Where a broken rule of a whole shape keeps the member that breaks it, and the rule by what its sender called that.
MEMBER, NAMED = "member", "named"

_RFC3339 = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})", re.ASCII)
_PLAIN_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
_LINE_LAYOUT = frozenset("\n\t")


class Shape(BaseModel):
    """Root of every request shape: exact types, no member that is not documented, finite numbers."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


class AnswerShape(BaseModel):
    """Root of every answer shape."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def require(
    holds: bool, rule: LiteralString, *, at: LiteralString | None = None, named: Mapping[str, str] | None = None
) -> None:
    """Raise pydantic's error with a rule of ours, which must hold no braces, unless it holds.

    Parameters
    ----------
    at : str or None
        The member that breaks it, where the rule is of a whole shape.
    named : mapping of str to str, or None
        The sender's own names for it, which only the sender may be told, each with its rule.
    """
    if not holds:
        kind = "broken_rule"
        told = {MEMBER: at} if named is None else {MEMBER: at, NAMED: named}
        raise PydanticCustomError(kind, rule, None if at is None else told)


def _identifier(text: str) -> str:
    if text.isascii() and text.isprintable() and text == text.strip():
        return text
    seen = text == text.strip() and not holds_unseen(text)
    require(seen, "must not hold control or invisible characters, nor begin or end with space")
    require(unicodedata.is_normalized("NFC", text), "must be in Unicode normal form C")
    return text


def _text(text: str) -> str:
    seen = not holds_unseen(text, besides=_LINE_LAYOUT)
    require(seen, "must not hold control or invisible characters other than tab and newline")
    return text


def _instant(value: Any) -> datetime:
    if isinstance(value, str) and _RFC3339.fullmatch(value):
        try:
            instant = datetime.fromisoformat(value)
            if abs(instant.utcoffset() or timedelta()) <= WIDEST_OFFSET and EARLIEST <= instant < LATEST:
                return instant.astimezone(UTC)
        except (ValueError, OverflowError):
            # No such day or hour: the same answer as for any other text that is not an instant.
            pass
    kind = "instant"
    raise PydanticCustomError(
        kind, "must be an RFC 3339 instant with its offset, from 2000 to 2099, such as 2026-03-02T09:30:00Z"
    )


def _plain_number(value: Any) -> Any:
    plain = not isinstance(value, str) or _PLAIN_NUMBER.fullmatch(value) is not None
    require(plain, "must be a number in digits, such as 50 or 0.95")
    return value


# A query knows only text, of which Python would read digits parted by underscores or surrounded by space.
QueryNumber = BeforeValidator(_plain_number)
Identifier = Annotated[str, Field(min_length=1, max_length=MAX_IDENTIFIER_LENGTH), AfterValidator(_identifier)]
OptionalName = Annotated[str, Field(max_length=MAX_IDENTIFIER_LENGTH), AfterValidator(_identifier)]
Text = Annotated[str, Field(max_length=MAX_TEXT_LENGTH), AfterValidator(_text)]
Instant = Annotated[
    datetime,
    Field(strict=False),
    BeforeValidator(_instant),
    WithJsonSchema({"type": "string", "format": "date-time", "description": "RFC 3339, offset required"}),
]
MoneyMinor = Annotated[int, Field(ge=0, le=MAX_MONEY_MINOR, description="minor currency units")]
Quantity = Annotated[int, Field(ge=1, le=MAX_QUANTITY)]
Stock = Annotated[int, Field(ge=0, le=MAX_STOCK)]
Hours = Annotated[float, Field(ge=0, le=8_784)]
Share = Annotated[float, Field(ge=0, le=1)]
