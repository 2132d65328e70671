"""What a world writes down as it runs: plain columns that only grow, and outcomes by order."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from data.choices import Choice
from simulator.incident_log import IncidentLog
from simulator.reckoning import Reckoning
from simulator.reports import Report

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(slots=True)
class ReportHistory:
    """What a node reported and what was made of it until it reported again, oldest first.

    Parameters
    ----------
    at_hours : array of float
        From when on each entry was what a policy saw.
    pick_work, pack_work : array of float
        Worker hours that are still to be done, as reckoned.
    booked : array of float
        By entry and carrier: parcels booked over what the next collection takes, as reckoned.
    """

    at_hours: array[float] = field(default_factory=lambda: array("d"))
    observed_at_hours: array[float] = field(default_factory=lambda: array("d"))
    backlog: array[int] = field(default_factory=lambda: array("q"))
    pick_work: array[float] = field(default_factory=lambda: array("d"))
    pack_work: array[float] = field(default_factory=lambda: array("d"))
    booked: array[float] = field(default_factory=lambda: array("d"))

    def note(self, report: Report, reckoning: Reckoning, booked: list[float]) -> None:
        """Write down what a policy sees from now on."""
        self.at_hours.append(reckoning.at_hours)
        self.observed_at_hours.append(report.observed_at_hours)
        self.backlog.append(report.backlog)
        self.pick_work.append(reckoning.pick_work)
        self.pack_work.append(reckoning.pack_work)
        self.booked.extend(booked)


@dataclass(slots=True)
class Record:
    """Outcomes by order number (NaN until known), and what decisions were based on, in order of decisions.

    What a policy saw follows from the reports, the timetables and the forecast (`simulator.seen` works it out),
    but for the stock of the order's scarcest article, which is written down.

    Parameters
    ----------
    reports : list of ReportHistory
        By node.
    cancelled_at_hours : dict of int to float
        Of the orders that were cancelled; they have no other outcome.
    n_parcels : dict of int to int
        Of the orders that went in more than one.
    absent : list of int
        Orders that were drawn and did not come.
    available, safety : array of int
        By decision and node of its menu: reported units of the scarcest article, and its safety stock.
    propensity : array of float
        By decision and candidate.
    chosen, default : array of int
        The choice's and the default's place in the choice set, by order; -2 of an order that did not come.
    """

    shipped_at_hours: array[float]
    delivered_at_hours: array[float]
    lost: bytearray
    damaged: bytearray
    reports: list[ReportHistory]
    available: array[int] = field(default_factory=lambda: array("q"))
    safety: array[int] = field(default_factory=lambda: array("q"))
    propensity: array[float] = field(default_factory=lambda: array("d"))
    chosen: array[int] = field(default_factory=lambda: array("q"))
    default: array[int] = field(default_factory=lambda: array("q"))
    incidents: IncidentLog = field(default_factory=IncidentLog)
    cancelled_at_hours: dict[int, float] = field(default_factory=dict)
    n_parcels: dict[int, int] = field(default_factory=dict)
    absent: list[int] = field(default_factory=list)

    @classmethod
    def empty(cls, n_orders: int, n_nodes: int) -> Record:
        """Nothing known yet."""
        unknown = array("d", [float("nan")]) * n_orders
        histories = [ReportHistory() for _ in range(n_nodes)]
        return cls(unknown, unknown[:], bytearray(n_orders), bytearray(n_orders), histories)

    def sort(self) -> None:
        """Bring what nodes told when they were looked at into the order of its happening."""
        self.cancelled_at_hours = dict(sorted(self.cancelled_at_hours.items(), key=lambda item: item[1]))
        self.n_parcels = dict(sorted(self.n_parcels.items()))

    def note(self, available: list[int], safety: list[int], choice: Choice) -> None:
        """Write down a decision and what it was based on."""
        self.available.fromlist(available)
        self.safety.fromlist(safety)
        self.propensity.extend(choice.propensities)
        self.chosen.append(choice.index)
        self.default.append(choice.default_index)

    def note_many(self, shelf: tuple[Ints, Ints], propensity: Floats, chosen: Ints, default: Ints) -> None:
        """Write down decisions, each column of all of them; `shelf` is what was available, and the safety stock."""
        self.available.frombytes(shelf[0].tobytes())
        self.safety.frombytes(shelf[1].tobytes())
        self.propensity.frombytes(propensity.tobytes())
        self.chosen.frombytes(chosen.tobytes())
        self.default.frombytes(default.tobytes())
