"""Whatever comes in, ingestion answers with a report that adds up or with an error of its own."""

from __future__ import annotations

import contextlib
import csv
import io
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.errors import DataError, MappingError
from data.history.dataset import OrderHistory
from data.ingest.history import ingest
from data.ingest.mapping import read_mapping
from data.ingest.quality import QualityReport

EXAMPLES = int(os.environ.get("ROUTECAUSE_FUZZ_EXAMPLES", "15"))
BOUNDED = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None)
HEADER = ["Order", "Placed", "Speed", "Region", "Line", "Units", "Value", "Promise", "Door", "Late", "Lat", "Lon"]
PLAN: dict[str, Any] = {
    "version": 1,
    "source": {"name": "anything"},
    "currency": {"code": "EUR"},
    "time": {"zone": "Europe/Berlin", "formats": ["iso", "%m/%d/%Y %H:%M"]},
    "on_bad_value": "set_aside",
    "fields": {
        "order_id": {"column": "Order"},
        "ordered_at": {"column": "Placed"},
        "service_level": {"column": "Speed"},
        "region": {"column": "Region"},
        "country": {"column": "Region", "table": "countries", "otherwise": "keep"},
        "order_line_id": {"column": "Line"},
        "quantity": {"column": "Units"},
        "unit_value": {"column": "Value", "unit": "major"},
        "promised_hours": {"column": "Promise", "unit": "days"},
        "delivered_at": {"column": "Door"},
        "late": {"column": "Late"},
        "lat": {"column": "Lat"},
        "lon": {"column": "Lon"},
        "customer_id": {"column": "Speed"},
    },
}
NASTY = ["", " ", "1", "-1", "1e400", "NaN", "inf", "1e-400", "9" * 30, "0x1", "1_000", "٣", "²", "true", "=1+1", "1.5"]
NASTY += [
    "2024-02-30",
    "2024-03-31T02:30",
    "0001-01-01",
    "9999-12-31",
    "2024-01-01T00:00:00.123456789+14:00",
    "1/31/2024 11:44",
]
NASTY += [
    "2024-06-01T12:00Z",
    "2024-W01-1",
    "a\nb",
    'a"b',
    "\u00a0",
    "é",
    "e\u0301",
    "\u202e",
    "\ufeff",
    "x" * 201,
    "90",
    "181",
    "-0.0",
]
CELL = st.one_of(st.sampled_from(NASTY), st.text(max_size=8))
GOOD = ("1", "2024-01-01T08:00", "fast", "Spain", "1", "1", "9.99", "2", "2024-01-02", "no", "40.4", "-3.7")


@pytest.fixture(scope="module")
def plan() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mapping.yaml"
        path.write_text(yaml.safe_dump(PLAN), encoding="utf-8")
        yield path


def _ingested(content: bytes, plan: Path) -> None:
    """Ingest bytes: report and files agree on every row, or an error of the package leaves nothing behind."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "orders.csv").write_bytes(content)
        out = Path(folder) / "out"
        report = _report_or_none(Path(folder) / "orders.csv", plan, out)
        if report is None:
            assert [path.name for path in Path(folder).iterdir()] == ["orders.csv"]
            return
        history = OrderHistory.load(out)
        apart = pd.read_parquet(out / "set_aside.parquet")
        assert report.n_rows_in == report.n_rows_kept + report.n_rows_set_aside
        assert (len(history.order_lines), len(apart)) == (report.n_rows_kept, report.n_rows_set_aside)
        assert apart["row"].is_unique
        assert int(history.orders["n_lines"].sum()) == report.n_rows_kept


def _report_or_none(history: Path, plan: Path, out: Path) -> QualityReport | None:
    with contextlib.suppress(DataError):
        return ingest(history, plan, out)
    return None


@BOUNDED
@given(content=st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
def test_any_bytes(content: bytes, plan: Path) -> None:
    _ingested(content, plan)


@BOUNDED
@given(tail=st.text(alphabet=st.sampled_from('a1,;"\n\r\t -:./TZ+é\x00'), max_size=120))
def test_any_text_after_a_good_header_and_row(tail: str, plan: Path) -> None:
    _ingested((",".join(HEADER) + "\n" + ",".join(GOOD) + "\n" + tail).encode(), plan)


@BOUNDED
@given(rows=st.lists(st.lists(st.tuples(st.integers(0, len(HEADER) - 1), CELL), max_size=3), min_size=1, max_size=8))
def test_good_rows_with_some_cells_replaced(rows: list[list[tuple[int, str]]], plan: Path) -> None:
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(HEADER)
    for number, changes in enumerate(rows):
        cells = [*GOOD]
        cells[0], cells[4] = str(number // 2), str(number)
        for place, text in changes:
            cells[place] = text
        writer.writerow(cells)
    _ingested(written.getvalue().encode("utf-8", errors="replace"), plan)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
PLACES = [
    ("version",),
    ("source",),
    ("file",),
    ("rows",),
    ("time",),
    ("time", "zone"),
    ("time", "formats"),
    ("currency",),
]
PLACES += [
    ("fields",),
    ("fields", "order_id"),
    ("fields", "late", "values"),
    ("fields", "order_id", "column"),
    ("personal",),
]
PLACES += [("fields", "delivered_at", "date_only_at_hour"), ("file", "encodings"), ("fields", "region", "constant")]


@BOUNDED
@given(place=st.sampled_from(PLACES), value=JSON)
def test_any_value_anywhere_in_a_mapping(place: tuple[str, ...], value: Any) -> None:
    plan = yaml.safe_load(yaml.safe_dump(PLAN))
    inner = plan
    for key in place[:-1]:
        inner = inner.setdefault(key, {})
    inner[place[-1]] = value
    _read(yaml.safe_dump(plan, allow_unicode=True))


@BOUNDED
@given(text=st.text(max_size=100))
def test_any_text_as_a_mapping(text: str) -> None:
    _read(text)


def _read(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mapping.yaml"
        path.write_text(text, encoding="utf-8", errors="replace")
        with contextlib.suppress(MappingError):
            read_mapping(path)
