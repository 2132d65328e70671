"""What the promise study counts, on promises whose fate is made up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from data.decision_log.dataset import DecisionLog
from decision.routing.model import RoutingModel
from experiments.promise_study import attainment_summary, realised, summary


def rows(n_inside: int, n_after: int, doubted: bool = False) -> pd.DataFrame:
    n = n_inside + n_after
    inside = [place < n_inside for place in range(n)]
    return pd.DataFrame(
        {
            "decider": "explore",
            "seed": [place % 2 for place in range(n)],
            "day": 1,
            "inside": inside,
            "before": False,
            "after": [not held for held in inside],
            "kept": inside,
            "by_median": [place % 2 == 0 for place in range(n)],
            "by_quote": False,
            "width_hours": 10.0,
            "said_late": 0.25,
            "was_late": [place % 4 == 0 for place in range(n)],
            "doubted": doubted,
        }
    )


def test_shares_are_those_of_the_arrivals() -> None:
    every, sure = summary(pd.concat([rows(36, 4), rows(20, 20, doubted=True)]))
    assert (every["inside"], every["after"], every["n"]) == (0.7, 0.3, 80)
    assert (sure["inside"], sure["kept"], sure["share"]) == (0.9, 0.9, 0.5)
    assert (sure["by_median"], sure["width_hours"]) == (0.5, 10.0)


def test_honest_chances_show_no_error() -> None:
    (line, _) = summary(rows(40, 0))
    assert (line["said_late"], line["was_late"], line["ece"]) == (0.25, 0.25, pytest.approx(0.0))


def test_intervals_of_attainments_are_counted_by_what_they_hold() -> None:
    plain = pd.DataFrame({"seed": [1, 2] * 5, "day": 1, "doubted": False, "held": [True] * 8 + [False] * 2})
    every, _ = attainment_summary(plain.assign(width=0.2, error=0.0))
    assert (every["held"], every["width"]) == (0.8, pytest.approx(0.2))


def test_arrivals_as_the_model_says_fall_nine_in_ten_within_its_intervals(
    make_log: Callable[[int, int], DecisionLog], make_promising_model: Callable[..., RoutingModel]
) -> None:
    log = make_log(235, 20)
    # Collected after 12 hours; on the road for .6 to 1.6 times the quoted 48, evenly.
    ratio = 0.6 + (np.arange(235) * 61 % 235 + 0.5) / 235
    arrived = log.orders["decided_at"] + pd.to_timedelta(12 + 48 * ratio, unit="h").astype("timedelta64[us]")
    came = replace(log, outcomes=log.outcomes.assign(delivered_at=arrived))
    found = realised(make_promising_model(miss_chances=(0.0, 0.0)), came, 200)
    assert len(found) == 200
    assert found["inside"].mean() == pytest.approx(0.9, abs=0.01)
    assert found["kept"].mean() == pytest.approx(0.95, abs=0.01)
    assert found["by_median"].mean() == pytest.approx(0.5, abs=0.01)
    assert found["width_hours"].to_numpy() == pytest.approx(0.9 * 48, abs=0.01)
    assert found["said_late"].mean() == pytest.approx(found["was_late"].mean(), abs=0.01)
    assert not found["doubted"].any()
