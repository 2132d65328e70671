"""What is known of an incident, as the numbers that effects depend on. One code path for training and requests.

Effects of an offer bend with the incident and the customer; the features are few and smooth, because an
arm is logged some hundred times, not some hundred thousand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from data.incidents import Incident, IncidentType
from data.orders import ValueTier
from decision.errors import QuestionError

Floats = NDArray[np.float64]

TAGS: tuple[str, ...] = ("lateness_tolerance", "n_past_orders", "n_past_incidents")
# The plain quantities behind the features; drivers of a decision are reported in these.
SUBJECTS: tuple[str, ...] = ("hours_late", "order_value_minor", *TAGS)
# All that features are made of: what a whitelist of inputs is held against.
INPUTS: tuple[str, ...] = (*SUBJECTS, "incident_type", "value_tier")
FEATURE_NAMES: tuple[str, ...] = (
    "lateness",
    "order_value",
    "tolerance",
    "impatience_lateness",
    "past_orders",
    "past_incidents",
    "tier_plus",
    "tier_premium",
    *(f"type_{kind.value}" for kind in tuple(IncidentType)[1:]),
)
# Features that share a number are taken to bend the effects of offers alike: a rare type tells too little alone.
_FIRST_TYPE = len(FEATURE_NAMES) - len(IncidentType) + 1
FEATURE_FAMILIES: NDArray[np.int64] = np.minimum(np.arange(len(FEATURE_NAMES)), _FIRST_TYPE)
INCIDENT_TYPES: tuple[str, ...] = tuple(kind.value for kind in IncidentType)
# Beyond three weeks a customer feels no difference; it also keeps one lost parcel from bending the line.
_LONGEST_HOURS = 504.0
_LARGEST = 1e12


@dataclass(frozen=True)
class IncidentColumns:
    """Incidents as columns.

    Parameters
    ----------
    subjects : array of shape (n_incidents, n_subjects)
        In the order of SUBJECTS; a tag that is not known is NaN.
    incident_type, value_tier : sequences of length n_incidents
        Their values as text.
    """

    subjects: Floats
    incident_type: tuple[str, ...]
    value_tier: tuple[str, ...]

    @classmethod
    def of_table(cls, table: pd.DataFrame) -> IncidentColumns:
        """Read the columns of a decision log's `incidents` table."""
        return cls(
            np.column_stack([np.asarray(table[name], dtype=np.float64) for name in SUBJECTS]),
            tuple(str(value) for value in table["incident_type"]),
            tuple(str(value) for value in table["value_tier"]),
        )

    @classmethod
    def of_incident(cls, incident: Incident) -> IncidentColumns:
        """Read one incident.

        Raises
        ------
        QuestionError
            If a number is negative, not finite or absurdly large, or a tag is no number.
        """
        # An integer beyond every float must not overflow before it is refused.
        value_minor = float(min(max(incident.order_value_minor, -1), 2 * int(_LARGEST)))
        plain = {"hours_late": incident.hours_late, "order_value_minor": value_minor}
        numbers = {**plain, **{name: _tag(incident.customer.tags, name) for name in TAGS}}
        for name, value in numbers.items():
            if value < 0 or value > _LARGEST or (name in plain and np.isnan(value)):
                msg = f"incident {incident.incident_id!r}: {name} must be from 0 to {_LARGEST:g}, got {value:g}"
                raise QuestionError(msg)
        if numbers["lateness_tolerance"] > 1:
            msg = f"incident {incident.incident_id!r}: lateness_tolerance is {numbers['lateness_tolerance']}; at most 1"
            raise QuestionError(msg)
        row = np.array([[numbers[name] for name in SUBJECTS]])
        return cls(row, (incident.incident_type.value,), (incident.customer.value_tier.value,))

    def filled(self, reference: Floats) -> IncidentColumns:
        """The same with reference values, shape (n_subjects,), where a tag is not known."""
        subjects = np.where(np.isnan(self.subjects), reference, self.subjects)
        return IncidentColumns(subjects, self.incident_type, self.value_tier)

    def hours_late(self) -> Floats:
        """Hours past the promise, shape (n_incidents,), without a longest."""
        hours: Floats = self.subjects[:, SUBJECTS.index("hours_late")]
        return hours

    def type_codes(self) -> NDArray[np.int64]:
        """Positions in INCIDENT_TYPES, shape (n_incidents,)."""
        return np.array([INCIDENT_TYPES.index(kind) for kind in self.incident_type], dtype=np.int64)


def incident_features(columns: IncidentColumns) -> Floats:
    """Features of every incident, shape (n_incidents, n_features), in the order of FEATURE_NAMES."""
    hours, value, tolerance, orders, incidents = columns.subjects.T
    lateness = np.log1p(np.minimum(hours, _LONGEST_HOURS) / 24)
    tier, kind = np.array(columns.value_tier), np.array(columns.incident_type)
    return np.column_stack(
        [
            lateness,
            np.log1p(value / 10_000),
            tolerance,
            lateness * (1 - tolerance),
            np.log1p(orders),
            np.log1p(incidents),
            _flag(tier, ValueTier.PLUS.value),
            _flag(tier, ValueTier.PREMIUM.value),
            *(_flag(kind, name) for name in INCIDENT_TYPES[1:]),
        ]
    )


def unknown_tags(incident: Incident) -> tuple[str, ...]:
    """Names of the tags that models read and this customer does not carry."""
    tags = incident.customer.tags
    known_tier = tags.get("value_tier") in tuple(ValueTier)
    return tuple(name for name in TAGS if name not in tags) + (() if known_tier else ("value_tier",))


def _flag(labels: ArrayLike, wanted: str) -> Floats:
    flags: Floats = (np.asarray(labels) == wanted).astype(np.float64)
    return flags


def _tag(tags: Mapping[str, str | float | bool], name: str) -> float:
    value = tags.get(name, float("nan"))
    if isinstance(value, bool | str) or (name in tags and not np.isfinite(value)):
        msg = f"customer tag {name} is {value!r}; give a finite number or leave it out"
        raise QuestionError(msg)
    return float(value)
