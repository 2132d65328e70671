"""Propensities that were planted are found again, and overlap is what the weights say."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from decision.errors import TrainingError
from decision.logged_choices import LoggedChoices
from decision.overlap.conditional_logit import ChoiceTable, choice_probabilities, fitted_slopes
from decision.overlap.report import OTHERS, agreement_with, overlap_report, propensity_bins
from decision.sensitivity.hidden_confounding import PropensitySource

N_ACTIONS = 5


def planted(n_decisions: int, slopes: tuple[float, ...], seed: int) -> tuple[ChoiceTable, np.ndarray]:
    rng = np.random.default_rng(seed)
    features = rng.standard_normal((n_decisions * N_ACTIONS, len(slopes)))
    offsets = np.arange(n_decisions + 1) * N_ACTIONS
    propensity = choice_probabilities(features, offsets, np.array(slopes))
    reached = propensity.reshape(-1, N_ACTIONS).cumsum(axis=1)
    place = np.minimum((rng.uniform(size=(n_decisions, 1)) > reached).sum(axis=1), N_ACTIONS - 1)
    return ChoiceTable(features, offsets[:-1] + place, offsets), propensity


def test_planted_slopes_are_found_again() -> None:
    table, propensity = planted(4_000, (1.0, -0.5, 0.0), seed=1)
    slopes = fitted_slopes(table)
    assert slopes == pytest.approx([1.0, -0.5, 0.0], abs=0.08)
    assert choice_probabilities(table.features, table.offsets, slopes) == pytest.approx(propensity, abs=0.05)


def test_two_actions_make_a_logistic_regression() -> None:
    shares = choice_probabilities(np.array([[2.0], [0.0]]), np.array([0, 2]), np.array([0.7]))
    assert shares == pytest.approx([1 / (1 + np.exp(-1.4)), 1 / (1 + np.exp(1.4))])


def test_choices_that_follow_one_feature_blindly_still_end_in_numbers() -> None:
    table, _ = planted(200, (50.0,), seed=2)
    assert np.isfinite(fitted_slopes(table)).all()


def test_features_that_are_no_numbers_are_refused() -> None:
    table, _ = planted(100, (1.0,), seed=3)
    table.features[0, 0] = np.nan
    with pytest.raises(TrainingError, match="missing or infinite"):
        fitted_slopes(table)


def test_even_choices_are_worth_all_their_decisions() -> None:
    table, _ = planted(400, (0.0,), seed=4)
    choices = LoggedChoices(np.full(2_000, 0.2), table.chosen_row, table.offsets)
    names = pd.Series(["north"] * 390 + ["islands"] * 10)
    report = overlap_report(
        "routing", choices, names, PropensitySource.LOGGED, agreement=agreement_with(choices, np.full(2_000, 0.2))
    )
    assert report.effective_sample_size == pytest.approx(400)
    assert report.outside_share == 0.0
    assert [item.name for item in report.segments] == [OTHERS, "north"]
    assert report.agreement is not None
    assert report.agreement.mean_difference == 0.0
    assert report.calibrated


def test_a_log_that_never_strays_has_all_else_outside_support() -> None:
    offsets = np.arange(101) * 4
    choices = LoggedChoices(np.tile([1.0, 0.0, 0.0, 0.0], 100), offsets[:-1], offsets)
    report = overlap_report("routing", choices, pd.Series(["north"] * 100), PropensitySource.LOGGED)
    assert report.outside_share == 0.75
    assert report.explored_share == 0.0


def test_propensities_that_promise_too_much_are_told_apart() -> None:
    table, propensity = planted(3_000, (1.5,), seed=5)
    choices = LoggedChoices(np.full(len(propensity), 0.2), table.chosen_row, table.offsets)
    assert all(abs(item.z) < 4 for item in propensity_bins(choices, propensity))
    turned = choice_probabilities(table.features, table.offsets, np.array([-1.5]))
    assert max(abs(item.z) for item in propensity_bins(choices, turned)) > 10
