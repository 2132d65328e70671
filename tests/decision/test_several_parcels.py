from __future__ import annotations

import numpy as np
import pytest

from decision.several_parcels import HOURS, LastParcel, at_least_one


def fading(chance: float, mean_hours: float) -> np.ndarray:
    """The chance to be later than each of HOURS where who is late is so by an exponential time."""
    return np.asarray(chance * np.exp(-HOURS / mean_hours))


def test_the_chance_of_any_is_that_of_not_none() -> None:
    assert at_least_one(np.array([[0.1], [0.2], [0.5]])) == pytest.approx(1 - 0.9 * 0.8 * 0.5)
    assert at_least_one(np.array([[0.3], [0.0]])) == pytest.approx(0.3)
    assert at_least_one(np.array([[0.3], [1.0]])) == 1.0


def test_one_parcel_is_its_own_last() -> None:
    alone = LastParcel.of(fading(0.3, 20.0)[None])
    assert alone.counted == pytest.approx(1.0)
    assert alone.lateness(np.array([[5.0, 7.0]])) == pytest.approx([5.0, 7.0])


def test_the_last_of_two_is_later_by_what_they_do_not_share() -> None:
    (first, m), (second, n) = (0.3, 20.0), (0.5, 30.0)
    both = LastParcel.of(np.array([fading(first, m), fading(second, n)]))
    # The hours in which both are late: the integral of p exp(-t/m) q exp(-t/n).
    shared = first * second / (1 / m + 1 / n)
    hours = np.array([[first * m], [second * n]])
    assert both.lateness(hours)[0] == pytest.approx(hours.sum() - shared, rel=0.01)
    assert both.alone == pytest.approx(1 - shared / hours[:, 0], rel=0.02)


def test_three_drawn_parcels_are_as_late_as_the_last_of_them() -> None:
    generator = np.random.Generator(np.random.Philox(7))
    chances, means = np.array([0.2, 0.4, 0.3]), np.array([40.0, 10.0, 25.0])
    late = generator.random((200_000, 3)) < chances
    drawn = late * generator.exponential(means, (200_000, 3))
    found = LastParcel.of(np.array([fading(*one) for one in zip(chances, means, strict=True)]))
    assert found.lateness((chances * means)[:, None])[0] == pytest.approx(drawn.max(axis=1).mean(), rel=0.02)


def test_who_is_never_late_changes_nothing() -> None:
    both = LastParcel.of(np.array([fading(0.4, 12.0), np.zeros(len(HOURS))]))
    assert [both.counted, *both.alone] == pytest.approx([1.0, 1.0, 1.0])
    assert LastParcel.of(np.zeros((2, len(HOURS)))).lateness(np.zeros((2, 1)))[0] == 0


def test_a_promise_of_long_ago_is_broken_by_the_later_parcel() -> None:
    """Both are late for certain, by more than any hour that is asked for: the order by the later one's hours."""
    both = LastParcel.of(np.ones((2, len(HOURS))))
    assert both.lateness(np.array([[1_000.0], [700.0]]))[0] == 1_000.0
