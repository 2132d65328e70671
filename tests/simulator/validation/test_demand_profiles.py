"""Profiles of demand compare whole days: a log that begins in the evening has no night missing."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from simulator.calibration.names import matching_key
from simulator.demand import day_zero, draw_demand
from simulator.noise import Noise
from simulator.scenario.schema import Scenario
from simulator.validation.demand_profiles import Profile, demand_profiles
from simulator.validation.observed import Observed
from simulator.validation.verdicts import AGREES


def orders_between(small: Scenario, first_hour: float, last_hour: float) -> Observed:
    demand = draw_demand(small, Noise(44), 9_000)
    chosen = (demand.placed_at_hours >= first_hour) & (demand.placed_at_hours < last_hour)
    regions = np.array([matching_key(region.region_id) for region in small.regions], dtype=object)
    levels = np.array([matching_key(level.service_level) for level in small.service_levels], dtype=object)
    return Observed(
        pd.DataFrame(
            {
                "ordered_at": pd.Timestamp(day_zero(small)) + pd.to_timedelta(demand.placed_at_hours[chosen], unit="h"),
                "region": regions[demand.region[chosen]],
                "service_level": levels[demand.service_level[chosen]],
            }
        )
    )


def by_hour(found: list[Profile]) -> list[Profile]:
    return [profile for profile in found if profile.name == "hour"]


@pytest.mark.parametrize(("first_hour", "last_hour"), [(0.0, 110.0), (18.0, 110.0), (9.5, 52.0)])
def test_a_log_that_begins_and_ends_at_any_hour_has_the_hours_of_its_world(
    small: Scenario, first_hour: float, last_hour: float
) -> None:
    (profile,) = by_hour(demand_profiles(orders_between(small, first_hour, last_hour), small, 7))
    assert profile.verdict().word == AGREES
    assert len(profile.labels) == 24


def test_a_log_without_a_whole_day_says_nothing_of_hours(small: Scenario) -> None:
    assert by_hour(demand_profiles(orders_between(small, 18.0, 40.0), small, 7)) == []
