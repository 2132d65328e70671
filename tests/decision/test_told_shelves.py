from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from data.candidates import Candidate
from data.orders import Order, OrderLine
from decision.shipments import SplitWishes, lines_held
from decision.told_shelves import ToldShelves

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
Told = Callable[..., ToldShelves]
SOON = NOW + timedelta(hours=3)
CANDIDATE = Candidate("n|road|standard", "n", "road", "standard", 9, 1, 0.5, 40, SOON, 24.0, 100.0, 500, 1.0, NOW)
OLD = replace(CANDIDATE, observed_at=NOW - timedelta(hours=1, minutes=1))
BOTH = ("1", "2")


@pytest.fixture(scope="session")
def told(two_lines: Order) -> Told:
    """The shelves of the node, some lines of it counted by themselves."""

    def shelves(stock: dict[str, int], **hours_ago: float) -> ToldShelves:
        counts = {line.removeprefix("line"): NOW - timedelta(hours=hours) for line, hours in hours_ago.items()}
        return ToldShelves(two_lines, SplitWishes({"n": stock}, 2, {"n": counts}), NOW)

    return shelves


def test_a_fresh_report_settles_whether_an_order_is_short(told: Told) -> None:
    assert told({"1": 2, "2": 3}).stock_out(CANDIDATE, BOTH) == 0.0
    assert told({"1": 2, "2": 2}).stock_out(CANDIDATE, BOTH) == 1.0
    assert told({"1": 2}).stock_out(CANDIDATE, BOTH) == 1.0
    assert told({"1": 2}).stock_out(CANDIDATE, ("1",)) == 0.0


@pytest.mark.parametrize("stock", [{"1": 2, "2": 3}, {"1": 2, "2": 2}, {}])
def test_an_old_report_settles_nothing(told: Told, stock: dict[str, int]) -> None:
    assert told(stock).stock_out(OLD, BOTH) is None


def test_a_count_of_its_own_is_as_old_as_it_says(told: Told) -> None:
    assert told({"1": 2, "2": 3}, line1=0.5, line2=1.0).stock_out(OLD, BOTH) == 0.0
    assert told({"1": 2, "2": 3}, line1=0.5).stock_out(OLD, BOTH) is None
    assert told({"1": 2, "2": 3}, line2=1.5).stock_out(CANDIDATE, BOTH) is None


def test_one_line_that_is_surely_missing_is_enough(told: Told) -> None:
    assert told({"1": 0, "2": 3}, line1=0.0).stock_out(OLD, BOTH) == 1.0
    assert told({"1": 0, "2": 3}, line2=0.0).stock_out(OLD, BOTH) is None


def test_a_line_of_nothing_is_never_missing(two_lines: Order) -> None:
    none = replace(two_lines, lines=(OrderLine("1", "a", 0, 1_000), two_lines.lines[1]))
    shelves = ToldShelves(none, SplitWishes({"n": {"2": 3}}), NOW)
    assert shelves.stock_out(CANDIDATE, BOTH) == 0.0
    assert lines_held("n", none, shelves.wishes) == set(BOTH)
    assert lines_held("elsewhere", none, shelves.wishes) == {"1"}


def test_what_is_over_is_told_of_the_scarcest_line_as_the_largest_would_leave_it(told: Told) -> None:
    # Line 1 is one short, so a shelf for the largest line, of three, holds two.
    assert told({"1": 1, "2": 9}).over_need("n", BOTH) == 2
    assert told({"1": 1, "2": 9}).over_need("n", ("2",)) == 9
    assert told({"1": 1, "2": 9}).over_need("elsewhere", BOTH) == 0
