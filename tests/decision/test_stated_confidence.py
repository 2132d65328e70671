"""What is said of a first choice agrees with itself, however each chance is bent."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from decision.confidence import NO_SCALING, Chances, is_informative, stated_confidence

SHARE = st.floats(0, 1)
SCALINGS = st.lists(st.tuples(st.floats(0, 5), st.floats(-5, 5)), min_size=3, max_size=3)


@given(SHARE, SHARE, SHARE, SCALINGS)
def test_the_best_is_near_the_best_and_better_than_the_current(
    best: float, near: float, better: float, scalings: list[tuple[float, float]]
) -> None:
    said = stated_confidence(Chances(best, near, better), np.array(scalings), 0.85, alone=False, is_current=False)
    assert 0 <= said.p_best <= min(said.p_near_best, said.p_better_than_current) <= 1


def test_unbent_chances_are_said_as_counted() -> None:
    said = stated_confidence(
        Chances(0.5, 0.75, 0.625), np.tile(NO_SCALING, (3, 1)), 0.85, alone=False, is_current=False
    )
    assert (said.p_best, said.p_near_best, said.p_better_than_current, said.threshold) == (0.5, 0.75, 0.625, 0.85)


def test_the_only_choice_is_the_best_and_the_current_one_never_better_than_itself() -> None:
    said = stated_confidence(Chances(0.1, 0.1, 0.1), np.tile(NO_SCALING, (3, 1)), 0.85, alone=True, is_current=True)
    assert (said.p_best, said.p_near_best, said.p_better_than_current) == (1.0, 1.0, 0.0)


def test_a_base_rate_of_being_best_does_not_contradict_what_is_known_of_this_choice() -> None:
    scalings = np.array([(0.0, 2.0), NO_SCALING, NO_SCALING])
    said = stated_confidence(Chances(0.5, 0.75, 0.25), scalings, 0.85, alone=False, is_current=False)
    assert (said.p_best, said.p_near_best, said.p_better_than_current) == (0.25, 0.75, 0.25)


def test_confidence_that_is_one_number_for_all_tells_nothing() -> None:
    assert is_informative(np.tile(NO_SCALING, (3, 1)))
    assert not is_informative(np.array([NO_SCALING, (0.0, 3.0), NO_SCALING]))
