"""Order, customer and weights: what both questions have in common."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from api.schemas.fields import Identifier, MoneyMinor, OptionalName, Quantity, Shape, require

MAX_TAGS = 50
MAX_DOCUMENTS = 20
MAX_TAG_NUMBER = 1e12
MAX_WEIGHT = 1e6
MIN_TOTAL_WEIGHT = 1e-9
MAX_PAST_COUNT = 1_000_000

Mode = Literal["idle", "live"]
TagNumber = Annotated[float, Field(ge=-MAX_TAG_NUMBER, le=MAX_TAG_NUMBER)]

# Models read these tags; a value out of range would be read as something that it is not.
_NUMERIC_TAGS = {"lateness_tolerance": 1.0, "n_past_orders": MAX_PAST_COUNT, "n_past_incidents": MAX_PAST_COUNT}


def _readable_tags(tags: dict[str, Any]) -> dict[str, Any]:
    for name, highest in _NUMERIC_TAGS.items():
        value = tags.get(name, 0.0)
        number = not isinstance(value, str | bool) and 0 <= value <= highest
        require(number, "lateness_tolerance must be from 0 to 1, n_past_orders and n_past_incidents not negative")
    return tags


Tags = Annotated[
    dict[Identifier, OptionalName | bool | TagNumber],
    Field(max_length=MAX_TAGS, description="value_tier, lateness_tolerance, n_past_orders, n_past_incidents are read"),
    AfterValidator(_readable_tags),
]


class CustomerShape(Shape):
    """The customer, as far as a decision may look."""

    customer_id: Identifier
    tags: Tags = Field(default_factory=dict)


class DestinationShape(Shape):
    """Where an order goes; degrees are WGS 84."""

    region: Identifier
    postal_code: OptionalName = ""
    country: OptionalName = ""
    lat: Annotated[float, Field(ge=-90, le=90)] | None = None
    lon: Annotated[float, Field(ge=-180, le=180)] | None = None


class LineShape(Shape):
    """One article of an order."""

    line_id: Identifier
    sku: Identifier
    quantity: Quantity
    unit_value_minor: MoneyMinor
    hazmat: bool = False
    cold_chain: bool = False
    documents: Annotated[list[Identifier], Field(max_length=MAX_DOCUMENTS)] = Field(default_factory=list)


class WeightsShape(Shape):
    """What the operator cares about, as non-negative shares; only their proportions matter."""

    cost: Annotated[float, Field(ge=0, le=MAX_WEIGHT)]
    time: Annotated[float, Field(ge=0, le=MAX_WEIGHT)]
    carbon: Annotated[float, Field(ge=0, le=MAX_WEIGHT)]
    customer_value: Annotated[float, Field(ge=0, le=MAX_WEIGHT)]

    @model_validator(mode="after")
    def _some_weight(self) -> Self:
        # A sum that is next to nothing would overflow when the weights are normalised.
        total = self.cost + self.time + self.carbon + self.customer_value
        require(total >= MIN_TOTAL_WEIGHT, "at least one weight must be above zero")
        return self
