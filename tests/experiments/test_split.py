"""Splits by time keep the past before the future and lose nothing."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pandas as pd
import pytest

from data.decision_log.dataset import DecisionLog
from experiments.errors import SplitError
from experiments.split import blocks_of, split_by_time

LogMaker = Callable[[int, int], DecisionLog]


def test_nothing_of_the_future_is_learned_from(make_log: LogMaker) -> None:
    split = split_by_time(make_log(1_000, 20))
    parts = (split.training, split.calibration, split.evaluation)
    for before, after in pairwise(parts):
        assert before.orders["decided_at"].max() < after.orders["decided_at"].min()


def test_every_order_is_in_one_part_with_all_that_belongs_to_it(make_log: LogMaker) -> None:
    log = make_log(1_000, 20)
    split = split_by_time(log)
    parts = (split.training, split.calibration, split.evaluation)
    assert [len(item.orders) for item in parts] == [700, 150, 150]
    for name in ("orders", "candidates", "outcomes", "incidents"):
        joined = pd.concat([getattr(item, name) for item in parts], ignore_index=True)
        pd.testing.assert_frame_equal(joined, getattr(log, name).reset_index(drop=True))


def test_a_part_is_a_log_by_its_own_right(make_log: LogMaker) -> None:
    part = split_by_time(make_log(1_000, 20)).evaluation
    tables = {name: getattr(part, name) for name in ("orders", "candidates", "outcomes", "incidents")}
    assert len(DecisionLog.checked(tables, part.network).orders) == 150


def test_a_log_too_short_to_hold_any_out_is_refused(make_log: LogMaker) -> None:
    with pytest.raises(SplitError, match="has 399 orders, fewer than 400"):
        split_by_time(make_log(399, 20))


@pytest.mark.parametrize(("span", "block"), [("30D", "24h"), ("6D", "12h"), ("2D", "6h"), ("11h", "1h")])
def test_blocks_are_days_where_there_are_enough_and_shorter_where_not(span: str, block: str) -> None:
    instants = pd.Series(pd.date_range("2026-03-02", periods=2_000, freq=pd.Timedelta(span) / 2_000, tz="UTC"))
    assert blocks_of(instants).tolist() == ((instants - pd.Timestamp(0, tz="UTC")) // pd.Timedelta(block)).tolist()


def test_a_held_out_part_of_a_few_hours_gives_no_interval() -> None:
    instants = pd.Series(pd.date_range("2026-03-02", periods=100, freq="1min", tz="UTC"))
    with pytest.raises(SplitError, match="too short for an interval"):
        blocks_of(instants)


def test_a_log_of_a_few_hours_is_refused_before_anything_is_fitted(make_log: LogMaker) -> None:
    with pytest.raises(SplitError, match="too short for an interval"):
        split_by_time(make_log(1_000, 1_000))
