"""Customers: who they are, and how they react when an order went wrong."""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import special

from data.incidents import ARMS, CompensationArm, IncidentType
from data.orders import ValueTier
from simulator.noise import Noise, as_array
from simulator.quantiles import weighted_index
from simulator.scenario.customers import ArmReactionSpec, ArmSpec, CustomersSpec, ReactionSpec
from simulator.scenario.schema import Scenario

TIERS: tuple[ValueTier, ...] = tuple(ValueTier)
NO_APPEASEMENT = ArmSpec()
HOURS_PER_DAY = 24.0


@dataclass(frozen=True, slots=True)
class Population:
    """Customers by number, and the customer of each order.

    Parameters
    ----------
    tier : list of int
        Index into TIERS.
    lateness_tolerance : array of float
        0 forgives nothing, 1 everything.
    n_past_orders : list of int
        Orders before the run.
    """

    customer_of: NDArray[np.int64]
    tier: list[int]
    lateness_tolerance: array[float]
    n_past_orders: list[int]


@dataclass(frozen=True, slots=True)
class Grievance:
    """What decides a customer's reaction, the appeasement apart.

    Parameters
    ----------
    dwell_hours : float
        How long the order has been at its node, where that is the matter; it follows from the incident's moment.
    """

    incident_type: IncidentType
    tier: int
    lateness_tolerance: float
    hours_late: float
    n_past_incidents: int
    order_value_minor: int
    dwell_hours: float = field(default=0.0, repr=False)


def draw_population(scenario: Scenario, noise: Noise, region: NDArray[np.int64]) -> Population:
    """Draw the customers, and for each order (its region given) the customer who places it."""
    spec, n_customers = scenario.customers, scenario.customers.n_customers
    tiers = (spec.tier_shares.basic, spec.tier_shares.plus, spec.tier_shares.premium)
    tolerance = special.betaincinv(
        spec.tolerance_alpha, spec.tolerance_beta, noise.uniforms("customer/tolerance", n_customers)
    )
    return Population(
        customer_of=draw_customers(scenario, noise, region),
        tier=weighted_index(tiers, noise.uniforms("customer/tier", n_customers)).tolist(),
        lateness_tolerance=as_array(tolerance),
        n_past_orders=_geometric(spec.past_orders_mean, noise.uniforms("customer/past_orders", n_customers)),
    )


def draw_customers(scenario: Scenario, noise: Noise, region: NDArray[np.int64]) -> NDArray[np.int64]:
    """The customer who places each order, of shape (n_orders,), from the orders' regions."""
    shares = np.array([item.demand_share for item in scenario.regions])
    starts = np.concatenate(([0.0], np.cumsum(shares / shares.sum()))) * scenario.customers.n_customers
    # Customers live in one region each; one who lives on the border orders from both.
    place = starts[region] + noise.uniforms("order/customer", len(region)) * np.diff(starts)[region]
    customer: NDArray[np.int64] = np.minimum(place.astype(np.int64), scenario.customers.n_customers - 1)
    return customer


def arms_on_offer(spec: CustomersSpec, grievance: Grievance) -> tuple[CompensationArm, ...]:
    """Arms that may answer an incident of this type within its budget, `none` first."""
    budget = budget_minor(spec, grievance.order_value_minor)
    return tuple(
        arm
        for arm in ARMS
        if arm is CompensationArm.NONE
        or (
            arm in spec.arms
            and grievance.incident_type in spec.arms[arm].allowed_for
            and full_cost_minor(spec.arms[arm], grievance.order_value_minor) <= budget
        )
    )


def budget_minor(spec: CustomersSpec, order_value_minor: int) -> int:
    """The most that may be spent on an incident."""
    return spec.budget_minor + round(spec.budget_value_share * order_value_minor)


def full_cost_minor(arm: ArmSpec, order_value_minor: int) -> int:
    """Cost of an arm that is taken up."""
    return arm.cost_minor + round(arm.cost_value_share * order_value_minor)


def reaction_probabilities(spec: CustomersSpec, grievance: Grievance, arm: CompensationArm) -> tuple[float, float]:
    """Probabilities that the customer buys again, and that the customer leaves, within 90 days.

    Log odds = the failure's (`ReactionSpec`) + the arm's (`ArmReactionSpec`).
    """
    offered = spec.arms.get(arm, NO_APPEASEMENT)
    days_late = min(grievance.hours_late / HOURS_PER_DAY, spec.max_days_late)
    days_dwelt = min(grievance.dwell_hours / HOURS_PER_DAY, spec.max_days_late)
    repurchase = _failure_log_odds(spec.repurchase, grievance, days_late, days_dwelt)
    churn = _failure_log_odds(spec.churn, grievance, days_late, days_dwelt)
    return (
        probability(repurchase + _arm_log_odds(offered.repurchase, grievance, days_late)),
        probability(churn + _arm_log_odds(offered.churn, grievance, days_late)),
    )


def _failure_log_odds(spec: ReactionSpec, grievance: Grievance, days_late: float, days_dwelt: float) -> float:
    broken = grievance.incident_type in (IncidentType.LOST, IncidentType.DAMAGED)
    return (
        spec.base
        + (0.0, spec.plus, spec.premium)[grievance.tier]
        + spec.per_day_late * days_late * (1 - grievance.lateness_tolerance)
        + (spec.per_day_dwelt or 0.0) * days_dwelt * (1 - grievance.lateness_tolerance)
        + spec.per_past_incident * grievance.n_past_incidents
        + spec.lost_or_damaged * broken
        + spec.stock_out * (grievance.incident_type is IncidentType.STOCK_OUT)
    )


def _arm_log_odds(spec: ArmReactionSpec, grievance: Grievance, days_late: float) -> float:
    return (
        spec.base
        + (0.0, spec.plus, spec.premium)[grievance.tier]
        + spec.per_tolerance * (grievance.lateness_tolerance - 0.5)
        + spec.per_day_late * days_late
    )


def probability(log_odds: float) -> float:
    """The probability of these log odds."""
    # Beyond this exp would overflow, and the probability is 0 or 1 to the last bit anyway.
    bounded = max(-700.0, min(700.0, log_odds))
    return 1.0 / (1.0 + math.exp(-bounded))


def _geometric(mean: float, uniforms: NDArray[np.float64]) -> list[int]:
    if mean == 0:
        return [0] * len(uniforms)
    drawn: list[int] = np.floor(np.log1p(-uniforms) / np.log(mean / (1 + mean))).astype(np.int64).tolist()
    return drawn
