"""Mappings: how one history's columns become canonical fields, as a strict YAML file says."""

from __future__ import annotations

from collections.abc import Mapping as AbstractMapping
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import ValidationError, field_validator, model_validator

from data.errors import InputFileError, MappingError
from data.ingest.field_mapping import FieldMapping, check_keys
from data.ingest.fields import FIELDS, ORDER_TOTALS, Kind
from data.ingest.file_shape import Currency, FileShape, Source, Strict, Text, TimeShape
from data.ingest.near_names import near_names
from data.strict_yaml import read_strict_yaml


class OnBadValue(StrEnum):
    """What happens to a row with a value that cannot be read."""

    STOP = "stop"
    SET_ASIDE = "set_aside"


class Mapping(Strict):
    """A whole mapping file."""

    version: Literal[1]
    source: Source
    file: FileShape = FileShape()
    rows: Literal["order_line", "order"] = "order_line"
    time: TimeShape = TimeShape()
    currency: Currency | None = None
    fields: dict[str, FieldMapping]
    personal: tuple[Text, ...] = ()
    on_bad_value: OnBadValue = OnBadValue.STOP

    @field_validator("fields")
    @classmethod
    def _canonical(cls, fields: dict[str, FieldMapping]) -> dict[str, FieldMapping]:
        for name, field in fields.items():
            if name not in FIELDS:
                msg = f"{name!r} is no canonical field{near_names(name, FIELDS)}"
                raise ValueError(msg)
            check_keys(name, field)
        missing = [name for name, field in FIELDS.items() if field.required and name not in fields]
        if missing:
            msg = f"{', '.join(missing)} must be mapped; give each a column or a constant"
            raise ValueError(msg)
        return {name: fields[name] for name in FIELDS if name in fields}

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        names = set(self.fields)
        if self.rows == "order_line" and names & set(ORDER_TOTALS):
            found = ", ".join(sorted(names & set(ORDER_TOTALS)))
            msg = f"fields {found} are for `rows: order`; with order lines they are added up from the lines"
            raise ValueError(msg)
        if any(FIELDS[name].kind is Kind.MONEY for name in names) and self.currency is None:
            msg = "amounts of money are mapped but no currency is; add `currency: {code: EUR}`"
            raise ValueError(msg)
        if {"line_value", "unit_value"} <= names or ("unit_value" in names and "quantity" not in names):
            msg = "map line_value, or unit_value together with quantity, not both"
            raise ValueError(msg)
        if len(names & {"lat", "lon"}) == 1:
            msg = "lat and lon come together; map both or neither"
            raise ValueError(msg)
        exposed = sorted(
            field.column
            for name, field in self.fields.items()
            if name != "customer_id" and field.column in self.personal
        )
        if exposed:
            msg = f"columns {exposed} are personal and may not fill a field; only customer_id is masked"
            raise ValueError(msg)
        return self

    @property
    def columns(self) -> dict[str, str]:
        """The column that fills each canonical field, for those not constant."""
        return {name: field.column for name, field in self.fields.items() if field.column is not None}


def read_mapping(path: Path) -> Mapping:
    """Read and check a mapping file.

    Raises
    ------
    MappingError
        Naming the file and every key that is wrong.
    """
    try:
        plain = read_strict_yaml(path, see="docs/bring-your-own-data.md")
    except InputFileError as error:
        raise MappingError(str(error)) from error
    try:
        return Mapping.model_validate(plain)
    except ValidationError as error:
        faults = "; ".join(_in_words(fault) for fault in error.errors(include_url=False, include_input=False))
        msg = f"{path}: {faults}"
        raise MappingError(msg) from error


def _in_words(fault: AbstractMapping[str, Any]) -> str:
    where = ".".join(str(part) for part in fault["loc"]) or "the mapping"
    said = str(fault["msg"]).removeprefix("Value error, ")
    if fault["type"] == "extra_forbidden":
        return f"{where}: unknown key; see docs/bring-your-own-data.md for the keys there are"
    return f"{where}: {said}"
