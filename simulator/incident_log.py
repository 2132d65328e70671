"""What was answered to incidents, as columns that only grow; an object is made of one only for whoever asks for it."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, overload

from data.choices import ArmChoice
from data.incident_sets import INCIDENT_TYPES
from data.incidents import ARMS
from simulator.customers import Grievance

N_ARMS = len(ARMS)


@dataclass(frozen=True, slots=True)
class IncidentRecord:
    """An incident, its answer, and the customer's reaction."""

    order: int
    customer: int
    occurred_at_hours: float
    n_past_orders: int
    grievance: Grievance
    choice: ArmChoice
    repurchase: bool
    churn: bool
    cost_minor: int


class IncidentRow(NamedTuple):
    """The same as plain numbers; the propensities stand apart."""

    order: int
    customer: int
    occurred_at_hours: float
    n_past_orders: int
    incident_type: int
    tier: int
    lateness_tolerance: float
    hours_late: float
    n_past_incidents: int
    order_value_minor: int
    dwell_hours: float
    arm: int
    repurchase: bool
    churn: bool
    cost_minor: int


_WIDTH = len(IncidentRow._fields)


class IncidentLog(Sequence[IncidentRecord]):
    """Incidents in the order of their answers.

    A large run has hundreds of thousands of them, which the garbage collector would walk if they were objects. Whole
    numbers are kept as floats, which hold them to the last digit.
    """

    __slots__ = ("_propensities", "_rows")

    def __init__(self) -> None:
        self._rows: array[float] = array("d")
        self._propensities: array[float] = array("d")

    def note(self, row: IncidentRow, propensities: Sequence[float]) -> None:
        """Write down one more; propensities by arm."""
        self._rows.extend(row)
        self._propensities.extend(propensities)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]

    def __len__(self) -> int:
        return len(self._rows) // _WIDTH

    @overload
    def __getitem__(self, place: int) -> IncidentRecord: ...

    @overload
    def __getitem__(self, place: slice) -> list[IncidentRecord]: ...

    def __getitem__(self, place: int | slice) -> IncidentRecord | list[IncidentRecord]:
        if isinstance(place, slice):
            return [self._record(one) for one in range(*place.indices(len(self)))]
        return self._record(range(len(self))[place])

    def _record(self, place: int) -> IncidentRecord:
        row = IncidentRow(*self._rows[_WIDTH * place : _WIDTH * (place + 1)])  # type: ignore[arg-type]
        propensities = tuple(self._propensities[N_ARMS * place : N_ARMS * (place + 1)])
        return IncidentRecord(
            order=int(row.order),
            customer=int(row.customer),
            occurred_at_hours=row.occurred_at_hours,
            n_past_orders=int(row.n_past_orders),
            grievance=Grievance(
                INCIDENT_TYPES[int(row.incident_type)],
                int(row.tier),
                row.lateness_tolerance,
                row.hours_late,
                int(row.n_past_incidents),
                int(row.order_value_minor),
                row.dwell_hours,
            ),
            choice=ArmChoice(ARMS[int(row.arm)], propensities),
            repurchase=bool(row.repurchase),
            churn=bool(row.churn),
            cost_minor=int(row.cost_minor),
        )
