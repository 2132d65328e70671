"""An estimate as plain values for JSON: what the command prints and the report repeats."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from decision.table.average import AverageEffect
from decision.table.cautions import warnings_of
from decision.table.estimation import Estimate
from decision.table.scoring import Scores, read_truth, scored


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
