"""Customers' reactions to many answers at once, but for what they have been through by the time of the answer.

Log odds are summed in the order of `reaction_probabilities`, so that both agree to the last bit. What an incident
before this one adds is left open: it is known only when the incident opens.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from data.compiling import compiled
from data.incident_sets import INCIDENT_TYPES, IncidentSet
from data.incidents import ARMS, CompensationArm, IncidentType
from simulator.customers import HOURS_PER_DAY, NO_APPEASEMENT, probability
from simulator.scenario.customers import ArmReactionSpec, CustomersSpec, ReactionSpec

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
_LOST, _DAMAGED, _STOCK_OUT = (
    INCIDENT_TYPES.index(kind) for kind in (IncidentType.LOST, IncidentType.DAMAGED, IncidentType.STOCK_OUT)
)


def reacts(terms: Sequence[float], n_past_incidents: int) -> float:
    """The probability of a reaction, of a customer who has had so many incidents before.

    Parameters
    ----------
    terms : sequence of float
        Log odds in the order in which they are added: what comes before earlier incidents, what each of these adds,
        and what a parcel that is lost or damaged, goods that were missing, and the arm add after them.
    """
    before, per_past_incident, broken, short, offered = terms
    return probability(before + per_past_incident * n_past_incidents + broken + short + offered)


class Reactions:
    """What a scenario's customers do, ready to be worked out by columns."""

    def __init__(self, spec: CustomersSpec) -> None:
        self._spec = spec
        self._offers = [spec.arms.get(arm, NO_APPEASEMENT) for arm in ARMS]
        self._may_answer = np.array(
            [[arm in spec.arms and kind in spec.arms[arm].allowed_for for arm in ARMS] for kind in INCIDENT_TYPES]
        )
        self._most_days = spec.max_days_late
        self._tables = (
            _tables(spec.repurchase, [offer.repurchase for offer in self._offers]),
            _tables(spec.churn, [offer.churn for offer in self._offers]),
        )
        self._cost_minor = np.array([offer.cost_minor for offer in self._offers])
        self._cost_share = np.array([offer.cost_value_share for offer in self._offers])

    def budget_minor(self, order_value_minor: Ints) -> Ints:
        """The most that may be spent on each incident."""
        share = np.rint(self._spec.budget_value_share * order_value_minor)
        budget: Ints = self._spec.budget_minor + share.astype(np.int64)
        return budget

    def full_cost_minor(self, order_value_minor: Ints) -> Ints:
        """Cost of each arm if it is taken up, shape (n_incidents, n_arms)."""
        cost: Ints = self._cost_minor + np.rint(self._cost_share * order_value_minor[:, None]).astype(np.int64)
        return cost

    def on_offer(self, incident_type: Ints, budget_minor: Ints, cost_minor: Ints) -> Flags:
        """Which arms may answer each incident, shape (n_incidents, n_arms)."""
        allowed = self._may_answer[incident_type] & (cost_minor <= budget_minor[:, None])
        allowed[:, ARMS.index(CompensationArm.NONE)] = True
        return allowed

    def odds(
        self, incidents: IncidentSet, arm: Ints, tier: Ints, tolerance: Floats
    ) -> tuple[list[list[float]], list[list[float]]]:
        """Terms for `reacts`: of buying again, and of leaving, for customers of these tiers and tolerances."""
        days_late = np.minimum(incidents.hours_late / HOURS_PER_DAY, self._most_days)
        days_dwelt = np.minimum(incidents.dwell_hours / HOURS_PER_DAY, self._most_days)
        people = (arm, tier, tolerance, incidents.incident_type)
        repurchase, churn = (_terms(people, days_late, days_dwelt, *tables).tolist() for tables in self._tables)
        return repurchase, churn


def _tables(spec: ReactionSpec, offers: list[ArmReactionSpec]) -> tuple[Floats, Floats]:
    """A failure's coefficients, and each arm's, in the order of `_terms`."""
    failure = (
        *(spec.base, 0.0, spec.plus, spec.premium, spec.per_day_late, spec.per_day_dwelt or 0.0),
        *(spec.per_past_incident, spec.lost_or_damaged, spec.stock_out),
    )
    arms = [(item.base, 0.0, item.plus, item.premium, item.per_tolerance, item.per_day_late) for item in offers]
    return np.array(failure), np.array(arms)


@compiled
def _terms(
    people: tuple[Ints, Ints, Floats, Ints], days_late: Floats, days_dwelt: Floats, failure: Floats, arms: Floats
) -> Floats:
    """The terms of each incident for `reacts`, shape (n_incidents, 5)."""
    arm, tier, tolerance, kind = people
    terms = np.empty((len(arm), 5))
    for row in range(len(arm)):
        offer, rigour = arms[arm[row]], 1 - tolerance[row]
        terms[row, 0] = (
            failure[0]
            + failure[1 + tier[row]]
            + failure[4] * days_late[row] * rigour
            + failure[5] * days_dwelt[row] * rigour
        )
        terms[row, 1] = failure[6]
        terms[row, 2] = failure[7] if kind[row] == _LOST or kind[row] == _DAMAGED else 0.0
        terms[row, 3] = failure[8] if kind[row] == _STOCK_OUT else 0.0
        terms[row, 4] = offer[0] + offer[1 + tier[row]] + offer[4] * (tolerance[row] - 0.5) + offer[5] * days_late[row]
    return terms
