"""What is not a table of text is refused for what it is."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from data.errors import BadValueError, DataError, InputFileError, MappingError
from data.ingest.history import ingest

Write = Callable[..., Path]
HEADER = b"Order,Placed,Speed,Region,Line,Units,Value,Promise,Door,E-mail\n"
LINE = b"1,2024-03-01T09:00:00Z,fast,North,11,2,10.50,2,1.5,x\n"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (HEADER, "has a header and no row"),
        (HEADER + b"\n\n", "has a header and no row"),
        (b"\n" + HEADER + LINE, "starts with a blank line"),
        (b"PK\x03\x04" + bytes(50), "a zip archive or a spreadsheet"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "a PNG image"),
        (gzip.compress(HEADER + LINE), "a gzip archive"),
        (b"PAR1" + bytes(40), "format: parquet"),
        (b"<!DOCTYPE html><html><body>Not found</body></html>", "HTML, XML or JSON"),
        (b"\n <html>", "HTML, XML or JSON"),
        (b'{"orders": []}', "HTML, XML or JSON"),
        (b"\xff\xfe" + HEADER.decode().encode("utf-16-le"), r"is not text in utf-8 \(byte 0\)"),
        (HEADER + b"1,2024-03-01T09:00:00Z,fast,N\xffrth,11,2,1,2,1,x\n", r"is not text in utf-8 \(byte 92\)"),
    ],
)
def test_a_file_that_is_no_csv_is_named_for_what_it_is(
    content: bytes, said: str, write_mapping: Write, tmp_path: Path
) -> None:
    history = tmp_path / "orders.csv"
    history.write_bytes(content)
    with pytest.raises(InputFileError, match=said) as caught:
        ingest(history, write_mapping(), tmp_path / "out")
    assert str(caught.value).startswith(str(history))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (HEADER + LINE + LINE.replace(b"fast", b"fa\x00st"), "row 3, value 3: holds control characters or NUL bytes"),
        (HEADER + LINE + b'2,"2024-03-01', "row 3 .*never closes"),
        (HEADER + b'1,"2024"x,fast\n', "row 2 .*not CSV"),
        (HEADER + b'1,"' + b"x" * 200_000 + b'"\n', "row 2 .*longer than 131,072 characters"),
    ],
)
def test_broken_rows_stop_even_before_values_are_read(
    content: bytes, said: str, write_mapping: Write, tmp_path: Path
) -> None:
    (tmp_path / "orders.csv").write_bytes(content)
    with pytest.raises(BadValueError, match=said):
        ingest(tmp_path / "orders.csv", write_mapping(), tmp_path / "out", set_aside=True)


def test_utf_16_is_read_where_the_mapping_lists_it(write_mapping: Write, tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_bytes((HEADER + LINE).decode().encode("utf-16"))
    mapping = write_mapping(file={"encodings": ["utf-8", "utf-16"]})
    assert ingest(tmp_path / "orders.csv", mapping, tmp_path / "out").source["encoding"] == "utf-16"


def test_missing_files_and_folders_are_refused(write_mapping: Write, write_history: Write, tmp_path: Path) -> None:
    for history in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(InputFileError, match="name the file of the order history"):
            ingest(history, write_mapping(), tmp_path / "out")
    with pytest.raises(MappingError, match="cannot be read"):
        ingest(write_history(), tmp_path / "none.yaml", tmp_path / "out")
    with pytest.raises(MappingError, match="cannot be read"):
        ingest(write_history(), tmp_path, tmp_path / "out")


def test_swapped_arguments_are_an_error_not_a_crash(write_mapping: Write, write_history: Write, tmp_path: Path) -> None:
    with pytest.raises(DataError):
        ingest(write_mapping(), write_history(), tmp_path / "out")
