"""Value calibration on logs whose gain by confidence is planted."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.heldout import Answers
from experiments.logged_value import LoggedDecisions, logged_gain
from experiments.value_calibration import LEAST_DECISIONS, value_calibration

N_DECISIONS = 4_000
# What the second of two candidates saves: nothing where confidence is low, 100 where it is high.
SAVED = 100.0


def logged(said: np.ndarray, *, boast: float = 1.0, propensity: float = 0.5) -> tuple[LoggedDecisions, Answers]:
    """Decisions whose model always picks the second candidate, and the promise it makes, times `boast`."""
    n_decisions = len(said)
    generator = np.random.Generator(np.random.Philox(1))
    gain = np.where(said > 0.85, SAVED, 0.0)
    offsets = np.arange(0, 2 * n_decisions + 1, 2)
    taken = (generator.uniform(size=n_decisions) < propensity).astype(np.int64)
    decisions = LoggedDecisions(
        loss=500.0 - gain * taken + generator.normal(0, 20, n_decisions),
        propensity=np.tile([1 - propensity, propensity], n_decisions),
        predicted=np.full(2 * n_decisions, 480.0),
        offsets=offsets,
        chosen_row=offsets[:-1] + taken,
        default_row=offsets[:-1],
        cluster=np.arange(n_decisions) % 40,
    )
    point = np.zeros(2 * n_decisions)
    point[1::2] = -boast * gain
    sure = said > 0.85
    return decisions, Answers(offsets[:-1] + 1, said, said, sure, offsets[:-1], point, point - 1, point + 1)


SAID = np.where(np.arange(N_DECISIONS) % 2 == 0, 0.6, 0.97)


def test_an_honest_promise_is_borne_out_bin_by_bin() -> None:
    low, high = value_calibration(*logged(SAID))
    assert (low.lowest, low.highest, high.lowest, high.highest) == (0.5, 0.7, 0.95, 1.0)
    assert low.predicted == 0
    assert high.predicted == -SAVED
    assert low.logged.lower < 0 < low.logged.upper
    assert high.logged.lower < -SAVED < high.logged.upper
    assert low.borne_out
    assert high.borne_out


def test_a_boast_is_not_borne_out_and_says_so() -> None:
    low, high = value_calibration(*logged(SAID, boast=2.0))
    assert low.borne_out
    assert not high.borne_out
    assert "does not bear" in high.sentence()
    assert "does not bear" not in low.sentence()


def test_bins_together_make_the_gain_of_the_whole_log() -> None:
    decisions, answers = logged(SAID)
    bins = value_calibration(decisions, answers)
    whole = sum(item.n_decisions * item.logged.point for item in bins) / N_DECISIONS
    assert whole == pytest.approx(logged_gain(decisions, answers).difference.point)


def test_few_decisions_and_logs_without_evidence_say_nothing() -> None:
    few = np.where(np.arange(N_DECISIONS) < LEAST_DECISIONS - 1, 0.6, 0.97)
    assert [item.lowest for item in value_calibration(*logged(few))] == [0.95]
    assert value_calibration(*logged(SAID, propensity=0.0)) == ()
