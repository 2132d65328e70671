"""Reading the table a person brings: CSV or Parquet, with complaints that name what is wrong."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from data.errors import InputFileError

PARQUET_SUFFIXES = frozenset({".parquet", ".pq"})


def read_table(path: Path) -> pd.DataFrame:
    """Read a CSV (UTF-8, comma, with a header) or a Parquet file; rows are numbered from 0, lines of a file from 1.

    Raises
    ------
    InputFileError
        If the file is missing, empty, not UTF-8, not a table, ragged, or has two columns of one name.
    """
    if not path.is_file():
        msg = f"{path}: no such file; give the path of a CSV or Parquet table"
        raise InputFileError(msg)
    table = _read_parquet(path) if path.suffix.lower() in PARQUET_SUFFIXES else _read_csv(path)
    if table.empty or table.shape[1] == 0:
        msg = f"{path}: holds {len(table)} rows and {table.shape[1]} columns; a table needs a header and rows"
        raise InputFileError(msg)
    return table


def _read_parquet(path: Path) -> pd.DataFrame:
    try:
        table = pd.read_parquet(path).reset_index(drop=True)
    except (OSError, ValueError, pa.ArrowException) as error:
        msg = f"{path}: not a readable Parquet file ({type(error).__name__}); write it again or give a CSV"
        raise InputFileError(msg) from error
    table.columns = [str(name) for name in table.columns]
    _refuse_duplicates(path, list(table.columns))
    return table


def _read_csv(path: Path) -> pd.DataFrame:
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream)
            header = next(reader, [])
            _refuse_ragged(path, len(header), reader)
        # pandas renames a second `age` to `age.1` in silence, so the header is judged first.
        _refuse_duplicates(path, header)
        return pd.read_csv(path, encoding="utf-8-sig", index_col=False, low_memory=False)
    except UnicodeDecodeError as error:
        msg = f"{path}: not UTF-8 (byte {error.object[error.start]:#04x} at {error.start:,}); save it as UTF-8"
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
