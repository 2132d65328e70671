"""A small world of incidents in which every effect is planted, and so known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from data.appeasement_costs import DEFAULT_ARM_COSTS, highest_cost_minor
from data.incidents import ARMS, CompensationArm, Incident, IncidentType
from data.orders import Customer
from decision.compensation.calibration import ArmTruth, calibrated
from decision.compensation.fitting import CompensationFit, fit_compensation
from decision.compensation.model import CompensationModel
from decision.compensation.rules import CompensationRules, ExploringCompensation

Floats = NDArray[np.float64]

TYPES = (IncidentType.LATE, IncidentType.LATE, IncidentType.LATE, IncidentType.DAMAGED, IncidentType.LOST)
TIERS = ("basic", "basic", "plus", "premium")


@dataclass(frozen=True)
class PlantedWorld:
    """Incidents as the decision log holds them, and the true probabilities under every arm.

    `repurchase`, `churn` and `cost` have shape (n_incidents, n_arms), arms in the order of ARMS.
    """

    incidents: pd.DataFrame
    asked: tuple[Incident, ...]
    repurchase: Floats
    churn: Floats
    cost: Floats


def plant(n_incidents: int, seed: int, exploration: float = 0.7) -> PlantedWorld:
    """Make a world: late customers are unhappy, and get coupons for it, so that coupons look harmful."""
    rng = np.random.default_rng(seed)
    asked = [_incident(rng, number) for number in range(n_incidents)]
    repurchase = np.array([_repurchase(incident) for incident in asked])
    churn = np.array([_churn(incident) for incident in asked])
    policy = ExploringCompensation(CompensationRules(), exploration)
    rows = [_row(rng, policy, *each) for each in zip(asked, repurchase, churn, strict=True)]
    highest = np.array([[highest_cost_minor(arm, each.order_value_minor) for arm in ARMS] for each in asked])
    redeemed = np.array([DEFAULT_ARM_COSTS.of(arm).only_if_redeemed for arm in ARMS])
    return PlantedWorld(
        pd.DataFrame(rows), tuple(asked), repurchase, churn, highest * np.where(redeemed, repurchase, 1.0)
    )


def _incident(rng: np.random.Generator, number: int) -> Incident:
    kind = TYPES[rng.integers(len(TYPES))]
    allowed = tuple(arm for arm in ARMS if arm is not CompensationArm.RESHIP or kind is not IncidentType.LATE)
    tags: dict[str, str | float | bool] = {
        "value_tier": TIERS[rng.integers(len(TIERS))],
        "lateness_tolerance": float(rng.beta(2, 2)),
        "n_past_orders": int(rng.geometric(0.2)) - 1,
        "n_past_incidents": int(rng.poisson(0.5)),
    }
    return Incident(
        incident_id=f"I{number}",
        order_id=f"O{number}",
        incident_type=kind,
        hours_late=float(rng.gamma(2, 18)) if kind is IncidentType.LATE else 0.0,
        order_value_minor=int(rng.lognormal(9, 0.5)),
        customer=Customer(f"C{number}", tags),
        allowed_arms=allowed,
        budget_minor=100_000,
    )


def _repurchase(incident: Incident) -> list[float]:
    days = min(incident.hours_late, 96) / 24
    base = 0.64 - 0.15 * days
    premium = incident.customer.tags["value_tier"] == "premium"
    gains = {"coupon": 0.02 + 0.25 * (not premium), "partial_refund": 0.1, "gift_sample": 0.2 * premium, "reship": 0.3}
    return [base + gains.get(arm.value, 0.0) for arm in ARMS]


def _churn(incident: Incident) -> list[float]:
    tolerance = float(incident.customer.tags["lateness_tolerance"])
    base = 0.55 - 0.2 * tolerance
    saved = {"apology": 0.02, "coupon": 0.05, "partial_refund": 0.1 + 0.25 * (1 - tolerance), "reship": 0.3}
    return [base - saved.get(arm.value, 0.0) for arm in ARMS]


def _row(
    rng: np.random.Generator, policy: ExploringCompensation, incident: Incident, repurchase: Floats, churn: Floats
) -> dict[str, object]:
    choice = policy.choose(incident, float(rng.uniform()))
    taken = ARMS.index(choice.arm)
    repurchased = bool(rng.uniform() < repurchase[taken])
    paid = repurchased or not DEFAULT_ARM_COSTS.of(choice.arm).only_if_redeemed
    return {
        "incident_id": incident.incident_id,
        "order_id": incident.order_id,
        "customer_id": incident.customer.customer_id,
        "occurred_at": pd.Timestamp("2026-01-05", tz="UTC"),
        "incident_type": incident.incident_type.value,
        "hours_late": incident.hours_late,
        "order_value_minor": incident.order_value_minor,
        **incident.customer.tags,
        "arm": choice.arm.value,
        **{f"propensity_{arm.value}": share for arm, share in zip(ARMS, choice.propensities, strict=True)},
        "repurchase_90d": repurchased,
        "churn_90d": bool(rng.uniform() < churn[taken]),
        "cost_minor": round(paid * highest_cost_minor(choice.arm, incident.order_value_minor)),
    }


@pytest.fixture(scope="session")
def world() -> PlantedWorld:
    return plant(6_000, seed=1, exploration=0.5)


@pytest.fixture(scope="session")
def small_world() -> PlantedWorld:
    return plant(1_200, seed=3)


@pytest.fixture(scope="session")
def held_out() -> PlantedWorld:
    return plant(600, seed=2)


@pytest.fixture(scope="session")
def fit(world: PlantedWorld) -> CompensationFit:
    return fit_compensation(world.incidents, seed=7)


@pytest.fixture(scope="session")
def truth(held_out: PlantedWorld) -> ArmTruth:
    return ArmTruth(held_out.repurchase, held_out.churn, held_out.cost)


@pytest.fixture(scope="session")
def model(fit: CompensationFit, held_out: PlantedWorld, truth: ArmTruth) -> CompensationModel:
    half = len(held_out.asked) // 2
    first_half = ArmTruth(truth.repurchase_probability[:half], truth.churn_probability[:half], truth.cost_minor[:half])
    return calibrated(fit.model, held_out.asked[:half], first_half)
