"""The whole way from a table and a question to effects: read, check, choose, fit, doubt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm

from decision.errors import RoleError
from decision.table.average import AverageEffect, average_effects
from decision.table.columns import AS_TEXT, Encoded, encoded_confounders
from decision.table.folds import fold_of_rows
from decision.table.intervals import LEVEL, RowEffects, mixed_effects
from decision.table.leaks import require_no_leak
from decision.table.learners.bayesian_trees import BayesianTrees
from decision.table.learners.gaussian_process import GaussianProcess
from decision.table.learners.linear import BayesianLinear
from decision.table.learners.protocol import Design, Flags, Learner
from decision.table.overlap import Overlap, measured_overlap, require_overlap
from decision.table.propensity import expected_bases
from decision.table.refutation import Refutations, refuted
from decision.table.roles import Question, Roles, resolved_roles
from decision.table.selection import Selection, selected
from decision.table.sensitivity import Sensitivity, measured_sensitivity
from decision.table.treatments import Treatment, read_outcome, read_treatment

LONG_TABLE = 20_000  # rows; beyond, fewer draws of the trees keep memory below a gigabyte


@dataclass(frozen=True)
class Problem:
    """A question about a table that can be answered: every check passed.

    Parameters
    ----------
    folds : array of shape (n_rows,)
    suspects : mapping of str to float
        Confounders that come suspiciously near the outcome, and the share of its variance that each explains.
    """

    roles: Roles
    treatment: Treatment
    encoded: Encoded
    design: Design
    overlap: Overlap
    folds: NDArray[np.int64]
    suspects: Mapping[str, float]


@dataclass(frozen=True)
class Estimate:
    """What the table says, and how far it can be trusted."""

    problem: Problem
    selection: Selection
    rows: RowEffects
    averages: tuple[AverageEffect, ...]
    refutations: Refutations
    sensitivity: Sensitivity


def posed_problem(table: pd.DataFrame, question: Question, *, seed: int) -> Problem:
    """Read and check everything that an estimate rests on. The truth column is never read here.

    Raises
    ------
    RoleError, TooFewRowsError, LeakError, OverlapError
        If the question cannot be answered from this table; the message says why and what to do.
    """
    roles = resolved_roles([str(name) for name in table.columns], question)
    treatment = read_treatment(table, question)
    outcome = read_outcome(table, roles.outcome)
    encoded = encoded_confounders(table, roles.confounders)
    if roles.confounders_were_named:
        _refuse_numbers_as_text(encoded)
    suspects = require_no_leak(encoded, treatment, outcome, question.trusted)
    folds = fold_of_rows(treatment.arm_of, seed)
    expected = expected_bases(encoded.matrix, treatment, folds, seed)
    overlap = measured_overlap(treatment, expected)
    require_overlap(overlap, treatment, encoded)
    modifies = encoded.from_columns(roles.modifiers)
    design = Design(encoded.matrix, modifies, treatment.bases, expected, treatment.contrasts, outcome)
    return Problem(roles, treatment, encoded, design, overlap, folds, suspects)


def _refuse_numbers_as_text(encoded: Encoded) -> None:
    """Refuse a confounder that was asked for by name, and would be left out over how it is written."""
    for name, reason in encoded.dropped.items():
        if reason.startswith(AS_TEXT):
            msg = (
                f"confounder {name!r} is {reason}; write plain numbers, and leave unknown ones empty; or, if they are "
                "codes, put a letter before each"
            )
            raise RoleError(msg)


def learners_for(design: Design, fit_rows: Flags, seed: int) -> list[Learner]:
    """The candidates, their slow settings chosen: trees, a Gaussian process, straight lines."""
    candidates: list[Learner] = [BayesianTrees(), GaussianProcess(), BayesianLinear()]
    return [learner.tuned(design, fit_rows, seed) for learner in candidates]


def fitted_effects(
    design: Design, folds: NDArray[np.int64], fit_rows: Flags, seed: int
) -> tuple[Selection, RowEffects]:
    """Choose among the learners on the rows that teach, and answer for all rows.

    Parameters
    ----------
    design : every row, those that teach and those that are only asked about
    folds : array of shape (n_rows,); only those of the teaching rows count
    """
    teaching = np.flatnonzero(fit_rows)
    taught = design.at(teaching)
    tuned = learners_for(taught, np.ones(len(teaching), bool), seed)
    selection = selected(tuned, taught, folds[teaching], seed)
    surfaces = {
        learner.name: _final(learner, design).fit(design, fit_rows, seed)
        for learner in tuned
        if selection.weights[learner.name] > 0
    }
    return selection, mixed_effects(surfaces, selection.weights)


def estimated(table: pd.DataFrame, question: Question, *, seed: int) -> Estimate:
    """Answer a question from a table.

    Parameters
    ----------
    table : one row a unit; columns as named by the question
    seed : the same table, question and seed give the same answer to the last bit

    Raises
    ------
    RoleError, TooFewRowsError, LeakError, OverlapError
        If the question cannot be answered from this table.
    """
    problem = posed_problem(table, question, seed=seed)
    design, is_dose = problem.design, problem.treatment.is_dose
    everything = np.ones(design.n_rows, bool)
    selection, rows = fitted_effects(design, problem.folds, everything, seed)
    if not is_dose and set(np.unique(design.outcome)) == {0.0, 1.0}:
        rows = rows.within(1.0)
    averages = [
        average.widened(error)
        for average, error in zip(
            average_effects(design, selection.mixed, problem.folds, is_dose=is_dose, seed=seed),
            extrapolation_errors(rows, problem.overlap),
            strict=True,
        )
    ]
    return Estimate(
        problem=problem,
        selection=selection,
        rows=rows,
        averages=tuple(averages),
        refutations=refuted(design, problem.treatment.arm_of, is_dose=is_dose, seed=seed),
        sensitivity=measured_sensitivity(averages[0], design, problem.encoded, step=problem.treatment.step),
    )


def extrapolation_errors(rows: RowEffects, overlap: Overlap) -> list[float]:
    """What rows without overlap may add to the error of each average: their own spread, taken as one error.

    Sampling theory counts only what the data repeat; where an arm is hardly ever seen, nothing repeats.
    """
    spread = (rows.upper - rows.lower) / (2.0 * float(norm.ppf(0.5 + LEVEL / 2.0)))
    return [float(error) for error in np.where(overlap.supported, 0.0, spread).mean(axis=1)]


def _final(learner: Learner, design: Design) -> Learner:
    """The learner with everything it has: folds made do with two chains of trees, or a mean without draws."""
    if isinstance(learner, GaussianProcess):
        return replace(learner, n_draws=GaussianProcess().n_draws)
    if isinstance(learner, BayesianTrees):
        whole = BayesianTrees()
        return whole if design.n_rows <= LONG_TABLE else replace(whole, n_chains=2)
    return learner
