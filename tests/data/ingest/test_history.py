"""Ingestion keeps what is sound, puts aside what is not, and accounts for every row."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from data.errors import BadValueError, InputFileError, MappingError
from data.history.dataset import OrderHistory
from data.ingest.history import ingest

Write = Callable[..., Path]
GOOD_LINE = "1,2024-03-01T09:00:00Z,fast,North,11,2,10.50,2,1.5,ann@example.org"


def _set_aside(out: Path) -> list[tuple[int, str, str]]:
    table = pd.read_parquet(out / "set_aside.parquet")
    return list(table.itertuples(index=False, name=None))


def test_lines_add_up_to_orders(write_history: Write, write_mapping: Write, tmp_path: Path) -> None:
    report = ingest(write_history(), write_mapping(), tmp_path / "out")
    orders = OrderHistory.load(tmp_path / "out").orders.set_index("order_id")
    assert (report.n_rows_in, report.n_orders, report.n_order_lines) == (4, 3, 4)
    assert orders["n_units"].to_dict() == {"1": 3, "2": 3, "3": 1}
    assert orders["order_value_minor"].to_dict() == {"1": 1475, "2": 3000, "3": 775}
    assert orders["late"].to_dict() == {"1": False, "2": True, "3": False}
    assert orders["delivered_at"]["1"] == pd.Timestamp("2024-03-02T21:00Z")


def test_customers_are_numbered_and_their_addresses_nowhere(
    write_history: Write, write_mapping: Write, tmp_path: Path
) -> None:
    ingest(write_history(), write_mapping(), tmp_path / "out")
    assert OrderHistory.load(tmp_path / "out").orders["customer_id"].tolist() == ["c1", "c2", "c3"]
    assert not any(b"example.org" in path.read_bytes() for path in (tmp_path / "out").iterdir())


def test_a_keyed_mask_is_one_name_in_every_history(
    write_history: Write, write_mapping: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyed = write_mapping({"customer_id": {"column": "E-mail", "masking": "keyed"}})
    monkeypatch.delenv("ROUTECAUSE_MASKING_KEY", raising=False)
    with pytest.raises(MappingError, match="ROUTECAUSE_MASKING_KEY"):
        ingest(write_history(), keyed, tmp_path / "out")
    monkeypatch.setenv("ROUTECAUSE_MASKING_KEY", "a secret of some length")
    ingest(write_history(), keyed, tmp_path / "whole")
    ingest(write_history({2: "", 3: ""}), keyed, tmp_path / "later")
    names = [
        OrderHistory.load(tmp_path / name).orders.set_index("order_id")["customer_id"] for name in ("whole", "later")
    ]
    assert names[0]["2"] == names[1]["2"]
    assert names[0].nunique() == 3


@pytest.mark.parametrize(
    ("line", "where"),
    [
        (
            "1,2024-13-01T09:00:00Z,fast,North,11,2,10.50,2,1.5,x",
            "row 2, column 'Placed': '2024-13-01T09:00:00Z' is not",
        ),
        ("1,,fast,North,11,2,10.50,2,1.5,x", "row 2, column 'Placed': is blank"),
        (
            "1,2024-03-01T09:00:00Z,fast,North,11,two,10.50,2,1.5,x",
            "row 2, column 'Units': 'two' is not a whole number",
        ),
        ("1,2024-03-01T09:00:00Z,fast,North,11,2.5,10.50,2,1.5,x", "row 2, column 'Units': '2.5' is not"),
        ("1,2024-03-01T09:00:00Z,fast,North,11,-2,10.50,2,1.5,x", "row 2, column 'Units': '-2' is not"),
        ("1,2024-03-01T09:00:00Z,fast,North,11,2,1e400,2,1.5,x", "row 2, column 'Value': '1e400' is not"),
        ("1,2024-03-01T09:00:00Z,fast,North,11,2,NaN,2,1.5,x", "row 2, column 'Value': 'NaN' is not"),
        ("1,2024-03-01T09:00:00Z,fast,North,11,2,0x10,2,1.5,x", "row 2, column 'Value': '0x10' is not"),
        ("1,2024-03-01T09:00:00Z,fast,North,11,2,1,-1,1.5,x", "row 2, column 'Promise': '-1' is not"),
        ("1,2024-03-01T09:00:00Z,fast", "row 2: has 3 values where the header has 10"),
        ("1,2024-03-01T09:00:00Z,fast,North,11,2,10.50,2,1.5,x,y", "row 2: has 11 values where the header has 10"),
        (f"1,2024-03-01T09:00:00Z,fast,{'N' * 300},11,2,10.50,2,1.5,x", "row 2, column 'Region': 'NNN"),
        ("1,2024-03-01T09:00:00Z,fast,North,12,2,10.50,2,1.5,x", "row 3, column 'Line': was used by an earlier row"),
        ("1,2024-03-01T09:00:00Z,slow,North,11,2,10.50,2,1.5,x", "row 3, column 'Speed': differs from an earlier row"),
    ],
)
def test_a_fault_stops_with_file_row_and_column_and_leaves_nothing(
    line: str, where: str, write_history: Write, write_mapping: Write, tmp_path: Path
) -> None:
    history = write_history({2: line})
    with pytest.raises(BadValueError) as caught:
        ingest(history, write_mapping(), tmp_path / "out")
    assert f"{history}, {where}" in str(caught.value)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mapping.yaml", "orders.csv"]


def test_a_customers_identifier_is_not_shown_even_in_an_error(
    write_history: Write, write_mapping: Write, tmp_path: Path
) -> None:
    line = GOOD_LINE.replace("ann@example.org", "ann@example.org" * 20)
    with pytest.raises(BadValueError, match="column 'E-mail': is longer than") as caught:
        ingest(write_history({2: line}), write_mapping(), tmp_path / "out")
    assert "ann@" not in str(caught.value)


def test_the_first_fault_says_how_many_follow(write_history: Write, write_mapping: Write, tmp_path: Path) -> None:
    bad = {row: GOOD_LINE.replace("2024", "x") for row in (3, 4)}
    with pytest.raises(BadValueError, match=r"row 3, .*\(1 more rows have faults\).*--set-aside"):
        ingest(write_history(bad), write_mapping(), tmp_path / "out")


def test_a_row_with_a_fault_takes_its_order_aside_and_all_rows_are_accounted_for(
    write_history: Write, write_mapping: Write, tmp_path: Path
) -> None:
    history = write_history({2: GOOD_LINE.replace(",2,10.50", ",two,10.50")})
    report = ingest(history, write_mapping(), tmp_path / "out", set_aside=True)
    assert _set_aside(tmp_path / "out") == [
        (2, "Units", "is not a whole number between 0 and 1,000,000,000"),
        (3, "", "another row of the same order was set aside"),
    ]
    assert report.n_rows_in == report.n_rows_kept + report.n_rows_set_aside == 4
    assert OrderHistory.load(tmp_path / "out").orders["order_id"].tolist() == ["2", "3"]


def test_the_mapping_may_ask_to_set_aside(write_history: Write, write_mapping: Write, tmp_path: Path) -> None:
    history = write_history({5: "9,9"})
    report = ingest(history, write_mapping(on_bad_value="set_aside"), tmp_path / "out")
    assert _set_aside(tmp_path / "out") == [(5, "", "has 2 values where the header has 10")]
    assert any("could not be taken apart" in note for note in report.notes)


def test_what_is_set_aside_is_described_without_its_values(
    write_history: Write, write_mapping: Write, tmp_path: Path
) -> None:
    history = write_history({5: GOOD_LINE.replace("fast", "Ann Private").replace("2024", "Ann Private")})
    ingest(history, write_mapping(), tmp_path / "out", set_aside=True)
    assert not any(b"Private" in path.read_bytes() for path in (tmp_path / "out").iterdir())


def test_no_row_kept_is_an_error(write_history: Write, write_mapping: Write, tmp_path: Path) -> None:
    bad = {row: GOOD_LINE.replace("2024", "x") for row in (2, 3, 4, 5)}
    with pytest.raises(InputFileError, match=r"none of 4 rows can be kept; the first: .*row 2"):
        ingest(write_history(bad), write_mapping(), tmp_path / "out", set_aside=True)
    assert not (tmp_path / "out").exists()


def test_blank_optional_values_are_kept_as_missing(write_history: Write, write_mapping: Write, tmp_path: Path) -> None:
    history = write_history({4: "2,2024-03-02T10:30:00Z,slow,South,13,,,,,"})
    ingest(history, write_mapping(), tmp_path / "out")
    order = OrderHistory.load(tmp_path / "out").orders.set_index("order_id").loc["2"]
    optional = [
        "n_units",
        "order_value_minor",
        "promised_hours",
        "delivered_hours",
        "delivered_at",
        "late",
        "customer_id",
    ]
    assert order[optional].isna().all()


def test_a_delivery_before_the_order_is_a_fault(write_history: Write, write_mapping: Write, tmp_path: Path) -> None:
    mapping = write_mapping({"delivered_hours": None, "delivered_at": {"column": "Placed", "time_zone": "UTC"}})
    ingest(write_history(), mapping, tmp_path / "out")
    history = write_history(header="Order,Placed,Speed,Region,Line,Units,Value,Promise,Door,E-mail")
    mapping = write_mapping({"delivered_hours": None, "promised_hours": None, "delivered_at": {"column": "Door"}})
    early = {row: GOOD_LINE.replace("1.5", "2024-02-29").replace("11", str(row)) for row in (2, 3, 4, 5)}
    history = write_history(early)
    with pytest.raises(BadValueError, match="row 2, column 'Door': is before the order's own instant"):
        ingest(history, mapping, tmp_path / "out2")


def test_bare_delivery_dates_can_be_placed_within_their_day(
    write_history: Write, write_mapping: Write, tmp_path: Path
) -> None:
    door = {"column": "Door", "date_only_at_hour": 12}
    mapping = write_mapping({"delivered_hours": None, "delivered_at": door})
    rows = {row: GOOD_LINE.replace("1.5", "2024-03-03").replace("11", str(row)) for row in (2, 3, 4, 5)}
    ingest(write_history(rows), mapping, tmp_path / "out")
    history = OrderHistory.load(tmp_path / "out")
    assert history.orders["delivered_hours"].tolist() == [51.0]
    assert history.resolution_hours("delivered") == 24


def test_an_output_folder_that_is_not_ours_is_left_alone(
    write_history: Write, write_mapping: Write, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "thesis.txt").write_text("precious", encoding="utf-8")
    with pytest.raises(InputFileError, match="was not written by routecause"):
        ingest(write_history(), write_mapping(), out)
    assert [path.name for path in out.iterdir()] == ["thesis.txt"]


def test_a_folder_that_holds_the_history_is_never_replaced(
    write_history: Write, write_mapping: Write, tmp_path: Path
) -> None:
    history = write_history()
    (tmp_path / "manifest.json").write_text("{}", encoding="utf-8")
    with pytest.raises(InputFileError, match="which is read from"):
        ingest(history, write_mapping(), tmp_path)
    assert history.exists()


def test_an_earlier_result_is_replaced_whole(write_history: Write, write_mapping: Write, tmp_path: Path) -> None:
    ingest(write_history(), write_mapping(), tmp_path / "out")
    ingest(write_history({5: ""}), write_mapping(), tmp_path / "out")
    assert len(OrderHistory.load(tmp_path / "out").orders) == 2


def test_an_output_below_a_file_is_refused(write_history: Write, write_mapping: Write, tmp_path: Path) -> None:
    with pytest.raises(InputFileError, match="cannot be written"):
        ingest(write_history(), write_mapping(), tmp_path / "orders.csv" / "out")


def test_a_changed_history_is_not_loaded(write_history: Write, write_mapping: Write, tmp_path: Path) -> None:
    ingest(write_history(), write_mapping(), tmp_path / "out")
    (tmp_path / "out" / "quality.md").write_text("all is well", encoding="utf-8")
    with pytest.raises(Exception, match="changed since"):
        OrderHistory.load(tmp_path / "out")
