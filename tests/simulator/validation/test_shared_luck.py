"""Orders that share their day's luck count for fewer, as far as the world's own seeds say that they do."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from simulator.validation.comparison import Comparison, compared
from simulator.validation.groups import LANE
from simulator.validation.observed import Observed, pooled
from simulator.validation.shared_luck import FEWEST_RUNS, INDEPENDENT, Spread, moderated, spread_of
from simulator.validation.verdicts import DIFFERS, verdict_of

N_LANES, N_DAYS, PER_DAY, N_RUNS = 4, 3, 150, 8


def played(seed: int, *, shift: float = 0.0, luck_hours: float = 6.0) -> Observed:
    """Three days of five lanes; every lane has good and bad days, and orders of a day share them."""
    rng = np.random.default_rng(seed)
    n = N_LANES * N_DAYS * PER_DAY
    day, lane = np.arange(n) // (N_LANES * PER_DAY), np.arange(n) % N_LANES
    lead = 50 + shift + rng.normal(0, luck_hours, (N_DAYS, N_LANES))[day, lane] + rng.normal(0, 10, n)
    moments = pd.Timestamp("2024-01-01", tz="UTC") + pd.to_timedelta(np.arange(n) * 24 / (N_LANES * PER_DAY), unit="h")
    names = np.array([f"region {place}" for place in range(N_LANES)])
    return Observed(
        pd.DataFrame(
            {
                "ordered_at": moments,
                "region": names[lane],
                "service_level": "standard",
                "node": None,
                "lead_hours": lead,
                "late": (lead > 60).astype(float),
                "run": 0,
            }
        )
    )


def lanes_that_differ(found: list[Comparison]) -> int:
    return sum(verdict_of(item).word == DIFFERS for item in found if item.kind == LANE)


def test_twins_that_share_luck_raise_alarms_only_where_orders_are_taken_for_independent() -> None:
    n_studies, alarms = 16, {1: 0, N_RUNS: 0}
    for study in range(n_studies):
        history = played(1_000 + study)
        runs = [played(5_000 + N_RUNS * study + run) for run in range(N_RUNS)]
        for n_runs in alarms:
            alarms[n_runs] += lanes_that_differ(compared(history, pooled(runs[:n_runs]))) > 0
    # At 5% a study, 16 studies have more than 3 in 1 case of 100.
    assert alarms[N_RUNS] <= 3
    assert alarms[1] > 11


def test_a_difference_beyond_shared_luck_is_found() -> None:
    runs = [played(run, shift=25.0) for run in range(N_RUNS)]
    assert lanes_that_differ(compared(played(77), pooled(runs))) == N_LANES


def test_independent_orders_are_worth_what_they_are() -> None:
    lead, run = np.random.default_rng(6).gamma(4.0, 5.0, (400, N_RUNS * 30)), np.repeat(np.arange(N_RUNS), 30)
    spreads = [spread_of(values, run, 30, (1.0, 1.0)) for values in lead]
    assert np.mean([spread.inflation for spread in spreads]) == pytest.approx(1.0, abs=0.08)
    assert np.mean([item.history for item in moderated(spreads)]) < 1.2


def test_inflation_of_a_mean_is_the_design_effect() -> None:
    """Orders of a day with correlation r have 1 + (m - 1) r times the variance, m orders a day."""
    runs = [played(run, luck_hours=5.0).orders for run in range(200)]
    lead = [one.loc[one["region"] == "region 2", "lead_hours"].to_numpy() for one in runs]
    number = np.repeat(np.arange(200), N_DAYS * PER_DAY)
    spread = spread_of(np.concatenate(lead), number, N_DAYS * PER_DAY, (3.0, 3.0))
    assert spread.exposure == 1.0
    assert spread.inflation == pytest.approx(1 + (PER_DAY - 1) * 25 / 125, rel=0.15)


def test_a_history_with_fewer_orders_a_day_shares_less() -> None:
    values, run = np.tile([0.0, 1.0], 50), np.repeat(np.arange(10), 10)
    assert spread_of(values, run, 5, (10.0, 2.0)).exposure == pytest.approx(0.1)
    thick, thin = (moderated([Spread(9.0, exposure, 8)])[0] for exposure in (1.0, 0.01))
    assert thick.history == thick.world == 9.0
    assert thin.history == pytest.approx(1.08)


def test_a_group_leans_on_the_others_and_is_never_better_than_independent() -> None:
    found = moderated([Spread(0.2, 1.0, 8), Spread(7.8, 1.0, 8), Spread(math.nan, 1.0, 1), Spread(0.0, 1.0, 8)])
    usual = (0.2 + 7.8 + 0.0) / 3
    assert [item.world for item in found] == pytest.approx(
        [max(1, (0.2 + usual) / 2), (7.8 + usual) / 2, usual, usual / 2]
    )
    assert moderated([Spread(math.nan, 1.0, FEWEST_RUNS - 1)]) == [INDEPENDENT]
    assert moderated([]) == []
