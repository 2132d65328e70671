"""The kinds of number and name that scenario fields are made of, with their bounds."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


class Part(BaseModel):
    """A part of a scenario: unknown fields are refused, numbers are finite, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False, allow_inf_nan=False)


def _has_weight(weights: tuple[float, ...]) -> tuple[float, ...]:
    if sum(weights) <= 0:
        msg = "at least one weight must be above 0"
        raise ValueError(msg)
    return weights


def _does_not_fall(quantiles: tuple[float, ...]) -> tuple[float, ...]:
    if any(later < earlier for earlier, later in pairwise(quantiles)):
        msg = "quantiles must not fall from one to the next"
        raise ValueError(msg)
    return quantiles


def _rises(values: tuple[float, ...]) -> tuple[float, ...]:
    if any(later <= earlier for earlier, later in pairwise(values)):
        msg = "hours must rise from one to the next"
        raise ValueError(msg)
    return values


Name = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._-]*$")]
Latitude = Annotated[float, Field(ge=-90, le=90)]
Longitude = Annotated[float, Field(ge=-180, le=180)]
Share = Annotated[float, Field(ge=0, le=1)]
Weight = Annotated[float, Field(ge=0, le=1e9)]
Hours = Annotated[float, Field(gt=0, le=24 * 366)]
HourOfDay = Annotated[float, Field(ge=0, lt=24)]
Minutes = Annotated[float, Field(gt=0, le=24 * 60)]
MinorUnits = Annotated[int, Field(ge=0, le=10**9)]
LogOdds = Annotated[float, Field(ge=-20, le=20)]

HourProfile = Annotated[tuple[Weight, ...], Field(min_length=24, max_length=24), AfterValidator(_has_weight)]
WeekdayProfile = Annotated[tuple[Weight, ...], Field(min_length=7, max_length=7), AfterValidator(_has_weight)]
CountWeights = Annotated[tuple[Weight, ...], Field(min_length=1, max_length=50), AfterValidator(_has_weight)]
HourQuantiles = Annotated[tuple[Hours, ...], Field(min_length=2, max_length=1001), AfterValidator(_does_not_fall)]
MoneyQuantiles = Annotated[tuple[MinorUnits, ...], Field(min_length=2, max_length=1001), AfterValidator(_does_not_fall)]
CollectionHours = Annotated[tuple[HourOfDay, ...], Field(min_length=1, max_length=48), AfterValidator(_rises)]
