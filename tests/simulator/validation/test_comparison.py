"""A difference is found where one was planted, and not found where none was."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from simulator.validation.comparison import MIN_ORDERS, Comparison, compared, holm
from simulator.validation.groups import LANE, LEVEL
from simulator.validation.observed import Observed
from simulator.validation.verdicts import AGREES, DIFFERS, UNKNOWN, Verdict, verdict_of


def observed(lead_hours: np.ndarray, *, regions: int = 1, late_above: float = 60.0, step: float = 0.0) -> Observed:
    n = len(lead_hours)
    return Observed(
        pd.DataFrame(
            {
                "ordered_at": pd.Timestamp("2024-01-01", tz="UTC") + pd.to_timedelta(np.arange(n) * 0.37, unit="h"),
                "region": [f"region {place % regions}" for place in range(n)],
                "service_level": "standard",
                "node": None,
                "lead_hours": lead_hours,
                "late": (lead_hours > late_above).astype(float),
                "run": 0,
            }
        ),
        step,
    )


def drawn(seed: int, n: int, *, shift: float = 0.0, stretch: float = 1.0) -> np.ndarray:
    return 50 + shift + stretch * (np.random.default_rng(seed).gamma(4.0, 5.0, n) - 20)


def of_kind(found: list[Comparison], kind: str) -> list[Verdict]:
    return [verdict_of(item) for item in found if item.kind == kind]


def test_a_world_like_the_history_agrees() -> None:
    found = of_kind(compared(observed(drawn(1, 2_000)), observed(drawn(2, 8_000))), LEVEL)
    assert [verdict.word for verdict in found] == [AGREES]


@pytest.mark.parametrize(("shift", "said"), [(-12.0, "too fast by 12 h"), (9.0, "too slow by 9 h")])
def test_a_shift_is_named_in_hours(shift: float, said: str) -> None:
    found = of_kind(compared(observed(drawn(1, 3_000)), observed(drawn(2, 9_000, shift=shift))), LEVEL)
    assert found[0].word == DIFFERS
    assert found[0].sentence.startswith(said)


def test_a_wider_world_is_right_on_average_only() -> None:
    found = of_kind(compared(observed(drawn(1, 3_000)), observed(drawn(2, 9_000, stretch=2.0))), LEVEL)
    assert found[0].word == DIFFERS
    assert "right on average, but P10 to P90 span" in found[0].sentence


def test_a_sure_but_small_difference_is_let_pass() -> None:
    found = compared(observed(drawn(1, 60_000)), observed(drawn(2, 60_000, shift=0.6)))
    level = next(item for item in found if item.kind == LEVEL)
    assert level.ks_p < 0.01
    assert verdict_of(level).sentence.startswith("agrees; the difference is less than matters")


def test_few_orders_are_not_called_agreement() -> None:
    few = of_kind(compared(observed(drawn(1, MIN_ORDERS - 1)), observed(drawn(2, 5_000))), LEVEL)
    assert few == [
        Verdict(UNKNOWN, f"too few orders to tell ({MIN_ORDERS - 1} in the history; {MIN_ORDERS} are needed)")
    ]
    some = of_kind(compared(observed(drawn(1, 40, stretch=2)), observed(drawn(2, 5_000, stretch=2))), LEVEL)
    assert some[0].word == UNKNOWN
    assert "no difference found, but 40 orders tell no more than to within" in some[0].sentence


def test_lateness_is_judged_beside_duration() -> None:
    stricter = observed(drawn(2, 9_000), late_above=54.0)
    found = of_kind(compared(observed(drawn(1, 3_000)), stricter), LEVEL)
    assert found[0].word == DIFFERS
    assert found[0].sentence.startswith("as long on the way, but late more often")


def test_many_lanes_alike_raise_no_alarm() -> None:
    """Forty lanes, six worlds: with no adjustment about twelve lanes would be called different."""
    n_worlds_with_alarm = 0
    for seed in range(6):
        history, world = observed(drawn(seed, 2_000), regions=40), observed(drawn(seed + 99, 3_000), regions=40)
        words = [verdict.word for verdict in of_kind(compared(history, world), LANE)]
        assert len(words) == 40
        n_worlds_with_alarm += DIFFERS in words
    assert n_worlds_with_alarm <= 1


def test_one_lane_that_differs_is_found_among_forty() -> None:
    lead, place = drawn(1, 20_000), np.arange(20_000) % 40
    world = observed(drawn(2, 20_000) + np.where(place == 7, 20.0, 0.0), regions=40)
    found = [item.name for item in compared(observed(lead, regions=40), world) if verdict_of(item).word == DIFFERS]
    assert [name for name in found if "standard" not in name] == ["region 7"]


def test_what_is_stated_in_days_is_compared_in_days() -> None:
    """The same durations, told in whole days on one side, are the same durations."""
    days = observed(np.round(drawn(1, 4_000) / 24) * 24, step=24.0)
    assert of_kind(compared(days, observed(drawn(2, 9_000))), LEVEL)[0].word == AGREES


def test_holm_keeps_order_and_untested_places() -> None:
    assert holm([0.5, 0.001, math.nan, 0.02])[1] == pytest.approx(0.003)
    assert math.isnan(holm([0.5, 0.001, math.nan])[2])
    assert holm([]) == []
