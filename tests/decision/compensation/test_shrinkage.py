"""Shrinkage is the posterior mean of a normal prior whose width the data tell."""

from __future__ import annotations

import numpy as np
import pytest

from decision.compensation.shrinkage import shrunk

N_ARMS, N_FEATURES = 4, 6


def planted(width: float, error: float, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """True coefficients, estimates and features in standard units, with independent errors."""
    rng = np.random.default_rng(seed)
    features = rng.standard_normal((500, N_FEATURES))
    features = (features - features.mean(axis=0)) / features.std(axis=0)
    true = rng.normal(scale=width, size=(1, N_ARMS, 1 + N_FEATURES))
    true[:, :, 0] = 0.3
    return true, true + rng.normal(scale=error, size=true.shape), features


def test_slopes_shrink_by_the_share_of_their_variance_that_is_error() -> None:
    _, estimates, features = planted(width=0.1, error=0.1, seed=1)
    covariance = 0.01 * np.eye(estimates.size)
    posterior = shrunk(estimates, covariance, features)
    kept = posterior.width[0] ** 2 / (posterior.width[0] ** 2 + 0.01)
    assert posterior.coefficients[:, :, 1:] == pytest.approx(kept * estimates[:, :, 1:])
    assert np.diag(posterior.covariance)[1] == pytest.approx(kept * 0.01)


def test_average_effects_are_left_alone() -> None:
    _, estimates, features = planted(width=0.1, error=0.1, seed=2)
    posterior = shrunk(estimates, 0.01 * np.eye(estimates.size), features)
    assert posterior.coefficients[:, :, 0] == pytest.approx(estimates[:, :, 0], rel=1e-3)


@pytest.mark.parametrize("width", [0.05, 0.2])
def test_the_width_of_the_prior_is_found(width: float) -> None:
    found = []
    for seed in range(30):
        _, estimates, features = planted(width=width, error=0.05, seed=seed)
        found.append(shrunk(estimates, 0.0025 * np.eye(estimates.size), features).width[0])
    assert np.mean(found) == pytest.approx(width, rel=0.15)


def test_slopes_that_are_all_noise_all_but_vanish() -> None:
    left = []
    for seed in range(30):
        _, estimates, features = planted(width=0.0, error=0.1, seed=seed)
        posterior = shrunk(estimates, 0.01 * np.eye(estimates.size), features)
        left.append(np.square(posterior.coefficients[:, :, 1:]).mean() / np.square(estimates[:, :, 1:]).mean())
    assert np.mean(left) < 0.1


def test_units_of_a_feature_do_not_matter() -> None:
    _, estimates, features = planted(width=0.1, error=0.1, seed=3)
    units = np.array([1, 10, 0.1, 1000, 1, 5.0])
    scale = np.tile(np.concatenate(([1.0], 1 / units)), N_ARMS)
    covariance = 0.01 * np.eye(estimates.size)
    plain = shrunk(estimates, covariance, features)
    other = shrunk(
        estimates * scale.reshape(estimates.shape), scale[:, None] * covariance * scale[None, :], features * units
    )
    assert other.coefficients == pytest.approx(plain.coefficients * scale.reshape(estimates.shape))


def test_a_coefficient_without_variance_was_not_learned_and_stays() -> None:
    _, estimates, features = planted(width=0.1, error=0.1, seed=4)
    covariance = 0.01 * np.eye(estimates.size)
    covariance[3], covariance[:, 3], estimates[0, 0, 3] = 0.0, 0.0, 0.0
    posterior = shrunk(estimates, covariance, features)
    assert posterior.coefficients[0, 0, 3] == pytest.approx(0.0, abs=1e-12)
    assert posterior.covariance[3, 3] == pytest.approx(0.0, abs=1e-12)
