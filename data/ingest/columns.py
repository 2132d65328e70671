"""Columns: whether a file has those that the mapping reads, and what becomes of the others."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from data.errors import InputFileError, MappingError
from data.ingest.mapping import Mapping
from data.ingest.near_names import near_names

_SHOWN_COLUMNS = 12
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
    absent = [
        f"{where} names the column {column!r}, which the file does not have"
        f"{near_names(column, header) or _listed(header)}"
        for column, where in wanted.items()
        if column not in header
    ]
    if absent:
        hint = _delimiter_hint(header, mapping)
        msg = f"{path}: {'; '.join(absent)}{hint}"
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


def _listed(header: tuple[str, ...]) -> str:
    more = f" and {len(header) - _SHOWN_COLUMNS} more" if len(header) > _SHOWN_COLUMNS else ""
    return f"; its columns are {', '.join(map(repr, header[:_SHOWN_COLUMNS]))}{more}"


def _delimiter_hint(header: tuple[str, ...], mapping: Mapping) -> str:
    if len(header) != 1 or mapping.file.format != "csv":
        return ""
    other = max(";\t|,", key=header[0].count)
    if not header[0].count(other):
        return ""
    return f"; the header is a single column that contains {other!r}: is that the delimiter?"
