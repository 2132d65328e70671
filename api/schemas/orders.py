"""Order, customer and weights: what both questions have in common."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from api.schemas.fields import Identifier, MoneyMinor, OptionalName, Quantity, Shape, require
from data.orders import ValueTier
from decision.compensation.guardrails import CONSENT_TAGS, misspelt_consent
from decision.compensation.tag_names import READ_TAGS, nearest_read_tag

MAX_TAGS = 50
MAX_DOCUMENTS = 20
MAX_TAG_NUMBER = 1e12
MAX_WEIGHT = 1e6
MIN_TOTAL_WEIGHT = 1e-9
MAX_PAST_COUNT = 1_000_000

Mode = Literal["idle", "live"]
TagNumber = Annotated[float, Field(ge=-MAX_TAG_NUMBER, le=MAX_TAG_NUMBER)]
TIERS = tuple(tier.value for tier in ValueTier)

_COUNT = f"must be a whole number from 0 to {MAX_PAST_COUNT}; leave it out where it is not known"
_CONSENT = f"a tag that speaks of consent (opt_out, opted_out, reacted ...) must be one of {', '.join(CONSENT_TAGS)}"
_READ = f"read are {', '.join(READ_TAGS)} and what speaks of consent; other names are free, but may not be nearly these"
_TIER = f"must be one of {', '.join(TIERS)}; leave it out where it is not known"


def _readable_tags(tags: dict[str, Any]) -> dict[str, Any]:
    """Models read these tags; a value out of range would be read as something that it is not."""
    require(tags.get("value_tier", TIERS[0]) in TIERS, _TIER, at="value_tier")
    tolerance = tags.get("lateness_tolerance", 0.0)
    tolerated = is_number_from_0(tolerance) and tolerance <= 1
    require(tolerated, "must be a number from 0 to 1; leave it out where it is not known", at="lateness_tolerance")
    require(_counts(tags, "n_past_orders"), _COUNT, at="n_past_orders")
    require(_counts(tags, "n_past_incidents"), _COUNT, at="n_past_incidents")
    # The name is the caller's, so it is not repeated.
    wishes = dict.fromkeys(filter(misspelt_consent, tags), _CONSENT)
    require(not wishes, _CONSENT, at="*", named=wishes)
    near = {name: meant for name in tags if (meant := nearest_read_tag(name)) is not None}
    told = {name: nearly_read(meant) for name, meant in near.items()}
    require(not near, nearly_read(", ".join(sorted(set(near.values())))), at="*", named=told)
    return tags


def nearly_read(meant: str) -> str:
    """The rule that a tag breaks which is nearly one that is read."""
    return f"a tag is named nearly like {meant}, and would not be read; write that name, or one unlike it"


def _kind(value: Any) -> str | None:
    """Which kind of tag a value is: without it, each kind would complain of what the others take."""
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, str):
        return "str"
    return "float" if isinstance(value, int | float) else None


def is_number_from_0(value: str | float | bool) -> bool:
    """Whether a tag's value is a number, and not negative."""
    return not isinstance(value, str | bool) and value >= 0


def _counts(tags: dict[str, Any], name: str) -> bool:
    value = tags.get(name, 0.0)
    return is_number_from_0(value) and value <= MAX_PAST_COUNT and value == int(value)


TagValue = Annotated[
    Annotated[OptionalName, Tag("str")] | Annotated[bool, Tag("bool")] | Annotated[TagNumber, Tag("float")],
    Discriminator(
        _kind,
        custom_error_type="tag_value",
        custom_error_message="must be a text, a number, true or false; leave the tag out where nothing is known",
    ),
]
Tags = Annotated[
    dict[Identifier, TagValue],
    Field(max_length=MAX_TAGS, description=_READ),
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

    @model_validator(mode="after")
    def _one_point(self) -> Self:
        require(self.lon is None or self.lat is not None, "must be sent with lon, or both left out", at="lat")
        require(self.lat is None or self.lon is not None, "must be sent with lat, or both left out", at="lon")
        return self


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
