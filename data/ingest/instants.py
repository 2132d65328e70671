"""Instants: local or zoned text to UTC."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from data.ingest.file_shape import ISO

_EARLIEST = pd.Timestamp("1970-01-01", tz="UTC")
_LATEST = pd.Timestamp("2200-01-01", tz="UTC")
_ISO_TEXT = r"\d{4}-?\d{2}-?\d{2}(?:[T ]\d{2}(?::?\d{2}(?::?\d{2}(?:[.,]\d{1,9})?)?)?)?"
_ISO_ZONE = r" ?(?:Z|z|[+-]\d{2}(?::?\d{2})?)"


@dataclass(frozen=True)
class Instants:
    """Instants in UTC, missing where none was read, and what to say about them."""

    utc: pd.Series
    expected: str
    notes: tuple[str, ...]


def read_instants(text: pd.Series, formats: tuple[str, ...], zone: str) -> Instants:
    """Read each text by the first format that fits; times without a zone are local to `zone`.

    Parameters
    ----------
    text : Series of str, shape (n_rows,)
        Empty text reads as missing.
    """
    utc = pd.Series(pd.NaT, index=text.index, dtype="datetime64[us, UTC]")
    shifted = 0
    for form in formats:
        open_ = utc.isna() & (text != "")
        if not open_.any():
            break
        zoned, local = _read(text[open_], form)
        located, n_shifted = _located(local, zone)
        shifted += n_shifted
        utc = utc.fillna(zoned.reindex(utc.index)).fillna(located.reindex(utc.index))
    utc = utc.where((utc >= _EARLIEST) & (utc < _LATEST))
    notes = (
        (f"{shifted:,} different local times fall into a change of clocks of {zone}; read as winter time",)
        if shifted
        else ()
    )
    forms = " or ".join(repr(form) for form in formats)
    return Instants(utc, f"is not a date of the form {forms} between 1970 and 2199", notes)


def _read(text: pd.Series, form: str) -> tuple[pd.Series, pd.Series]:
    """Instants in UTC of those that say their zone, and local times of those that do not."""
    if form != ISO:
        if "%z" in form:
            return _as_utc(pd.to_datetime(text, format=form, errors="coerce", utc=True)), _none(text)
        return _none_utc(text), _as_local(pd.to_datetime(text, format=form, errors="coerce"))
    zoned = text[text.str.fullmatch(_ISO_TEXT + _ISO_ZONE)].str.replace(" ?(?:Z|z)$", "+00:00", regex=True)
    local = text[text.str.fullmatch(_ISO_TEXT)]
    return (
        _as_utc(pd.to_datetime(zoned, format="ISO8601", errors="coerce", utc=True)),
        _as_local(pd.to_datetime(local, format="ISO8601", errors="coerce")),
    )


def _located(local: pd.Series, zone: str) -> tuple[pd.Series, int]:
    """Local times in UTC; an hour that comes twice is its second, one that is skipped moves forward."""
    # ambiguous=False is winter time.
    located = local.dt.tz_localize(zone, ambiguous=False, nonexistent="shift_forward")
    strict = local.dt.tz_localize(zone, ambiguous="NaT", nonexistent="NaT")
    return _as_utc(located.dt.tz_convert("UTC")), int((strict.isna() & local.notna()).sum())


def _as_utc(instants: pd.Series) -> pd.Series:
    return instants.astype("datetime64[us, UTC]")


def _as_local(instants: pd.Series) -> pd.Series:
    return instants.astype("datetime64[us]")


def _none(like: pd.Series) -> pd.Series:
    return pd.Series(pd.NaT, index=like.index[:0], dtype="datetime64[us]")


def _none_utc(like: pd.Series) -> pd.Series:
    return pd.Series(pd.NaT, index=like.index[:0], dtype="datetime64[us, UTC]")
