"""Incidents of a simulated world with the truth of every arm, as arrays, and the same incidents of other customers.

The simulator's customers react by log odds, and so does the law that serves. Planted ones do not: their chances are
lines in what is known of them, or have steps, with coefficients drawn anew for each seed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.customer_value import compensation_coefficients
from data.incidents import ARMS, CompensationArm
from data.orders import ValueTier
from experiments.arms import ArmTable
from experiments.benchmarks.decision.worlds import played_incidents
from experiments.losses import Pricing, aligned

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

LOG_ODDS, LINES, STEPS = "log_odds", "lines", "steps"
COUPON = ARMS.index(CompensationArm.COUPON)
HOURS_PER_DAY, MOST_DAYS, MOST_PAST = 24.0, 5.0, 4.0
# What an arm changes on average, in chance, before it is drawn: doing nothing, then the arms in their order.
REPURCHASE_CHANGES = np.array([0.0, 0.02, 0.10, 0.08, 0.06, 0.10])
CHURN_CHANGES = -np.array([0.0, 0.01, 0.05, 0.09, 0.05, 0.09])
LEAST_CHANCE = 0.02


@dataclass(frozen=True)
class ArmWorld:
    """Incidents and what every arm would do to them.

    Parameters
    ----------
    incidents : DataFrame
        The log's table.
    admitted : array of bool of shape (n_incidents, n_arms)
        Arms in the order of ARMS.
    default : array of int of shape (n_incidents,)
        The rules' arm.
    chance : array of shape (n_incidents, 2, n_arms)
        Of repurchase and of churn; NaN where an arm is not admitted.
    cost_minor : array of shape (n_incidents, n_arms)
        Expected.
    price : array of shape (n_incidents, 3)
        Loss per unit of repurchase, churn and cost.
    """

    incidents: pd.DataFrame
    admitted: Flags
    default: NDArray[np.int64]
    chance: Floats
    cost_minor: Floats
    price: Floats

    def loss(self, chance: Floats, cost_minor: Floats) -> Floats:
        """Loss of every arm if chances and costs were these, infinite where it is not admitted."""
        priced = np.einsum("io,ioa->ia", self.price[:, :2], chance) + self.price[:, [2]] * cost_minor
        return np.where(self.admitted, priced, np.inf)

    def regret(self, told: Floats) -> float:
        """Share of the oracle's gain over the rules that is left by taking the least loss told of each incident."""
        every, true = np.arange(len(self.default)), self.loss(self.chance, self.cost_minor)
        taken, rules, best = true[every, told.argmin(axis=1)], true[every, self.default], true.min(axis=1)
        return float((taken - best).mean() / (rules - best).mean())

    def head(self, share: float) -> ArmWorld:
        """The first of the incidents."""
        n = int(share * len(self.incidents))
        kept = (self.admitted[:n], self.default[:n], self.chance[:n], self.cost_minor[:n], self.price[:n])
        return ArmWorld(self.incidents.iloc[:n].reset_index(drop=True), *kept)


def arm_world(scenario: str, seed: int, n_orders: int) -> ArmWorld:
    """Play a scenario under the exploring rules."""
    incidents, truth = played_incidents(scenario, seed, n_orders)
    arms = ArmTable.of(incidents)
    every = pd.MultiIndex.from_product([incidents["incident_id"], [arm.value for arm in ARMS]])
    rows = aligned(truth, every.to_frame(index=False, name=["incident_id", "arm"]), ["incident_id", "arm"])
    names = ("expected_repurchase_probability", "expected_churn_probability", "expected_cost_minor")
    repurchase, churn, cost = (rows[name].to_numpy(dtype=np.float64).reshape(-1, len(ARMS)) for name in names)
    admitted = incidents[[f"propensity_{arm.value}" for arm in ARMS]].to_numpy(dtype=np.float64) > 0
    admitted[:, 0] = True
    pricing = Pricing()
    return ArmWorld(
        incidents=incidents,
        admitted=admitted,
        default=places(arms.rows["arm"])[arms.default_row],
        chance=np.stack((repurchase, churn), axis=1),
        cost_minor=cost,
        price=np.array(
            [
                compensation_coefficients(value, ValueTier(tier), pricing.weights, pricing.customer_values)
                for value, tier in zip(incidents["order_value_minor"], incidents["value_tier"], strict=True)
            ]
        ),
    )


def places(arms: pd.Series) -> NDArray[np.int64]:
    """Arms by name as their places in ARMS."""
    return np.asarray(arms.map({arm.value: row for row, arm in enumerate(ARMS)}), dtype=np.int64)


def with_customers(world: ArmWorld, law: str, customers: int, *, seed: int) -> ArmWorld:
    """The same incidents and arms of other customers, who react by another law.

    Parameters
    ----------
    law : str
        `log_odds` leaves the world as it is; `lines` or `steps`.
    customers : int
        Seeds the law's coefficients: worlds that share it share their customers.
    seed : int
        Seeds what happened.
    """
    if law == LOG_ODDS:
        return world
    chance = np.where(np.isnan(world.chance), np.nan, _planted(world.incidents, law, customers))
    full = world.cost_minor.copy()
    full[:, COUPON] /= world.chance[:, 0, COUPON]
    every = np.arange(len(world.incidents))
    arm = places(world.incidents["arm"])
    uniforms = np.random.Generator(np.random.Philox(seed)).random((len(every), 2))
    happened = uniforms < chance[every, :, arm]
    paid = np.where((arm == COUPON) & ~happened[:, 0], 0.0, full[every, arm])
    cost = full.copy()
    cost[:, COUPON] *= chance[:, 0, COUPON]
    told = {"repurchase_90d": happened[:, 0], "churn_90d": happened[:, 1], "cost_minor": np.rint(paid).astype(np.int64)}
    return replace(world, incidents=world.incidents.assign(**told), chance=chance, cost_minor=cost)


def _planted(incidents: pd.DataFrame, law: str, customers: int) -> Floats:
    """Chances of repurchase and churn under every arm, shape (n_incidents, 2, n_arms)."""
    level, bends = (_lines if law == LINES else _steps)(incidents)
    generator = np.random.Generator(np.random.Philox(customers))
    changes = []
    for average in (REPURCHASE_CHANGES, CHURN_CHANGES):
        slopes = generator.normal(scale=0.07, size=(len(ARMS), bends.shape[1]))
        slopes[0] = 0.0
        changes.append(bends @ slopes.T + average * generator.uniform(0.5, 1.5, len(ARMS)))
    chance: Floats = np.clip(level[:, :, None] + np.stack(changes, axis=1), LEAST_CHANCE, 1 - LEAST_CHANCE)
    return chance


def _lines(incidents: pd.DataFrame) -> tuple[Floats, Floats]:
    """Chances under doing nothing, and what bends the effects of arms."""
    days, tolerance, past, premium, broken = _known(incidents)
    wait = days * (1 - tolerance)
    value = np.log(incidents["order_value_minor"].to_numpy(dtype=np.float64) / 8_000)
    repurchase = 0.45 + 0.15 * premium - 0.06 * wait - 0.03 * past - 0.1 * broken
    churn = 0.22 - 0.06 * premium + 0.05 * wait + 0.03 * past + 0.1 * broken
    bends = np.column_stack((premium, 2 * tolerance - 1, (days - 1) / 2, value / 2, broken))
    return np.column_stack((repurchase, churn)), bends


def _steps(incidents: pd.DataFrame) -> tuple[Floats, Floats]:
    days, tolerance, past, premium, broken = _known(incidents)
    long = days * (1 - tolerance) > 0.6  # noqa: PLR2004 - where customers lose patience
    repurchase = 0.45 + 0.15 * premium - 0.2 * long - 0.08 * (past > 1) - 0.1 * broken
    churn = 0.2 - 0.06 * premium + 0.18 * long + 0.08 * (past > 1) + 0.1 * broken
    bends = np.column_stack((premium, tolerance > 0.5, days > 1, incidents["n_past_orders"] > 3, broken))  # noqa: PLR2004
    return np.column_stack((repurchase, churn)), bends.astype(np.float64)


def _known(incidents: pd.DataFrame) -> tuple[Floats, ...]:
    """Days late, tolerance, past incidents, premium, and whether the order was lost or damaged."""
    known = (
        np.minimum(incidents["hours_late"] / HOURS_PER_DAY, MOST_DAYS),
        incidents["lateness_tolerance"],
        np.minimum(incidents["n_past_incidents"], MOST_PAST),
        incidents["value_tier"] == ValueTier.PREMIUM.value,
        incidents["incident_type"].isin(["lost", "damaged"]),
    )
    return tuple(np.asarray(column, dtype=np.float64) for column in known)
