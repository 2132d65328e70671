"""Typed rows: every mapped field of every row read, and every fault found on the way."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from data.errors import MappingError
from data.ingest.assembly import derive_durations, line_values, refuse_contradictions, refuse_repeats
from data.ingest.faults import FaultList
from data.ingest.field_mapping import Masking
from data.ingest.fields import FIELDS, MILESTONES, Field
from data.ingest.mapping import Mapping
from data.ingest.masking import masked
from data.ingest.raw_table import RawTable
from data.ingest.values import Reading, read_values

# Coarse enough (about 11 km) that a point names a town, not a door.
COORDINATE_DECIMALS = 1
# An identifier that is mapped is there to be used: an empty one cannot be.
_NEVER_BLANK = frozenset({"order_line_id"})


@dataclass(frozen=True)
class TypedRows:
    """Rows by row number, one column a field; and what was found.

    Parameters
    ----------
    n_blank : dict of str to int
        Blank values of each field that may be blank.
    notes : tuple of str
        What a person should know of how the values were read.
    """

    rows: pd.DataFrame
    n_blank: dict[str, int]
    notes: tuple[str, ...]


def typed_rows(raw: RawTable, mapping: Mapping, faults: FaultList) -> TypedRows:
    """Read every field, mask customers, coarsen coordinates, and check rows against each other.

    Raises
    ------
    MappingError
        If a constant cannot be read, or a masking key is needed and absent.
    """
    index = pd.Index(raw.row, name="row")
    fields: dict[str, pd.Series] = {}
    n_blank: dict[str, int] = {}
    notes: list[str] = []
    for name, how in mapping.fields.items():
        text = _text_of(raw, how.column, how.constant)
        reading = read_values(text, FIELDS[name], how, mapping)
        _note_faults(reading, text, raw, name, mapping, faults)
        fields[name] = reading.column.set_axis(index)
        n_blank[name] = int(reading.blank.sum())
        notes += [f"{name}: {note}" for note in reading.notes]
    rows = pd.DataFrame(fields, index=index)
    _hide_people(rows, mapping)
    derive_durations(rows, mapping.columns, faults)
    values = line_values(rows)
    if values is not None:
        rows["line_value_minor"] = values
    sound = rows.drop(index=[row for row in faults.rows().tolist() if row in rows.index])
    refuse_repeats(sound, mapping, faults)
    refuse_contradictions(sound, mapping, faults)
    return TypedRows(rows, n_blank, tuple(notes))


def resolution_hours(rows: pd.DataFrame, mapping: Mapping) -> dict[str, float]:
    """How coarsely each duration is stated: 24 where every one is whole days or came from bare dates, else 0."""
    found: dict[str, float] = {}
    for milestone in MILESTONES:
        hours = f"{milestone}_hours"
        if hours not in rows or rows[hours].isna().all():
            continue
        instant = mapping.fields.get(f"{milestone}_at")
        bare = hours not in mapping.fields and instant is not None and instant.date_only_at_hour is not None
        whole_days = bool((rows[hours].dropna() % 24 == 0).all())
        found[milestone] = 24.0 if bare or whole_days else 0.0
    return found


def late_after_hours(resolution: dict[str, float]) -> float:
    """Half the coarser step of promise and delivery: a delivery that may have been in time is not called late."""
    return max(resolution.get("promised", 0.0), resolution.get("delivered", 0.0)) / 2


def _text_of(raw: RawTable, column: str | None, constant: str | float | bool | None) -> pd.Series:
    if column is not None:
        return raw.columns[column]
    written = str(constant).lower() if isinstance(constant, bool) else str(constant)
    return pd.Series(written, index=range(len(raw.row)), dtype="str")


def _note_faults(
    reading: Reading, text: pd.Series, raw: RawTable, name: str, mapping: Mapping, faults: FaultList
) -> None:
    how, field = mapping.fields[name], FIELDS[name]
    if how.column is None and (reading.bad.any() or reading.blank.any()):
        msg = f"fields.{name}: the constant {how.constant!r} {reading.expected}; give one that fits"
        raise MappingError(msg)
    column = how.column or name
    shown = None if name == "customer_id" else text[reading.bad].tolist()
    faults.add(raw.row[reading.bad], column, reading.expected, shown)
    if not _may_be_blank(field, how.may_be_blank):
        faults.add(raw.row[reading.blank], column, f"is blank, and {name} is needed")


def _may_be_blank(field: Field, stated: bool | None) -> bool:
    if stated is not None:
        return stated
    return not field.required and field.name not in _NEVER_BLANK


def _hide_people(rows: pd.DataFrame, mapping: Mapping) -> None:
    if "customer_id" in rows:
        masking = mapping.fields["customer_id"].masking or Masking.NUMBERED
        rows["customer_id"] = masked(rows["customer_id"], masking)
    for name in {"lat", "lon"} & set(rows):
        rows[name] = rows[name].round(COORDINATE_DECIMALS)
