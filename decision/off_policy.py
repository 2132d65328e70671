r"""What a policy would have lost or gained, from decisions that another policy logged.

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

from data.decision_log.dataset import DecisionLog
from decision.errors import OverlapError, TrainingError

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_SUM_TOLERANCE = 1e-6
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


@dataclass(frozen=True)
class LoggedOutcomes:
    """Logged decisions with what a model predicts for every candidate.

    Parameters
    ----------
    outcome : array of shape (n_orders,)
        Observed loss of the chosen candidate, in minor currency units.
    chosen_row : array of shape (n_orders,)
        Index of the chosen candidate among all rows.
    propensity, predicted : arrays of shape (n_rows,)
        Behaviour policy's probability and the outcome model's loss, for every candidate.
        For honest intervals the model must not have been fitted on these orders.
    offsets : array of shape (n_orders + 1,)
        Where each order's rows start, and the end.

    Raises
    ------
    TrainingError
        If shapes disagree, a number is not finite, or a chosen candidate had propensity 0.
    """

    outcome: Floats
    chosen_row: Integers
    propensity: Floats
    predicted: Floats
    offsets: Integers

    def __post_init__(self) -> None:
        n_orders, n_rows = len(self.offsets) - 1, len(self.predicted)
        if n_orders < 1 or (np.diff(self.offsets) < 1).any() or self.offsets[0] != 0 or self.offsets[-1] != n_rows:
            msg = f"offsets must rise from 0 to the {n_rows} rows, one candidate an order at least"
            raise TrainingError(msg)
        _require_shape("outcome", self.outcome, n_orders)
        _require_shape("chosen_row", self.chosen_row, n_orders)
        _require_shape("propensity", self.propensity, n_rows)
        _require_shape("predicted", self.predicted, n_rows)
        outside = (self.chosen_row < self.offsets[:-1]) | (self.chosen_row >= self.offsets[1:])
        if outside.any():
            msg = f"{int(outside.sum())} chosen rows lie outside their order; number rows over the whole log"
            raise TrainingError(msg)
        chosen = self.propensity[self.chosen_row]
        if (chosen <= 0).any() or (self.propensity < 0).any() or (self.propensity > 1 + _SUM_TOLERANCE).any():
            msg = "propensities must lie in [0, 1], and a chosen candidate's above 0; log what the policy really did"
            raise TrainingError(msg)

    @property
    def n_orders(self) -> int:
        """How many orders there are."""
        return len(self.outcome)

    @classmethod
    def of_log(cls, log: DecisionLog, outcome: Floats, predicted: Floats) -> LoggedOutcomes:
        """Take choices and propensities from a decision log; `outcome` and `predicted` as for the class."""
        candidates = log.candidates
        return cls(
            outcome=outcome,
            chosen_row=np.flatnonzero(candidates["is_chosen"].to_numpy(dtype=bool)),
            propensity=candidates["propensity"].to_numpy(dtype=np.float64),
            predicted=predicted,
            offsets=log.candidate_offsets(),
        )


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
    weight = _weights(log, target_probability)
    size = _evidence(weight, limits.least_effective_sample_size)
    scores = _scores(log, target_probability, _trusted(weight, estimator, limits), estimator)
    return _summary(estimator, scores, size, _unsupported(log, target_probability), clusters)


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
    weights = [_weights(log, probability) for probability in both]
    sizes = [_evidence(weight, limits.least_effective_sample_size) for weight in weights]
    target, baseline = (
        _scores(log, probability, _trusted(weight, estimator, limits), estimator)
        for probability, weight in zip(both, weights, strict=True)
    )
    unsupported = max(_unsupported(log, probability) for probability in both)
    return _summary(estimator, target - baseline, min(sizes), unsupported, clusters)


def effective_sample_size(importance_weight: Floats) -> float:
    """Kish's (sum w)^2 / sum w^2, 0 where every weight is 0.

    Examples
    --------
    >>> effective_sample_size(np.array([1.0, 1.0, 0.0]))
    2.0
    """
    squares = float(np.square(importance_weight).sum())
    return float(importance_weight.sum()) ** 2 / squares if squares > 0 else 0.0


def _weights(log: LoggedOutcomes, target_probability: Floats) -> Floats:
    _require_shape("target_probability", target_probability, len(log.predicted))
    sums = np.add.reduceat(target_probability, log.offsets[:-1])
    off = (np.abs(sums - 1) > _SUM_TOLERANCE) | (np.minimum.reduceat(target_probability, log.offsets[:-1]) < 0)
    if off.any():
        msg = f"target probabilities of {int(off.sum())} orders are negative or do not sum to 1; give a distribution"
        raise TrainingError(msg)
    weights: Floats = target_probability[log.chosen_row] / log.propensity[log.chosen_row]
    return weights


def _evidence(weight: Floats, least: float) -> float:
    size = effective_sample_size(weight)
    if size == 0:
        msg = (
            f"no logged action has positive probability under the target policy ({len(weight):,} orders); "
            "log more exploration or widen the policy"
        )
        raise OverlapError(msg)
    if size < least:
        msg = (
            f"the log is worth {size:.1f} orders under the target policy, fewer than {least:g} "
            f"(of {len(weight):,}); log more exploration or widen the policy"
        )
        raise OverlapError(msg)
    return size


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


def _unsupported(log: LoggedOutcomes, target_probability: Floats) -> float:
    return float(target_probability[log.propensity == 0].sum()) / log.n_orders


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
        _require_shape("clusters", clusters, n_orders)
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


def _require_shape(name: str, array: Floats | Integers, length: int) -> None:
    if array.shape != (length,) or not np.isfinite(array).all():
        msg = f"{name} must hold {length} finite numbers, got shape {array.shape}"
        raise TrainingError(msg)
