"""Importance weights, and how much evidence they leave."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from decision.errors import OverlapError, TrainingError
from decision.off_policy.logged_outcomes import SUM_TOLERANCE, LoggedOutcomes, require_shape

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def effective_sample_size(importance_weight: Floats) -> float:
    """Kish's (sum w)^2 / sum w^2, 0 where every weight is 0.

    Examples
    --------
    >>> effective_sample_size(np.array([1.0, 1.0, 0.0]))
    2.0
    """
    squares = float(np.square(importance_weight).sum())
    return float(importance_weight.sum()) ** 2 / squares if squares > 0 else 0.0


def importance_weights(log: LoggedOutcomes, target_probability: Floats) -> Floats:
    """Target over behaviour probability of every logged action, shape (n_orders,)."""
    require_shape("target_probability", target_probability, len(log.predicted))
    sums = np.add.reduceat(target_probability, log.offsets[:-1])
    off = (np.abs(sums - 1) > SUM_TOLERANCE) | (np.minimum.reduceat(target_probability, log.offsets[:-1]) < 0)
    if off.any():
        msg = f"target probabilities of {int(off.sum())} orders are negative or do not sum to 1; give a distribution"
        raise TrainingError(msg)
    weights: Floats = target_probability[log.chosen_row] / log.propensity[log.chosen_row]
    return weights


def evidence(weight: Floats, least: float) -> float:
    """How many orders' worth the weights leave; refused if that is less than the least."""
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


def unsupported_share(log: LoggedOutcomes, target_probability: Floats) -> float:
    """Share of the target policy's choices that the behaviour policy could not have made."""
    return float(target_probability[log.propensity == 0].sum()) / log.n_orders
