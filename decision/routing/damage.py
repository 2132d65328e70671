r"""Damage: the chance that a parcel is lost, or comes damaged or spoiled, by who carries it and what it meets.

A rare event needs a law of few parameters. Its log odds are a line,

.. math:: \alpha + \beta^T z + u_{\text{carrier}} + v_{\text{service}} ,

with :math:`z` the weather that is forecast, the distance, the quoted time and the size of the order, and with carriers
and services drawn towards the overall rate as far as the log cannot tell them apart. One that the log never saw has an
effect of its own that is 0 on average and as unsure as carriers differ. Each bag holds one draw of all parameters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from data.choice_sets import ChoiceSets
from data.compiling import compiled
from decision.errors import ArtefactError
from decision.routing.features import Imputation
from decision.routing.stages import DISTANCE, FORECAST, LEAD

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

SLOPE_NAMES: tuple[str, ...] = ("weather_severity", "distance_log", "lead_time_days", "units_log")
N_LINE = 1 + len(SLOPE_NAMES)
# Distances are told from this on.
NEAR_KM = 50.0
MOST_NAMES = 1_000


@dataclass(frozen=True)
class DamageLaw:
    """The chance of loss or damage, in as many draws as there are bags.

    Parameters
    ----------
    carriers, service_levels : tuple of str
        Those of the log, in the order of their coefficients; behind the last stands one for all others.
    centre, scale : arrays of shape (n_slopes,)
        Of the slopes' columns, in the order of SLOPE_NAMES.
    coefficients : array of shape (n_bags, n_parameters)
        Level, slopes, carriers and the others, services and the others.
    """

    carriers: tuple[str, ...]
    service_levels: tuple[str, ...]
    centre: Floats
    scale: Floats
    coefficients: Floats

    @property
    def n_bags(self) -> int:
        """How many draws there are."""
        return len(self.coefficients)

    def by_bag(self, choice_sets: ChoiceSets, imputation: Imputation) -> Floats:
        """The chance of every candidate, shape (n_bags, n_rows); NaN where a number is not finite."""
        slopes, (of_carrier, of_service) = slope_columns(choice_sets, imputation), self._places
        names = (
            _places(of_carrier, choice_sets.carrier_id, len(slopes)),
            _places(of_service, choice_sets.service_level, len(slopes)),
        )
        return _chances(self.coefficients, slopes, (self.centre, self.scale), names, len(of_carrier))

    @cached_property
    def _places(self) -> tuple[dict[str, int], dict[str, int]]:
        carriers, services = (
            {name: place for place, name in enumerate(names)} for names in (self.carriers, self.service_levels)
        )
        return carriers, services

    def to_parts(self) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        """Its arrays and plain facts, from which `from_parts` makes an equal law."""
        arrays = {"damage_centre": self.centre, "damage_scale": self.scale, "damage_coefficients": self.coefficients}
        return arrays, {"carriers": list(self.carriers), "service_levels": list(self.service_levels)}

    @classmethod
    def from_parts(cls, arrays: dict[str, NDArray[Any]], facts: dict[str, Any]) -> Self:
        """Rebuild a law.

        Raises
        ------
        ArtefactError
            If a part is missing, or its shape fits neither the names nor the slopes.
        """
        try:
            law = cls(
                carriers=_names(facts["carriers"]),
                service_levels=_names(facts["service_levels"]),
                centre=np.asarray(arrays["damage_centre"], dtype=np.float64),
                scale=np.asarray(arrays["damage_scale"], dtype=np.float64),
                coefficients=np.asarray(arrays["damage_coefficients"], dtype=np.float64),
            )
        except (KeyError, TypeError, ValueError) as error:
            msg = f"damage law: part missing or unreadable ({error}); publish the artefact anew"
            raise ArtefactError(msg) from error
        n_parameters = N_LINE + len(law.carriers) + len(law.service_levels) + 2
        shapes = (law.centre.shape, law.scale.shape, law.coefficients.shape[1:])
        needed = ((len(SLOPE_NAMES),), (len(SLOPE_NAMES),), (n_parameters,))
        if shapes != needed or law.n_bags < 2 or not (law.scale > 0).all():  # noqa: PLR2004  one draw has no spread
            msg = f"damage law: shapes {shapes} for {law.n_bags} bags, not {needed}; publish the artefact anew"
            raise ArtefactError(msg)
        return law


def slope_columns(choice_sets: ChoiceSets, imputation: Imputation) -> Floats:
    """What the slopes read of every candidate, shape (n_rows, n_slopes), columns as SLOPE_NAMES."""
    tables = choice_sets.candidate_table, choice_sets.order["n_units"], choice_sets.order_of_row
    return _slope_columns(*tables, imputation.weather_severity)


def places(known: tuple[str, ...], names: Sequence[str], n_rows: int) -> Integers:
    """Where each row's name stands among those known, behind the last if it does not; shape (n_rows,).

    Examples
    --------
    >>> places(("hare", "tortoise"), ["tortoise", "snail"], 2)
    array([1, 2])
    """
    return _places({name: index for index, name in enumerate(known)}, names, n_rows)


def _places(place: Mapping[str, int], names: Sequence[str], n_rows: int) -> Integers:
    if not len(names):
        return np.full(n_rows, len(place))
    return np.array([place.get(name, len(place)) for name in names], dtype=np.int64)


def _names(listed: Any) -> tuple[str, ...]:
    if not isinstance(listed, list) or len(listed) > MOST_NAMES or not all(isinstance(item, str) for item in listed):
        msg = f"{str(listed)[:40]} is not a list of at most {MOST_NAMES} names"
        raise ValueError(msg)
    return tuple(listed)


@compiled
def _slope_columns(candidate: Floats, units: Floats, order_of_row: Integers, usual_weather: float) -> Floats:
    columns = np.empty((len(order_of_row), N_LINE - 1))
    for row in range(len(order_of_row)):
        weather = candidate[FORECAST, row]
        columns[row, 0] = usual_weather if np.isnan(weather) else weather
        columns[row, 1] = np.log(np.maximum(candidate[DISTANCE, row], NEAR_KM))
        columns[row, 2] = candidate[LEAD, row] / 24
        columns[row, 3] = np.log1p(units[order_of_row[row]])
    return columns


@compiled
def _chances(
    coefficients: Floats,
    slopes: Floats,
    standard: tuple[Floats, Floats],
    names: tuple[Integers, Integers],
    n_carriers: int,
) -> Floats:
    """The logistic of level, slopes, carrier and service, shape (n_bags, n_rows)."""
    chance, (carrier, service) = np.empty((len(coefficients), len(slopes))), names
    line = (slopes - standard[0]) / standard[1]
    for bag in range(len(coefficients)):
        of = coefficients[bag]
        for row in range(len(slopes)):
            log_odds = of[0] + of[N_LINE + carrier[row]] + of[N_LINE + n_carriers + 1 + service[row]]
            for place in range(line.shape[1]):
                log_odds += of[1 + place] * line[row, place]
            chance[bag, row] = 0.5 * (1.0 + np.tanh(0.5 * log_odds))
    return chance
