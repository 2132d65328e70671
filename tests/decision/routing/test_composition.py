"""From waits and transits to lateness: against closed forms, and against laws that no data may break."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from decision.routing.composition import composed

RATIOS = np.linspace(0.01, 1.6, 160)
# Transit evenly from .6 to 1.6 times the quote.
SURVIVAL = np.clip(1.6 - RATIOS, 0.0, 1.0)
WAIT_HOURS = np.array([0.0, 24.0])


def outcomes(miss: float, quote: float, room: float) -> tuple[np.ndarray, np.ndarray]:
    wait = np.array([[[miss, 0.2]]])
    transit = np.append(SURVIVAL, 0.0)[None, None]
    found, unseen = composed(wait, WAIT_HOURS, transit, RATIOS, np.array([[quote]]), np.array([room]))
    return found[0, 0], unseen[0]


def exact(miss: float, quote: float, room: float) -> tuple[float, float]:
    hours = late = 0.0
    for chance, wait in ((1 - miss, 0.0), (miss, 24.0)):
        grid = np.linspace(0.6, 1.6, 200_001)
        over = np.maximum(quote * grid - (room - wait), 0.0)
        hours, late = hours + chance * over.mean(), late + chance * (over > 0).mean()
    return hours, late


def test_uniform_transit_gives_the_lateness_of_its_closed_form() -> None:
    for miss, quote, room in ((0.0, 40.0, 50.0), (0.3, 40.0, 50.0), (0.3, 40.0, -10.0), (0.9, 10.0, 30.0)):
        found, _ = outcomes(miss, quote, room)
        assert np.allclose(found[:2], exact(miss, quote, room), rtol=2e-3, atol=2e-3)
        assert found[2] == 0.2


def test_what_is_certain_leaves_nothing_unseen() -> None:
    _, unseen = outcomes(0.0, 40.0, 50.0)
    assert np.allclose(unseen[:2], 0.0, atol=1e-6)


def test_the_unseen_wait_is_worth_its_standard_deviation() -> None:
    found, unseen = outcomes(0.25, 40.0, 50.0)
    at_once, after = (outcomes(miss, 40.0, 50.0)[0] for miss in (0.0, 1.0))
    assert np.allclose(found, 0.75 * at_once + 0.25 * after)
    assert np.allclose(unseen[:2], np.sqrt(0.25 * 0.75) * (after - at_once)[:2])


@given(st.floats(0, 1), st.floats(1, 200), st.floats(-100, 300), st.floats(0, 50), st.floats(0, 1), st.floats(1, 3))
def test_a_later_promise_a_shorter_quote_and_a_surer_collection_never_make_an_order_later(
    miss: float, quote: float, room: float, more: float, less: float, stretch: float
) -> None:
    found = outcomes(miss, quote, room)[0]
    better = (
        outcomes(miss, quote, room + more),
        outcomes(miss * less, quote, room),
        outcomes(miss, quote / stretch, room),
    )
    for other, _ in better:
        assert (other[:2] <= found[:2] + 1e-9).all()
    assert 0 <= found[1] <= 1 + 1e-12
