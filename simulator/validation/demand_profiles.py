"""When and where orders come: profiles of the history beside those of the world's demand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from simulator.calibration.names import matching_key
from simulator.demand import HOURS_PER_WEEK, Demand, day_zero, draw_demand
from simulator.noise import Noise
from simulator.scenario.schema import Scenario
from simulator.validation.comparison import MIN_ORDERS, holm
from simulator.validation.observed import Observed
from simulator.validation.two_samples import CONFIDENCE
from simulator.validation.verdicts import AGREES, DIFFERS, UNKNOWN, Verdict

Ints = NDArray[np.int64]
N_DRAWN = 100_000
MIN_DAYS_FOR_WEEKDAYS = 14
TOLERATED_DISTANCE = 0.05
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True)
class Profile:
    """Orders by hour, weekday, region or service level on both sides.

    Parameters
    ----------
    in_history, in_world : array of int of shape (n_labels,)
        Orders counted.
    p : float
        Of the chi-square test, adjusted for all profiles compared.
    """

    name: str
    labels: tuple[str, ...]
    in_history: Ints
    in_world: Ints
    p: float

    @property
    def distance(self) -> float:
        """Share of orders that would have to come otherwise for the profiles to be equal (total variation)."""
        ours, theirs = self.in_history / self.in_history.sum(), self.in_world / self.in_world.sum()
        return float(np.abs(ours - theirs).sum() / 2)

    def verdict(self) -> Verdict:
        """Judge the profile: a difference has to be surer than chance and large enough to matter."""
        if self.in_history.sum() < MIN_ORDERS:
            return Verdict(UNKNOWN, f"too few orders to tell ({self.in_history.sum()}; {MIN_ORDERS} are needed)")
        if self.p >= 1 - CONFIDENCE:
            return Verdict(AGREES, "agrees: no more difference than chance makes")
        if self.distance <= TOLERATED_DISTANCE:
            return Verdict(AGREES, f"agrees; {self.distance:.1%} of orders come otherwise, less than matters")
        return Verdict(DIFFERS, f"differs: {self.distance:.0%} of orders come otherwise")


def demand_profiles(history: Observed, scenario: Scenario, seed: int) -> list[Profile]:
    """Profiles of the history and of demand that the scenario draws; what a history cannot say is left out."""
    demand = draw_demand(scenario, Noise(seed), N_DRAWN)
    world = _drawn(demand, scenario)
    found = []
    whole_days = _whole_days(history.orders)
    if history.says_hours and len(whole_days):
        found.append(_profile("hour", range(24), _hour(whole_days), _hour(_whole_days(world))))
    if _days(history.orders) >= MIN_DAYS_FOR_WEEKDAYS:
        whole_weeks = _whole_weeks(world)
        found.append(_profile("weekday", range(7), _weekday(history.orders), _weekday(whole_weeks)))
    found += [
        _profile(name, _labels(history.orders[name], world[name]), history.orders[name], world[name])
        for name in ("region", "service_level")
    ]
    adjusted = holm([profile.p for profile in found])
    return [replace(profile, p=p) for profile, p in zip(found, adjusted, strict=True)]


def _profile(name: str, values: Sequence[Any], ours: pd.Series[Any], theirs: pd.Series[Any]) -> Profile:
    counts: list[Ints] = [
        np.asarray(side.value_counts().reindex(list(values), fill_value=0), dtype=np.int64) for side in (ours, theirs)
    ]
    there = (counts[0] + counts[1]) > 0
    labels = tuple(WEEKDAYS[value] if name == "weekday" else str(value) for value in np.array(list(values))[there])
    profile = Profile(name, labels, counts[0][there], counts[1][there], 1.0)
    if len(labels) == 1:
        return profile
    return replace(profile, p=float(stats.chi2_contingency([profile.in_history, profile.in_world])[1]))


def _drawn(demand: Demand, scenario: Scenario) -> pd.DataFrame:
    regions = np.array([matching_key(item.region_id) for item in scenario.regions], dtype=object)
    levels = np.array([matching_key(item.service_level) for item in scenario.service_levels], dtype=object)
    moments = pd.Timestamp(day_zero(scenario)) + pd.to_timedelta(demand.placed_at_hours, unit="h")
    return pd.DataFrame(
        {"ordered_at": moments, "region": regions[demand.region], "service_level": levels[demand.service_level]}
    )


def _whole_days(orders: pd.DataFrame) -> pd.DataFrame:
    """Without the last day, which may end at any hour, and the first if it begins later than in its first hour."""
    first, last_day = orders["ordered_at"].iloc[0], orders["ordered_at"].iloc[-1].normalize()
    first_day = (first - pd.Timedelta(hours=1)).ceil("D")
    whole: pd.DataFrame = orders[(orders["ordered_at"] >= first_day) & (orders["ordered_at"] < last_day)]
    return whole


def _whole_weeks(orders: pd.DataFrame) -> pd.DataFrame:
    hours = (orders["ordered_at"] - orders["ordered_at"].iloc[0].normalize()).dt.total_seconds() / 3600
    weeks = int(hours.iloc[-1] // HOURS_PER_WEEK)
    return orders[hours < weeks * HOURS_PER_WEEK] if weeks else orders


def _labels(ours: pd.Series[Any], theirs: pd.Series[Any]) -> list[str]:
    """The largest first."""
    counts = ours.value_counts()
    listed = counts.sort_index().sort_values(ascending=False, kind="stable").index.tolist()
    return [*listed, *sorted(set(theirs.unique()) - set(listed))]


def _days(orders: pd.DataFrame) -> float:
    return float((orders["ordered_at"].max() - orders["ordered_at"].min()).total_seconds() / 86_400)


def _hour(orders: pd.DataFrame) -> pd.Series[Any]:
    hours: pd.Series[Any] = orders["ordered_at"].dt.hour
    return hours


def _weekday(orders: pd.DataFrame) -> pd.Series[Any]:
    days: pd.Series[Any] = orders["ordered_at"].dt.day_of_week
    return days
