"""Choice sets: an order and its candidates as columns of numbers, with times relative to the decision.

This is all that a policy or a model of routing ever sees. `ChoiceSet` is one order, in plain Python
sequences, for policies that decide one order at a time; `ChoiceSets` is many, in numpy arrays, for models.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import accumulate, pairwise
from operator import attrgetter
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.candidates import Candidate
from data.compiling import compiled
from data.decision_log.dataset import DecisionLog
from data.orders import Order

Floats = NDArray[np.float64]

ORDER_COLUMNS: tuple[str, ...] = (
    "hour_of_day",
    "day_of_week",
    "promise_hours",
    "n_units",
    "max_line_quantity",
    "order_value_minor",
)
CANDIDATE_COLUMNS: tuple[str, ...] = (
    "available_quantity",
    "safety_stock",
    "capacity_utilization",
    "backlog_orders",
    "hours_to_cut_off",
    "lead_time_hours",
    "distance_km",
    "freight_minor",
    "handling_minor",
    "carbon_kg",
    "observation_age_hours",
    "carrier_utilization",
    "weather_severity",
    "weather_now",
)
_NAMES: tuple[str, ...] = ("node_id", "carrier_id", "service_level")
# What the record of a candidate tells: instants where choice sets tell hours, and the rest as it stands there.
_INSTANTS: tuple[str, ...] = ("cut_off_at", "observed_at")
_HOURS = frozenset({"hours_to_cut_off", "observation_age_hours"})
_RECORDED: tuple[str, ...] = (
    *("candidate_id", *_NAMES, *_INSTANTS),
    *(name for name in CANDIDATE_COLUMNS if name not in _HOURS),
)
_recorded_values = attrgetter(*_RECORDED)
_MAY_BE_UNKNOWN: tuple[str, ...] = ("carrier_utilization", "weather_severity", "weather_now")


@dataclass(frozen=True, slots=True)
class ChoiceSet:
    """One order and its candidates.

    Parameters
    ----------
    hour_of_day : float
        UTC hour of the decision, minutes as fractions.
    day_of_week : int
        Monday is 0.
    promise_hours : float
        From the decision to the promise; negative once it has passed.
    hours_to_cut_off, observation_age_hours : sequence of float
        One entry a candidate, like every column below `candidate_id`; see `data.candidates.Candidate`
        for meanings. An unknown carrier utilization or weather is NaN.
    node_id, carrier_id, service_level : sequence of str
        From where, who carries it and how; empty where it is not told. Nodes' names only tell which candidates share
        one. Nothing but how safe a carrier proved to be, and how often it calls, is ever looked up by name.
    """

    order_id: str
    hour_of_day: float
    day_of_week: int
    promise_hours: float
    n_units: int
    max_line_quantity: int
    order_value_minor: int
    candidate_id: Sequence[str]
    available_quantity: Sequence[float]
    safety_stock: Sequence[float]
    capacity_utilization: Sequence[float]
    backlog_orders: Sequence[float]
    hours_to_cut_off: Sequence[float]
    lead_time_hours: Sequence[float]
    distance_km: Sequence[float]
    freight_minor: Sequence[float]
    handling_minor: Sequence[float]
    carbon_kg: Sequence[float]
    observation_age_hours: Sequence[float]
    carrier_utilization: Sequence[float]
    weather_severity: Sequence[float]
    weather_now: Sequence[float]
    node_id: Sequence[str] = ()
    carrier_id: Sequence[str] = ()
    service_level: Sequence[str] = ()

    @classmethod
    def of(cls, order: Order, candidates: Sequence[Candidate], decided_at: datetime) -> ChoiceSet:
        """Build the choice set of an order whose candidates came as records."""
        moment = decided_at.astimezone(UTC)
        told: dict[str, Sequence[Any]] = dict.fromkeys(_RECORDED, ())
        told.update(zip(_RECORDED, zip(*map(_recorded_values, candidates), strict=True), strict=False))
        cut_off_at, observed_at = (told.pop(name) for name in _INSTANTS)
        return cls(
            order_id=order.order_id,
            hour_of_day=moment.hour + moment.minute / 60 + moment.second / 3600,
            day_of_week=moment.weekday(),
            promise_hours=_hours(order.promised_at - moment),
            n_units=order.n_units,
            max_line_quantity=order.max_line_quantity,
            order_value_minor=order.value_minor,
            hours_to_cut_off=[_hours(at - moment) for at in cut_off_at],
            observation_age_hours=[_hours(moment - at) for at in observed_at],
            **told | {name: _or_nan(told[name]) for name in _MAY_BE_UNKNOWN},
        )


@dataclass(frozen=True)
class ChoiceSets:
    """Many orders and their candidates; arrays are not changed once they are in here.

    Parameters
    ----------
    order : dict of arrays of shape (n_orders,)
        One entry for each of ORDER_COLUMNS.
    candidate : dict of arrays of shape (n_rows,)
        One entry for each of CANDIDATE_COLUMNS; an order's rows stand together.
    offsets : array of shape (n_orders + 1,)
        Where each order's rows start, and the end.
    node_id, carrier_id, service_level : sequence of str
        One entry a row; empty where it is not told.
    """

    order: dict[str, Floats]
    candidate: dict[str, Floats]
    offsets: NDArray[np.int64]
    node_id: Sequence[str] = ()
    carrier_id: Sequence[str] = ()
    service_level: Sequence[str] = ()

    @property
    def n_orders(self) -> int:
        """How many orders there are."""
        return len(self.offsets) - 1

    @cached_property
    def order_of_row(self) -> NDArray[np.int64]:
        """The index of the order that each row belongs to, shape (n_rows,)."""
        return _numbered(self.offsets)

    @cached_property
    def node_of_row(self) -> NDArray[np.int64]:
        """A number for the node of each row, to be compared within its order alone, shape (n_rows,).

        It does not hang on the order of candidates. Where nodes are not told, those of one distance are of one node.
        """
        if not len(self.node_id):
            return np.unique(self.candidate["distance_km"], return_inverse=True, equal_nan=False)[1]
        numbers: list[int] = []
        for start, end in pairwise(self.offsets.tolist()):
            names = self.node_id[start:end]
            place = {name: number for number, name in enumerate(sorted(set(names)))}
            numbers += [place[name] for name in names]
        return np.array(numbers, dtype=np.int64)

    @cached_property
    def candidate_table(self) -> Floats:
        """All of CANDIDATE_COLUMNS, one below the other, shape (n_columns, n_rows)."""
        return np.array([self.candidate[name] for name in CANDIDATE_COLUMNS])

    @cached_property
    def order_table(self) -> Floats:
        """All of ORDER_COLUMNS, one below the other, shape (n_columns, n_orders)."""
        return np.array([self.order[name] for name in ORDER_COLUMNS])

    def per_row(self, order_column: str) -> Floats:
        """An order column repeated for each of its candidates, shape (n_rows,)."""
        return self.order[order_column][self.order_of_row]

    @classmethod
    def of_one(cls, choices: ChoiceSet) -> ChoiceSets:
        """The batch that holds one order."""
        return cls.of_many((choices,))

    @classmethod
    def of_many(cls, choices: Sequence[ChoiceSet]) -> ChoiceSets:
        """The batch that holds these orders, of which there is at least one, in their order."""
        order = np.ascontiguousarray(np.array([_order_values(item) for item in choices], dtype=np.float64).T)
        blocks = [np.array(_candidate_values(item), dtype=np.float64) for item in choices]
        candidate = blocks[0] if len(blocks) == 1 else np.concatenate(blocks, axis=1)
        sets = cls(
            order=dict(zip(ORDER_COLUMNS, order, strict=True)),
            candidate=dict(zip(CANDIDATE_COLUMNS, candidate, strict=True)),
            offsets=np.array([0, *accumulate(len(item.candidate_id) for item in choices)]),
            **{name: _joined([getattr(item, name) for item in choices]) for name in _NAMES},
        )
        # Their columns are those of the tables already.
        vars(sets).update(order_table=order, candidate_table=candidate)
        return sets

    @classmethod
    def joined(cls, parts: Sequence[ChoiceSets]) -> ChoiceSets:
        """The batch that holds the orders of these batches, of which there is at least one, in their order."""
        starts = accumulate((int(part.offsets[-1]) for part in parts), initial=0)
        ends = [start + part.offsets[1:] for start, part in zip(starts, parts, strict=False)]
        return cls(
            order={name: np.concatenate([part.order[name] for part in parts]) for name in ORDER_COLUMNS},
            candidate={name: np.concatenate([part.candidate[name] for part in parts]) for name in CANDIDATE_COLUMNS},
            offsets=np.concatenate(([0], *ends)).astype(np.int64),
            **{name: _joined([getattr(part, name) for part in parts]) for name in _NAMES},
        )

    def taken(self, rows: NDArray[np.int64]) -> ChoiceSets:
        """Some rows, each as the only candidate of its order."""
        order = np.array(list(self.order.values()))[:, self.order_of_row[rows]]
        candidate = np.array(list(self.candidate.values()))[:, rows]
        return ChoiceSets(
            order=dict(zip(self.order, order, strict=True)),
            candidate=dict(zip(self.candidate, candidate, strict=True)),
            offsets=np.arange(len(rows) + 1, dtype=np.int64),
            **{name: _taken(getattr(self, name), rows) for name in _NAMES},
        )

    @classmethod
    def of_log(cls, log: DecisionLog) -> ChoiceSets:
        """The choice sets of every order in a decision log, in its order."""
        offsets = log.candidate_offsets()
        decided_at = log.orders["decided_at"]
        decided_at_row = decided_at.iloc[np.repeat(np.arange(len(decided_at)), np.diff(offsets))].reset_index(drop=True)
        midnight = decided_at.dt.normalize()
        order = {
            "hour_of_day": _column_hours(decided_at - midnight),
            "day_of_week": decided_at.dt.day_of_week.to_numpy(dtype=np.float64),
            "promise_hours": _column_hours(log.orders["promised_at"] - decided_at),
            **{name: log.orders[name].to_numpy(dtype=np.float64) for name in ORDER_COLUMNS[3:]},
        }
        relative = {
            "hours_to_cut_off": _column_hours(log.candidates["cut_off_at"] - decided_at_row),
            "observation_age_hours": _column_hours(decided_at_row - log.candidates["observed_at"]),
        }
        plain = {name: _column(log.candidates, name) for name in CANDIDATE_COLUMNS if name not in relative}
        named = {name: log.candidates[name].tolist() for name in _NAMES}
        return cls(order, {name: {**plain, **relative}[name] for name in CANDIDATE_COLUMNS}, offsets, **named)


@compiled
def _numbered(offsets: NDArray[np.int64]) -> NDArray[np.int64]:
    number = np.empty(offsets[-1], np.int64)
    for order in range(len(offsets) - 1):
        number[offsets[order] : offsets[order + 1]] = order
    return number


_order_values, _candidate_values = attrgetter(*ORDER_COLUMNS), attrgetter(*CANDIDATE_COLUMNS)


def _joined(names: Sequence[Sequence[str]]) -> Sequence[str]:
    """The names of all orders' rows; none where some order does not tell them."""
    if len(names) == 1:
        return names[0]
    return [name for told in names for name in told] if all(names) else ()


def _taken(names: Sequence[str], rows: NDArray[np.int64]) -> Sequence[str]:
    return [names[row] for row in rows.tolist()] if names else ()


def _hours(duration: timedelta) -> float:
    return duration.total_seconds() / 3600


def _or_nan(values: Sequence[float | None]) -> list[float]:
    return [float("nan") if value is None else value for value in values]


def _column(table: pd.DataFrame, name: str) -> Floats:
    """A column as numbers; one that a log need not have is unknown throughout."""
    if name not in table:
        return np.full(len(table), np.nan)
    return table[name].to_numpy(dtype=np.float64)


def _column_hours(durations: pd.Series) -> Floats:
    hours: Floats = durations.dt.total_seconds().to_numpy(dtype=np.float64) / 3600
    return hours
