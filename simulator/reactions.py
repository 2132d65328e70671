"""Customers' reactions to many answers at once, but for what they have been through by the time of the answer.

Log odds are summed in the order of `reaction_probabilities`, so that both agree to the last bit. What an incident
before this one adds is left open: it is known only when the incident opens.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.incident_sets import INCIDENT_TYPES, IncidentSet
from data.incidents import ARMS, CompensationArm, IncidentType
from simulator.customers import HOURS_PER_DAY, NO_APPEASEMENT, probability
from simulator.scenario.customers import ArmReactionSpec, CustomersSpec, ReactionSpec

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Odds:
    """Log odds of a reaction, open as to earlier incidents.

    Parameters
    ----------
    before, after : float
        Terms that are added before what earlier incidents add, and one by one after it.
    per_past_incident : float
        What each earlier incident adds.
    """

    before: float
    per_past_incident: float
    after: tuple[float, float, float]

    def probability(self, n_past_incidents: int) -> float:
        """The probability of a customer who has had so many incidents before."""
        broken, short, offered = self.after
        return probability(self.before + self.per_past_incident * n_past_incidents + broken + short + offered)


class Reactions:
    """What a scenario's customers do, ready to be worked out by columns."""

    def __init__(self, spec: CustomersSpec) -> None:
        self._spec = spec
        self._offers = [spec.arms.get(arm, NO_APPEASEMENT) for arm in ARMS]
        self._may_answer = np.array(
            [[arm in spec.arms and kind in spec.arms[arm].allowed_for for arm in ARMS] for kind in INCIDENT_TYPES]
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

    def odds(self, incidents: IncidentSet, arm: Ints, tier: Ints, tolerance: Floats) -> tuple[list[Odds], list[Odds]]:
        """Of buying again, and of leaving, for incidents of customers of these tiers and tolerances."""
        spec = self._spec
        return (
            self._odds(
                spec.repurchase, [offer.repurchase for offer in self._offers], incidents, (arm, tier, tolerance)
            ),
            self._odds(spec.churn, [offer.churn for offer in self._offers], incidents, (arm, tier, tolerance)),
        )

    def _odds(
        self,
        spec: ReactionSpec,
        offers: list[ArmReactionSpec],
        incidents: IncidentSet,
        people: tuple[Ints, Ints, Floats],
    ) -> list[Odds]:
        arm, tier, tolerance = people
        days_late = np.minimum(incidents.hours_late / HOURS_PER_DAY, self._spec.max_days_late)
        days_dwelt = np.minimum(incidents.dwell_hours / HOURS_PER_DAY, self._spec.max_days_late)
        before = (
            spec.base
            + np.array((0.0, spec.plus, spec.premium))[tier]
            + spec.per_day_late * days_late * (1 - tolerance)
            + (spec.per_day_dwelt or 0.0) * days_dwelt * (1 - tolerance)
        )
        of_arm = np.array([(item.base, item.per_tolerance, item.per_day_late) for item in offers])[arm]
        of_tier = np.array([(0.0, item.plus, item.premium) for item in offers])[arm, tier]
        offered = of_arm[:, 0] + of_tier + of_arm[:, 1] * (tolerance - 0.5) + of_arm[:, 2] * days_late
        broken = spec.lost_or_damaged * np.isin(incidents.incident_type, _BROKEN)
        short = spec.stock_out * (incidents.incident_type == _STOCK_OUT)
        after = zip(broken.tolist(), short.tolist(), offered.tolist(), strict=True)
        return [Odds(start, spec.per_past_incident, rest) for start, rest in zip(before.tolist(), after, strict=True)]


_BROKEN = [INCIDENT_TYPES.index(kind) for kind in (IncidentType.LOST, IncidentType.DAMAGED)]
_STOCK_OUT = INCIDENT_TYPES.index(IncidentType.STOCK_OUT)
