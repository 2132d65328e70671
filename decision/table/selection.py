"""Choosing among learners by a causal loss on rows they did not see; the truth is never looked at.

The loss is the R-loss: how well a learner's effects, times the surprise in the treatment, explain the surprise in
the outcome. Weights minimise it over mixtures, with half the weight on the members' own losses (Q-aggregation), which
keeps a mixture from chasing noise.

References
----------
Nie & Wager (2021), "Quasi-oracle estimation of heterogeneous treatment effects", Biometrika 108(2).
Lan & Syrgkanis (2024), "Causal Q-aggregation for CATE model selection", AISTATS.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from decision.table.learners.protocol import Design, Floats, Learner

STEPS = 40  # weights are multiples of one fortieth
LEAST_WEIGHT = 0.05  # a learner below is not worth its time


@dataclass(frozen=True)
class OutOfFold:
    """One learner's answers at rows its fold did not teach: level (n_rows,), slopes (n_bases, n_rows)."""

    level: Floats
    slopes: Floats


@dataclass(frozen=True)
class Selection:
    """The choice and its grounds.

    Parameters
    ----------
    weights : learner -> weight; those not worth their time are zero, the rest sum to one
    r_losses : learner -> cross-fitted R-loss, in squared units of the outcome
    outcome_losses : learner -> cross-fitted squared error of the observed outcome
    mixed : the weighted out-of-fold answer
    """

    weights: dict[str, float]
    r_losses: dict[str, float]
    outcome_losses: dict[str, float]
    mixed: OutOfFold

    @property
    def learner(self) -> str:
        """The learner with the greatest weight."""
        return max(self.weights, key=lambda name: self.weights[name])


def out_of_fold(learner: Learner, design: Design, folds: NDArray[np.int64], seed: int) -> OutOfFold:
    """Fit on all folds but one, answer on that one, in turn."""
    level, slopes = np.zeros(design.n_rows), np.zeros_like(design.bases)
    for fold in np.unique(folds):
        here = folds == fold
        surface = learner.fit(design, ~here, seed)
        level[here], slopes[:, here] = surface.level[here], surface.slopes[:, here]
    return OutOfFold(level, slopes)


def selected(learners: Sequence[Learner], design: Design, folds: NDArray[np.int64], seed: int) -> Selection:
    """Weigh learners (already tuned) by their cross-fitted losses."""
    answers = {learner.name: out_of_fold(learner, design, folds, seed) for learner in learners}
    expectation = _expected_outcome(list(answers.values()), design)
    surprise = design.outcome - expectation
    moved = design.bases - design.expected_bases
    explained = np.stack([np.einsum("kn,kn->n", moved, answer.slopes) for answer in answers.values()], axis=1)
    weights = dict(zip(answers, _worthwhile(_aggregated(explained, surprise)), strict=True))
    return Selection(
        weights=weights,
        r_losses={name: float(np.mean((surprise - explained[:, i]) ** 2)) for i, name in enumerate(answers)},
        outcome_losses={
            name: float(np.mean((design.outcome - _observed(answer, design)) ** 2)) for name, answer in answers.items()
        },
        mixed=OutOfFold(
            sum((weight * answers[name].level for name, weight in weights.items()), np.zeros(design.n_rows)),
            sum((weight * answers[name].slopes for name, weight in weights.items()), np.zeros_like(design.bases)),
        ),
    )


def _expected_outcome(answers: Sequence[OutOfFold], design: Design) -> Floats:
    """E[outcome | x]: the mixture of learners that predicts the observed outcome best, averaged over treatments."""
    observed = np.stack([_observed(answer, design) for answer in answers], axis=1)
    expected = np.stack(
        [answer.level + np.einsum("kn,kn->n", design.expected_bases, answer.slopes) for answer in answers], axis=1
    )
    combined: Floats = expected @ _aggregated(observed, design.outcome)
    return combined


def _observed(answer: OutOfFold, design: Design) -> Floats:
    predicted: Floats = answer.level + np.einsum("kn,kn->n", design.bases, answer.slopes)
    return predicted


def _aggregated(predictions: Floats, target: Floats) -> Floats:
    """Weights of least penalised squared error on the simplex, searched on a grid: exact ties go to the first.

    Parameters
    ----------
    predictions : array of shape (n_rows, n_learners)
    target : array of shape (n_rows,)
    """
    n_rows, n_learners = predictions.shape
    gram, pull = predictions.T @ predictions / n_rows, predictions.T @ target / n_rows
    grid = np.array([steps for steps in product(range(STEPS + 1), repeat=n_learners) if sum(steps) == STEPS]) / STEPS
    mixture_loss = np.einsum("wk,kl,wl->w", grid, gram, grid) - 2.0 * grid @ pull
    member_loss = grid @ (np.diag(gram) - 2.0 * pull)
    best: Floats = grid[int(np.argmin(0.5 * mixture_loss + 0.5 * member_loss))]
    return best


def _worthwhile(weights: Floats) -> list[float]:
    kept = np.where(weights >= LEAST_WEIGHT, weights, 0.0)
    return [float(weight) for weight in kept / kept.sum()]
