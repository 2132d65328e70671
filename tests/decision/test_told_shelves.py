from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from data.candidates import Candidate
from data.orders import Customer, Destination, Order, OrderLine
from decision.shipments import SplitWishes, lines_held
from decision.told_shelves import ToldShelves

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
ORDER = Order(
    "o",
    NOW,
    NOW + timedelta(hours=48),
    Destination("west"),
    Customer("c"),
    (OrderLine("1", "a", 2, 1_000), OrderLine("2", "b", 3, 1_000)),
)
SOON = NOW + timedelta(hours=3)
CANDIDATE = Candidate("n|road|standard", "n", "road", "standard", 9, 1, 0.5, 40, SOON, 24.0, 100.0, 500, 1.0, NOW)
OLD = replace(CANDIDATE, observed_at=NOW - timedelta(hours=1, minutes=1))
BOTH = ("1", "2")


def told(stock: dict[str, int], **hours_ago: float) -> ToldShelves:
    """The shelves of the node, some lines of it counted by themselves."""
    counts = {line.removeprefix("line"): NOW - timedelta(hours=hours) for line, hours in hours_ago.items()}
    return ToldShelves(ORDER, SplitWishes({"n": stock}, 2, {"n": counts}), NOW)


def test_a_fresh_report_settles_whether_an_order_is_short() -> None:
    assert told({"1": 2, "2": 3}).stock_out(CANDIDATE, BOTH) == 0.0
    assert told({"1": 2, "2": 2}).stock_out(CANDIDATE, BOTH) == 1.0
    assert told({"1": 2}).stock_out(CANDIDATE, BOTH) == 1.0
    assert told({"1": 2}).stock_out(CANDIDATE, ("1",)) == 0.0


@pytest.mark.parametrize("stock", [{"1": 2, "2": 3}, {"1": 2, "2": 2}, {}])
def test_an_old_report_settles_nothing(stock: dict[str, int]) -> None:
    assert told(stock).stock_out(OLD, BOTH) is None


def test_a_count_of_its_own_is_as_old_as_it_says() -> None:
    assert told({"1": 2, "2": 3}, line1=0.5, line2=1.0).stock_out(OLD, BOTH) == 0.0
    assert told({"1": 2, "2": 3}, line1=0.5).stock_out(OLD, BOTH) is None
    assert told({"1": 2, "2": 3}, line2=1.5).stock_out(CANDIDATE, BOTH) is None


def test_one_line_that_is_surely_missing_is_enough() -> None:
    assert told({"1": 0, "2": 3}, line1=0.0).stock_out(OLD, BOTH) == 1.0
    assert told({"1": 0, "2": 3}, line2=0.0).stock_out(OLD, BOTH) is None


def test_a_line_of_nothing_is_never_missing() -> None:
    none = replace(ORDER, lines=(OrderLine("1", "a", 0, 1_000), ORDER.lines[1]))
    shelves = ToldShelves(none, SplitWishes({"n": {"2": 3}}), NOW)
    assert shelves.stock_out(CANDIDATE, BOTH) == 0.0
    assert lines_held("n", none, shelves.wishes) == set(BOTH)
    assert lines_held("elsewhere", none, shelves.wishes) == {"1"}


def test_what_is_over_is_told_of_the_scarcest_line_as_the_largest_would_leave_it() -> None:
    # Line 1 is one short, so a shelf for the largest line, of three, holds two.
    assert told({"1": 1, "2": 9}).over_need("n", BOTH) == 2
    assert told({"1": 1, "2": 9}).over_need("n", ("2",)) == 9
    assert told({"1": 1, "2": 9}).over_need("elsewhere", BOTH) == 0
