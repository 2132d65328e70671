"""Trying to break an estimate: a treatment made of air must do nothing, a confounder made of air must change nothing.

Both refit the tree learner on at most a thousand rows with a short chain; what is compared is its doubly robust
average, refitted the same way without the change.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from decision.table.average import AverageEffect, average_effects
from decision.table.learners.bayesian_trees import BayesianTrees
from decision.table.learners.protocol import Design
from decision.table.selection import out_of_fold

MAX_ROWS = 1_000
N_PLACEBOS, N_CAUSES = 4, 2
SHORT_CHAIN = BayesianTrees(n_chains=1, n_burn=80, n_keep=40)
MAX_CHANGE = 0.10  # of the estimate, or half its 90% interval if that is more


@dataclass(frozen=True)
class Refutations:
    """What the attempts found, for the first contrast.

    Parameters
    ----------
    estimate : the average effect on the rows used
    placebo_mean, placebo_largest : average effect of treatments shuffled over rows, in units of the outcome
    random_cause_change : mean absolute change of the average when a column of noise is added, in units of the outcome
    """

    n_rows: int
    estimate: float
    placebo_mean: float
    placebo_largest: float
    placebo_passed: bool
    random_cause_change: float
    random_cause_passed: bool

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def refuted(design: Design, arm_of: NDArray[np.int64], *, is_dose: bool, seed: int) -> Refutations:
    """Run the placebo and the random common cause."""
    rng = np.random.default_rng([seed, 5])
    rows = np.sort(rng.choice(design.n_rows, min(design.n_rows, MAX_ROWS), replace=False))
    small = design.at(rows)
    halves = np.argsort(np.lexsort((rng.random(len(rows)), arm_of[rows]))) % 2
    base = _average(small, halves, is_dose=is_dose, seed=seed)
    placebos = [_average(_shuffled(small, rng), halves, is_dose=is_dose, seed=seed) for _ in range(N_PLACEBOS)]
    changes = [
        abs(_average(_with_noise(small, rng), halves, is_dose=is_dose, seed=seed).point - base.point)
        for _ in range(N_CAUSES)
    ]
    mean = float(np.mean([placebo.point for placebo in placebos]))
    # Four averages of pure noise lie within twice their own standard error, 1 in 20 times aside.
    reach = 2.0 * float(np.sqrt(np.mean([placebo.standard_error**2 for placebo in placebos]) / N_PLACEBOS))
    change = float(np.mean(changes))
    return Refutations(
        n_rows=len(rows),
        estimate=base.point,
        placebo_mean=mean,
        placebo_largest=max(abs(placebo.point) for placebo in placebos),
        placebo_passed=abs(mean) <= 1.5 * reach,
        random_cause_change=change,
        random_cause_passed=change <= max(MAX_CHANGE * abs(base.point), base.upper - base.point),
    )


def _average(design: Design, halves: NDArray[np.int64], *, is_dose: bool, seed: int) -> AverageEffect:
    answer = out_of_fold(SHORT_CHAIN, design, halves, seed)
    return average_effects(design, answer, halves, is_dose=is_dose, seed=seed)[0]


def _shuffled(design: Design, rng: np.random.Generator) -> Design:
    """The treatment of another row, so that it cannot have done anything; expected is then the same everywhere."""
    bases = design.bases[:, rng.permutation(design.n_rows)]
    expected = np.repeat(bases.mean(axis=1, keepdims=True), design.n_rows, axis=1)
    return replace(design, bases=bases, expected_bases=expected)


def _with_noise(design: Design, rng: np.random.Generator) -> Design:
    noise = rng.standard_normal(design.n_rows)
    return replace(
        design,
        confounders=np.column_stack([design.confounders, noise]),
        modifies=np.append(design.modifies, True),
    )
