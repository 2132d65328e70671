"""Values: the text of a column turned into numbers, flags and text, with a mark on what cannot be read."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.ingest.countries import country_codes
from data.ingest.field_mapping import FieldMapping
from data.ingest.fields import Field, Kind
from data.ingest.file_shape import FileShape
from data.ingest.instants import read_instants
from data.ingest.mapping import Mapping

MAX_TEXT_CHARACTERS = 200
MAX_HOURS = 24 * 366 * 10
# Sums of a million of these still fit a signed 64-bit integer.
MAX_MINOR = 10**12
MAX_COUNT = 10**9
_HOURS_PER_UNIT = {"minutes": 1 / 60, "hours": 1.0, "days": 24.0}
_FLAGS = {"true": True, "t": True, "yes": True, "y": True, "1": True}
_FLAGS |= {"false": False, "f": False, "no": False, "n": False, "0": False}
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True)
class Reading:
    """What a column of text came to.

    Parameters
    ----------
    column : Series of shape (n_rows,)
        Missing where the text is blank or bad.
    blank, bad : array of bool, shape (n_rows,)
        Where there was nothing, and where there was something that cannot be read.
    expected : str
        Why a bad value is bad, to follow the value in a sentence.
    notes : tuple of str
        What a person should know of how it was read.
    """

    column: pd.Series
    blank: NDArray[np.bool_]
    bad: NDArray[np.bool_]
    expected: str
    notes: tuple[str, ...] = ()


def read_values(text: pd.Series, field: Field, how: FieldMapping, mapping: Mapping) -> Reading:
    """Read one field's text as its kind asks.

    Parameters
    ----------
    text : Series of str, shape (n_rows,)
        As written in the file.
    """
    # A column of many rows has few different values, and reading is the slow part.
    place, different = pd.factorize(text)
    reading = _read(pd.Series(different, dtype="str"), field, how, mapping)
    return Reading(
        reading.column.take(place).set_axis(text.index),
        reading.blank[place],
        reading.bad[place],
        reading.expected,
        reading.notes,
    )


def _read(text: pd.Series, field: Field, how: FieldMapping, mapping: Mapping) -> Reading:
    tidy = _tidy(text)
    blank = tidy.isin(["", *mapping.file.blanks]).to_numpy(dtype=bool)
    tidy = tidy.mask(blank, "")
    if how.value_map is not None or how.table is not None:
        return _translated(tidy, blank, field, how, mapping)
    return _of_kind(tidy, blank, field, how, mapping)


def _of_kind(tidy: pd.Series, blank: NDArray[np.bool_], field: Field, how: FieldMapping, mapping: Mapping) -> Reading:
    if field.kind is Kind.INSTANT:
        instants = read_instants(tidy, how.formats or mapping.time.formats, how.time_zone or mapping.time.zone)
        bad = instants.utc.isna().to_numpy() & ~blank
        placed = instants.utc + pd.Timedelta(how.date_only_at_hour or 0, unit="h")
        return Reading(placed.astype(instants.utc.dtype), blank, bad, instants.expected, instants.notes)
    if field.kind is Kind.FLAG:
        flags = tidy.str.casefold().map(_FLAGS).astype("boolean")
        return Reading(flags, blank, flags.isna().to_numpy() & ~blank, "is not true or false; map it with `values`")
    if field.kind in {Kind.TEXT, Kind.IDENTIFIER}:
        return _text(tidy, blank)
    return _number(tidy, blank, field.kind, how, mapping)


def _text(tidy: pd.Series, blank: NDArray[np.bool_]) -> Reading:
    bad = ((tidy.str.len() > MAX_TEXT_CHARACTERS) | tidy.str.contains(_CONTROL)).to_numpy(dtype=bool)
    expected = f"is longer than {MAX_TEXT_CHARACTERS} characters or holds control characters"
    return Reading(tidy.mask(blank | bad), blank, bad, expected)


def _number(tidy: pd.Series, blank: NDArray[np.bool_], kind: Kind, how: FieldMapping, mapping: Mapping) -> Reading:
    numbers = _decimal(tidy, mapping.file)
    low, high, scale = _range_of(kind, how, mapping)
    scaled = numbers * scale
    whole = kind in {Kind.COUNT, Kind.MONEY}
    if kind is Kind.MONEY:
        scaled = scaled.round()
    fits = (scaled >= low) & (scaled <= high) & (~pd.Series(whole, index=scaled.index) | (scaled == scaled.round()))
    bad = ~fits.to_numpy(dtype=bool) & ~blank
    values = scaled.where(fits)
    said = "whole number" if kind is Kind.COUNT else "number"
    expected = f"is not a {said} between {low / scale:,.15g} and {high / scale:,.15g}"
    return Reading(values.astype("Int64") if whole else values, blank, bad, expected)


def _range_of(kind: Kind, how: FieldMapping, mapping: Mapping) -> tuple[float, float, float]:
    """Least and greatest canonical value, and what one of the file's units is in canonical ones."""
    if kind is Kind.DURATION:
        return 0, MAX_HOURS, _HOURS_PER_UNIT[how.unit or "hours"]
    if kind is Kind.MONEY:
        per_major = mapping.currency.minor_per_major if mapping.currency else 1
        return 0, MAX_MINOR, per_major if how.unit == "major" else 1
    if kind is Kind.COUNT:
        return 0, MAX_COUNT, 1
    limit = 90 if kind is Kind.LATITUDE else 180
    return -limit, limit, 1


def _decimal(tidy: pd.Series, shape: FileShape) -> pd.Series:
    """Numbers, missing where the text is none; `inf`, `nan`, hex and underscores are none."""
    group, point = re.escape(shape.thousands_mark), re.escape(shape.decimal_mark)
    whole = rf"(?:\d+|\d{{1,3}}(?:{group}\d{{3}})+)" if group else r"\d+"
    fits = tidy.str.fullmatch(rf"[-+]?(?:{whole}(?:{point}\d*)?|{point}\d+)(?:[eE][-+]?\d{{1,3}})?").fillna(value=False)
    plain = tidy.where(fits.astype(bool))
    if shape.thousands_mark:
        plain = plain.str.replace(shape.thousands_mark, "", regex=False)
    numbers = pd.to_numeric(plain.str.replace(shape.decimal_mark, ".", regex=False), errors="coerce").astype(float)
    return numbers.where(np.isfinite(numbers))


def _translated(
    tidy: pd.Series, blank: NDArray[np.bool_], field: Field, how: FieldMapping, mapping: Mapping
) -> Reading:
    """Replace what the map or table knows, then read the result; the unknown is kept or bad, as the mapping says."""
    table = (
        country_codes()
        if how.table
        else {_tidy_one(key): _written(value) for key, value in (how.value_map or {}).items()}
    )
    sought = tidy.str.casefold() if how.table else tidy
    known = sought.isin(list(table)).to_numpy(dtype=bool)
    kept = known | (how.otherwise == "keep")
    replaced = sought.map(table).where(known, tidy).where(kept & ~blank, "").astype("str")
    reading = _of_kind(replaced, blank | ~kept, field, how, mapping)
    refused = ~kept & ~blank
    expected = f"is not in the {how.table} table" if how.table else "is not among the mapping's `values`"
    return Reading(
        reading.column, blank, reading.bad | refused, expected if refused.any() else reading.expected, reading.notes
    )


def _tidy(text: pd.Series) -> pd.Series:
    return text.astype("str").map(_tidy_one).astype("str")


def _tidy_one(text: str) -> str:
    """Composed characters, and single blanks within only: `South of  USA ` is `South of USA`."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def _written(value: str | float | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
