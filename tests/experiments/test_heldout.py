"""The held-out check on choices whose worth can be worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from experiments.errors import TruthError
from experiments.heldout import Answers, TrueLosses, calibration_curve, check_answers, interval_coverage

N_DECISIONS = 4


def truth_of(loss: list[float]) -> TrueLosses:
    """Four decisions with three alternatives each, two on each of two days; the first is the rules' choice."""
    offsets = np.arange(0, 3 * N_DECISIONS + 1, 3)
    return TrueLosses(np.array(loss), offsets, offsets[:-1], np.array([0, 0, 1, 1]))


def answers_that_choose(chosen: list[int], truth: TrueLosses, *, shift: float = 0.0) -> Answers:
    effect = truth.loss - np.repeat(truth.loss[truth.default_row], 3) + shift
    sure = np.ones(N_DECISIONS)
    chosen_row = truth.offsets[:-1] + np.array(chosen)
    return Answers(chosen_row, sure, sure, sure > 0, truth.default_row, effect, effect - 1, effect + 1)


LOSSES = [10.0, 6.0, 20.0] * 2 + [10.0, 4.0, 5.0] * 2


def test_the_oracle_leaves_no_regret_and_the_rules_leave_all() -> None:
    truth = truth_of(LOSSES)
    oracle = check_answers(truth, answers_that_choose([1, 1, 1, 1], truth), near_best_minor=0.0)
    rules = check_answers(truth, answers_that_choose([0, 0, 0, 0], truth), near_best_minor=0.0)
    assert (oracle.regret_share, rules.regret_share) == (0.0, 1.0)
    assert rules.difference.point == rules.changed_share == 0.0


def test_the_difference_is_the_mean_of_the_paired_differences() -> None:
    truth = truth_of(LOSSES)
    check = check_answers(truth, answers_that_choose([1, 1, 2, 2], truth), near_best_minor=0.0)
    assert (check.rules_mean, check.causal_mean, check.oracle_mean) == (10.0, 5.5, 5.0)
    assert check.difference.point == -4.5


def test_a_choice_within_epsilon_of_the_best_counts_as_accurate() -> None:
    truth = truth_of(LOSSES)
    answers = answers_that_choose([1, 1, 2, 2], truth)
    assert check_answers(truth, answers, near_best_minor=0.5).automatic_accuracy == 0.5
    assert check_answers(truth, answers, near_best_minor=1.0).automatic_accuracy == 1.0


def test_overconfidence_shows_as_calibration_error() -> None:
    truth = truth_of(LOSSES)
    check = check_answers(truth, answers_that_choose([1, 1, 0, 0], truth), near_best_minor=0.0)
    assert check.ece_best == check.ece_near_best == 0.5


def test_intervals_that_miss_lose_their_coverage() -> None:
    truth = truth_of(LOSSES)
    right = answers_that_choose([1, 1, 1, 1], truth)
    shifted = answers_that_choose([1, 1, 1, 1], truth, shift=2.0)
    assert interval_coverage(truth, right) == 1.0
    assert interval_coverage(truth, shifted) == 0.0


def test_a_row_that_the_model_said_nothing_of_is_not_counted() -> None:
    truth = truth_of(LOSSES)
    answers = answers_that_choose([1, 1, 1, 1], truth, shift=2.0)
    silent = replace(answers, lower=np.full(12, np.nan), upper=np.full(12, np.nan))
    assert np.isnan(interval_coverage(truth, silent))


def test_without_automatic_choices_their_accuracy_is_not_a_number_and_nothing_is_gained() -> None:
    truth = truth_of(LOSSES)
    nobody = replace(answers_that_choose([1, 1, 1, 1], truth), automatic=np.zeros(N_DECISIONS, dtype=bool))
    check = check_answers(truth, nobody, near_best_minor=0.0)
    assert np.isnan(check.automatic_accuracy)
    assert check.automatic_difference.point == 0.0


def test_the_curve_groups_like_with_like_and_leaves_empty_bins_out() -> None:
    curve = calibration_curve(np.array([0.05, 0.95, 1.0]), np.array([False, True, False]))
    assert [(item.n_decisions, item.true) for item in curve] == [(1, 0.0), (2, 0.5)]
    assert curve[1].said == pytest.approx(0.975)


def test_a_truth_with_a_hole_is_refused() -> None:
    with pytest.raises(TruthError, match="lacks 1 of 12 alternatives"):
        truth_of([float("nan"), *LOSSES[1:]])
