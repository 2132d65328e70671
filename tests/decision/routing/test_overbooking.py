"""A full collection leaves parcels behind, whether or not a log ever saw one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest

from data.choice_sets import CANDIDATE_COLUMNS, ORDER_COLUMNS, ChoiceSets
from decision.routing.features import Imputation
from decision.routing.overbooking import (
    USUAL_COLLECTION_HOURS,
    logged_collection_hours,
    overbooked_hours,
    require_collection_hours,
)
from decision.routing.stages import LONGEST_QUEUE_HOURS, STAGE_NAMES, stage_columns

QUEUE = STAGE_NAMES.index("queue_hours")


EVERY_SIX = Imputation(carrier_utilization=0.4, collection_hours={"hare": 6.0})


def queues(booked: list[float], load: float = 0.5, carriers: Sequence[str] = ()) -> list[float]:
    """Of candidates two hours before their collection, of nodes of their own with this load."""
    told = {name: np.ones(len(booked)) for name in CANDIDATE_COLUMNS}
    told |= {"hours_to_cut_off": np.full(len(booked), 2.0), "carrier_utilization": np.array(booked)}
    told |= {"capacity_utilization": np.full(len(booked), load), "distance_km": np.arange(1.0, 1 + len(booked))}
    sets = ChoiceSets(
        {name: np.ones(1) for name in ORDER_COLUMNS}, told, np.array([0, len(booked)]), carrier_id=carriers
    )
    return [float(hours) for hours in stage_columns(sets, EVERY_SIX)[:, QUEUE]]


def test_a_collection_with_room_keeps_nobody_waiting() -> None:
    assert queues([0.0, 0.5, 0.99]) == [0.0, 0.0, 0.0]


def test_who_finds_a_collection_full_leaves_with_a_later_one() -> None:
    turn = USUAL_COLLECTION_HOURS
    assert queues([1.0, 1.9, 2.0, 3.7]) == [turn, turn, 2 * turn, 3 * turn]


def test_a_later_one_comes_as_soon_as_the_log_saw_that_carrier_call() -> None:
    assert queues([1.0, 2.5, 1.0], carriers=["hare", "hare", "snail"]) == [6.0, 12.0, USUAL_COLLECTION_HOURS]


def test_days_without_orders_make_no_carrier_a_weekly_one() -> None:
    at = pd.to_datetime(["2025-01-01 09:00", "2025-01-09 09:00"], utc=True)
    assert logged_collection_hours(pd.DataFrame({"node_id": "a", "carrier_id": "hare", "cut_off_at": at})) == {
        "hare": 24.0
    }


def test_cut_offs_that_are_told_to_the_second_are_not_each_a_call() -> None:
    """One call a day at about 17:00, told a little differently by every order."""
    generator = np.random.Generator(np.random.Philox(5))
    day = pd.Timestamp("2025-01-01 17:00", tz="UTC") + pd.to_timedelta(np.repeat(np.arange(9), 20), unit="D")
    at = day + pd.to_timedelta(generator.uniform(-600, 600, 180), unit="s")
    assert logged_collection_hours(pd.DataFrame({"node_id": "a", "carrier_id": "hare", "cut_off_at": at})) == {
        "hare": 24.0
    }


@pytest.mark.parametrize("n_days", [1, 2, 7])
@pytest.mark.parametrize("seconds", [0, 17, 59.3])
def test_two_calls_a_day_are_twelve_hours_apart_at_whatever_second(n_days: int, seconds: float) -> None:
    first = pd.Timestamp("2025-03-29 07:11", tz="UTC") + pd.Timedelta(seconds=seconds)
    hours = [24 * day + call for day in range(n_days + 1) for call in (0, 5)][: 2 * n_days + 1]
    at = first + pd.to_timedelta(hours, unit="h")
    assert logged_collection_hours(pd.DataFrame({"node_id": "a", "carrier_id": "hare", "cut_off_at": at})) == {
        "hare": 12.0
    }


def test_of_a_carrier_that_the_log_shows_for_less_than_a_day_nothing_is_said() -> None:
    at = pd.to_datetime(["2025-01-01 09:00", "2025-01-01 15:00"], utc=True)
    assert logged_collection_hours(pd.DataFrame({"node_id": "a", "carrier_id": "hare", "cut_off_at": at})) == {}


@pytest.mark.parametrize(
    "told",
    [
        None,
        [6.0],
        {"hare": 0.0},
        {"hare": 1e-300},
        {"hare": 25.0},
        {"hare": float("nan")},
        {"hare": "6"},
        {"hare": True},
    ],
)
def test_an_artefact_whose_carriers_call_at_no_hours_is_not_believed(told: Any) -> None:
    with pytest.raises(ValueError, match="collection_hours"):
        require_collection_hours(told)


def test_the_longer_of_two_queues_counts_for_parcels_of_one_are_booked_in_the_other() -> None:
    # Forty hours of work, of which two are worked off by the collection.
    assert queues([1.2, 9.0], load=20.0) == [38.0, 9 * USUAL_COLLECTION_HOURS]


def test_no_queue_is_longer_than_any_is_believed_to_be() -> None:
    assert queues([100.0]) == [LONGEST_QUEUE_HOURS]


def test_where_nobody_tells_what_is_booked_the_usual_is_supposed() -> None:
    assert queues([float("nan")]) == [0.0]


def test_what_is_not_a_number_is_no_queue() -> None:
    assert np.isnan(overbooked_hours(float("nan"), 6.0))
    assert overbooked_hours(-1.0, 6.0) == pytest.approx(0.0)
