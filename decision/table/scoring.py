"""Scores against a true effect, after everything is decided: nothing here flows back."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from decision.errors import RoleError
from decision.table.columns import numbers_of
from decision.table.learners.protocol import Floats
from decision.table.roles import Question, require_complete, resolved_roles
from decision.table.treatments import read_treatment


@dataclass(frozen=True)
class Scores:
    """How near the effects came.

    Parameters
    ----------
    sqrt_pehe : root mean squared error of the rows' effects, in units of the outcome
    coverage_90 : share of rows whose 90% interval holds the truth
    mean_width : mean width of the intervals
    average_error : estimated less true average effect
    average_covered : whether the average's interval holds the mean of the true effects
    """

    sqrt_pehe: float
    coverage_90: float
    mean_width: float
    average_error: float
    average_covered: bool

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def read_truth(table: pd.DataFrame, name: str) -> Floats:
    """The true effect of each row.

    Raises
    ------
    RoleError
        If it is empty somewhere, text or infinite.
    """
    require_complete(table, name, "truth")
    if not pd.api.types.is_numeric_dtype(table[name].dtype):
        msg = f"the truth {name!r} is text (first value {table[name].iloc[0]!r}); give the true effect as a number"
        raise RoleError(msg)
    return numbers_of(table[name])


def require_scorable(table: pd.DataFrame, question: Question) -> None:
    """Refuse a truth that could not be scored against, before minutes are spent; its values go nowhere.

    Raises
    ------
    RoleError
        If the truth is unreadable, or there are several contrasts and one truth.
    """
    if question.truth is None:
        return
    resolved_roles([str(name) for name in table.columns], question)
    read_truth(table, question.truth)
    n_contrasts = len(read_treatment(table, question).contrast_names)
    if n_contrasts > 1:
        msg = (
            f"{question.truth!r} can be the truth of one contrast, and {question.treatment!r} has {n_contrasts}; "
            "keep the rows of two arms, or leave out --truth"
        )
        raise RoleError(msg)


def scored(effect: Floats, lower: Floats, upper: Floats, average: tuple[float, float, float], truth: Floats) -> Scores:
    """Score one contrast: effects and intervals (n_rows,), the average's (point, lower, upper), the truth (n_rows,)."""
    true_average = float(truth.mean())
    return Scores(
        sqrt_pehe=float(np.sqrt(np.mean((effect - truth) ** 2))),
        coverage_90=float(np.mean((lower <= truth) & (truth <= upper))),
        mean_width=float(np.mean(upper - lower)),
        average_error=average[0] - true_average,
        average_covered=bool(average[1] <= true_average <= average[2]),
    )
