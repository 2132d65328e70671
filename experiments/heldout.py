"""Held-out check: what a policy's choices were truly worth, and how true its confidence was.

It knows neither routing nor compensation: a decision is a group of rows (its candidates, or its arms), each
with the loss that the simulator says it would have had in expectation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from decision.confidence import calibration_noise, expected_calibration_error
from experiments.errors import TruthError
from experiments.intervals import Estimate, clustered_mean

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

N_BINS = 10


@dataclass(frozen=True)
class TrueLosses:
    """Decisions with the true expected loss of every alternative.

    Parameters
    ----------
    loss : array of shape (n_rows,)
        In minor currency units; a decision's rows stand together.
    offsets : array of shape (n_decisions + 1,)
        Where each decision's rows start, and the end.
    default_row : array of shape (n_decisions,)
        What the rules would choose, as an index among all rows.
    cluster : array of shape (n_decisions,)
        Decisions that share one may depend on each other: the block of time, usually.

    Raises
    ------
    TruthError
        If a loss is not finite: a truth that leaves out an alternative cannot judge.
    """

    loss: Floats
    offsets: Integers
    default_row: Integers
    cluster: Integers

    def __post_init__(self) -> None:
        missing = int((~np.isfinite(self.loss)).sum())
        if missing:
            msg = f"the truth lacks {missing} of {len(self.loss)} alternatives; simulate the log with its truth anew"
            raise TruthError(msg)

    @property
    def n_decisions(self) -> int:
        """How many decisions there are."""
        return len(self.offsets) - 1

    @property
    def best_loss(self) -> Floats:
        """The loss of each decision's best alternative, shape (n_decisions,)."""
        best: Floats = np.minimum.reduceat(self.loss, self.offsets[:-1])
        return best


@dataclass(frozen=True)
class Answers:
    """What a model said to each decision.

    Parameters
    ----------
    chosen_row : array of shape (n_decisions,)
        What it would choose, as an index among all rows.
    p_best, p_near_best : arrays of shape (n_decisions,)
        Its confidence in that choice.
    automatic : array of bool of shape (n_decisions,)
        Whether it would decide without a person.
    reference_row : array of shape (n_decisions,)
        What the intervals compare with.
    point, lower, upper : arrays of shape (n_rows,)
        Loss against the reference's, and its 90% interval; NaN where the model said nothing of a row.
    """

    chosen_row: Integers
    p_best: Floats
    p_near_best: Floats
    automatic: NDArray[np.bool_]
    reference_row: Integers
    point: Floats
    lower: Floats
    upper: Floats

    def last(self, n_decisions: int, offsets: Integers) -> Answers:
        """The answers to the last decisions.

        Parameters
        ----------
        offsets : array of shape (n_decisions + 1,)
            Where the rows of those decisions start when they stand alone, and the end.
        """
        n_rows = int(offsets[-1])
        before = len(self.point) - n_rows
        return Answers(
            chosen_row=self.chosen_row[-n_decisions:] - before,
            p_best=self.p_best[-n_decisions:],
            p_near_best=self.p_near_best[-n_decisions:],
            automatic=self.automatic[-n_decisions:],
            reference_row=self.reference_row[-n_decisions:] - before,
            point=self.point[before:],
            lower=self.lower[before:],
            upper=self.upper[before:],
        )


@dataclass(frozen=True, slots=True)
class CalibrationBin:
    """Decisions of like confidence: what was said and what came true."""

    n_decisions: int
    said: float
    true: float


@dataclass(frozen=True)
class HeldOutCheck:
    """How a policy fared on decisions that it had not seen.

    Parameters
    ----------
    difference : Estimate
        Mean loss of the policy less the rules', paired by decision, 95% interval over clusters; negative is better.
    automatic_difference : Estimate
        The same if the rules' choice stood wherever a person was to be asked.
    regret_share : float
        Share of the oracle's gain over the rules that the policy left; 0 is the oracle, 1 the rules.
    coverage : float
        Share of 90% intervals that hold the true effect, over all alternatives but the reference.
    ece_best, ece_near_best : float
        Expected calibration error of the two confidences, over bins of equal width.
    automatic_accuracy : float
        Share of the automatic choices that truly were near the best; NaN where there are none.
    ece_best_noise : float
        What `ece_best` would be by luck alone, were the chances honest.
    """

    n_decisions: int
    n_clusters: int
    rules_mean: float
    causal_mean: float
    oracle_mean: float
    difference: Estimate
    automatic_difference: Estimate
    regret_share: float
    changed_share: float
    coverage: float
    ece_best: float
    ece_near_best: float
    automatic_share: float
    automatic_accuracy: float
    near_best_curve: tuple[CalibrationBin, ...]
    best_curve: tuple[CalibrationBin, ...] = ()
    ece_best_noise: float = float("nan")


def check_answers(truth: TrueLosses, answers: Answers, *, near_best_minor: float) -> HeldOutCheck:
    """Judge a model's answers by the truth.

    Parameters
    ----------
    near_best_minor : float
        A choice whose loss is within this much of the best counts as near-best, in minor currency units.
    """
    rules, causal, oracle = truth.loss[truth.default_row], truth.loss[answers.chosen_row], truth.best_loss
    near_best = causal <= oracle + near_best_minor
    automatic = answers.automatic
    return HeldOutCheck(
        n_decisions=truth.n_decisions,
        n_clusters=len(np.unique(truth.cluster)),
        rules_mean=float(rules.mean()),
        causal_mean=float(causal.mean()),
        oracle_mean=float(oracle.mean()),
        difference=clustered_mean(causal - rules, truth.cluster),
        automatic_difference=clustered_mean(np.where(automatic, causal - rules, 0.0), truth.cluster),
        regret_share=_regret_share(rules, causal, oracle),
        changed_share=float((answers.chosen_row != truth.default_row).mean()),
        coverage=interval_coverage(truth, answers),
        ece_best=expected_calibration_error(answers.p_best, causal <= oracle),
        ece_near_best=expected_calibration_error(answers.p_near_best, near_best),
        automatic_share=float(automatic.mean()),
        automatic_accuracy=float(near_best[automatic].mean()) if automatic.any() else float("nan"),
        near_best_curve=calibration_curve(answers.p_near_best, near_best),
        best_curve=calibration_curve(answers.p_best, causal <= oracle),
        ece_best_noise=calibration_noise(answers.p_best),
    )


def calibration_curve(said: Floats, came_true: NDArray[np.bool_]) -> tuple[CalibrationBin, ...]:
    """Group decisions by what was said, in equal bins of probability; empty bins are left out."""
    place = np.minimum((said * N_BINS).astype(np.int64), N_BINS - 1)
    return tuple(
        CalibrationBin(int(inside.sum()), float(said[inside].mean()), float(came_true[inside].mean()))
        for inside in (place == index for index in range(N_BINS))
        if inside.any()
    )


def pooled_calibration_error(curves: Sequence[tuple[CalibrationBin, ...]]) -> tuple[float, float]:
    """The calibration error of all decisions of several checks together, and what honest chances would show by luck.

    For the second, all decisions of a bin are taken to have said what it said on average.

    Examples
    --------
    >>> error, luck = pooled_calibration_error([(CalibrationBin(10, 0.95, 1.0),), (CalibrationBin(10, 0.95, 0.9),)])
    >>> round(error, 6), luck > error
    (0.0, True)
    """
    bins = [item for curve in curves for item in curve]
    if not bins:
        return float("nan"), float("nan")
    size = np.array([item.n_decisions for item in bins])
    said, true = np.array([[item.said, item.true] for item in bins]).T
    place = np.minimum((said * N_BINS).astype(np.int64), N_BINS - 1)
    gaps = np.bincount(place, size * (said - true))
    return float(np.abs(gaps).sum() / size.sum()), calibration_noise(np.repeat(said, size))


def interval_coverage(truth: TrueLosses, answers: Answers) -> float:
    """Share of the intervals that hold the true effect, the reference's own left out; NaN where there are none."""
    effect = truth.loss - np.repeat(truth.loss[answers.reference_row], np.diff(truth.offsets))
    told = np.isfinite(answers.lower) & np.isfinite(answers.upper)
    told[answers.reference_row] = False
    inside = (answers.lower <= effect) & (effect <= answers.upper)
    return float(inside[told].mean()) if told.any() else float("nan")


def _regret_share(rules: Floats, causal: Floats, oracle: Floats) -> float:
    to_win = float((rules - oracle).mean())
    return float((causal - oracle).mean()) / to_win if to_win > 0 else 0.0
