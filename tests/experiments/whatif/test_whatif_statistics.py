from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from experiments.whatif.kpis import KPIS, OBJECTIVE
from experiments.whatif.paired import Difference, paired_difference, runs_needed
from experiments.whatif.selection import select_smallest
from experiments.whatif.verdicts import amount, verdict, verdict_on


def test_a_paired_interval_is_student_s_of_the_differences() -> None:
    generator = np.random.default_rng(3)
    reference = generator.normal(100, 30, 12)
    target = reference - 5 + generator.normal(0, 2, 12)
    found = paired_difference(target, reference, confidence=0.95, n_intervals=1)
    known = stats.ttest_rel(target, reference).confidence_interval(0.95)
    assert (found.lower, found.upper) == pytest.approx((known.low, known.high))
    assert found.pairing_gain > 50


def test_joint_intervals_hold_all_at_once_as_often_as_promised() -> None:
    generator, n_studies, n_kpis = np.random.default_rng(11), 300, 6
    held = 0
    for _ in range(n_studies):
        gaps = generator.normal(size=(n_kpis, 12))
        found = [paired_difference(row, np.zeros(12), confidence=0.9, n_intervals=n_kpis) for row in gaps]
        held += all(item.lower <= 0 <= item.upper for item in found)
    assert held / n_studies > 0.9 - 3 * math.sqrt(0.9 * 0.1 / n_studies)


def test_pairs_without_a_figure_are_left_out() -> None:
    target, reference = np.array([1.0, np.nan, 4.0, 2.0]), np.array([0.0, 5.0, 2.0, np.nan])
    found = paired_difference(target, reference, confidence=0.95, n_intervals=1)
    assert (found.n_pairs, found.point) == (2, 1.5)
    assert math.isinf(paired_difference(target[:2], reference[:2], confidence=0.95, n_intervals=1).upper)


def test_four_times_the_runs_halve_an_interval() -> None:
    assert runs_needed(Difference(0.0, -10.0, 10.0, 12, 1.0), 5.0) == 48


@pytest.mark.parametrize("correlation", [0.0, 0.8])
def test_the_planted_best_is_selected_as_often_as_promised(correlation: float) -> None:
    # The least favourable case: every other policy is worse by just the indifference.
    generator, n_studies, n_most = np.random.default_rng(5), 300, 400
    means = np.array([1.0, 1.0, 0.0, 1.0, 1.0])[:, None]
    right, played = 0, []
    for _ in range(n_studies):
        common, own = generator.normal(size=(1, n_most)), generator.normal(size=(5, n_most))
        losses = means + math.sqrt(correlation) * common + math.sqrt(1 - correlation) * own
        found = select_smallest(losses, n_first=10, indifference=1.0, confidence=0.9)
        right += found.best == 2
        played.append(max(found.eliminated_after.values()))
    assert right / n_studies > 0.9 - 2 * math.sqrt(0.9 * 0.1 / n_studies)
    assert np.mean(played) < (60 if correlation == 0 else 20)


def test_what_was_eliminated_needs_no_more_replications() -> None:
    generator = np.random.default_rng(1)
    losses = generator.normal(size=(3, 60)) + np.array([[0.0], [0.2], [9.0]])
    whole = select_smallest(losses, n_first=10, indifference=0.5, confidence=0.95)
    cut = losses.copy()
    cut[2, whole.eliminated_after[2] :] = np.nan
    assert select_smallest(cut, n_first=10, indifference=0.5, confidence=0.95) == whole


def test_no_best_is_named_before_there_is_evidence() -> None:
    losses = np.random.default_rng(2).normal(size=(2, 12))
    found = select_smallest(losses, n_first=10, indifference=0.01, confidence=0.95)
    assert (found.best, found.survivors) == (None, (0, 1))


@pytest.mark.parametrize(
    ("lower", "upper", "code"),
    [
        (-48, -20, "better"),
        (20, 48, "worse"),
        (-4, 3, "no_difference"),
        (-4, 30, "not_enough_runs"),
        (-40, -0.0, "not_enough_runs"),
    ],
)
def test_a_verdict_follows_from_the_interval(lower: float, upper: float, code: str) -> None:
    difference = Difference((lower + upper) / 2, lower, upper, 20, 1.0)
    said = verdict(("causal", "rules"), OBJECTIVE, difference, margin=5.0)
    assert said.code == code
    assert "causal" in said.sentence
    assert "rules" in said.sentence


def test_a_share_on_time_is_better_when_it_is_higher() -> None:
    assert verdict_on(KPIS[2], Difference(0.05, 0.02, 0.08, 20, 1.0), margin=0.01) == "better"


def test_four_runs_say_nothing_however_clear_they_look() -> None:
    assert verdict_on(OBJECTIVE, Difference(-34, -35, -33, 4, 1.0), margin=1.0) == "not_enough_runs"


def test_nothing_has_no_sign() -> None:
    assert amount(OBJECTIVE, -0.04, signed=True) == "0.0"
    assert amount(OBJECTIVE, -3.04, signed=True) == "-3.0"
