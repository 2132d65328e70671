"""Incidents as columns: what is known of many at once, for policies whose answers need no customer's history."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.incidents import IncidentType

INCIDENT_TYPES: tuple[IncidentType, ...] = tuple(IncidentType)


@dataclass(frozen=True, slots=True)
class IncidentSet:
    """Incidents in any order; each array has one entry an incident, and means what it means in `Incident`.

    Parameters
    ----------
    incident_type : array of int of shape (n_incidents,)
        Places in INCIDENT_TYPES.
    allowed : array of bool of shape (n_incidents, n_arms)
        By arm of `ARMS`.
    """

    incident_type: NDArray[np.int64]
    hours_late: NDArray[np.float64]
    dwell_hours: NDArray[np.float64]
    order_value_minor: NDArray[np.int64]
    budget_minor: NDArray[np.int64]
    allowed: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class ArmChoices:
    """A compensation policy's answers to many incidents at once.

    Parameters
    ----------
    arm : array of int of shape (n_incidents,)
        Places in `ARMS`.
    propensity : array of shape (n_incidents, n_arms)
        As of `ArmChoice`.
    """

    arm: NDArray[np.int64]
    propensity: NDArray[np.float64]
