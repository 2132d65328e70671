"""Customers react as the scenario's log odds say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import log

import numpy as np
import pytest

from data.incidents import CompensationArm, IncidentType
from simulator.customers import Grievance, arms_on_offer, draw_population, reaction_probabilities
from simulator.noise import Noise
from simulator.scenario.schema import Scenario

LATE = Grievance(IncidentType.LATE, 0, 0.5, 24.0, 0, 10_000)


def logit(probability: float) -> float:
    return log(probability / (1 - probability))


def test_log_odds_add_up(small: Scenario) -> None:
    repurchase, churn = reaction_probabilities(small.customers, LATE, CompensationArm.NONE)
    assert logit(repurchase) == pytest.approx(-0.1 - 0.55 * 1 * 0.5)
    assert logit(churn) == pytest.approx(-1.6 + 0.5 * 1 * 0.5)


def test_an_arm_adds_its_own_log_odds(small: Scenario) -> None:
    premium = replace(LATE, tier=2, lateness_tolerance=0.9, hours_late=48.0)
    base = logit(reaction_probabilities(small.customers, premium, CompensationArm.NONE)[0])
    coupon = logit(reaction_probabilities(small.customers, premium, CompensationArm.COUPON)[0])
    assert coupon - base == pytest.approx(0.55 - 0.45 + 0.4 * 0.4 - 0.08 * 2)


def test_reactions_stop_growing_after_some_days(small: Scenario) -> None:
    week, month = (replace(LATE, hours_late=24.0 * days) for days in (7, 30))
    assert reaction_probabilities(small.customers, week, CompensationArm.NONE) == reaction_probabilities(
        small.customers, month, CompensationArm.NONE
    )


def test_tolerant_customers_forgive_lateness(small: Scenario) -> None:
    late = [replace(LATE, lateness_tolerance=tolerance, hours_late=72.0) for tolerance in (0.1, 0.9)]
    strict, tolerant = (reaction_probabilities(small.customers, item, CompensationArm.NONE) for item in late)
    assert tolerant[0] > strict[0]
    assert tolerant[1] < strict[1]


def test_extreme_log_odds_stay_probabilities(changed: Callable[..., Scenario]) -> None:
    scenario = changed({"customers.churn.per_past_incident": 20})
    hopeless = replace(LATE, n_past_incidents=10**6)
    assert reaction_probabilities(scenario.customers, hopeless, CompensationArm.NONE)[1] == 1.0


def test_the_budget_and_the_incident_limit_the_arms(changed: Callable[..., Scenario]) -> None:
    spec = changed({"customers.arms.reship.allowed_for": ["lost"], "customers.budget_minor": 500}).customers
    cheap = replace(LATE, order_value_minor=100)
    assert arms_on_offer(spec, LATE) == tuple(arm for arm in CompensationArm if arm is not CompensationArm.RESHIP)
    assert arms_on_offer(spec, replace(LATE, incident_type=IncidentType.LOST))[-1] is CompensationArm.RESHIP
    assert CompensationArm.RESHIP not in arms_on_offer(spec, replace(cheap, incident_type=IncidentType.LOST))


def test_the_population_is_as_the_scenario_says(small: Scenario) -> None:
    regions = np.repeat(np.arange(6), 4_000)
    people = draw_population(small, Noise(6), regions)
    assert np.bincount(people.tier) / 6_000 == pytest.approx([0.62, 0.27, 0.11], abs=0.02)
    assert np.mean(people.lateness_tolerance) == pytest.approx(0.5, abs=0.01)
    assert np.mean(people.n_past_orders) == pytest.approx(4, abs=0.3)
    homes = [set(people.customer_of[regions == region].tolist()) for region in range(6)]
    assert all(len(one & other) <= 1 for place, one in enumerate(homes) for other in homes[:place])


def test_with_no_past_orders_there_are_none(changed: Callable[..., Scenario]) -> None:
    people = draw_population(changed({"customers.past_orders_mean": 0}), Noise(6), np.zeros(5, dtype=np.int64))
    assert set(people.n_past_orders) == {0}
