"""Ingestion: an order history and a mapping in; canonical Parquet, manifest and quality report out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pandera.pandas as pa

from data.decision_log.schema import validated
from data.errors import InputFileError
from data.history.dataset import HISTORY_KIND
from data.history.schema import ORDER_LINES, ORDERS
from data.ingest.assembly import lines_of, orders_of
from data.ingest.csv_table import read_csv
from data.ingest.faults import Fault, FaultList
from data.ingest.mapping import OnBadValue, read_mapping
from data.ingest.parquet_table import read_parquet
from data.ingest.quality import QualityReport
from data.ingest.raw_table import RawTable
from data.ingest.report import report_of
from data.ingest.source_file import require_file
from data.ingest.typed_rows import late_after_hours, resolution_hours, typed_rows
from data.manifest import sha256_of, whole_folder, write_manifest

_SIBLING = "another row of the same order was set aside"


def ingest(history: Path, mapping: Path, out: Path, *, set_aside: bool = False) -> QualityReport:
    """Read an order history as a mapping says and write it in canonical form, whole or not at all.

    Parameters
    ----------
    set_aside : bool
        Put rows with faults aside, whatever the mapping says of bad values.

    Raises
    ------
    InputFileError
        If the history is missing, empty or not what the mapping says it is, or `out` is in use.
    MappingError
        If the mapping is wrong in itself or for this file.
    BadValueError
        At the first row with a fault, unless such rows are put aside.
    """
    plan = read_mapping(mapping)
    require_file(history)
    _require_apart(history, mapping, out)
    raw = read_parquet(history, plan) if plan.file.format == "parquet" else read_csv(history, plan)
    faults = _ragged(raw)
    typed = typed_rows(raw, plan, faults)
    if not set_aside and plan.on_bad_value is OnBadValue.STOP:
        faults.stop(history)
    apart = _with_siblings(typed.rows, faults)
    kept = typed.rows.drop(index=[fault.row for fault in apart if fault.row in typed.rows.index])
    if kept.empty:
        msg = f"{history}: none of {raw.n_rows:,} rows can be kept; the first: {apart[0].in_words(history)}"
        raise InputFileError(msg)
    resolution = resolution_hours(kept, plan)
    tolerance = late_after_hours(resolution)
    tables = {
        "orders": _canonical(orders_of(kept, plan, tolerance), ORDERS),
        "order_lines": _canonical(lines_of(kept, plan), ORDER_LINES),
        "set_aside": _apart_table(apart),
    }
    report = report_of(history, plan, raw, typed, tables, tolerance)
    _write(out, tables, report, {"mapping_sha256": sha256_of(mapping), "resolution_hours": resolution})
    return report


def _ragged(raw: RawTable) -> FaultList:
    faults = FaultList()
    for ragged in raw.ragged:
        reason = f"has {ragged.n_values} values where the header has {len(raw.header)}"
        faults.add(np.array([ragged.row]), "", reason)
    return faults


def _require_apart(history: Path, mapping: Path, out: Path) -> None:
    """Replacing the output folder must never remove what it is made from."""
    for path in (history, mapping):
        if out.resolve() in path.resolve().parents:
            msg = f"{out}: holds {path.name}, which is read from; name another folder"
            raise InputFileError(msg)


def _with_siblings(rows: pd.DataFrame, faults: FaultList) -> list[Fault]:
    """A row with a fault takes its whole order with it: half an order would be a wrong one."""
    found = faults.first_of_each_row()
    faulty = {fault.row for fault in found}
    at_fault = rows.index.isin(faulty)
    orders = rows.loc[at_fault, "order_id"].dropna()
    siblings = rows.index[~at_fault & rows["order_id"].isin(orders).to_numpy()]
    return sorted([*found, *(Fault(int(row), "", _SIBLING) for row in siblings)], key=lambda fault: fault.row)


def _canonical(table: pd.DataFrame, schema: pa.DataFrameSchema) -> pd.DataFrame:
    """The schema's columns and types; what the history does not have is missing throughout."""
    return validated(table.reindex(columns=list(schema.columns)), schema)


def _apart_table(apart: list[Fault]) -> pd.DataFrame:
    """Row numbers and reasons; never the values, which may be anything."""
    return pd.DataFrame(
        {
            "row": pd.Series([fault.row for fault in apart], dtype="int64"),
            "column": pd.Series([fault.column for fault in apart], dtype="str"),
            "reason": pd.Series([fault.reason for fault in apart], dtype="str"),
        }
    )


def _write(out: Path, tables: dict[str, pd.DataFrame], report: QualityReport, facts: dict[str, Any]) -> None:
    try:
        with whole_folder(out) as scratch:
            for name, table in tables.items():
                table.to_parquet(scratch / f"{name}.parquet", index=False)
            report.save(scratch)
            summary = {"source": report.source, "n_orders": report.n_orders, "n_order_lines": report.n_order_lines}
            write_manifest(scratch, {"kind": HISTORY_KIND, **summary, **facts})
    except OSError as error:
        msg = f"{out}: cannot be written ({error.strerror}); name a folder that can"
        raise InputFileError(msg) from error
