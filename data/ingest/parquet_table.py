"""Parquet, read through DuckDB: only the mapped columns leave the file, as text in a fixed form."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from data.errors import InputFileError, MappingError
from data.ingest.columns import require_columns
from data.ingest.mapping import Mapping
from data.ingest.raw_table import RawTable
from data.ingest.source_file import require_parquet

# Without extensions DuckDB fetches nothing from anywhere, and writes zoned instants in UTC.
_CONNECTION: dict[str, str | bool | int | float | list[str]] = {
    "threads": 1,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}
_NESTED = ("STRUCT", "MAP", "UNION", "BLOB", "[")


def read_parquet(path: Path, mapping: Mapping) -> RawTable:
    """Read the mapped columns of a Parquet file.

    Raises
    ------
    InputFileError
        If it is not Parquet, is broken, or has no row.
    MappingError
        If a mapped column is absent or holds lists, structures or bytes.
    """
    require_parquet(path)
    # DuckDB reads these as wild cards, and would quietly read other files too.
    if set("*?[") & set(str(path)):
        msg = f"{path}: its name has one of * ? [ in it; rename the file"
        raise InputFileError(msg)
    try:
        with duckdb.connect(config=_CONNECTION) as connection:
            relation = connection.read_parquet(str(path))
            types = dict(zip(relation.columns, map(str, relation.types), strict=True))
            require_columns(path, tuple(types), mapping)
            wanted = list(dict.fromkeys(mapping.columns.values()))
            _require_plain(path, {name: types[name] for name in wanted})
            as_text = [duckdb.ColumnExpression(name).cast("VARCHAR").alias(name) for name in wanted]
            table = relation.select(*as_text).df()
    except duckdb.Error as error:
        msg = f"{path}: is not readable Parquet ({type(error).__name__}); copy or export it again"
        raise InputFileError(msg) from error
    if table.empty:
        msg = f"{path}: has columns and no row; export the history again"
        raise InputFileError(msg)
    return RawTable(
        columns={name: _plain_text(table[name], types[name]) for name in wanted},
        row=np.arange(1, len(table) + 1, dtype=np.int64),
        header=tuple(types),
    )


def _require_plain(path: Path, types: dict[str, str]) -> None:
    for name, kind in types.items():
        if any(mark in kind for mark in _NESTED):
            msg = f"{path}: the column {name!r} holds {kind}, not plain values; map another or flatten it"
            raise MappingError(msg)


def _plain_text(column: pd.Series, kind: str) -> pd.Series:
    """Text without nulls; whole numbers that were stored as floats lose the `.0` that identifiers never had."""
    text = column.fillna("").astype("str")
    return text.str.replace(r"^(-?\d+)\.0$", r"\1", regex=True) if kind in {"DOUBLE", "FLOAT"} else text
