"""A full collection leaves parcels behind, whether or not a log ever saw one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from data.choice_sets import CANDIDATE_COLUMNS, ORDER_COLUMNS, ChoiceSets
from decision.routing.features import Imputation
from decision.routing.overbooking import HOURS_BETWEEN_COLLECTIONS, overbooked_hours
from decision.routing.stages import LONGEST_QUEUE_HOURS, STAGE_NAMES, stage_columns

QUEUE = STAGE_NAMES.index("queue_hours")


def queues(booked: list[float], load: float = 0.5) -> list[float]:
    """Of candidates two hours before their collection, of nodes of their own with this load."""
    told = {name: np.ones(len(booked)) for name in CANDIDATE_COLUMNS}
    told |= {"hours_to_cut_off": np.full(len(booked), 2.0), "carrier_utilization": np.array(booked)}
    told |= {"capacity_utilization": np.full(len(booked), load), "distance_km": np.arange(1.0, 1 + len(booked))}
    sets = ChoiceSets({name: np.ones(1) for name in ORDER_COLUMNS}, told, np.array([0, len(booked)]))
    return [float(hours) for hours in stage_columns(sets, replace(Imputation(), carrier_utilization=0.4))[:, QUEUE]]


def test_a_collection_with_room_keeps_nobody_waiting() -> None:
    assert queues([0.0, 0.5, 0.99]) == [0.0, 0.0, 0.0]


def test_who_finds_a_collection_full_leaves_with_a_later_one() -> None:
    turn = HOURS_BETWEEN_COLLECTIONS
    assert queues([1.0, 1.9, 2.0, 3.7]) == [turn, turn, 2 * turn, 3 * turn]


def test_the_longer_of_two_queues_counts_for_parcels_of_one_are_booked_in_the_other() -> None:
    # Forty hours of work, of which two are worked off by the collection.
    assert queues([1.2, 9.0], load=20.0) == [38.0, 9 * HOURS_BETWEEN_COLLECTIONS]


def test_no_queue_is_longer_than_any_is_believed_to_be() -> None:
    assert queues([100.0]) == [LONGEST_QUEUE_HOURS]


def test_where_nobody_tells_what_is_booked_the_usual_is_supposed() -> None:
    assert queues([float("nan")]) == [0.0]


def test_what_is_not_a_number_is_no_queue() -> None:
    assert np.isnan(overbooked_hours(float("nan")))
    assert overbooked_hours(-1.0) == pytest.approx(0.0)
