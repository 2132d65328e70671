"""Reading the table a person brings: CSV or Parquet, with complaints that name what is wrong."""

from __future__ import annotations

import csv
import gzip
import re
import zlib
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from data.errors import InputFileError

PARQUET, GZIP, ZIP = b"PAR1", b"\x1f\x8b", b"PK\x03\x04"
N_FIRST_BYTES = 64
SECONDS_A_DAY = 86_400.0
OTHER_DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "bars"}
PARQUET_SUFFIXES = frozenset({".parquet", ".pq"})


def read_table(path: Path) -> pd.DataFrame:
    """Read a CSV (UTF-8, comma, with a header, perhaps gzipped) or a Parquet file, known by what they begin with.

    Rows are numbered from 0, lines of a file from 1.

    Raises
    ------
    InputFileError
        If the file is missing, empty, damaged, not UTF-8, not a table, ragged, or has two columns of one name.
    """
    if not path.is_file():
        msg = f"{path}: no such file; give the path of a CSV or Parquet table"
        raise InputFileError(msg)
    start = _beginning_of(path)
    if start.startswith(PARQUET) or path.suffix.lower() in PARQUET_SUFFIXES:
        table = _read_parquet(path)
    else:
        _refuse_no_table(path, start)
        table = _read_csv(path, gzip.open if start.startswith(GZIP) else open)
    if table.empty or table.shape[1] == 0:
        msg = f"{path}: holds {len(table)} rows and {table.shape[1]} columns; a table needs a header and rows"
        raise InputFileError(msg)
    return table


def _beginning_of(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(N_FIRST_BYTES)
    except OSError as error:
        msg = f"{path}: cannot be read ({error.strerror}); give the path of a CSV or Parquet table"
        raise InputFileError(msg) from error


def _refuse_no_table(path: Path, start: bytes) -> None:
    """Refuse what begins like something else, which would be told as a table with odd columns."""
    if start.startswith(ZIP):
        msg = f"{path}: an archive or a workbook, not a table as text; save it as CSV (UTF-8) or Parquet"
        raise InputFileError(msg)
    if start.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in {b"{", b"["}:
        msg = f"{path}: begins like JSON; save the table as CSV (UTF-8) or Parquet"
        raise InputFileError(msg)


def _refuse_no_header(path: Path, header: list[str]) -> None:
    """Refuse a first line that names no columns: numbers, or names that no comma parts."""
    for mark, word in OTHER_DELIMITERS.items():
        if len(header) == 1 and mark in header[0]:
            msg = f"{path}: its columns are parted by {word}; save it with commas, and decimal points in its numbers"
            raise InputFileError(msg)
    numbers = [cell for cell in header if _is_fraction(cell) or cell.strip().lstrip("-").isdigit()]
    # Whole numbers alone may be names: 0, 1, 2 ...
    if header and len(numbers) == len(header) and any(_is_fraction(cell) for cell in header):
        msg = f"{path}: its first line holds numbers alone ({', '.join(header[:3])} ...); begin with a line of names"
        raise InputFileError(msg)


def _is_fraction(cell: str) -> bool:
    return re.fullmatch(r"\s*[-+]?\d*\.\d+([eE][-+]?\d+)?\s*", cell) is not None


def _read_parquet(path: Path) -> pd.DataFrame:
    try:
        table = pd.read_parquet(path).reset_index(drop=True)
    except (OSError, ValueError, pa.ArrowException) as error:
        msg = f"{path}: not a readable Parquet file ({type(error).__name__}); write it again or give a CSV"
        raise InputFileError(msg) from error
    table.columns = [str(name) for name in table.columns]
    _refuse_duplicates(path, list(table.columns))
    return table.apply(_plain)


def _plain(column: pd.Series) -> pd.Series:
    """Decimals and durations (in days) as numbers, and lists and records as the text that a CSV would hold."""
    if pd.api.types.is_timedelta64_dtype(column.dtype):
        days: pd.Series = column.dt.total_seconds() / SECONDS_A_DAY
        return days
    first = column.dropna().iloc[0] if column.dtype == object and column.notna().any() else None
    if isinstance(first, Decimal):
        return column.astype(float)
    return column.map(str, na_action="ignore") if isinstance(first, list | dict | np.ndarray) else column


def _read_csv(path: Path, opened: Callable[..., Any]) -> pd.DataFrame:
    try:
        with opened(path, "rt", encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream)
            header = next(reader, [])
            _refuse_no_header(path, header)
            _refuse_ragged(path, len(header), reader)
        # pandas renames a second `age` to `age.1` in silence, so the header is judged first.
        _refuse_duplicates(path, header)
        with opened(path, "rt", encoding="utf-8-sig", newline="") as stream:
            return pd.read_csv(stream, index_col=False, low_memory=False)
    except UnicodeDecodeError as error:
        msg = f"{path}: not UTF-8 (byte {error.object[error.start]:#04x} at {error.start:,}); save it as UTF-8"
        raise InputFileError(msg) from error
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        msg = f"{path}: a damaged gzip file ({error}); copy or pack it again, or give the table unpacked"
        raise InputFileError(msg) from error
    except (OSError, csv.Error, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        reason = " ".join(str(error).split())
        msg = f"{path}: not a readable CSV table ({reason}); check the delimiter and the quotes"
        raise InputFileError(msg) from error


def _refuse_ragged(path: Path, n_columns: int, reader: Any) -> None:
    """Refuse a row of another length than the header's, which pandas would fill up in silence."""
    for cells in reader:
        # Empty lines are none, and a comma at the end of a line holds nothing.
        if cells and (len(cells) < n_columns or any(cells[n_columns:])):
            msg = (
                f"{path}: line {reader.line_num:,} holds {len(cells)} cells and the header {n_columns}; complete the "
                "line, or quote a cell that holds a comma"
            )
            raise InputFileError(msg)


def _refuse_duplicates(path: Path, names: list[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            msg = f"{path}: two columns are called {name!r}; give each column its own name"
            raise InputFileError(msg)
        seen.add(name)
