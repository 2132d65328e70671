"""A node's queues, docks and shelves do what a person with a stopwatch would see."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from simulator.steps import Steps
from simulator.timetable import LabourCurve, Timetable


def test_second_order_waits_for_the_only_picker(bench: Callable[..., Any]) -> None:
    played = bench(2)
    played.play([1.0, 1.25])
    assert played.picked_at == {0: 2.0, 1: 3.0}
    assert played.packed_at == {0: 2.5, 1: 3.5}


def test_two_pickers_work_side_by_side(bench: Callable[..., Any]) -> None:
    played = bench(2, pickers=(2,))
    played.play([1.0, 1.25])
    assert played.picked_at == {0: 2.0, 1: 2.25}


def test_orders_wait_for_the_only_packer_too(bench: Callable[..., Any]) -> None:
    played = bench(2, pickers=(2,), packers=(1,))
    played.play([1.0, 1.0])
    assert played.packed_at == {0: 2.5, 1: 3.0}


def test_order_packed_at_the_cut_off_still_leaves_with_the_collection(bench: Callable[..., Any]) -> None:
    played = bench(1)
    played.play([10.5])
    assert played.shipped_at == {0: 12.0}


def test_order_after_cut_off_ships_with_the_next_collection(bench: Callable[..., Any]) -> None:
    played = bench(2, pickers=(2,))
    played.play([10.75, 18.75])
    assert played.shipped_at == {0: 20.0, 1: 24 + 12.0}


def test_wave_cap_makes_a_parcel_wait(bench: Callable[..., Any]) -> None:
    played = bench(5, pickers=(5,), wave_caps=(2,))
    played.play([1.0, 1.1, 1.2, 1.3, 1.4])
    assert played.shipped_at == {0: 12.0, 1: 12.0, 2: 20.0, 3: 20.0, 4: 36.0}


def test_labour_raise_at_shift_change_admits_all_waiters_that_fit(bench: Callable[..., Any]) -> None:
    played = bench(6, shifts=Timetable((0.0, 6.0)), pickers=(1, 4))
    played.play([5.5] * 6)
    # One is in hand until 6.5; at six three more hands take one each, and the first two free hands the rest.
    assert played.picked_at == {0: 6.5, 1: 7.0, 2: 7.0, 3: 7.0, 4: 7.5, 5: 8.0}


def test_labour_cut_lets_orders_in_hand_finish_and_admits_no_more(bench: Callable[..., Any]) -> None:
    played = bench(5, shifts=Timetable((0.0, 6.0)), pickers=(3, 1))
    played.play([5.5] * 5)
    assert played.picked_at == {0: 6.5, 1: 6.5, 2: 6.5, 3: 7.5, 4: 8.5}


def test_nobody_picks_at_night(bench: Callable[..., Any]) -> None:
    played = bench(1, shifts=Timetable((6.0, 18.0)), pickers=(2, 0))
    played.play([20.0])
    assert played.picked_at == {0: 31.0}


def test_order_without_stock_waits_for_the_replenishment(bench: Callable[..., Any]) -> None:
    played = bench(2, stock=1, reorder_point=(0,), order_up_to=(50,))
    played.play([1.0, 2.0])
    # The first takes the last unit, which is at the reorder point: goods come 48 h later, for the second.
    assert played.from_shelf == {0: True, 1: False}
    assert played.picked_at == {0: 2.0, 1: 1.0 + 48.0 + 1.0}


def test_later_orders_do_not_overtake_one_that_waits_for_stock(bench: Callable[..., Any]) -> None:
    played = bench(4, stock=1, reorder_point=(0,), order_up_to=(2,))
    played.play([1.0, 2.0, 3.0, 4.0])
    assert sorted(played.picked_at, key=played.picked_at.__getitem__) == [0, 1, 2, 3]


def test_stock_is_conserved_and_never_negative(bench: Callable[..., Any]) -> None:
    played = bench(60, stock=20, reorder_point=(15,), order_up_to=(30,), pickers=(4,))
    station = played.play([0.2 * hour for hour in range(60)])
    on_the_way = station.shelf.position[0] - station.shelf.on_hand[0]
    assert station.shelf.n_reorders[0] > 1
    assert station.shelf.on_hand[0] == 20 + played.n_received - 60 >= 0
    assert 0 <= on_the_way <= 30
    assert not station.shelf.owed
    assert not station.missing_lines


def test_backlog_counts_who_is_inside(bench: Callable[..., Any]) -> None:
    station = bench(3).play([1.0, 1.5, 2.0])
    assert (station.backlog, station.to_pick, station.to_pack, station.booked) == (0, 0, 0, [0])
    assert (station.pickers_free, station.packers_free) == (1, 10)


def test_shipping_hours_foresee_the_wave_that_takes_a_parcel(bench: Callable[..., Any]) -> None:
    station = bench(3, wave_caps=(2,)).play([1.0, 1.1, 1.2])
    assert station.shipping_hours(0) == 36.0
    station.docks[0].extend([7, 8])
    assert station.shipping_hours(0) == 44.0


@pytest.mark.parametrize("moment", [0.0, 5.0, 9.0, 13.5, 17.0, 23.99, 24.0, 33.0])
def test_timetables_find_the_neighbours_of_a_moment(moment: float) -> None:
    timetable = Timetable((9.0, 17.0))
    first, last = timetable.first_from(moment), timetable.last_until(moment)
    assert timetable.at(first - 1) < moment <= timetable.at(first)
    assert timetable.at(last) <= moment < timetable.at(last + 1)


def test_labour_curve_is_the_integral_of_workers() -> None:
    curve = LabourCurve((6.0, 14.0, 22.0), (3, 5, 1))
    assert curve.per_day == 8 * 3 + 8 * 5 + 8 * 1
    assert curve.until(6.0) == 6 * 1
    assert curve.until(48 + 15.0) - curve.until(48 + 13.0) == 3 + 5


def test_nobody_works_in_an_outage_and_the_order_in_hand_is_finished(bench: Callable[..., Any]) -> None:
    lone = bench(3, labour=Steps((1.5, 5.0), (1.0, 0.0, 1.0)))
    lone.play([0.0, 0.5, 2.0])
    assert lone.picked_at == {0: 1.0, 1: 2.0, 2: 6.0}
    assert lone.packed_at == {0: 1.5, 1: 5.5, 2: 6.5}


def test_half_the_workers_are_away(bench: Callable[..., Any]) -> None:
    lone = bench(4, pickers=(2,), labour=Steps((0.0, 50.0), (1.0, 0.5, 1.0)))
    lone.play([1.0, 1.0, 1.0, 1.0])
    assert list(lone.picked_at.values()) == [2.0, 3.0, 4.0, 5.0]


def test_a_strike_skips_collections_or_cuts_their_cap(bench: Callable[..., Any]) -> None:
    skipped = bench(2, collected=(Steps((0.0, 13.0), (1.0, 0.0, 1.0)),))
    skipped.play([1.0, 2.0])
    assert set(skipped.shipped_at.values()) == {20.0}
    halved = bench(5, wave_caps=(4,), collected=(Steps((0.0, 13.0), (1.0, 0.5, 1.0)),))
    halved.play([0.0, 0.1, 0.2, 0.3, 0.4])
    assert list(halved.shipped_at.values()) == [12.0, 12.0, 20.0, 20.0, 20.0]
