"""The overlap report: how much evidence a log holds about what it did not choose, in all and by segment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from decision.logged_choices import Floats, LoggedChoices
from decision.off_policy.evidence import effective_sample_size
from decision.sensitivity.hidden_confounding import PropensitySource

N_BINS = 10
# Below this chance an action of the log is as good as never taken.
RARE = 1e-3
# Segments with fewer decisions are joined under one name: shares of a handful say nothing.
LEAST_DECISIONS = 50
OTHERS = "(others)"
# Bins farther off than this many standard errors say that propensities are not what they claim.
FAR_OFF = 4.0


@dataclass(frozen=True, slots=True)
class PropensityBin:
    """Actions of like propensity: what was said, how often they were taken, and how far off that is.

    Parameters
    ----------
    z : float
        Taken less said, in standard errors of the count.
    """

    n_rows: int
    said: float
    taken: float
    z: float


@dataclass(frozen=True, slots=True)
class Segment:
    """Part of the decisions.

    Parameters
    ----------
    outside_share : float
        Share of their actions that the behaviour policy never or hardly ever takes.
    effective_sample_size : float
        How many decisions' worth of evidence there are about a policy that takes every action alike.
    """

    name: str
    n_decisions: int
    outside_share: float
    explored_share: float
    effective_sample_size: float


@dataclass(frozen=True, slots=True)
class Agreement:
    """Estimated propensities beside the logged ones.

    Parameters
    ----------
    mean_difference : float
        Mean absolute difference over all actions.
    calibration_error : float
        Of the estimated ones.
    """

    mean_difference: float
    calibration_error: float


@dataclass(frozen=True)
class OverlapReport:
    """How far a log supports comparisons.

    Parameters
    ----------
    explored_share : float
        Share of the decisions in which not the likeliest action was taken.
    effective_sample_size : float
        See `Segment`; at most the number of decisions.
    smallest_chosen : float
        The smallest propensity of an action that was taken: its inverse is the largest weight.
    calibration_error : float
        Mean distance between propensity and share taken, over bins.
    agreement : Agreement or None
        Of propensities estimated from the same log, where it holds its own.
    """

    decision: str
    source: PropensitySource
    n_decisions: int
    explored_share: float
    effective_sample_size: float
    smallest_chosen: float
    outside_share: float
    calibration: tuple[PropensityBin, ...]
    calibration_error: float
    segments: tuple[Segment, ...]
    agreement: Agreement | None = None

    @property
    def calibrated(self) -> bool:
        """Whether actions were taken about as often as their propensities say."""
        return all(abs(item.z) <= FAR_OFF for item in self.calibration)

    @property
    def words(self) -> str:
        """The report as one sentence."""
        told = "agree" if self.calibrated else "do not agree"
        return (
            f"{self.explored_share:.0%} of {self.n_decisions:,} decisions explored, worth "
            f"{self.effective_sample_size:,.0f} about an even choice; {self.outside_share:.1%} of the actions are "
            f"outside support; {self.source.value} propensities {told} with what was done "
            f"(off by {self.calibration_error:.2%} on average)"
        )


def overlap_report(
    decision: str,
    choices: LoggedChoices,
    segment: pd.Series,
    source: PropensitySource,
    *,
    agreement: Agreement | None = None,
) -> OverlapReport:
    """Measure the overlap of a log.

    Parameters
    ----------
    segment : Series of length n_decisions
        Region, type of incident or the like.
    agreement : Agreement, optional
        Of propensities estimated from the same log, see `agreement_with`.
    """
    bins = propensity_bins(choices, choices.propensity)
    whole = _segment("all", choices, np.ones(choices.n_decisions, bool))
    return OverlapReport(
        decision=decision,
        source=source,
        n_decisions=choices.n_decisions,
        explored_share=whole.explored_share,
        effective_sample_size=whole.effective_sample_size,
        smallest_chosen=float(choices.propensity[choices.chosen_row].min()),
        outside_share=whole.outside_share,
        calibration=bins,
        calibration_error=_error(bins),
        segments=_segments(choices, segment),
        agreement=agreement,
    )


def propensity_bins(choices: LoggedChoices, propensity: Floats) -> tuple[PropensityBin, ...]:
    """Group actions by propensity, in bins of equal width; empty ones are left out."""
    place = np.minimum((propensity * N_BINS).astype(np.int64), N_BINS - 1)
    taken = choices.chosen
    counts = np.bincount(place, minlength=N_BINS)
    said, seen, variance = (
        np.bincount(place, weights, N_BINS) for weights in (propensity, taken, propensity * (1 - propensity))
    )
    return tuple(
        PropensityBin(
            int(counts[index]),
            float(said[index] / counts[index]),
            float(seen[index] / counts[index]),
            float((seen[index] - said[index]) / np.sqrt(max(variance[index], 1.0))),
        )
        for index in np.flatnonzero(counts)
    )


def _segments(choices: LoggedChoices, segment: pd.Series) -> tuple[Segment, ...]:
    names = segment.astype(str)
    rare = names.map(names.value_counts()) < LEAST_DECISIONS
    names = names.mask(rare, OTHERS)
    return tuple(_segment(name, choices, (names == name).to_numpy()) for name in sorted(names.unique()))


def _segment(name: str, choices: LoggedChoices, decisions: NDArray[np.bool_]) -> Segment:
    rows = decisions[choices.decision_of_row]
    chosen = choices.propensity[choices.chosen_row]
    likeliest = np.maximum.reduceat(choices.propensity, choices.offsets[:-1])
    possible = choices.per_decision((choices.propensity > 0).astype(np.float64))
    weight = 1 / (possible * chosen)
    return Segment(
        name=name,
        n_decisions=int(decisions.sum()),
        outside_share=float((choices.propensity[rows] < RARE).mean()),
        explored_share=float((chosen < likeliest)[decisions].mean()),
        effective_sample_size=effective_sample_size(weight[decisions]),
    )


def agreement_with(choices: LoggedChoices, estimated: Floats) -> Agreement:
    """Compare propensities estimated from a log, shape (n_rows,), with its own."""
    difference = float(np.abs(estimated - choices.propensity).mean())
    return Agreement(difference, _error(propensity_bins(choices, estimated)))


def _error(bins: tuple[PropensityBin, ...]) -> float:
    n_rows = sum(item.n_rows for item in bins)
    return sum(item.n_rows * abs(item.said - item.taken) for item in bins) / n_rows
