"""Cautions: what a reader must know before using an estimate, in words."""

from __future__ import annotations

import numpy as np

from decision.table.columns import AS_TEXT, EMPTY
from decision.table.estimation import Estimate, Problem
from decision.table.learners.protocol import Floats
from decision.table.treatments import Treatment

FEW_SUPPORTED = 0.5
FEW_DOSES = 5
# Of a normal outcome the hundredth that is farthest off makes up a twelfth of the variance.
HEAVY_TAIL = 0.5


def warnings_of(estimate: Estimate) -> list[str]:
    """What a reader must know before using a number, the gravest first."""
    problem = estimate.problem
    return [
        *_of_roles(problem),
        *_of_overlap(problem),
        *_of_columns(problem),
        *_of_outcome(problem.design.outcome),
        *_of_treatment(problem.treatment),
        *_of_checks(estimate),
        *_of_averages(estimate),
    ]


def heavy_tail(quantity: Floats) -> str | None:
    """Which rows make up how much of a quantity's variance, where the hundredth farthest off makes up most of it.

    Examples
    --------
    >>> heavy_tail(np.array([0.0] * 98 + [0.1, 5.0]))
    'the row farthest from the mean (of 100) makes up 99%'
    """
    squares = np.sort((quantity - quantity.mean()) ** 2)
    n_rows, n_farthest = len(squares), max(len(squares) // 100, 1)
    share = float(squares[-n_farthest:].sum() / squares.sum())
    if share <= HEAVY_TAIL:
        return None
    if n_farthest == 1:
        return f"the row farthest from the mean (of {n_rows}) makes up {share:.0%}"
    return f"the {n_farthest:,} rows farthest from the mean (of {n_rows:,}) make up {share:.0%}"


def _of_roles(problem: Problem) -> list[str]:
    """What was taken as measured before the treatment, and may not have been."""
    unnamed = [
        f"no confounders were named: all {len(problem.roles.confounders)} other columns were taken as measured "
        "before the treatment; a column measured after it would bias the effect"
    ]
    return (unnamed if not problem.roles.confounders_were_named else []) + [
        f"{name} alone explains {share:.0%} of the outcome's variance: if it was measured after the treatment, or made "
        "from the outcome, it hides the effect; leave it out of --confounders then, else vouch for it with --trust"
        for name, share in problem.suspects.items()
    ]


def _of_overlap(problem: Problem) -> list[str]:
    if problem.overlap.supported_share >= FEW_SUPPORTED:
        return []
    return [
        f"only {problem.overlap.supported_share:.0%} of rows have a fair chance of every arm; effects of "
        "the others (supported = false) are extrapolated"
    ]


def _of_columns(problem: Problem) -> list[str]:
    """Columns that could not be used, or not as they were meant."""
    dropped = [
        f"{name} was not accounted for, because it is {reason}: if it moved treatment and outcome, the effect is biased"
        for name, reason in problem.encoded.dropped.items()
        if reason.startswith((EMPTY, AS_TEXT)) or problem.roles.confounders_were_named
    ]
    return dropped + [
        f"{name} may be {AS_TEXT} ({example}), and was taken as kinds without an order: write plain numbers if it is a "
        "quantity"
        for name, example in problem.encoded.doubtful.items()
    ]


def _of_outcome(outcome: Floats) -> list[str]:
    """What the outcome's own values should make a reader ask; of two values the rarer one is no tail."""
    tail = heavy_tail(outcome)
    if tail is None or len(np.unique(outcome)) == 2:  # noqa: PLR2004
        return []
    logarithm = ", or take the logarithm" if outcome.min() > 0.0 else ""
    return [f"{tail} of the outcome's variance: the average hangs on those rows; look at them{logarithm}"]


def _of_treatment(treatment: Treatment) -> list[str]:
    """What the treatment's own values should make a reader ask."""
    if not treatment.is_dose:
        return [
            f"the arm {arm!r} differs from another by case alone, and is compared as an arm of its own"
            for arm in treatment.alike_arms
        ]
    found, doses = [], np.unique(treatment.bases[0])
    widest = float(doses[-1] - doses[0]) * treatment.step
    tail = heavy_tail(treatment.bases[0])
    if tail is not None:
        found.append(f"{tail} of the dose's variance: the effect hangs on those rows; look at them")
    elif len(doses) <= FEW_DOSES:
        found.append(
            f"the dose has {len(doses)} values only: --arms compares them without supposing a straight line between"
        )
    if widest < 1.0:
        found.append(
            f"no two doses differ by one unit (at most by {widest:.4g}): the effect is a slope, told far beyond the "
            "table; write the dose in a smaller unit"
        )
    return found


def _of_checks(estimate: Estimate) -> list[str]:
    checks = estimate.refutations
    said = {
        "a shuffled treatment seemed to have an effect: do not rely on the average": checks.placebo_passed,
        "adding a column of noise moved the average more than its uncertainty allows": checks.random_cause_passed,
    }
    return [warning for warning, passed in said.items() if not passed]


def _of_averages(estimate: Estimate) -> list[str]:
    return [
        f"cannot tell whether {name} has an effect on average: the 90% interval holds zero"
        for name, average in zip(estimate.problem.treatment.contrast_names, estimate.averages, strict=True)
        if average.lower <= 0.0 <= average.upper
    ]
