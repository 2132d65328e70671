"""The test of draws keeps its size, and sees whoever leans on them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kstest

from decision.errors import TrainingError
from decision.logged_choices import LoggedChoices
from decision.sensitivity.hidden_confounding import HiddenConfounding, PropensitySource
from decision.sensitivity.logged_draws import Witnesses, WitnessScore
from decision.sensitivity.logged_draws import draw_test as judged

N_ACTIONS = 4


def drawn(seed: int, n_decisions: int = 1_000, meddled: float = 0.0) -> tuple[LoggedChoices, Witnesses]:
    """Choices among four actions; a meddler puts the first one in place of a share of the draws."""
    rng = np.random.default_rng(seed)
    propensity = rng.dirichlet(np.ones(N_ACTIONS), n_decisions)
    place = (rng.uniform(size=(n_decisions, 1)) > propensity.cumsum(axis=1)).sum(axis=1)
    place = np.where(rng.uniform(size=n_decisions) < meddled, 0, place)
    start = np.arange(n_decisions + 1) * N_ACTIONS
    first = np.tile(np.eye(N_ACTIONS)[0], n_decisions)
    table = np.column_stack((first, rng.standard_normal((n_decisions * N_ACTIONS, 5))))
    choices = LoggedChoices(np.maximum(propensity.ravel(), 1e-9), start[:-1] + place, start)
    return choices, Witnesses(("first", "a", "b", "c", "d", "e"), table)


def test_scores_of_honest_draws_are_standard_normal() -> None:
    scores = [score.z for seed in range(150) for score in judged(*drawn(seed, 300)).scores if score.witness == "a"]
    assert kstest(scores, "norm").pvalue > 0.01


def test_honest_draws_are_accused_no_more_often_than_stated() -> None:
    p_values = np.array([judged(*drawn(seed, 300)).p_value for seed in range(300)])
    # Three standard errors of a share of 5% in 300.
    assert (p_values <= 0.05).mean() <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 300)


def test_a_meddler_is_seen_and_named() -> None:
    test = judged(*drawn(1, meddled=0.15))
    assert test.p_value < 1e-6
    assert test.scores[0].witness == "first"
    # Of the draws that were meddled with three quarters would not have been the first action.
    assert test.scores[0].lean == pytest.approx(0.15 * 0.75, abs=0.05)


def test_choices_that_were_never_open_say_nothing() -> None:
    start = np.arange(51) * 2
    choices = LoggedChoices(np.tile([1.0, 0.0], 50), start[:-1], start)
    test = judged(choices, Witnesses(("first",), np.ones((100, 1))))
    assert (test.scores, test.p_value) == ((), 1.0)


def test_a_choice_without_propensity_is_refused() -> None:
    with pytest.raises(TrainingError, match="1 choices had propensity 0"):
        LoggedChoices(np.array([1.0, 0.0]), np.array([1]), np.array([0, 2]))


@pytest.mark.parametrize(
    ("p_value", "n_witnesses", "source", "words"),
    [
        (1e-6, 5, PropensitySource.LOGGED, "moved by something"),
        (0.4, 5, PropensitySource.LOGGED, "agree with their logged"),
        (0.4, 5, PropensitySource.ESTIMATED, "cannot tell: propensities were estimated"),
        (1.0, 0, PropensitySource.LOGGED, "cannot tell: no choice was open"),
    ],
)
def test_findings_say_what_they_can_and_no_more(
    p_value: float, n_witnesses: int, source: PropensitySource, words: str
) -> None:
    scores = (WitnessScore("left_default", 0.1, 6.0),)
    found = HiddenConfounding("routing", source, 1_000, n_witnesses, p_value, scores)
    assert words in found.words
    assert found.flagged == (p_value < 0.005)
