"""Widths of the prior on arms' slopes: found from the log, feature by feature, over arms and outcomes together."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from decision.compensation.features import FEATURE_FAMILIES, FEATURE_NAMES
from decision.compensation.law import logistic
from decision.compensation.logistic_fitting import FIRST_WIDTH, LogisticLines, fitted_lines
from decision.compensation.widths import LEAST_WIDTH, NormalLikelihood, SlopePrior, likelier_widths

Floats = NDArray[np.float64]

N_ARMS, N_FEATURES = 5, 4
# Only the first two features bend what an arm does, the first a lot.
PLANTED = np.array([0.5, 0.15, 0.0, 0.0])
APART = np.arange(N_FEATURES)


def planted_fit(n_incidents: int, seed: int, families: NDArray[np.int64] = APART) -> tuple[Floats, LogisticLines]:
    """True slopes of shape (n_outcomes, n_arms, n_features), and what was fitted to the first of two outcomes."""
    rng = np.random.default_rng(seed)
    features = rng.standard_normal((n_incidents, N_FEATURES))
    arm = rng.integers(0, 1 + N_ARMS, n_incidents)
    slopes = PLANTED * rng.standard_normal((2, N_ARMS, N_FEATURES))
    lines = np.concatenate((np.zeros((2, 1, N_FEATURES)), slopes), axis=1)
    chance = logistic(np.einsum("if,oif->oi", features, lines[:, arm]) - 0.5)
    outcomes = (rng.uniform(size=chance.shape) < chance).astype(np.float64)
    return slopes, fitted_lines(features, arm, list(outcomes), N_ARMS, families)[0]


def test_the_width_of_every_feature_is_found() -> None:
    found = np.mean([planted_fit(12_000, seed)[1].widths for seed in range(8)], axis=0)
    assert found[0] == pytest.approx(0.5, rel=0.15)
    assert found[1] == pytest.approx(0.15, rel=0.25)
    assert (found[2:] < 0.04).all()


def test_features_of_one_family_share_a_width() -> None:
    together = planted_fit(6_000, 1, np.array([0, 1, 1, 1]))[1].widths
    assert together[1] == together[2] == together[3]
    assert together[0] > 2 * together[1]


def test_slopes_of_features_that_bend_nothing_all_but_vanish() -> None:
    slopes = np.array([planted_fit(3_000, seed)[1].lines[1:, 1:] for seed in range(6)])
    assert np.square(slopes[..., 2:]).mean() < 0.05**2


def test_slopes_lie_within_their_errors_of_the_planted_ones() -> None:
    inside = []
    for seed in range(6):
        slopes, fit = planted_fit(6_000, seed)
        error = np.sqrt(np.diag(fit.covariance)).reshape(fit.lines.shape)[1:, 1]
        inside.append(np.abs(fit.lines[1:, 1] - slopes[0, :, 0]) <= 1.6448536269514722 * error)
    assert 0.75 < np.mean(inside) <= 1


def test_units_of_a_feature_do_not_matter() -> None:
    rng = np.random.default_rng(2)
    features, arm = rng.standard_normal((2_000, N_FEATURES)), rng.integers(0, 2, 2_000)
    outcome = (rng.uniform(size=2_000) < logistic(0.5 * arm * features[:, 0])).astype(np.float64)
    units = np.array([1, 100, 0.01, 7.0])
    plain, other = (fitted_lines(each, arm, [outcome], 1, APART)[0] for each in (features, features * units))
    assert other.widths == pytest.approx(plain.widths, rel=1e-6)
    assert other.lines[:, 1:] * units == pytest.approx(plain.lines[:, 1:], rel=1e-5, abs=1e-9)


def test_a_feature_that_never_varies_teaches_no_width() -> None:
    rng = np.random.default_rng(3)
    features, arm = rng.standard_normal((1_000, N_FEATURES)), rng.integers(0, 2, 1_000)
    features[:, 1] = 4.0
    outcome = (rng.uniform(size=1_000) < 0.4).astype(np.float64)
    # It is of one family with another, whose width it must not stretch.
    fit = fitted_lines(features, arm, [outcome], 1, np.array([0, 1, 1, 2]))[0]
    without = fitted_lines(np.delete(features, 1, axis=1), arm, [outcome], 1, np.array([0, 1, 2]))[0]
    assert np.delete(fit.widths, 1) == pytest.approx(without.widths)
    assert np.delete(fit.lines, 2, axis=1) == pytest.approx(without.lines)
    assert fit.widths[1] == FIRST_WIDTH
    assert (fit.lines[:, 2] == 0).all()


def test_without_errors_a_width_is_the_root_mean_square_of_its_slopes() -> None:
    slopes = np.array([[0.3, 0.0], [-0.4, 0.0]])
    lines = np.concatenate((np.zeros((1, 3)), np.column_stack((np.zeros(2), slopes))))
    curvature = 1e9 * np.eye(lines.size)
    prior = SlopePrior(np.ones(lines.shape), np.array([0, 1]))
    found = likelier_widths(prior, [NormalLikelihood(curvature, curvature @ lines.ravel())], np.ones(2))
    assert found[0] == pytest.approx(np.sqrt(0.125), rel=1e-4)
    assert found[1] == LEAST_WIDTH


def test_every_type_of_incident_is_of_one_family_and_every_other_feature_alone() -> None:
    types = np.array([name.startswith("type_") for name in FEATURE_NAMES])
    assert len(set(FEATURE_FAMILIES[types])) == 1
    assert len(set(FEATURE_FAMILIES)) == 1 + (~types).sum()
