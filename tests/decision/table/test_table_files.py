"""A table file is read as what it is, whatever it is called; what is no table is refused, naming the place."""

from __future__ import annotations

import gzip
from datetime import time
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.errors import InputFileError
from decision.table.columns import encoded_confounders
from decision.table.estimation import posed_problem
from decision.table.table_file import read_table


@pytest.mark.parametrize("broken", ["4,5,6,7", "4,5"], ids=["long", "short"])
def test_a_ragged_line_is_named_with_its_cells(tmp_path: Path, broken: str) -> None:
    path = tmp_path / "ragged.csv"
    path.write_text(f'a,b,c\n1,2,"x\ny"\n\n{broken}\n')
    with pytest.raises(InputFileError, match=rf"line 5 holds {broken.count(',') + 1} cells and the header 3"):
        read_table(path)


def test_a_comma_at_the_end_of_every_line_holds_nothing(tmp_path: Path) -> None:
    path = tmp_path / "trailing.csv"
    path.write_text("a,b\n1,2,\n3,4,\n")
    assert read_table(path).to_dict("list") == {"a": [1, 3], "b": [2, 4]}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not a readable CSV|holds 0 rows"),
        (b"a,b,a\n1,2,3\n", "two columns are called 'a'"),
        (b"a,b\n\xe9\xff,2\n", "not UTF-8"),
        (b"a,b\n", "holds 0 rows"),
        (b"a;b\n1,5;2\n", "parted by semicolons; save it with commas, and decimal points"),
        (b"a\tb\n1\t2\n", "parted by tabs"),
        (b"1.5,-2,0\n2.5,1,1\n", r"first line holds numbers alone \(1.5, -2, 0 ...\); begin with a line of names"),
        (b'{"a": [1, 2]}', "begins like JSON"),
        (b"PK\x03\x04workbook", "an archive or a workbook"),
        (b"\x1f\x8bno", "a damaged gzip file"),
    ],
    ids=["empty", "double", "latin-1", "header only", "semicolons", "tabs", "no header", "json", "zip", "broken gzip"],
)
def test_a_file_that_is_no_table_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    with pytest.raises(InputFileError, match=words):
        read_table(path)


@pytest.mark.parametrize("name", ["table.csv.gz", "table.csv", "table.data"])
def test_a_packed_table_and_one_of_another_name_are_read_as_what_they_are(planted, tmp_path: Path, name: str) -> None:  # type: ignore[no-untyped-def]
    planted.table.to_csv(tmp_path / "plain.csv", index=False)
    plain = read_table(tmp_path / "plain.csv")
    (tmp_path / name).write_bytes(gzip.compress((tmp_path / "plain.csv").read_bytes()))
    assert read_table(tmp_path / name).equals(plain)
    plain.to_parquet(tmp_path / name)
    assert read_table(tmp_path / name).equals(plain)


def test_a_packed_table_with_one_wrong_byte_is_refused_or_read_as_it_was(tmp_path: Path) -> None:
    rows = np.random.default_rng(0).normal(size=(20, 2)).round(3)
    packed = gzip.compress(b"a,b\n" + b"".join(b"%.3f,%.3f\n" % (first, second) for first, second in rows), mtime=0)
    path = tmp_path / "table.csv.gz"
    path.write_bytes(packed)
    plain = read_table(path)
    n_refused = 0
    for place in range(len(packed)):
        path.write_bytes(packed[:place] + bytes([packed[place] ^ 0xFF]) + packed[place + 1 :])
        try:
            assert read_table(path).equals(plain)
        except InputFileError:
            n_refused += 1
    assert n_refused > len(packed) / 2


def test_whole_numbers_may_name_columns(tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text("0,1,2\n1.5,2.5,3.5\n")
    assert list(read_table(tmp_path / "table.csv").columns) == ["0", "1", "2"]


def test_decimals_are_numbers_and_lists_and_records_are_text(planted, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    table = planted.table.assign(outcome=[Decimal(f"{value:.6f}") for value in planted.table["outcome"]])
    table["lists"] = [["a", "b"] if row % 2 else ["c"] for row in range(240)]
    table["records"] = [{"k": row % 3} for row in range(240)]
    table["none"] = None
    table["waited"] = pd.to_timedelta(np.arange(240) % 7 * 12, unit="h")
    table["opened"] = [time(row % 5) for row in range(240)]
    table.to_parquet(tmp_path / "table.parquet")
    read = read_table(tmp_path / "table.parquet")
    assert read["outcome"].to_numpy() == pytest.approx(planted.table["outcome"].to_numpy(), abs=1e-6)
    encoded = encoded_confounders(read, ["waited", "lists", "records", "opened", "none"])
    assert set(encoded.sources) == {"waited", "lists", "records", "opened"}
    assert encoded.matrix[3, 0] == 1.5
    posed_problem(read, planted.question, seed=0)


def test_a_broken_parquet_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "table.parquet").write_bytes(b"PAR1 no")
    with pytest.raises(InputFileError, match="not a readable Parquet"):
        read_table(tmp_path / "table.parquet")
