"""Histories come in other shapes than comma-separated lines."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from data.errors import BadValueError, InputFileError, MappingError
from data.history.dataset import OrderHistory
from data.ingest.history import ingest

Write = Callable[..., Path]
ORDER_FIELDS = {
    "order_line_id": None,
    "quantity": None,
    "line_value": None,
    "n_units": {"column": "Units"},
    "order_value": {"column": "Value", "unit": "major"},
}


def _orders(out: Path) -> pd.DataFrame:
    return OrderHistory.load(out).orders.set_index("order_id")


def test_one_row_an_order(write_history: Write, write_mapping: Write, tmp_path: Path) -> None:
    ingest(write_history({2: ""}), write_mapping(ORDER_FIELDS, rows="order"), tmp_path / "out")
    orders = _orders(tmp_path / "out")
    assert orders["order_value_minor"].to_dict() == {"1": 425, "2": 3000, "3": 775}
    assert OrderHistory.load(tmp_path / "out").order_lines.empty


def test_an_order_that_comes_twice_is_a_fault_where_rows_are_orders(
    write_history: Write, write_mapping: Write, tmp_path: Path
) -> None:
    with pytest.raises(BadValueError, match="row 3, column 'Order': was used by an earlier row"):
        ingest(write_history(), write_mapping(ORDER_FIELDS, rows="order"), tmp_path / "out")


def test_semicolons_decimal_commas_and_local_time(write_mapping: Write, tmp_path: Path) -> None:
    history = tmp_path / "orders.csv"
    history.write_text(
        "Order;Placed;Speed;Region;Line;Units;Value;Promise;Door;E-mail\n"
        "7;01.07.2024 12:00;schnell;Süd;1;2;1.234,50;1,5;2;k@example.org\n"
        "8;01.12.2024 12:00;schnell;Süd;2;2;0,99;1,5;;k@example.org\n",
        encoding="cp1252",
    )
    shape = {"encodings": ["utf-8", "cp1252"], "delimiter": ";", "decimal_mark": ",", "thousands_mark": "."}
    mapping = write_mapping(file=shape, time={"zone": "Europe/Berlin", "formats": ["%d.%m.%Y %H:%M"]})
    ingest(history, mapping, tmp_path / "out")
    orders = _orders(tmp_path / "out")
    assert orders["ordered_at"].tolist() == [pd.Timestamp("2024-07-01T10:00Z"), pd.Timestamp("2024-12-01T11:00Z")]
    assert orders["order_value_minor"].tolist() == [123450, 99]
    assert orders["region"].tolist() == ["Süd", "Süd"]
    assert orders["promised_hours"].tolist() == [36, 36]


def test_offsets_are_honoured_and_each_format_is_tried(
    write_history: Write, write_mapping: Write, tmp_path: Path
) -> None:
    history = write_history(
        {
            4: "2,2024-03-02T10:30:00+05:30,slow,South,13,3,30.00,4,5,b",
            5: "3,3/4/2024 7:05 PM,slow,North,14,1,7.75,4,3,c",
        }
    )
    time = {"zone": "America/New_York", "formats": ["iso", "%m/%d/%Y %I:%M %p"]}
    ingest(history, write_mapping(time=time), tmp_path / "out")
    orders = _orders(tmp_path / "out")
    assert orders["ordered_at"]["2"] == pd.Timestamp("2024-03-02T05:00Z")
    assert orders["ordered_at"]["3"] == pd.Timestamp("2024-03-05T00:05Z")


def test_an_hour_that_comes_twice_is_read_as_winter_time_and_said(
    write_history: Write, write_mapping: Write, tmp_path: Path
) -> None:
    history = write_history({4: "2,2024-10-27T02:30,slow,South,13,3,30.00,4,5,b"})
    report = ingest(history, write_mapping(time={"zone": "Europe/Berlin"}), tmp_path / "out")
    assert _orders(tmp_path / "out")["ordered_at"]["2"] == pd.Timestamp("2024-10-27T01:30Z")
    assert any("change of clocks" in note for note in report.notes)


def test_quoted_line_breaks_do_not_move_the_row_numbers(
    write_mapping: Write, write_history: Write, tmp_path: Path
) -> None:
    history = write_history(
        {
            2: '1,2024-03-01T09:00:00Z,fast,"No\n\nrth",11,2,10.50,2,1.5,x',
            3: '1,2024-03-01T09:00:00Z,fast,"No rth",12,1,4.25,2,1.5,x',
            4: "2,yesterday,slow,South,13,3,30.00,4,5,b",
        }
    )
    with pytest.raises(BadValueError, match="row 4, column 'Placed': 'yesterday'"):
        ingest(history, write_mapping(), tmp_path / "out")


@pytest.mark.parametrize("line_end", ["\r\n", "\r", "\n"])
def test_line_ends_and_a_byte_order_mark_do_not_matter(
    line_end: str, write_history: Write, write_mapping: Write, tmp_path: Path
) -> None:
    history = write_history()
    plain = history.read_text(encoding="utf-8")
    history.write_bytes(b"\xef\xbb\xbf" + plain.replace("\n", line_end).encode())
    assert ingest(history, write_mapping(), tmp_path / "out").n_orders == 3


def test_blank_lines_are_counted_and_keep_their_row(write_history: Write, write_mapping: Write, tmp_path: Path) -> None:
    history = write_history({4: "\n2,2024-03-02T10:30:00Z,slow,South,13,3,30.00,4,5,b"})
    assert ingest(history, write_mapping(), tmp_path / "out").n_blank_lines == 1
    history = write_history({3: "", 4: "2,never,slow,South,13,3,30.00,4,5,b"})
    with pytest.raises(BadValueError, match="row 4, "):
        ingest(history, write_mapping(), tmp_path / "out2")


def test_parquet_gives_what_csv_gives(write_history: Write, write_mapping: Write, tmp_path: Path) -> None:
    table = pd.read_csv(write_history())
    table["Placed"] = pd.to_datetime(table["Placed"])
    table["Units"] = table["Units"].astype(float)
    table.to_parquet(tmp_path / "orders.parquet")
    ingest(write_history(), write_mapping(), tmp_path / "csv")
    ingest(tmp_path / "orders.parquet", write_mapping(file={"format": "parquet"}), tmp_path / "parquet")
    pd.testing.assert_frame_equal(_orders(tmp_path / "csv"), _orders(tmp_path / "parquet"))


def test_a_fault_in_parquet_has_its_row(write_history: Write, write_mapping: Write, tmp_path: Path) -> None:
    table = pd.read_csv(write_history(), dtype=str)
    table.loc[2, "Placed"] = None
    table.to_parquet(tmp_path / "orders.parquet")
    with pytest.raises(BadValueError, match=r"orders.parquet, row 3, column 'Placed': is blank"):
        ingest(tmp_path / "orders.parquet", write_mapping(file={"format": "parquet"}), tmp_path / "out")


def test_nested_parquet_columns_are_refused(write_history: Write, write_mapping: Write, tmp_path: Path) -> None:
    table = pd.read_csv(write_history())
    table["Speed"] = [["fast"]] * len(table)
    table.to_parquet(tmp_path / "orders.parquet")
    with pytest.raises(MappingError, match=r"'Speed' holds VARCHAR\[\]"):
        ingest(tmp_path / "orders.parquet", write_mapping(file={"format": "parquet"}), tmp_path / "out")


@pytest.mark.parametrize("cut", [2, 10, 300])
def test_broken_parquet_is_refused(cut: int, write_history: Write, write_mapping: Write, tmp_path: Path) -> None:
    pd.read_csv(write_history()).to_parquet(tmp_path / "orders.parquet")
    whole = (tmp_path / "orders.parquet").read_bytes()
    for broken in (whole[:-cut], whole[:-cut] + b"PAR1", b"PAR1" + bytes(cut) + b"PAR1"):
        (tmp_path / "orders.parquet").write_bytes(broken)
        with pytest.raises(InputFileError, match="Parquet"):
            ingest(tmp_path / "orders.parquet", write_mapping(file={"format": "parquet"}), tmp_path / "out")


def test_constants_fill_fields_that_the_file_lacks(write_history: Write, write_mapping: Write, tmp_path: Path) -> None:
    mapping = write_mapping(
        {"region": {"constant": "Home"}, "cancelled": {"constant": False}, "node_id": {"constant": 7}}
    )
    ingest(write_history(), mapping, tmp_path / "out")
    orders = _orders(tmp_path / "out")
    assert set(orders["region"]) == {"Home"}
    assert set(orders["node_id"]) == {"7"}


def test_value_maps_translate_and_refuse_the_unknown(
    write_history: Write, write_mapping: Write, tmp_path: Path
) -> None:
    speeds = {"fast": "express", "slow": "standard"}
    ingest(write_history(), write_mapping({"service_level": {"column": "Speed", "values": speeds}}), tmp_path / "out")
    assert set(_orders(tmp_path / "out")["service_level"]) == {"express", "standard"}
    only_fast = {"column": "Speed", "values": {"fast": "express"}}
    with pytest.raises(BadValueError, match="row 4, column 'Speed': 'slow' is not among the mapping's `values`"):
        ingest(write_history(), write_mapping({"service_level": only_fast}), tmp_path / "out")
    kept = write_mapping({"service_level": {**only_fast, "otherwise": "keep"}})
    ingest(write_history(), kept, tmp_path / "out")
    assert set(_orders(tmp_path / "out")["service_level"]) == {"express", "slow"}


def test_values_may_be_numbers_that_a_level_stands_for(
    write_history: Write, write_mapping: Write, tmp_path: Path
) -> None:
    promise = {"column": "Speed", "unit": "days", "values": {"fast": 1, "slow": 2.5}}
    ingest(write_history(), write_mapping({"promised_hours": promise}), tmp_path / "out")
    assert _orders(tmp_path / "out")["promised_hours"].to_dict() == {"1": 24, "2": 60, "3": 60}


def test_coordinates_are_coarsened(write_history: Write, write_mapping: Write, tmp_path: Path) -> None:
    mapping = write_mapping({"lat": {"constant": 52.516275}, "lon": {"constant": 13.377704}})
    ingest(write_history(), mapping, tmp_path / "out")
    orders = _orders(tmp_path / "out")
    assert (orders["lat"]["1"], orders["lon"]["1"]) == (52.5, 13.4)


def test_a_bare_date_on_the_promised_day_is_not_late(
    write_history: Write, write_mapping: Write, tmp_path: Path
) -> None:
    door = {"column": "Door", "date_only_at_hour": 12}
    promise = {"constant": 2, "unit": "days"}
    mapping = write_mapping({"delivered_hours": None, "delivered_at": door, "promised_hours": promise})
    line = "{0},2024-03-01T09:00:00Z,fast,North,{0},2,1,2,{1},x"
    history = write_history({row: line.format(row, f"2024-03-0{row}") for row in (2, 3, 4, 5)})
    ingest(history, mapping, tmp_path / "out")
    assert _orders(tmp_path / "out")["late"].to_dict() == {"2": False, "3": False, "4": True, "5": True}
