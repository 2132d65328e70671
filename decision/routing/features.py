"""Physical features of a candidate: what could make it late or short of stock, in terms any network shares.

A node or carrier never seen before is just another row of these numbers; nothing names a place. One
code path serves training and requests. Everything is smooth or a hinge, so that a linear model of
contrasts between candidates can bend where the world does: at the promise, the cut-off, the last unit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from data.choice_sets import CANDIDATE_COLUMNS, ChoiceSets
from data.compiling import compiled
from decision.routing.overbooking import require_collection_hours

Floats = NDArray[np.float64]

# What each feature is about. A driver of a decision is reported per subject, not per feature.
FEATURE_SUBJECTS: dict[str, str] = {
    "lead_time_days": "lead_time_hours",
    "distance_mm": "distance_km",
    "cut_off_days": "hours_to_cut_off",
    "late_tight": "slack_hours",
    "late_medium": "slack_hours",
    "late_wide": "slack_hours",
    "lateness": "slack_hours",
    "miss_chance": "capacity_utilization",
    "miss_late": "capacity_utilization",
    "miss_lateness": "capacity_utilization",
    "overload_late": "capacity_utilization",
    "overload_lateness": "capacity_utilization",
    "backlog_log": "backlog_orders",
    "shortage": "stock_left",
    "scarcity": "stock_left",
    "scarcity_wide": "stock_left",
    "scarcity_relative": "stock_left",
    "below_safety_stock": "stock_left",
    "scarcity_late": "stock_left",
    "scarcity_lateness": "stock_left",
    "carrier_overload_late": "carrier_utilization",
    "carrier_overload_lateness": "carrier_utilization",
    "weather_late": "weather_severity",
    "weather_lateness": "weather_severity",
    "stale_scarcity": "observation_age_hours",
    "stale_scarcity_wide": "observation_age_hours",
    "stale_miss": "observation_age_hours",
}
FEATURE_NAMES: tuple[str, ...] = tuple(FEATURE_SUBJECTS)
SUBJECTS: tuple[str, ...] = tuple(dict.fromkeys(FEATURE_SUBJECTS.values()))
# What may change how much a feature matters, and places an order among those of the log.
CONTEXT_NAMES: tuple[str, ...] = ("promise_days", "units_log")

OPTIONAL_COLUMNS = frozenset({"carrier_utilization", "weather_severity", "weather_now"})

# What stands in for a load or for weather is at most what requests may tell.
_MOST = {"carrier_utilization": 100.0, "weather_severity": 1.0}
# By candidate column, for machine code.
_MAY_BE_UNKNOWN = np.array([name in OPTIONAL_COLUMNS for name in CANDIDATE_COLUMNS])

# Chosen: collections come one to three times a day, replenishment takes some days.
MISSED_COLLECTION_HOURS = 12.0
REPLENISHMENT_HOURS = 60.0
# A storm of severity 1 about doubles transit.
WEATHER_SLOWDOWN = 0.9
# Work that an order itself still needs before its collection.
OWN_WORK_HOURS = 0.75


@dataclass(frozen=True, slots=True)
class Imputation:
    """What stands in for what candidates do not tell, as the training log has it.

    Parameters
    ----------
    carrier_utilization, weather_severity : float
        Means, where a network does not report them.
    collection_hours : mapping of str to float
        From one collection to the next, by carrier.
    """

    carrier_utilization: float = 0.0
    weather_severity: float = 0.0
    collection_hours: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, choice_sets: ChoiceSets) -> Imputation:
        """Means of what is known; 0 where nothing is."""
        return cls(
            _known_mean(choice_sets.candidate["carrier_utilization"]),
            _known_mean(choice_sets.candidate["weather_severity"]),
        )

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> Self:
        """Rebuild it from the plain facts that an artefact holds of it.

        Raises
        ------
        ValueError
            If a number is missing or nothing that a log's mean can be, or an interval is not within a day.
        """
        for name, most in _MOST.items():
            value = facts[name]
            if not isinstance(value, float) or not 0 <= value <= most:
                msg = f"{name} is {value!r}, not a number from 0 to {most:g}"
                raise ValueError(msg)
        hours = require_collection_hours(facts["collection_hours"])
        return cls(facts["carrier_utilization"], facts["weather_severity"], hours)


def physical_features(choice_sets: ChoiceSets, imputation: Imputation) -> Floats:
    """Physical features of every candidate.

    What comes in not finite goes out not finite, without a warning: callers look at the result.

    Returns
    -------
    array of shape (n_rows, n_features)
        Columns in the order of FEATURE_NAMES.
    """
    with np.errstate(all="ignore"):
        columns = _columns(choice_sets, imputation)
    features = np.empty((len(columns["distance_mm"]), len(FEATURE_NAMES)))
    for index, name in enumerate(FEATURE_NAMES):
        features[:, index] = columns[name]
    return features


def _columns(choice_sets: ChoiceSets, imputation: Imputation) -> dict[str, Floats]:
    column = choice_sets.candidate
    severity = _known(column["weather_severity"], imputation.weather_severity)
    curves = _Curves.of(slack_hours(choice_sets), np.maximum(column["lead_time_hours"], 0.0), severity)
    staleness = np.minimum(np.maximum(column["observation_age_hours"], 0.0) / 12, 3.0)
    columns = {
        "lead_time_days": column["lead_time_hours"] / 24,
        "distance_mm": column["distance_km"] / 1000,
        "cut_off_days": np.maximum(column["hours_to_cut_off"], 0.0) / 24,
        **curves.plain,
        **_load(column, _known(column["carrier_utilization"], imputation.carrier_utilization), curves),
        **_stock(choice_sets, curves),
    }
    columns["stale_scarcity"] = columns["scarcity"] * staleness
    columns["stale_scarcity_wide"] = columns["scarcity_wide"] * staleness
    columns["stale_miss"] = columns["miss_chance"] * staleness
    return columns


def order_context(choice_sets: ChoiceSets) -> Floats:
    """What is told of each order itself: shape (n_orders, n_context), in the order of CONTEXT_NAMES."""
    return np.array((choice_sets.order["promise_hours"] / 24, np.log1p(choice_sets.order["n_units"]))).T


def finite_rows(choice_sets: ChoiceSets) -> NDArray[np.bool_]:
    """Which rows hold only finite numbers, shape (n_rows,); what may be unknown may be NaN."""
    return _finite_rows(choice_sets.candidate_table, choice_sets.order_table, choice_sets.order_of_row)


def slack_hours(choice_sets: ChoiceSets) -> Floats:
    """Hours between the quoted delivery and the promise, shape (n_rows,); negative is late by quote."""
    column = choice_sets.candidate
    quoted = np.maximum(column["hours_to_cut_off"], 0.0) + column["lead_time_hours"]
    return choice_sets.per_row("promise_hours") - quoted


def stock_left(choice_sets: ChoiceSets) -> Floats:
    """Units left of the scarcest article once the order is filled, shape (n_rows,)."""
    return choice_sets.candidate["available_quantity"] - choice_sets.per_row("max_line_quantity")


@dataclass(frozen=True, slots=True)
class _Curves:
    """Smooth curves at the promise, and what a missed collection or a wait for stock adds to them.

    Transit scatters in proportion to its length, so that the curves' scales grow with the lead time.
    """

    plain: dict[str, Floats]
    miss_late: Floats
    miss_lateness: Floats
    wait_late: Floats
    wait_lateness: Floats

    @classmethod
    def of(cls, slack: Floats, lead: Floats, severity: Floats) -> _Curves:
        medium = 0.3 * lead + 1.0
        stormy = slack - WEATHER_SLOWDOWN * severity * lead
        missed, waited = slack - MISSED_COLLECTION_HOURS, slack - REPLENISHMENT_HOURS
        replenished = np.full_like(lead, 24.0)
        late = _late(
            np.stack((slack, slack, slack, missed, waited, stormy)),
            np.stack((0.12 * lead + 1.0, medium, 0.6 * lead + 2.0, medium, replenished, medium)),
        )
        lateness = _lateness(
            np.stack((slack, slack, missed, waited, stormy)),
            np.stack((0.2 * lead + 1.0, medium, medium, replenished, medium)),
        )
        plain = {
            "late_tight": late[0],
            "late_medium": late[1],
            "late_wide": late[2],
            "lateness": lateness[0],
            "weather_late": late[5] - late[1],
            "weather_lateness": lateness[4] - lateness[1],
        }
        return cls(plain, late[3] - late[1], lateness[2] - lateness[1], late[4] - late[1], lateness[3] - lateness[1])


def _load(column: dict[str, Floats], carrier_utilization: Floats, curves: _Curves) -> dict[str, Floats]:
    utilization = column["capacity_utilization"]
    spare_hours = np.maximum(column["hours_to_cut_off"], 0.0) * (1 - np.minimum(utilization, 3.0))
    miss, overload, carrier_overload = _logistic(
        np.stack(((OWN_WORK_HOURS - spare_hours) / 0.5, (utilization - 1) / 0.15, (carrier_utilization - 1) / 0.1))
    )
    return {
        "miss_chance": miss,
        "miss_late": miss * curves.miss_late,
        "miss_lateness": miss * curves.miss_lateness,
        "overload_late": overload * curves.miss_late,
        "overload_lateness": overload * curves.miss_lateness,
        "backlog_log": np.log1p(column["backlog_orders"]),
        "carrier_overload_late": carrier_overload * curves.miss_late,
        "carrier_overload_lateness": carrier_overload * curves.miss_lateness,
    }


def _stock(choice_sets: ChoiceSets, curves: _Curves) -> dict[str, Floats]:
    left = stock_left(choice_sets)
    reserve = choice_sets.candidate["safety_stock"] + 1.0
    shortage = (left < 0).astype(np.float64)
    spare = np.maximum(left, 0.0)
    scarcity = np.exp(-spare / 3.0) * (1 - shortage)
    return {
        "shortage": shortage,
        "scarcity": scarcity,
        "scarcity_wide": np.exp(-spare / 20.0),
        "scarcity_relative": np.exp(-spare / reserve),
        "below_safety_stock": _logistic(2.0 * (reserve - 1 - left) / reserve),
        "scarcity_late": scarcity * curves.wait_late,
        "scarcity_lateness": scarcity * curves.wait_lateness,
    }


def _late(slack: Floats, scale: Floats) -> Floats:
    """A smooth chance of being late where transit scatters by `scale` hours."""
    # 1.7 x turns the logistic curve into the normal one within .01, without scipy on the serving path.
    return _logistic(-1.702 * slack / scale)


def _lateness(slack: Floats, scale: Floats) -> Floats:
    """A smooth hinge at the promise: expected lateness, in days."""
    bend = scale / 1.702
    result: Floats = bend * np.logaddexp(0.0, -slack / bend) / 24
    return result


def _logistic(value: Floats) -> Floats:
    result: Floats = 0.5 * (1.0 + np.tanh(0.5 * value))
    return result


def _known(values: Floats, otherwise: float) -> Floats:
    return np.where(np.isnan(values), otherwise, values)


def _known_mean(values: Floats) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else 0.0


@compiled
def _finite_rows(candidate: Floats, order: Floats, order_of_row: NDArray[np.int64]) -> NDArray[np.bool_]:
    finite = np.ones(len(order_of_row), np.bool_)
    for row in range(len(order_of_row)):
        for column in range(len(candidate)):
            value = candidate[column, row]
            finite[row] &= np.isfinite(value) or (_MAY_BE_UNKNOWN[column] and np.isnan(value))
        for column in range(len(order)):
            finite[row] &= np.isfinite(order[column, order_of_row[row]])
    return finite
