"""Customers, what a failure does to them, and what each appeasement changes."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from data.incidents import ARMS, CompensationArm, IncidentType
from simulator.scenario.fields import HourQuantiles, Hours, LogOdds, MinorUnits, Part, Share, Weight
from simulator.scenario.mishaps import AddressChangeSpec

Shape = Annotated[float, Field(gt=0, le=100)]


class TierShares(Part):
    """Weights of the value tiers."""

    basic: Weight = 0.65
    plus: Weight = 0.25
    premium: Weight = 0.1


class ReactionSpec(Part):
    """Log odds of one reaction within 90 days of an incident, with no appeasement.

    Parameters
    ----------
    base, plus, premium : float
        For a basic customer, and what the other tiers add.
    per_day_late : float
        Added per day late, times (1 - lateness tolerance).
    per_day_dwelt : float or None
        Added per day at the node where that was too long (`dwell_limit_hours`), times (1 - lateness tolerance).
    per_past_incident : float
        Added per incident the customer has had before.
    lost_or_damaged, stock_out : float
        Added where the order was lost or damaged, or had to wait for stock.
    """

    base: LogOdds
    plus: LogOdds = 0.0
    premium: LogOdds = 0.0
    per_day_late: LogOdds = 0.0
    per_day_dwelt: LogOdds | None = None
    per_past_incident: LogOdds = 0.0
    lost_or_damaged: LogOdds = 0.0
    stock_out: LogOdds = 0.0


class ArmReactionSpec(Part):
    """What an appeasement adds to the log odds of one reaction.

    Parameters
    ----------
    base, plus, premium : float
        For a basic customer, and what the other tiers add.
    per_tolerance : float
        Times (lateness tolerance - 0.5).
    per_day_late : float
        Times days late.
    """

    base: LogOdds = 0.0
    plus: LogOdds = 0.0
    premium: LogOdds = 0.0
    per_tolerance: LogOdds = 0.0
    per_day_late: LogOdds = 0.0


class ArmSpec(Part):
    """An appeasement: what it costs and what it changes.

    Parameters
    ----------
    cost_minor : int
        Fixed cost in minor currency units.
    cost_value_share : float
        Further cost as a share of the order's value.
    cost_only_if_repurchase : bool
        Whether it costs only if the customer buys again, as a coupon does.
    allowed_for : tuple of IncidentType
        Incidents that it may answer.
    """

    cost_minor: MinorUnits = 0
    cost_value_share: Share = 0.0
    cost_only_if_repurchase: bool = False
    allowed_for: tuple[IncidentType, ...] = tuple(IncidentType)
    repurchase: ArmReactionSpec = ArmReactionSpec()
    churn: ArmReactionSpec = ArmReactionSpec()


class CancellationSpec(Part):
    """Some customers think better of it; an order that nobody has begun to pick by then is cancelled.

    Parameters
    ----------
    share : float
        Share of the orders whose customers ask for it.
    after_hours_quantiles : tuple of float
        How long after ordering they ask, at evenly spaced probabilities from 0 to 1.
    """

    share: Share
    after_hours_quantiles: HourQuantiles = (0.05, 0.5, 2.0, 8.0, 36.0)


class FeedbackSpec(Part):
    """What an incident does to demand: who leaves orders no more, and who buys again brings one more order.

    The orders that may come are drawn beforehand; which of them do come depends on what happens.

    Parameters
    ----------
    latent_share : float
        Share of the orders drawn that come only if their customer has bought again after an incident; the others
        come at the rate that the scenario says.
    """

    latent_share: Annotated[float, Field(ge=0, le=0.9)] = 0.1


class CustomersSpec(Part):
    """The population, its reactions, and the appeasements on offer.

    Parameters
    ----------
    tolerance_alpha, tolerance_beta : float
        Shapes of the beta distribution of lateness tolerance.
    past_orders_mean : float
        Mean orders before the run (geometric).
    late_incident_after_hours : float
        Lateness up to this opens no incident.
    max_days_late : float
        Reactions stop growing after so many days.
    budget_value_share : float
        Budget of an incident as a share of the order's value, on top of `budget_minor`.
    arms : dict of CompensationArm to ArmSpec
        Appeasements on offer; `none` is always there and changes nothing.
    address_change : AddressChangeSpec or None
        How many want their parcel somewhere else after all; None is nobody.
    cancellation : CancellationSpec or None
        How many want no parcel after all; None is nobody.
    feedback : FeedbackSpec or None
        How reactions come back as demand; None is not at all.
    warning_hours : float or None
        So long before the promise it is known of a parcel under way that it will be late, and the incident opens;
        None is that it opens at the door.
    dwell_limit_hours : float or None
        An order that is at its node for longer opens an incident at the node's next report; None is that none does.
    """

    n_customers: Annotated[int, Field(ge=1, le=10**8)] = 5_000
    tier_shares: TierShares = TierShares()
    tolerance_alpha: Shape = 2.0
    tolerance_beta: Shape = 2.0
    past_orders_mean: Annotated[float, Field(ge=0, le=1000)] = 4.0
    late_incident_after_hours: Annotated[float, Field(ge=0, le=1000)] = 0.0
    max_days_late: Annotated[float, Field(gt=0, le=365)] = 5.0
    budget_minor: MinorUnits = 1_000
    budget_value_share: Share = 0.5
    repurchase: ReactionSpec = ReactionSpec(base=0.0)
    churn: ReactionSpec = ReactionSpec(base=-1.5)
    arms: dict[CompensationArm, ArmSpec] = Field(default_factory=dict, max_length=len(ARMS))
    address_change: AddressChangeSpec | None = None
    cancellation: CancellationSpec | None = None
    feedback: FeedbackSpec | None = None
    warning_hours: Hours | None = None
    dwell_limit_hours: Hours | None = None
