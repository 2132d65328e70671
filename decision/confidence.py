"""How sure a choice is: chances from joint draws, and the two corrections that make them honest.

Estimators' own intervals are too narrow (nominal 90% covered 40% to 86% where it was measured), so the
spread of effects is widened by a factor found on held-out truth, and the chances are bent by Platt scaling.
All functions are pure; they serve routing and compensation alike.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from data.decisions import Confidence

Floats = NDArray[np.float64]

INTERVAL_LEVEL = 0.9
# Standard normal quantile at .95: half the width of a 90% interval in standard errors.
INTERVAL_Z = 1.6448536269514722
NO_SCALING = (1.0, 0.0)
# Joint draws behind every chance that is served.
N_DRAWS = 512
# A weak prior towards leaving chances alone, worth about this many cases; it keeps the fit finite when
# every case came out the same.
PRIOR_CASES = 2.0
# Worlds in which honest chances come true or not, to see what calibration error luck alone makes.
NOISE_SEED, N_NOISE_DRAWS = 20_260_102, 400
MAX_NEWTON_STEPS = 50
NEWTON_TOLERANCE = 1e-10


@dataclass(frozen=True, slots=True)
class Chances:
    """Probabilities about one action among several, from joint draws of their losses."""

    best: float
    near_best: float
    better_than_current: float


def standard_normals(n_draws: int, n_parameters: int, seed: int) -> Floats:
    """Fixed standard normals, shape (n_draws, n_parameters), in pairs that mirror each other.

    Mirroring makes every draw's mean exactly zero, so that the draws centre on the point estimates.
    """
    generator = np.random.Generator(np.random.Philox(seed))
    half = generator.standard_normal((n_draws // 2, n_parameters))
    return np.concatenate((half, -half))


def chances(
    draws: Floats, chosen: int, current: int, epsilon_minor: float, *, eligible: NDArray[np.bool_] | None = None
) -> Chances:
    """Chances of one action from joint draws of the loss.

    Parameters
    ----------
    draws : array of shape (n_actions, n_draws)
        Loss of each action in minor currency units; a column is one possible world.
    chosen, current : int
        Rows of the action asked about and of the one it is compared with.
    epsilon_minor : float
        How much worse than the best still counts as near best.
    eligible : array of bool of shape (n_actions,)
        Which actions may be chosen at all; all of them where it is left out.

    Examples
    --------
    >>> chances(np.array([[0.0, 3.0], [1.0, 1.0]]), chosen=0, current=1, epsilon_minor=2.0)
    Chances(best=0.5, near_best=1.0, better_than_current=0.5)
    """
    loss, best = draws[chosen], (draws if eligible is None else draws[eligible]).min(axis=0)
    return Chances(
        best=float(np.mean(loss <= best)),
        near_best=float(np.mean(loss <= best + epsilon_minor)),
        better_than_current=float(np.mean(loss < draws[current])),
    )


def is_informative(scalings: Floats) -> bool:
    """Whether the chance of being near best told anything where it was calibrated; if not, a person decides.

    Parameters
    ----------
    scalings : array of shape (3, 2)
        Slope and intercept for best, near best and better than current.
    """
    return bool(scalings[1, 0] > 0)


def stated_confidence(raw: Chances, scalings: Floats, threshold: float, *, alone: bool, is_current: bool) -> Confidence:
    """What is said of the first choice: bent chances that agree with each other.

    Each chance is bent by its own scaling, so their order has to be restored: the best is near the best, and
    better than the current choice. A chance of being best that is one base rate for all (slope 0) gives way to the
    others; else they rise to it.

    Parameters
    ----------
    scalings : array of shape (3, 2)
        Slope and intercept for best, near best and better than current.
    threshold : float
        Below this chance of being near the best a person decides.
    alone : bool
        Whether there is nothing else to choose.
    is_current : bool
        Whether the first choice is the current one, which is never better than itself.
    """
    counted = (raw.best, raw.near_best, raw.better_than_current)
    best, near_best, better = (
        platt_scaled(chance, (slope, intercept), N_DRAWS)
        for chance, (slope, intercept) in zip(counted, scalings.tolist(), strict=True)
    )
    if not scalings[0, 0] > 0:
        best = min(best, near_best, best if is_current else better)
    return Confidence(
        p_best=1.0 if alone else best,
        p_near_best=1.0 if alone else max(best, near_best),
        p_better_than_current=0.0 if is_current else max(best, better),
        threshold=threshold,
    )


def spread_factor(error: ArrayLike, standard_error: ArrayLike) -> float:
    """The factor on standard errors with which 90% intervals cover 90% of the truths given.

    Parameters
    ----------
    error : array of shape (n,)
        Estimate minus truth.
    standard_error : array of shape (n,)
        What the estimator said its error would be; rows that claim none are passed over.

    Returns
    -------
    float
        1.0 where no row claims an error.

    Examples
    --------
    >>> round(spread_factor([3.289707253902944] * 4, [1.0] * 4), 6)
    2.0
    """
    error, standard_error = np.asarray(error, dtype=np.float64), np.asarray(standard_error, dtype=np.float64)
    told = standard_error > 0
    if not told.any():
        return 1.0
    return float(np.quantile(np.abs(error[told]) / standard_error[told], INTERVAL_LEVEL) / INTERVAL_Z)


def coverage(error: ArrayLike, standard_error: ArrayLike) -> float:
    """Share of truths inside 90% intervals, over the rows that claim an error; NaN where none does."""
    error, standard_error = np.asarray(error, dtype=np.float64), np.asarray(standard_error, dtype=np.float64)
    told = standard_error > 0
    if not told.any():
        return float("nan")
    return float(np.mean(np.abs(error[told]) <= INTERVAL_Z * standard_error[told]))


def expected_calibration_error(chance: ArrayLike, happened: ArrayLike, n_bins: int = 10) -> float:
    """Mean distance between stated chance and observed share, over bins of equal width (ECE).

    Examples
    --------
    >>> expected_calibration_error([0.75, 0.75, 0.75, 0.75], [1, 1, 1, 0])
    0.0
    """
    stated, seen = np.asarray(chance, dtype=np.float64), np.asarray(happened, dtype=np.float64)
    if stated.size == 0:
        return float("nan")
    bins = np.minimum((stated * n_bins).astype(np.int64), n_bins - 1)
    gaps = np.bincount(bins, stated - seen, n_bins)
    return float(np.abs(gaps).sum() / stated.size)


def calibration_noise(chance: ArrayLike, n_bins: int = 10) -> float:
    """The calibration error that perfectly honest chances would show on as many cases, by luck alone.

    An ECE cannot fall to 0 on finite data: with 80 cases it is some hundredths. What is measured beyond this floor,
    and not the measure itself, speaks against the chances. Cases are taken as independent, so the floor is a low one.

    Parameters
    ----------
    chance : array of shape (n,)

    References
    ----------
    Broecker & Smith (2007), "Increasing the reliability of reliability diagrams", Weather and Forecasting.

    Examples
    --------
    >>> calibration_noise([0.0, 1.0, 1.0])
    0.0
    """
    stated = np.asarray(chance, dtype=np.float64)
    if stated.size == 0:
        return float("nan")
    uniforms = np.random.Generator(np.random.Philox(NOISE_SEED)).random((N_NOISE_DRAWS, stated.size))
    return float(np.mean([expected_calibration_error(stated, drawn < stated, n_bins) for drawn in uniforms]))


def platt_scaling(chance: ArrayLike, happened: ArrayLike, n_draws: int) -> tuple[float, float]:
    """Slope and intercept that make `platt_scaled` chances agree with what happened.

    The slope is never negative: where chances turned out to say nothing, all become the base rate.

    Parameters
    ----------
    chance : array of shape (n,)
        Chances counted over `n_draws` draws.
    happened : array of shape (n,)
        Whether it came true.

    References
    ----------
    Platt (1999), "Probabilistic outputs for support vector machines".
    """
    log_odds = _log_odds(np.asarray(chance, dtype=np.float64), n_draws)
    seen = np.asarray(happened, dtype=np.float64)
    if seen.size == 0:
        return NO_SCALING
    slope, intercept = _newton(log_odds, seen)
    if slope < 0:
        return (0.0, float(_log_odds(np.array([seen.mean()]), seen.size)[0]))
    return (slope, intercept)


def platt_scaled(chance: float, scaling: tuple[float, float], n_draws: int) -> float:
    """A chance counted over `n_draws` draws, bent by slope and intercept; in (0, 1) unless left alone.

    Examples
    --------
    >>> platt_scaled(0.25, (1.0, 0.0), 512)
    0.25
    """
    if scaling == NO_SCALING:
        return chance
    slope, intercept = scaling
    bounded = min(max(chance, 0.5 / n_draws), 1 - 0.5 / n_draws)
    log_odds = math.log(bounded) - math.log1p(-bounded)
    return 0.5 * (1.0 + math.tanh(0.5 * (slope * log_odds + intercept)))


def _log_odds(chance: Floats, n_draws: int) -> Floats:
    # A count of 0 or n says "less than half a draw", not "never".
    bounded = np.clip(chance, 0.5 / n_draws, 1 - 0.5 / n_draws)
    result: Floats = np.log(bounded) - np.log1p(-bounded)
    return result


def _logistic(log_odds: Floats) -> Floats:
    result: Floats = 0.5 * (1.0 + np.tanh(0.5 * log_odds))
    return result


def _newton(log_odds: Floats, seen: Floats) -> tuple[float, float]:
    design = np.column_stack((log_odds, np.ones_like(log_odds)))
    prior = np.array(NO_SCALING)
    # The prior weighs as much as so many cases at even odds.
    weight = PRIOR_CASES / 4
    parameters = prior.copy()
    for _ in range(MAX_NEWTON_STEPS):
        fitted = _logistic(design @ parameters)
        gradient = design.T @ (fitted - seen) + weight * (parameters - prior)
        curvature = (design * (fitted * (1 - fitted))[:, None]).T @ design + weight * np.eye(2)
        step = np.linalg.solve(curvature, gradient)
        # A long step can overshoot where the curve is flat; the damped one still descends.
        parameters = parameters - step / max(1.0, float(np.abs(step).max()))
        if float(np.abs(step).max()) < NEWTON_TOLERANCE:
            break
    return (float(parameters[0]), float(parameters[1]))
