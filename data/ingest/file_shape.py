"""How a history is written: file, instants and money, as the strict parts of a mapping."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal, Self
from zoneinfo import available_timezones

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

ISO = "iso"
Text = Annotated[str, StringConstraints(min_length=1, max_length=500)]


class Strict(BaseModel):
    """A part of a mapping: frozen, and without keys it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Source(Strict):
    """Where the history comes from, repeated in everything made from it."""

    name: Text
    licence: Text = "not stated"
    attribution: Annotated[str, StringConstraints(max_length=500)] = ""


class FileShape(Strict):
    """How the file is written; delimiter, quote and encodings concern CSV only."""

    format: Literal["csv", "parquet"] = "csv"
    encodings: tuple[Text, ...] = Field(default=("utf-8",), min_length=1)
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    quote: str = Field(default='"', min_length=1, max_length=1)
    decimal_mark: Literal[".", ","] = "."
    thousands_mark: Literal["", ",", ".", " ", "'"] = ""
    blanks: tuple[str, ...] = ()

    @field_validator("encodings")
    @classmethod
    def _known(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            try:
                b"a".decode(name)
            except UnicodeError:
                continue
            except LookupError as error:
                msg = f"unknown encoding {name!r}; try utf-8, latin-1, cp1252 or utf-16"
                raise ValueError(msg) from error
        return names

    @model_validator(mode="after")
    def _marks_differ(self) -> Self:
        if len({self.delimiter, self.quote}) == 1 or {self.delimiter, self.quote} & set("\r\n\0"):
            msg = "delimiter and quote must be two different printable characters"
            raise ValueError(msg)
        if self.decimal_mark == self.thousands_mark:
            msg = "decimal_mark and thousands_mark must differ"
            raise ValueError(msg)
        return self


class TimeShape(Strict):
    """How instants are written, and the zone of those that do not say theirs."""

    zone: str = "UTC"
    formats: tuple[Text, ...] = Field(default=(ISO,), min_length=1)

    @field_validator("zone")
    @classmethod
    def _zone(cls, name: str) -> str:
        return known_zone(name)

    @field_validator("formats")
    @classmethod
    def _formats(cls, formats: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(known_format(item) for item in formats)


class Currency(Strict):
    """The currency of every amount, and how many minor units make one major unit."""

    code: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
    minor_per_major: Literal[1, 10, 100, 1000] = 100


def known_zone(name: str) -> str:
    """The name itself, where it is a time zone's; a ValueError where not."""
    if name not in available_timezones():
        msg = f"unknown time zone {name!r}; use a name such as UTC or America/New_York"
        raise ValueError(msg)
    return name


def known_format(text: str) -> str:
    """The format itself, where it tells a date; a ValueError where not."""
    if text == ISO:
        return text
    example = datetime(2018, 1, 31, 11, 44, tzinfo=UTC)
    try:
        same_day = datetime.strptime(example.strftime(text), text).date() == example.date()  # noqa: DTZ007
    except ValueError as error:
        msg = f"{text!r} is not a date format ({error}); use {ISO!r} or one like '%m/%d/%Y %H:%M'"
        raise ValueError(msg) from error
    if not same_day:
        msg = f"the date format {text!r} does not name year, month and day; one that does is '%m/%d/%Y %H:%M'"
        raise ValueError(msg)
    return text
