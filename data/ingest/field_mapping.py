"""Field mappings: where one canonical field comes from and how its text is read."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from data.ingest.fields import FIELDS, Kind
from data.ingest.file_shape import Strict, Text, known_format, known_zone

_KEYS_FOR_KIND: dict[str, frozenset[Kind]] = {
    "unit": frozenset({Kind.DURATION, Kind.MONEY}),
    "formats": frozenset({Kind.INSTANT}),
    "time_zone": frozenset({Kind.INSTANT}),
    "date_only_at_hour": frozenset({Kind.INSTANT}),
    "table": frozenset({Kind.TEXT}),
    "value_map": frozenset({Kind.TEXT, Kind.IDENTIFIER, Kind.FLAG, Kind.DURATION}),
}
_WRITTEN = {"value_map": "values"}
_UNITS: dict[Kind, frozenset[str]] = {
    Kind.DURATION: frozenset({"minutes", "hours", "days"}),
    Kind.MONEY: frozenset({"major", "minor"}),
}


class Masking(StrEnum):
    """How customers are hidden: numbered as they come, or hashed under a secret key."""

    NUMBERED = "numbered"
    KEYED = "keyed"


class FieldMapping(Strict):
    """How one canonical field is filled: from a column, or with a constant."""

    column: Text | None = None
    constant: str | int | float | bool | None = None
    unit: str | None = None
    formats: tuple[Text, ...] | None = Field(default=None, min_length=1)
    time_zone: str | None = None
    # For columns of bare dates: the hour of the day at which to place the event, 24 for its end.
    date_only_at_hour: float | None = Field(default=None, ge=0, le=24)
    value_map: dict[str, str | int | float | bool] | None = Field(default=None, alias="values", min_length=1)
    otherwise: Literal["refuse", "keep"] = "refuse"
    table: Literal["countries"] | None = None
    may_be_blank: bool | None = None
    masking: Masking | None = None

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if (self.column is None) == (self.constant is None):
            msg = "name either a column or a constant"
            raise ValueError(msg)
        if self.value_map is not None and self.table is not None:
            msg = "give values or a table, not both"
            raise ValueError(msg)
        return self

    @field_validator("time_zone")
    @classmethod
    def _zone(cls, name: str | None) -> str | None:
        return None if name is None else known_zone(name)

    @field_validator("formats")
    @classmethod
    def _formats(cls, formats: tuple[str, ...] | None) -> tuple[str, ...] | None:
        return None if formats is None else tuple(known_format(item) for item in formats)


def check_keys(name: str, field: FieldMapping) -> None:
    """Refuse, with a ValueError, keys that mean nothing for the field of this name."""
    kind = FIELDS[name].kind
    for key, kinds in _KEYS_FOR_KIND.items():
        if getattr(field, key) is not None and kind not in kinds:
            msg = f"{name}: the key {_WRITTEN.get(key, key)!r} means nothing for a field of kind {kind.value}"
            raise ValueError(msg)
    if field.unit is not None and field.unit not in _UNITS[kind]:
        msg = f"{name}: unknown unit {field.unit!r}; use one of {', '.join(sorted(_UNITS[kind]))}"
        raise ValueError(msg)
    if kind in _UNITS and field.unit is None:
        msg = f"{name}: needs a unit, one of {', '.join(sorted(_UNITS[kind]))}"
        raise ValueError(msg)
    if field.masking is not None and name != "customer_id":
        msg = f"{name}: only customer_id is masked"
        raise ValueError(msg)
    if FIELDS[name].required and field.may_be_blank:
        msg = f"{name}: is required and may not be blank"
        raise ValueError(msg)
