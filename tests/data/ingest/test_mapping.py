"""A mapping that cannot be meant is refused with the place and a remedy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from data.errors import MappingError
from data.ingest.history import ingest
from data.ingest.mapping import read_mapping

Write = Callable[..., Path]


@pytest.mark.parametrize(
    ("fields", "top", "said"),
    [
        ({"region": {"column": "Regin"}}, {}, "names the column 'Regin'.*did you mean 'Region'"),
        ({"regoin": {"column": "Region"}}, {}, "'regoin' is no canonical field; did you mean 'region'"),
        ({"region": None}, {}, "fields: region must be mapped"),
        ({"region": {"column": "Region", "constant": "x"}}, {}, "either a column or a constant"),
        ({"region": {}}, {}, "either a column or a constant"),
        ({"region": {"column": "Region", "colour": "red"}}, {}, "fields.region.colour: unknown key"),
        ({"region": {"column": "Region", "unit": "days"}}, {}, "'unit' means nothing for a field of kind text"),
        ({"promised_hours": {"column": "Promise"}}, {}, "promised_hours: needs a unit, one of days, hours, minutes"),
        ({"promised_hours": {"column": "Promise", "unit": "weeks"}}, {}, "unknown unit 'weeks'"),
        ({"region": {"column": "Region", "masking": "keyed"}}, {}, "only customer_id is masked"),
        ({"region": {"column": "Region", "may_be_blank": True}}, {}, "region: is required"),
        ({"region": {"column": "E-mail"}}, {}, r"\['E-mail'\] are personal"),
        ({"lat": {"column": "Value"}}, {}, "lat and lon come together"),
        ({"n_units": {"column": "Units"}}, {}, "are for `rows: order`"),
        ({"unit_value": {"column": "Value", "unit": "major"}}, {}, "not both"),
        ({}, {"currency": None}, "no currency"),
        ({}, {"version": 2}, "version"),
        ({}, {"colour": "red"}, "colour: unknown key"),
        ({}, {"personal": ["Telefon"]}, "personal names the column 'Telefon'.*its columns are 'Order', 'Placed'"),
        ({}, {"time": {"zone": "Mars/Olympus"}}, "unknown time zone 'Mars/Olympus'"),
        ({}, {"time": {"formats": ["%H:%M"]}}, "does not name year, month and day"),
        ({}, {"time": {"formats": ["%Q"]}}, "is not a date format|does not name"),
        ({}, {"file": {"encodings": ["klingon"]}}, "unknown encoding 'klingon'"),
        ({}, {"file": {"encodings": ["base64"]}}, "unknown encoding 'base64'"),
        ({}, {"file": {"delimiter": ";;"}}, "file.delimiter"),
        ({}, {"file": {"delimiter": '"'}}, "two different"),
        ({}, {"file": {"delimiter": ";"}}, "contains ',': is that the delimiter?"),
        ({}, {"file": {"thousands_mark": "."}}, "must differ"),
        ({}, {"file": {"format": "xlsx"}}, "file.format"),
        ({"late": {"constant": "perhaps"}}, {}, "late.*perhaps|perhaps"),
    ],
)
def test_wrong_mappings_name_what_is_wrong(
    fields: dict[str, Any], top: dict[str, Any], said: str, write_history: Write, write_mapping: Write, tmp_path: Path
) -> None:
    with pytest.raises(MappingError, match=said):
        ingest(write_history(), write_mapping(fields, **top), tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the file is empty"),
        ("- a\n- b\n", "holds list"),
        ("version: 1\nversion: 2\n", "line 2, column 1: not plain YAML: the key 'version' comes twice"),
        ("a: &x 1\nb: *x\n", "line 1, column 4: not plain YAML: anchors and aliases are not allowed"),
        ("a: [1, 2\nb: 3\n", "line 2"),
        ("a: !!python/object/apply:os.system ['true']\n", "could not determine a constructor"),
        ("? [a, b]\n: 1\n", "a key must be plain text"),
        ("\x00\x01", "not plain YAML"),
        ("[" * 5_000, "line 1, column .*: not plain YAML: nesting deeper than 30"),
        ("a: 2018-01-31\n", "version"),
    ],
)
def test_yaml_traps_are_refused(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "mapping.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(MappingError, match=said) as caught:
        read_mapping(path)
    assert str(caught.value).startswith(str(path))


def test_a_mapping_that_is_not_text_or_far_too_long_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mapping.yaml"
    path.write_bytes(b"name: M\xfcller")
    with pytest.raises(MappingError, match=r"not UTF-8 text \(byte 7\)"):
        read_mapping(path)
    path.write_bytes(b"x" * 2_000_001)
    with pytest.raises(MappingError, match="larger than 2,000,000 bytes"):
        read_mapping(path)


def test_a_column_that_comes_twice_is_refused(write_history: Write, write_mapping: Write, tmp_path: Path) -> None:
    history = write_history(header="Order,Placed,Speed,Region,Line,Units,Value,Promise,Region,E-mail")
    with pytest.raises(MappingError, match="the header has 'Region' more than once"):
        ingest(history, write_mapping({"delivered_hours": None}), tmp_path / "out")


def test_keys_are_text_as_written_so_that_norway_is_not_false(write_mapping: Write, tmp_path: Path) -> None:
    path = write_mapping()
    path.write_text(
        path.read_text(encoding="utf-8").replace(
            "column: Region", "column: Region\n    values: {NO: yes, 1: on, 007: south}"
        ),
        encoding="utf-8",
    )
    assert read_mapping(path).fields["region"].value_map == {"NO": "yes", "1": "on", "007": "south"}
