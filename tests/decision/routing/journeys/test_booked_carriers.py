"""A carrier's load bears on an order by the collection that it leaves with, and by nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from data.choice_sets import ChoiceSets
from decision.routing.fitting import RoutingFit
from decision.routing.journeys import Journeys


def expected(fit: RoutingFit, sets: ChoiceSets, booked: float) -> np.ndarray:
    """What the first 200 candidates of a log would lead to, were their carriers booked like that."""
    table = {**sets.candidate, "carrier_utilization": np.full(int(sets.offsets[-1]), booked)}
    assert isinstance(fit.model.journeys, Journeys)
    return fit.model.journeys.outlook(fit.model.features(replace(sets, candidate=table))[:200]).point


def test_room_with_the_carrier_is_room(staged_fit: RoutingFit, staged: Any) -> None:
    empty = expected(staged_fit, staged.choice_sets, 0.0)
    for booked in (0.4, 0.8, 0.999):
        np.testing.assert_array_equal(expected(staged_fit, staged.choice_sets, booked), empty)


def test_only_whole_collections_ahead_count(staged_fit: RoutingFit, staged: Any) -> None:
    one, nearly_two, two = (expected(staged_fit, staged.choice_sets, booked) for booked in (1.0, 1.9, 2.0))
    np.testing.assert_array_equal(one, nearly_two)
    assert (two != one).any()
