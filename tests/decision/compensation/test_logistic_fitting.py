"""Lines of several outcomes at once: what they are, and what one outcome may teach another."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from decision.compensation.law import logistic, with_constant
from decision.compensation.logistic_fitting import LogisticLines, fitted_lines

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

N_ARMS, N_FEATURES = 5, 4
World = tuple[Floats, Integers, Floats, Floats]


def planted(seed: int, n_incidents: int, together: float) -> World:
    """Incidents of two outcomes, in which the arms' slopes go together as told; features, arm, outcomes, lines."""
    rng = np.random.default_rng(seed)
    lines = 0.25 * rng.standard_normal((2, 1 + N_ARMS, 1 + N_FEATURES))
    lines[1, 1:] = together * lines[0, 1:] + np.sqrt(1 - together**2) * lines[1, 1:]
    features = rng.standard_normal((n_incidents, N_FEATURES))
    arm = rng.integers(1 + N_ARMS, size=n_incidents)
    outcomes = rng.uniform(size=(n_incidents, 2)) < chances(lines, features, arm)
    return features, arm, outcomes.astype(np.float64), lines


def chances(lines: Floats, features: Floats, arm: Integers) -> Floats:
    own = np.where((arm > 0)[None, :, None], lines[:, arm], 0.0)
    return np.asarray(logistic(np.einsum("nd,knd->nk", with_constant(features), lines[:, [0]] + own)))


def slope_error(found: LogisticLines, lines: Floats) -> float:
    return float(np.square(found.lines[:, 1:, 1:] - lines[:, 1:, 1:]).mean())


def test_outcomes_that_go_together_teach_each_other() -> None:
    alone, together = [], []
    for seed in range(4):
        features, arm, outcomes, lines = planted(seed, 2_500, together=-0.95)
        found = fitted_lines(features, arm, outcomes, N_ARMS)
        assert found.correlation < -0.4
        together.append(slope_error(found, lines))
        apart = [fitted_lines(features, arm, outcomes[:, [place]], N_ARMS) for place in range(2)]
        alone.append(float(np.mean([slope_error(one, lines[[place]]) for place, one in enumerate(apart)])))
    assert np.mean(together) < 0.85 * np.mean(alone)


def test_outcomes_that_do_not_go_together_are_left_apart() -> None:
    found = []
    for seed in range(4):
        features, arm, outcomes, _ = planted(seed, 2_500, together=0.0)
        found.append(fitted_lines(features, arm, outcomes, N_ARMS).correlation)
    assert abs(np.mean(found)) < 0.4


def test_lines_are_found_within_their_stated_errors() -> None:
    features, arm, outcomes, lines = planted(9, 6_000, together=0.0)
    found = fitted_lines(features, arm, outcomes, N_ARMS)
    error = (found.lines - lines).ravel() / np.sqrt(np.diag(found.covariance))
    assert 0.8 <= (np.abs(error) <= 1.645).mean() <= 1


def test_an_arm_that_does_nothing_is_shrunk_to_nothing() -> None:
    features, arm, _, lines = planted(3, 4_000, together=0.0)
    lines[:, 1:] = 0.0
    outcomes = np.random.default_rng(4).uniform(size=(len(arm), 2)) < chances(lines, features, arm)
    found = fitted_lines(features, arm, outcomes.astype(np.float64), N_ARMS)
    assert found.width <= 0.08
    assert np.abs(found.lines[:, 1:, 1:]).max() < 0.1


def test_a_feature_that_never_varies_gets_no_slope_and_the_scale_of_another_does_not_matter() -> None:
    features, arm, outcomes, _ = planted(5, 1_500, together=0.0)
    features[:, 0] = 3.0
    found = fitted_lines(features, arm, outcomes, N_ARMS)
    again = fitted_lines(features * np.array([1.0, 1_000.0, 1.0, 1.0]), arm, outcomes, N_ARMS)
    assert (found.lines[:, :, 1] == 0).all()
    assert np.allclose(again.lines[:, :, 2] * 1_000, found.lines[:, :, 2], atol=1e-6)
