"""The data quality report: what came in, what was kept, what was put aside and why, and what it now says."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

QUALITY_JSON = "quality.json"
QUALITY_MD = "quality.md"


@dataclass(frozen=True)
class SetAside:
    """One reason for which rows were put aside."""

    column: str
    reason: str
    n_rows: int
    first_row: int


@dataclass(frozen=True)
class FieldQuality:
    """Where a canonical field came from, and how often it was blank."""

    field: str
    origin: str
    n_blank: int


@dataclass(frozen=True)
class LevelSummary:
    """What the kept history says of one service level; None where it says nothing."""

    service_level: str
    n_orders: int
    n_cancelled: int
    late_share: float | None
    mean_promised_days: float | None
    mean_delivered_days: float | None


@dataclass(frozen=True)
class QualityReport:
    """Everything a person should know before trusting an ingested history.

    Rows in are rows kept plus rows set aside; blank lines are no rows. Columns of the file are read,
    personal or ignored.
    """

    source: dict[str, Any]
    n_rows_in: int
    n_rows_kept: int
    n_rows_set_aside: int
    n_blank_lines: int
    n_orders: int
    n_order_lines: int
    first_ordered_at: str
    last_ordered_at: str
    set_aside: tuple[SetAside, ...]
    columns_read: tuple[str, ...]
    columns_personal: tuple[str, ...]
    columns_ignored: tuple[str, ...]
    fields: tuple[FieldQuality, ...]
    service_levels: tuple[LevelSummary, ...]
    statuses: dict[str, int]
    notes: tuple[str, ...]

    def save(self, folder: Path) -> None:
        """Write the report for machines and for people."""
        text = json.dumps(asdict(self), indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
        (folder / QUALITY_JSON).write_text(text + "\n", encoding="utf-8")
        (folder / QUALITY_MD).write_text(self.to_markdown(), encoding="utf-8")

    def to_markdown(self) -> str:
        """The report as a page to read."""
        parts = [
            f"# Data quality: {self.source['name']}",
            _facts(self),
            _table("Rows set aside", ("column", "reason", "rows", "first row"), self._set_aside_lines()),
            _table("Fields", ("field", "from", "blank rows"), [(f.field, f.origin, f.n_blank) for f in self.fields]),
            _table(
                "What the history says, by service level",
                ("service level", "orders", "cancelled", "late", "promised days", "delivered days"),
                [_level_line(level) for level in self.service_levels],
            ),
            _table("Delivery statuses", ("status", "orders"), list(self.statuses.items())),
            _list("Columns read", self.columns_read),
            _list("Personal columns: not written, or masked", self.columns_personal),
            _list("Columns ignored", self.columns_ignored),
            _list("Notes", self.notes),
        ]
        return "\n\n".join(parts) + "\n"

    def _set_aside_lines(self) -> list[tuple[Any, ...]]:
        return [(item.column or "the whole row", item.reason, item.n_rows, item.first_row) for item in self.set_aside]


def level_summaries(orders: pd.DataFrame) -> tuple[LevelSummary, ...]:
    """One summary a service level, the most ordered first; shares and means leave cancelled orders out."""
    cancelled = orders["cancelled"].fillna(value=False).astype(bool)
    found = []
    for level, count in orders["service_level"].value_counts().items():
        of_level = orders["service_level"] == level
        done = orders[of_level & ~cancelled]
        found.append(
            LevelSummary(
                service_level=str(level),
                n_orders=int(count),
                n_cancelled=int((of_level & cancelled).sum()),
                late_share=_mean(done["late"].astype("Float64"), 1),
                mean_promised_days=_mean(done["promised_hours"], 24),
                mean_delivered_days=_mean(done["delivered_hours"], 24),
            )
        )
    return tuple(found)


def _mean(values: pd.Series, per: float) -> float | None:
    known = values.dropna()
    return None if known.empty else round(float(known.mean()) / per, 4)


def _level_line(level: LevelSummary) -> tuple[Any, ...]:
    late = "" if level.late_share is None else f"{level.late_share:.1%}"
    days = ["" if value is None else f"{value:.2f}" for value in (level.mean_promised_days, level.mean_delivered_days)]
    return (level.service_level, level.n_orders, level.n_cancelled, late, *days)


def _facts(report: QualityReport) -> str:
    source = report.source
    lines = [
        f"- source: {source['name']}, licence {source['licence']}. {source['attribution']}".rstrip(),
        f"- file: {source['file']}, {source['bytes']:,} bytes, sha256 `{source['sha256']}`",
        f"- format: {source['format']}" + (f", read as {source['encoding']}" if source["encoding"] else ""),
        f"- rows in: {report.n_rows_in:,} = kept {report.n_rows_kept:,} + set aside {report.n_rows_set_aside:,}"
        f" (and {report.n_blank_lines:,} blank lines)",
        f"- written: {report.n_orders:,} orders, {report.n_order_lines:,} order lines",
        f"- ordered from {report.first_ordered_at} to {report.last_ordered_at}",
    ]
    return "\n".join(lines)


def _table(title: str, head: tuple[str, ...], lines: list[tuple[Any, ...]]) -> str:
    if not lines:
        return f"## {title}\n\nNone."
    rows = [head, tuple("---" for _ in head), *lines]
    return f"## {title}\n\n" + "\n".join("| " + " | ".join(map(_cell, row)) + " |" for row in rows)


def _cell(value: Any) -> str:
    text = f"{value:,}" if isinstance(value, int) else str(value)
    return text.replace("|", "\\|")


def _list(title: str, names: tuple[str, ...]) -> str:
    return f"## {title}\n\n" + ("\n".join(f"- {name}" for name in names) if names else "None.")
