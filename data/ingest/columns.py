"""Columns: whether a file has those that the mapping reads, and what becomes of the others."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from data.errors import InputFileError, MappingError
from data.ingest.mapping import Mapping
from data.ingest.near_names import near_names

_SHOWN_ABSENT, _SHOWN_COLUMNS, _SHOWN_CHARACTERS = 3, 12, 60
# A warning only: what is not mapped is never read.
_LOOKS_PERSONAL = re.compile(
    r"e-?mail|passw|phone|mobile|street|address|\b[fl]name\b|(first|last|sur|full|customer)[ _]?name|birth|\bssn\b"
    r"|passport|iban|card[ _]?num|\bip\b|latitude|longitude|zip|postal",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class ColumnUse:
    """What was done with each column of a file; every column is in exactly one of the three."""

    read: tuple[str, ...]
    personal: tuple[str, ...]
    ignored: tuple[str, ...]

    @property
    def looks_personal(self) -> tuple[str, ...]:
        """Read columns whose name suggests a person, for somebody to look at."""
        return tuple(name for name in self.read if _LOOKS_PERSONAL.search(name))


def require_columns(path: Path, header: tuple[str, ...], mapping: Mapping) -> None:
    """Refuse a file that lacks a column the mapping names, or has it twice.

    Raises
    ------
    InputFileError
        If there is no header.
    MappingError
        Naming every such column, and what else may have been meant.
    """
    if not any(header):
        msg = f"{path}: starts with a blank line; the first row must be the header"
        raise InputFileError(msg)
    wanted = {column: f"fields.{name}" for name, column in mapping.columns.items()}
    wanted.update({column: "personal" for column in mapping.personal if column not in wanted})
    absent = [column for column in wanted if column not in header]
    if absent:
        msg = f"{path}: {_absence(absent, wanted, header)}{_delimiter_hint(header, mapping)}"
        raise MappingError(msg)
    twice = [column for column in wanted if header.count(column) > 1]
    if twice:
        msg = f"{path}: the header has {', '.join(map(repr, twice))} more than once; rename one"
        raise MappingError(msg)


def column_use(header: tuple[str, ...], mapping: Mapping) -> ColumnUse:
    """Say which columns are read, which are personal and which are left out."""
    read = set(mapping.columns.values())
    personal = set(mapping.personal)
    return ColumnUse(
        read=tuple(name for name in header if name in read and name not in personal),
        personal=tuple(name for name in header if name in personal),
        ignored=tuple(name for name in header if name not in read and name not in personal),
    )


def _absence(absent: list[str], wanted: dict[str, str], header: tuple[str, ...]) -> str:
    """The first few absent columns with what may have been meant, or else what there is."""
    shown = absent[:_SHOWN_ABSENT]
    near = [near_names(column, header) for column in shown]
    parts = [
        f"{wanted[column]} names the column {column!r}, which the file does not have{meant}"
        for column, meant in zip(shown, near, strict=True)
    ]
    if len(absent) > len(shown):
        parts.append(f"{len(absent) - len(shown)} more columns of the mapping are absent")
    if not all(near):
        more = f" and {len(header) - _SHOWN_COLUMNS} more" if len(header) > _SHOWN_COLUMNS else ""
        parts.append(f"its columns are {', '.join(map(_shortened, header[:_SHOWN_COLUMNS]))}{more}")
    return "; ".join(parts)


def _shortened(name: str) -> str:
    return repr(name if len(name) <= _SHOWN_CHARACTERS else name[:_SHOWN_CHARACTERS] + "...")


def _delimiter_hint(header: tuple[str, ...], mapping: Mapping) -> str:
    if len(header) != 1 or mapping.file.format != "csv":
        return ""
    other = max(";\t|,", key=header[0].count)
    if not header[0].count(other):
        return ""
    return f"; the header is a single column that contains {other!r}: is that the delimiter?"
