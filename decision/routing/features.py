"""Physical features of a candidate: what could make it late or short of stock, in terms any network shares.

A node or carrier never seen before is just another row of these numbers; nothing names a place. One
code path serves training and requests. Everything is smooth or a hinge, so that a linear model of
contrasts between candidates can bend where the world does: at the promise, the cut-off, the last unit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.choice_sets import ChoiceSets

Floats = NDArray[np.float64]

# What each feature is about. A driver of a decision is reported per subject, not per feature.
FEATURE_SUBJECTS: dict[str, str] = {
    "lead_time_days": "lead_time_hours",
    "distance_mm": "distance_km",
    "late_tight": "slack_hours",
    "late_medium": "slack_hours",
    "late_wide": "slack_hours",
    "lateness_tight": "slack_hours",
    "lateness_wide": "slack_hours",
    "late_after_miss": "slack_hours",
    "lateness_after_miss": "slack_hours",
    "overload": "capacity_utilization",
    "overload_chance": "capacity_utilization",
    "overload_late": "capacity_utilization",
    "overload_lateness": "capacity_utilization",
    "backlog_log": "backlog_orders",
    "shortage": "stock_left",
    "scarcity": "stock_left",
    "scarcity_wide": "stock_left",
    "below_safety_stock": "stock_left",
    "shortage_late": "stock_left",
    "carrier_overload_chance": "carrier_utilization",
    "carrier_overload_late": "carrier_utilization",
    "carrier_overload_lateness": "carrier_utilization",
    "weather_transit": "weather_severity",
    "weather_distance": "weather_severity",
    "weather_late": "weather_severity",
    "stale_scarcity": "observation_age_hours",
}
FEATURE_NAMES: tuple[str, ...] = tuple(FEATURE_SUBJECTS)
SUBJECTS: tuple[str, ...] = tuple(dict.fromkeys(FEATURE_SUBJECTS.values()))
MODIFIER_NAMES: tuple[str, ...] = ("promise_days", "units_log")

OPTIONAL_COLUMNS = frozenset({"carrier_utilization", "weather_severity"})

# A parcel that misses a collection waits about a day for the next one.
MISSED_COLLECTION_HOURS = 24.0


@dataclass(frozen=True, slots=True)
class Imputation:
    """What stands in for observations that a network does not report: their means in the training log."""

    carrier_utilization: float = 0.0
    weather_severity: float = 0.0

    @classmethod
    def of(cls, choice_sets: ChoiceSets) -> Imputation:
        """Means of what is known; 0 where nothing is."""
        return cls(
            _known_mean(choice_sets.candidate["carrier_utilization"]),
            _known_mean(choice_sets.candidate["weather_severity"]),
        )


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
    lead = np.maximum(column["lead_time_hours"], 0.0)
    slack = slack_hours(choice_sets)
    return {
        "lead_time_days": lead / 24,
        "distance_mm": column["distance_km"] / 1000,
        **_promise(slack, lead),
        **_node_load(column, slack, lead),
        **_stock(choice_sets, slack),
        **_carrier_load(_known(column["carrier_utilization"], imputation.carrier_utilization), slack, lead),
        **_weather(column, _known(column["weather_severity"], imputation.weather_severity), slack, lead),
    }


def effect_modifiers(choice_sets: ChoiceSets) -> Floats:
    """What may change how much a feature matters: shape (n_orders, n_modifiers), as MODIFIER_NAMES."""
    return np.column_stack((choice_sets.order["promise_hours"] / 24, np.log1p(choice_sets.order["n_units"])))


def finite_rows(choice_sets: ChoiceSets) -> NDArray[np.bool_]:
    """Which rows hold only finite numbers, shape (n_rows,); what may be unknown may be NaN."""
    known = [
        np.isfinite(values) if name not in OPTIONAL_COLUMNS else ~np.isinf(values)
        for name, values in choice_sets.candidate.items()
    ]
    order = np.logical_and.reduce([np.isfinite(values) for values in choice_sets.order.values()])
    finite: NDArray[np.bool_] = np.logical_and.reduce([*known, order[choice_sets.order_of_row]])
    return finite


def slack_hours(choice_sets: ChoiceSets) -> Floats:
    """Hours between the quoted delivery and the promise, shape (n_rows,); negative is late by quote."""
    column = choice_sets.candidate
    quoted = np.maximum(column["hours_to_cut_off"], 0.0) + column["lead_time_hours"]
    return choice_sets.per_row("promise_hours") - quoted


def stock_left(choice_sets: ChoiceSets) -> Floats:
    """Units left of the scarcest article once the order is filled, shape (n_rows,)."""
    return choice_sets.candidate["available_quantity"] - choice_sets.per_row("max_line_quantity")


def subject_values(choice_sets: ChoiceSets, imputation: Imputation) -> Floats:
    """The plain quantity behind each subject, shape (n_rows, n_subjects), in the order of SUBJECTS."""
    column = choice_sets.candidate
    derived = {
        "slack_hours": slack_hours(choice_sets),
        "stock_left": stock_left(choice_sets),
        "carrier_utilization": _known(column["carrier_utilization"], imputation.carrier_utilization),
        "weather_severity": _known(column["weather_severity"], imputation.weather_severity),
    }
    return np.column_stack([derived[name] if name in derived else column[name] for name in SUBJECTS])


def _promise(slack: Floats, lead: Floats) -> dict[str, Floats]:
    return {
        "late_tight": _late(slack, 3.0),
        "late_medium": _late(slack, 0.2 * lead + 2.0),
        "late_wide": _late(slack, 0.5 * lead + 6.0),
        "lateness_tight": _lateness(slack, 0.1 * lead + 2.0),
        "lateness_wide": _lateness(slack, 0.5 * lead + 6.0),
        "late_after_miss": _late(slack - MISSED_COLLECTION_HOURS, 0.2 * lead + 2.0),
        "lateness_after_miss": _lateness(slack - MISSED_COLLECTION_HOURS, 0.2 * lead + 2.0),
    }


def _node_load(column: dict[str, Floats], slack: Floats, lead: Floats) -> dict[str, Floats]:
    overload = column["capacity_utilization"] - 1
    chance = _logistic(overload / 0.15)
    late, lateness = _cost_of_missing(slack, lead)
    return {
        "overload": np.clip(overload, 0.0, 3.0),
        "overload_chance": chance,
        "overload_late": chance * late,
        "overload_lateness": chance * lateness,
        "backlog_log": np.log1p(column["backlog_orders"]),
    }


def _stock(choice_sets: ChoiceSets, slack: Floats) -> dict[str, Floats]:
    column = choice_sets.candidate
    left = stock_left(choice_sets)
    shortage = (left < 0).astype(np.float64)
    scarcity = np.exp(-np.clip(left, 0.0, None) / 3.0) * (1 - shortage)
    return {
        "shortage": shortage,
        "scarcity": scarcity,
        "scarcity_wide": np.exp(-np.clip(left, 0.0, None) / 20.0),
        "below_safety_stock": _logistic(2.0 * (column["safety_stock"] - left) / (column["safety_stock"] + 1.0)),
        "shortage_late": shortage * _late(slack, 24.0),
        "stale_scarcity": scarcity * np.minimum(np.maximum(column["observation_age_hours"], 0.0) / 24, 3.0),
    }


def _carrier_load(utilization: Floats, slack: Floats, lead: Floats) -> dict[str, Floats]:
    chance = _logistic((utilization - 1) / 0.1)
    late, lateness = _cost_of_missing(slack, lead)
    return {
        "carrier_overload_chance": chance,
        "carrier_overload_late": chance * late,
        "carrier_overload_lateness": chance * lateness,
    }


def _weather(column: dict[str, Floats], severity: Floats, slack: Floats, lead: Floats) -> dict[str, Floats]:
    return {
        "weather_transit": severity * lead / 24,
        "weather_distance": severity * column["distance_km"] / 1000,
        "weather_late": severity * _late(slack, 0.3 * lead + 3.0),
    }


def _cost_of_missing(slack: Floats, lead: Floats) -> tuple[Floats, Floats]:
    """What waiting for the next collection adds to the late and the lateness curve."""
    scale = 0.2 * lead + 2.0
    missed = slack - MISSED_COLLECTION_HOURS
    return _late(missed, scale) - _late(slack, scale), _lateness(missed, scale) - _lateness(slack, scale)


def _late(slack: Floats, scale: Floats | float) -> Floats:
    """A smooth chance of being late where transit scatters by `scale` hours."""
    # 1.7 x turns the logistic curve into the normal one within .01, without scipy on the serving path.
    return _logistic(-1.702 * slack / scale)


def _lateness(slack: Floats, scale: Floats | float) -> Floats:
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
