"""An estimate as plain values for JSON: what the command prints and the report repeats."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from decision.table.average import AverageEffect
from decision.table.columns import AS_TEXT, EMPTY
from decision.table.estimation import Estimate
from decision.table.learners.protocol import Floats
from decision.table.scoring import Scores, read_truth, scored
from decision.table.treatments import Treatment

FEW_SUPPORTED = 0.5
FEW_DOSES = 5
# Of a normal outcome the hundredth that is farthest off makes up a twelfth of the variance.
HEAVY_TAIL = 0.5


def effects_table(estimate: Estimate) -> pd.DataFrame:
    """One line a row and contrast, in row order: row, contrast, effect, lower, upper, supported.

    With one contrast (two arms, or a dose) it has exactly one line a row of the table.
    """
    names = np.array(estimate.problem.treatment.contrast_names, object)
    n_contrasts, n_rows = estimate.rows.effect.shape
    return pd.DataFrame(
        {
            "row": np.repeat(np.arange(n_rows), n_contrasts),
            "contrast": np.tile(names, n_rows),
            "effect": estimate.rows.effect.T.ravel(),
            "lower": estimate.rows.lower.T.ravel(),
            "upper": estimate.rows.upper.T.ravel(),
            "supported": estimate.problem.overlap.supported.T.ravel(),
        }
    )


def scores_of(estimate: Estimate, table: pd.DataFrame) -> Scores | None:
    """Scores of the first contrast against the truth column, if one was named: the only place that reads it.

    Raises
    ------
    RoleError
        If the truth cannot be read; see `read_truth`.
    """
    name = estimate.problem.roles.truth
    if name is None:
        return None
    rows, average = estimate.rows, estimate.averages[0]
    interval = (average.point, average.lower, average.upper)
    return scored(rows.effect[0], rows.lower[0], rows.upper[0], interval, read_truth(table, name))


def summarised(estimate: Estimate, scores: Scores | None) -> dict[str, Any]:
    """Everything but the rows, JSON-ready."""
    problem, selection = estimate.problem, estimate.selection
    names = problem.treatment.contrast_names
    averages = [
        {"contrast": name, **_interval(average)} for name, average in zip(names, estimate.averages, strict=True)
    ]
    return {
        "ate": averages[0],
        "ates": averages,
        "treatment": _treatment_facts(estimate),
        "outcome": problem.roles.outcome,
        "learner": selection.learner,
        "weights": selection.weights,
        "losses": selection.r_losses,
        "outcome_losses": selection.outcome_losses,
        "n_rows": problem.design.n_rows,
        "confounders": _confounder_facts(estimate),
        "overlap": _overlap_facts(estimate),
        "refutations": estimate.refutations.as_dict(),
        "sensitivity": estimate.sensitivity.as_dict(),
        "scores": scores.as_dict() if scores else None,
        "warnings": warnings_of(estimate),
    }


def warnings_of(estimate: Estimate) -> list[str]:
    """What a reader must know before using a number."""
    problem, found = estimate.problem, []
    if not problem.roles.confounders_were_named:
        found.append(
            f"no confounders were named: all {len(problem.roles.confounders)} other columns were taken as measured "
            "before the treatment; a column measured after it would bias the effect"
        )
    found += [
        f"{name} alone explains {share:.0%} of the outcome's variance: if it was measured after the treatment, or made "
        "from the outcome, it hides the effect; leave it out of --confounders then, else vouch for it with --trust"
        for name, share in problem.suspects.items()
    ]
    if problem.overlap.supported_share < FEW_SUPPORTED:
        found.append(
            f"only {problem.overlap.supported_share:.0%} of rows have a fair chance of every arm; effects of "
            "the others (supported = false) are extrapolated"
        )
    found += [
        f"{name} was not accounted for, because it is {reason}: if it moved treatment and outcome, the effect is biased"
        for name, reason in problem.encoded.dropped.items()
        if reason.startswith((EMPTY, AS_TEXT)) or problem.roles.confounders_were_named
    ]
    found += [
        f"{name} may be {AS_TEXT} ({example}), and was taken as kinds without an order: write plain numbers if it is a "
        "quantity"
        for name, example in problem.encoded.doubtful.items()
    ]
    found += _of_outcome(problem.design.outcome)
    found += _of_treatment(problem.treatment)
    if not estimate.refutations.placebo_passed:
        found.append("a shuffled treatment seemed to have an effect: do not rely on the average")
    if not estimate.refutations.random_cause_passed:
        found.append("adding a column of noise moved the average more than its uncertainty allows")
    found += [
        f"cannot tell whether {name} has an effect on average: the 90% interval holds zero"
        for name, average in zip(problem.treatment.contrast_names, estimate.averages, strict=True)
        if average.lower <= 0.0 <= average.upper
    ]
    return found


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


def _interval(average: AverageEffect) -> dict[str, float]:
    return {
        "point": average.point,
        "lower": average.lower,
        "upper": average.upper,
        "standard_error": average.standard_error,
    }


def _treatment_facts(estimate: Estimate) -> dict[str, Any]:
    treatment = estimate.problem.treatment
    counts = np.bincount(treatment.arm_of)
    return {
        "column": treatment.name,
        "kind": "dose" if treatment.is_dose else "arms",
        "arms": {arm: int(counts[index]) for index, arm in enumerate(treatment.arms)},
        "baseline": treatment.arms[0] if treatment.arms else None,
        "contrasts": list(treatment.contrast_names),
    }


def _confounder_facts(estimate: Estimate) -> dict[str, Any]:
    problem = estimate.problem
    return {
        "named": problem.roles.confounders_were_named,
        "used": sorted(set(problem.encoded.sources)),
        "modifiers": sorted(set(problem.roles.modifiers) & set(problem.encoded.sources)),
        "n_numeric_columns": problem.encoded.matrix.shape[1],
        "dropped": problem.encoded.dropped,
        "imputed_rows": problem.encoded.imputed,
    }


def _overlap_facts(estimate: Estimate) -> dict[str, Any]:
    overlap = asdict(estimate.problem.overlap)
    del overlap["supported"]
    return {**overlap, "supported_share": estimate.problem.overlap.supported_share}
