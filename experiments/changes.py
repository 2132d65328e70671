"""What a policy's choices change, outcome by outcome: the objective taken apart again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.heldout import Answers, TrueLosses
from experiments.intervals import Estimate, clustered_mean

ROUTING_TERMS = {
    "cost_minor": "cost_minor",
    "lateness_hours": "expected_lateness_hours",
    "late_probability": "expected_late_probability",
    "stock_out_probability": "expected_stock_out_probability",
    "damage_probability": "expected_damage_probability",
    "carbon_kg": "carbon_kg",
}
COMPENSATION_TERMS = {
    "repurchase_probability": "expected_repurchase_probability",
    "churn_probability": "expected_churn_probability",
    "cost_minor": "expected_cost_minor",
}


@dataclass(frozen=True, slots=True)
class Change:
    """Mean of one outcome under the rules and under the policy, and the paired difference with its 95% interval."""

    rules: float
    causal: float
    difference: Estimate


def changes(outcomes: pd.DataFrame, terms: Mapping[str, str], truth: TrueLosses, answers: Answers) -> dict[str, Change]:
    """Compare the policy's choices with the rules', by the truth.

    Parameters
    ----------
    outcomes : DataFrame
        True expectations, one row an alternative, in the order of the truth's rows.
    terms : mapping of str to str
        Name of each outcome, and the column that holds it.
    """
    return {
        name: _change(outcomes[column].to_numpy(dtype=np.float64), truth, answers) for name, column in terms.items()
    }


def _change(outcome: NDArray[np.float64], truth: TrueLosses, answers: Answers) -> Change:
    rules, causal = outcome[truth.default_row], outcome[answers.chosen_row]
    return Change(float(rules.mean()), float(causal.mean()), clustered_mean(causal - rules, truth.cluster))
