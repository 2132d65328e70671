"""Demand is the Poisson process and the marks that the scenario says."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import stats

from simulator.demand import draw_demand
from simulator.noise import Noise
from simulator.scenario.schema import Scenario


def test_arrivals_follow_hours_and_weekdays(small: Scenario) -> None:
    demand = draw_demand(small, Noise(11), 60_000)
    n_weeks = int(demand.placed_at_hours[-1] // 168)
    hours = demand.placed_at_hours[demand.placed_at_hours < 168 * n_weeks]
    counted = np.bincount((hours % 168).astype(int), minlength=168)
    profile, weekdays = np.array(small.demand.hour_profile), np.array(small.demand.weekday_profile)
    # The scenario starts on a Monday, so that the world's hour is the hour of the week.
    rate = np.outer(weekdays * 7 / weekdays.sum(), profile / profile.sum()).ravel() * small.demand.orders_per_day
    chi_square = float((((counted - n_weeks * rate) ** 2) / (n_weeks * rate)).sum())
    assert n_weeks >= 5
    assert stats.chi2.sf(chi_square, 168) > 0.001


def test_gaps_of_an_even_profile_are_exponential(changed: Callable[..., Scenario]) -> None:
    scenario = changed({"demand.hour_profile": [1.0] * 24, "demand.weekday_profile": [1.0] * 7})
    gaps = np.diff(draw_demand(scenario, Noise(2), 5_000).placed_at_hours)
    assert stats.kstest(gaps, "expon", args=(0, 24 / 1_500)).pvalue > 0.001


def test_hours_without_demand_bring_no_order(changed: Callable[..., Scenario]) -> None:
    profile = [0.0] * 8 + [1.0] * 12 + [0.0] * 4
    demand = draw_demand(changed({"demand.hour_profile": profile}), Noise(2), 3_000)
    hours = demand.placed_at_hours % 24
    assert hours.min() >= 8
    assert hours.max() <= 20


def test_orders_start_at_the_start(changed: Callable[..., Scenario]) -> None:
    scenario = changed({"start_at": "2025-03-05T15:30:00+02:00"})
    placed_at = draw_demand(scenario, Noise(2), 500).placed_at_hours
    assert placed_at[0] >= 13.5
    assert placed_at[0] < 14.0


def test_regions_and_levels_follow_their_shares(small: Scenario) -> None:
    demand = draw_demand(small, Noise(4), 30_000)
    for drawn, shares in (
        (demand.region, [region.demand_share for region in small.regions]),
        (demand.service_level, [level.demand_share for level in small.service_levels]),
    ):
        expected = 30_000 * np.array(shares) / sum(shares)
        assert stats.chisquare(np.bincount(drawn), expected).pvalue > 0.001


def test_a_region_may_have_its_own_hours(changed: Callable[..., Scenario]) -> None:
    night = [1.0] * 6 + [0.0] * 18
    demand = draw_demand(changed({"regions.0.hour_profile": night}), Noise(4), 21_000)
    assert (demand.placed_at_hours[demand.region == 0] % 24).max() < 6
    assert abs((demand.region == 0).mean() - 0.16) < 0.02


def test_a_longer_path_begins_with_the_shorter_one(small: Scenario) -> None:
    short, long = draw_demand(small, Noise(4), 100), draw_demand(small, Noise(4), 1_000)
    assert short.placed_at_hours.tolist() == long.placed_at_hours[:100].tolist()
    assert short.region.tolist() == long.region[:100].tolist()
    assert short.line_sku.tolist() == long.line_sku[: len(short.line_sku)].tolist()


def test_lines_add_up(small: Scenario) -> None:
    demand = draw_demand(small, Noise(4), 2_000)
    quantities = np.split(demand.line_quantity, demand.line_start[1:-1])
    assert demand.n_units.tolist() == [int(lines.sum()) for lines in quantities]
    assert demand.max_line_quantity.tolist() == [int(lines.max()) for lines in quantities]
    assert demand.n_lines.tolist() == [len(lines) for lines in quantities]


def test_work_has_mean_and_spread_as_given(changed: Callable[..., Scenario]) -> None:
    scenario = changed({"demand.lines_per_order": [1.0], "fulfilment.work_time_cv": 0.5})
    effort = draw_demand(scenario, Noise(4), 40_000).pick_effort
    assert abs(effort.mean() - 1) < 3 * 0.5 / 200
    assert abs(effort.std() / effort.mean() - 0.5) < 0.01
