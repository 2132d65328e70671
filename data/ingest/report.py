"""Building the quality report of an ingestion from what was read, typed and kept."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from data.ingest.assembly import lateness_hours
from data.ingest.columns import column_use
from data.ingest.mapping import Mapping
from data.ingest.quality import FieldQuality, QualityReport, SetAside, level_summaries
from data.ingest.raw_table import RawTable
from data.ingest.typed_rows import TypedRows
from data.manifest import sha256_of


def report_of(
    history: Path,
    plan: Mapping,
    raw: RawTable,
    typed: TypedRows,
    tables: dict[str, pd.DataFrame],
    late_after_hours: float,
) -> QualityReport:
    """Say what became of every row and column of a history, and what the kept orders say.

    Parameters
    ----------
    late_after_hours : float
        Lateness that is within the precision of the history's durations.
    """
    orders, lines, apart = tables["orders"], tables["order_lines"], tables["set_aside"]
    use = column_use(raw.header, plan)
    source = {
        **plan.source.model_dump(),
        "file": history.name,
        "bytes": history.stat().st_size,
        "sha256": sha256_of(history),
        "format": plan.file.format,
        "encoding": raw.encoding,
    }
    return QualityReport(
        source=source,
        n_rows_in=raw.n_rows,
        n_rows_kept=raw.n_rows - len(apart),
        n_rows_set_aside=len(apart),
        n_blank_lines=raw.n_blank_lines,
        n_orders=len(orders),
        n_order_lines=len(lines),
        first_ordered_at=orders["ordered_at"].min().isoformat(),
        last_ordered_at=orders["ordered_at"].max().isoformat(),
        set_aside=_reasons(apart),
        columns_read=use.read,
        columns_personal=use.personal,
        columns_ignored=use.ignored,
        fields=tuple(FieldQuality(name, _origin(plan, name), count) for name, count in typed.n_blank.items()),
        service_levels=level_summaries(orders),
        statuses={str(name): int(count) for name, count in orders["status"].value_counts().items()},
        notes=(
            *_notes(raw, orders, late_after_hours),
            *typed.notes,
            *(f"column {name!r} is read and its name looks personal" for name in use.looks_personal),
        ),
    )


def _reasons(apart: pd.DataFrame) -> tuple[SetAside, ...]:
    grouped = apart.groupby(["column", "reason"], sort=False)["row"].agg(["size", "min"]).reset_index()
    return tuple(
        SetAside(str(line["column"]), str(line["reason"]), int(line["size"]), int(line["min"]))
        for line in grouped.sort_values(["size", "min"], ascending=[False, True]).to_dict("records")
    )


def _origin(plan: Mapping, name: str) -> str:
    field = plan.fields[name]
    return f"column {field.column!r}" if field.column is not None else f"constant {field.constant!r}"


def _notes(raw: RawTable, orders: pd.DataFrame, late_after_hours: float) -> list[str]:
    notes = [f"encoding {refused} does not fit; the next was tried" for refused in raw.refused_encodings]
    if raw.ragged:
        notes.append(f"{len(raw.ragged):,} rows could not be taken apart: orders they belong to may be incomplete")
    done = ~orders["cancelled"].fillna(value=False).astype(bool)
    derived = lateness_hours(orders) > late_after_hours
    known = done & orders[["late", "delivered_hours", "promised_hours"]].notna().all(axis=1)
    off = int((orders.loc[known, "late"].astype(bool) != derived[known]).sum())
    if off:
        notes.append(f"{off:,} orders are called late, or not, against their own promised and delivered durations")
    return notes
