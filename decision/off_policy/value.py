r"""The value of a policy, and its gain over another, by estimators that trade bias for variance.

Notation of the docstrings: order i had outcome :math:`y_i` under the logged action :math:`a_i`, which the
behaviour policy took with propensity :math:`p_i`; the target policy takes action a with probability
:math:`\pi_i(a)`, and an outcome model predicts :math:`q_i(a)`. The importance weight is
:math:`w_i = \pi_i(a_i) / p_i` and the model's value of an order :math:`v_i = \sum_a \pi_i(a) q_i(a)`.

References
----------
Dudik, Langford & Li (2011), "Doubly Robust Policy Evaluation and Learning", ICML.
Wang, Agarwal & Dudik (2017), "Optimal and Adaptive Off-policy Evaluation in Contextual Bandits", ICML.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t

from decision.errors import TrainingError
from decision.off_policy.evidence import evidence, importance_weights, unsupported_share
from decision.off_policy.logged_outcomes import LoggedOutcomes, require_shape

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


_LEAST_GROUPS = 2


class Estimator(StrEnum):
    """How logged outcomes and predictions are combined."""

    IPS = "ips"
    SNIPS = "snips"
    DIRECT = "direct"
    DR = "dr"
    SWITCH_DR = "switch_dr"


@dataclass(frozen=True, slots=True)
class EvaluationLimits:
    """When evidence is not trusted.

    Parameters
    ----------
    switch_at : float
        Above this importance weight switch-DR leaves an order to the outcome model.
    least_effective_sample_size : float
        Below this many orders' worth of evidence there is no estimate.
    """

    switch_at: float = 20.0
    least_effective_sample_size: float = 30.0


DEFAULT_LIMITS = EvaluationLimits()


@dataclass(frozen=True, slots=True)
class PolicyValue:
    """A value per order with its uncertainty, in the outcome's units.

    Parameters
    ----------
    bounds_90, bounds_95 : tuple of float
        Lower and upper end of the normal intervals around `point`.
    effective_sample_size : float
        (sum w)^2 / sum w^2: how many orders' worth of evidence the weights leave.
    unsupported_share : float
        Share of the target policy's choices that the behaviour policy could not have made;
        there only the outcome model speaks.
    """

    estimator: Estimator
    point: float
    standard_error: float
    bounds_90: tuple[float, float]
    bounds_95: tuple[float, float]
    effective_sample_size: float
    unsupported_share: float
    n_orders: int


def policy_value(
    log: LoggedOutcomes,
    target_probability: Floats,
    estimator: Estimator,
    *,
    clusters: Integers | None = None,
    limits: EvaluationLimits = DEFAULT_LIMITS,
) -> PolicyValue:
    """Estimate the mean outcome had the target policy decided.

    Parameters
    ----------
    target_probability : array of shape (n_rows,)
        The target policy's probability of each candidate.
    clusters : array of shape (n_orders,), optional
        Orders that share a label (a day, a simulated run) may depend on each other; at least two labels.

    Raises
    ------
    OverlapError
        If the log holds no action, or too few, that the target policy would take.
    TrainingError
        If arrays disagree or the probabilities of an order do not sum to 1.
    """
    weight = importance_weights(log, target_probability)
    size = evidence(weight, limits.least_effective_sample_size)
    scores = _scores(log, target_probability, _trusted(weight, estimator, limits), estimator)
    return _summary(estimator, scores, size, unsupported_share(log, target_probability), clusters)


def policy_gain(
    log: LoggedOutcomes,
    target_probability: Floats,
    baseline_probability: Floats,
    estimator: Estimator,
    *,
    clusters: Integers | None = None,
    limits: EvaluationLimits = DEFAULT_LIMITS,
) -> PolicyValue:
    """Estimate the mean outcome of the target policy minus that of a baseline, paired by order.

    Negative is better where the outcome is a loss. Orders on which both policies agree contribute no noise.
    Parameters and errors are those of `policy_value`; the sample size is the smaller of the two policies'.
    """
    both = (target_probability, baseline_probability)
    sizes = [evidence(importance_weights(log, one), limits.least_effective_sample_size) for one in both]
    scores = gain_scores(log, target_probability, baseline_probability, estimator, limits=limits)
    unsupported = max(unsupported_share(log, probability) for probability in both)
    return _summary(estimator, scores, min(sizes), unsupported, clusters)


def gain_scores(
    log: LoggedOutcomes,
    target_probability: Floats,
    baseline_probability: Floats,
    estimator: Estimator,
    *,
    limits: EvaluationLimits = DEFAULT_LIMITS,
) -> Floats:
    """Each order's share in the gain, shape (n_orders,): `policy_gain` is their mean, over any set of orders."""
    target, baseline = (
        _scores(log, one, _trusted(importance_weights(log, one), estimator, limits), estimator)
        for one in (target_probability, baseline_probability)
    )
    gain: Floats = target - baseline
    return gain


def _scores(log: LoggedOutcomes, target_probability: Floats, weight: Floats, estimator: Estimator) -> Floats:
    """Per-order scores, shape (n_orders,): their mean is the value, their spread its standard error."""
    if estimator is Estimator.IPS:
        plain: Floats = weight * log.outcome
        return plain
    if estimator is Estimator.SNIPS:
        share = weight / weight.mean()
        value = float((share * log.outcome).mean())
        # The ratio's influence function; adding the value back lets the mean of the scores be the estimate.
        ratio: Floats = value + share * (log.outcome - value)
        return ratio
    model_value: Floats = np.add.reduceat(target_probability * log.predicted, log.offsets[:-1])
    if estimator is Estimator.DIRECT:
        return model_value
    scores: Floats = model_value + weight * (log.outcome - log.predicted[log.chosen_row])
    return scores


def _trusted(weight: Floats, estimator: Estimator, limits: EvaluationLimits) -> Floats:
    return np.where(weight <= limits.switch_at, weight, 0.0) if estimator is Estimator.SWITCH_DR else weight


def _summary(
    estimator: Estimator, scores: Floats, size: float, unsupported: float, clusters: Integers | None
) -> PolicyValue:
    point = float(scores.mean())
    error, degrees = _standard_error(scores, clusters)
    return PolicyValue(
        estimator=estimator,
        point=point,
        standard_error=error,
        bounds_90=_bounds(point, error, degrees, 0.90),
        bounds_95=_bounds(point, error, degrees, 0.95),
        effective_sample_size=size,
        unsupported_share=unsupported,
        n_orders=len(scores),
    )


def _standard_error(scores: Floats, clusters: Integers | None) -> tuple[float, int]:
    """The mean's standard error, and its degrees of freedom: independent groups less one."""
    n_orders = len(scores)
    residual = scores - scores.mean()
    if clusters is None:
        sums, n_groups = residual, n_orders
    else:
        require_shape("clusters", clusters, n_orders)
        labels, group = np.unique(clusters, return_inverse=True)
        sums, n_groups = np.bincount(group, weights=residual), len(labels)
    if n_groups < _LEAST_GROUPS:
        msg = f"{n_groups} independent group of orders gives no standard error; bring {_LEAST_GROUPS} at least"
        raise TrainingError(msg)
    return math.sqrt(float(np.square(sums).sum()) * n_groups / (n_groups - 1)) / n_orders, n_groups - 1


def _bounds(point: float, error: float, degrees: int, level: float) -> tuple[float, float]:
    # Student's t: clusters can be few, and the normal quantile would then claim too much.
    reach = float(t.ppf((1 + level) / 2, degrees)) * error
    return (point - reach, point + reach)
