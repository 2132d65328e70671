r"""How strong an unseen confounder would have to be to explain an effect away, in units that can be compared.

A confounder is as strong as the partial :math:`R^2` it has with the treatment and with the outcome.

References
----------
Cinelli & Hazlett (2020), "Making sense of sensitivity", JRSS B 82(1): robustness value, benchmark bounds.
VanderWeele & Ding (2017), "Sensitivity analysis in observational research: introducing the E-value", Annals of
Internal Medicine 167(4); for a difference of means the risk ratio is approximated by exp(.91 d).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

RISK_RATIO_SLOPE = 0.91
_SMALLEST = 1e-300
# Multiples of a benchmark that are tried before it is said that none of them is enough.
_MULTIPLES = np.geomspace(0.01, 1000.0, 501)


@dataclass(frozen=True, slots=True)
class Benchmark:
    """An observed confounder as a yardstick: what it explains of treatment and outcome beyond the others."""

    confounder: str
    partial_r2_treatment: float
    partial_r2_outcome: float


def robustness_value(t_value: float, degrees: int) -> float:
    """Partial R squared an unseen confounder needs with treatment and outcome alike.

    >>> round(robustness_value(4.18, 783), 3)  # Cinelli & Hazlett's Darfur example
    0.139
    """
    squared = t_value**2 / degrees
    return float(0.5 * (np.sqrt(squared**2 + 4.0 * squared) - squared))


def e_value(standardised_effect: float) -> float:
    """E-value of a difference of means in standard deviations of the outcome.

    >>> round(e_value(np.log(2.0) / 0.91), 3)  # a risk ratio of 2
    3.414
    """
    ratio = float(np.exp(min(RISK_RATIO_SLOPE * abs(standardised_effect), 700.0)))
    return ratio + float(np.sqrt(ratio * (ratio - 1.0))) if ratio < 1e150 else 2.0 * ratio  # noqa: PLR2004


def left_over(columns: Floats, target: Floats) -> float:
    """Residual sum of squares of a least-squares fit, by normal equations (fast where rows are many)."""
    gram = columns.T @ columns
    gram[np.diag_indices(len(gram))] += 1e-9 * np.trace(gram) / len(gram)
    fitted = columns @ np.linalg.solve(gram, columns.T @ target)
    return float(np.sum((target - fitted) ** 2))


def partial_r2(without: float, with_it: float) -> float:
    """Share of what was left over that one more column explains, from the two residual sums of squares.

    >>> partial_r2(10.0, 7.5)
    0.25
    """
    return max(1.0 - with_it / max(without, _SMALLEST), 0.0)


def largest_bias(standard_error: float, degrees: int, r2_treatment: float, r2_outcome: float) -> float:
    """The most that a confounder of this strength can have moved an estimate, in units of the outcome."""
    return standard_error * float(np.sqrt(degrees * r2_outcome * r2_treatment / max(1.0 - r2_treatment, _SMALLEST)))


def multiple_to_explain_away(estimate: float, standard_error: float, degrees: int, benchmark: Benchmark) -> float:
    """How many times as strong as a benchmark a confounder must be to account for the whole estimate.

    Returns
    -------
    float
        Infinity where a thousand times is not enough: the benchmark hardly moves treatment or outcome.

    References
    ----------
    Cinelli & Hazlett (2020), section 4.4: bounds on the strength of a confounder as multiples of an observed one.
    """
    for multiple in _MULTIPLES:
        r2_treatment, r2_outcome = strength_of(float(multiple), benchmark)
        if largest_bias(standard_error, degrees, r2_treatment, r2_outcome) >= abs(estimate):
            return float(multiple)
    return float("inf")


def strength_of(multiple: float, benchmark: Benchmark) -> tuple[float, float]:
    """Partial R squared with treatment and outcome of a confounder so many times as strong as a benchmark."""
    of_treatment, of_outcome = benchmark.partial_r2_treatment, benchmark.partial_r2_outcome
    treatment = multiple * of_treatment / max(1.0 - of_treatment, _SMALLEST)
    if treatment >= 1.0:
        return 1.0 - 1e-12, 1.0
    # Given the treatment, the two are related even if they were not before.
    related = multiple * of_treatment**2 / max((1.0 - multiple * of_treatment) * (1.0 - of_treatment), _SMALLEST)
    if related >= 1.0:
        return treatment, 1.0
    factor = (np.sqrt(multiple) + np.sqrt(related)) ** 2 / (1.0 - related)
    return treatment, float(min(factor * of_outcome / max(1.0 - of_outcome, _SMALLEST), 1.0))
