"""CSV: rows taken apart one by one, so that every fault has its row.

Python's strict reader is used rather than a faster one because faster ones skip blank lines without
telling, count rows differently once some are rejected, or guess; here a row number is always the one
a spreadsheet shows. Only the columns that the mapping reads are kept.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

import numpy as np
import pandas as pd

from data.errors import BadValueError, InputFileError
from data.ingest.columns import require_columns
from data.ingest.mapping import Mapping
from data.ingest.raw_table import Ragged, RawTable
from data.ingest.source_file import CONTROL, TextEncoding, encoding_of, require_text

# Rows held as Python text before they are packed; bounds memory, not results.
_CHUNK_ROWS = 50_000


@dataclass
class _Harvest:
    """Columns being gathered."""

    places: dict[str, int]
    pending: list[list[str]] = field(default_factory=list)
    chunks: list[pd.DataFrame] = field(default_factory=list)
    row: list[int] = field(default_factory=list)
    ragged: list[Ragged] = field(default_factory=list)
    n_blank_lines: int = 0

    def add(self, row: int, values: list[str]) -> None:
        self.row.append(row)
        self.pending.append([values[place] for place in self.places.values()])
        if len(self.pending) >= _CHUNK_ROWS:
            self.pack()

    def pack(self) -> None:
        self.chunks.append(pd.DataFrame(self.pending, columns=list(self.places), dtype="str"))
        self.pending = []


def read_csv(path: Path, mapping: Mapping) -> RawTable:
    """Read the mapped columns of a CSV file.

    Raises
    ------
    InputFileError
        If it is not text, not CSV, or has no row.
    MappingError
        If a mapped column is absent.
    BadValueError
        If a row breaks the rules of CSV or holds control characters.
    """
    require_text(path)
    encoding = encoding_of(path, mapping.file.encodings)
    try:
        with path.open(encoding=encoding.name, newline="") as stream:
            return _table(stream, path, mapping, encoding)
    except UnicodeError as error:
        msg = f"{path}: is not text in {encoding.name} ({type(error).__name__})"
        raise InputFileError(msg) from error


def _table(stream: TextIO, path: Path, mapping: Mapping, encoding: TextEncoding) -> RawTable:
    rows = _rows(stream, path, mapping, encoding.has_control_characters)
    header = tuple(name.strip() for name in next(rows, (0, []))[1])
    require_columns(path, header, mapping)
    harvest = _Harvest({name: header.index(name) for name in dict.fromkeys(mapping.columns.values())})
    for row, values in rows:
        if not values:
            harvest.n_blank_lines += 1
        elif len(values) != len(header):
            harvest.ragged.append(Ragged(row, len(values)))
        else:
            harvest.add(row, values)
    harvest.pack()
    if not harvest.row and not harvest.ragged:
        msg = f"{path}: has a header and no row; export the history again"
        raise InputFileError(msg)
    table = pd.concat(harvest.chunks, ignore_index=True)
    return RawTable(
        columns={str(name): table[name] for name in table.columns},
        row=np.array(harvest.row, dtype=np.int64),
        header=header,
        ragged=tuple(harvest.ragged),
        n_blank_lines=harvest.n_blank_lines,
        encoding=encoding.name,
        refused_encodings=encoding.refused,
    )


def _rows(stream: TextIO, path: Path, mapping: Mapping, suspect: bool) -> Iterator[tuple[int, list[str]]]:
    """Yield row number and values, blank lines too; a file is suspect if it holds control characters somewhere."""
    reader = csv.reader(stream, delimiter=mapping.file.delimiter, quotechar=mapping.file.quote, strict=True)
    row = 0
    while True:
        row += 1
        try:
            values = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            msg = f"{path}, row {row} (line {reader.line_num}): {_explained(error)}"
            raise BadValueError(msg) from error
        if suspect and any(map(CONTROL.search, values)):
            place = next(place for place, value in enumerate(values, 1) if CONTROL.search(value))
            msg = f"{path}, row {row}, value {place}: holds control characters or NUL bytes; is the file text?"
            raise BadValueError(msg)
        yield row, values


def _explained(error: csv.Error) -> str:
    said = str(error)
    if "unexpected end of data" in said:
        return "a quote opens here and never closes; the file breaks off or a quote is missing"
    if "field larger than field limit" in said:
        return "a value is longer than 131,072 characters; a quote is probably missing"
    return f"not CSV: {said}; double the quotes inside a quoted value"
