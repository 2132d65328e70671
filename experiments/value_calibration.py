"""Value calibration: by confidence, the gain that a model predicts beside the gain that the log alone bears out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from experiments.errors import SplitError
from experiments.heldout import Answers
from experiments.intervals import Estimate, clustered_mean
from experiments.logged_value import LoggedDecisions, logged_gain_scores

# Of `p_near_best`; the usual threshold is one of them.
EDGES = (0.0, 0.5, 0.7, 0.85, 0.95, 1.0)
LEAST_DECISIONS, LEAST_AGREED = 30, 10


@dataclass(frozen=True, slots=True)
class ValueBin:
    """Decisions of like confidence.

    Parameters
    ----------
    lowest, highest : float
        Of `p_near_best`; the highest belongs to the next bin, but for the last one.
    predicted : float
        Mean loss less the rules' as the model says, in minor currency units; negative is better.
    logged : Estimate
        The same by switch doubly robust estimation, with its 95% interval.
    """

    lowest: float
    highest: float
    n_decisions: int
    predicted: float
    logged: Estimate

    @property
    def borne_out(self) -> bool:
        """Whether the predicted gain is not better than the whole interval that the log allows."""
        return self.predicted >= self.logged.lower

    def sentence(self) -> str:
        """For people, in one line."""
        verdict = "" if self.borne_out else ": the log does not bear the promise out"
        return (
            f"confidence {self.lowest:.0%} to {self.highest:.0%} ({self.n_decisions:,} decisions): predicted "
            f"{self.predicted:+,.1f}, by the log {self.logged.point:+,.1f} "
            f"({self.logged.lower:+,.1f} to {self.logged.upper:+,.1f}){verdict}"
        )


def value_calibration(decisions: LoggedDecisions, answers: Answers) -> tuple[ValueBin, ...]:
    """Hold predicted gains against logged ones, bin by bin of confidence.

    Bins with few decisions, with few that the log took as the model would, or all in one block of time are left out.
    """
    scores = logged_gain_scores(decisions, answers)
    predicted = answers.point[answers.chosen_row] - answers.point[decisions.default_row]
    return tuple(_bins(decisions, answers, scores, predicted))


def _bins(
    decisions: LoggedDecisions,
    answers: Answers,
    scores: np.ndarray[tuple[int], np.dtype[np.float64]],
    predicted: np.ndarray[tuple[int], np.dtype[np.float64]],
) -> Iterator[ValueBin]:
    agreed = decisions.chosen_row == answers.chosen_row
    place = np.clip(np.searchsorted(EDGES, answers.p_near_best, side="right") - 1, 0, len(EDGES) - 2)
    for number, (lowest, highest) in enumerate(pairwise(EDGES)):
        inside = (place == number) & np.isfinite(predicted)
        # Where the log hardly ever did what the model would do, only its outcome model speaks.
        if int(inside.sum()) < LEAST_DECISIONS or int(agreed[inside].sum()) < LEAST_AGREED:
            continue
        try:
            logged = clustered_mean(scores[inside], decisions.cluster[inside])
        except SplitError:
            continue
        yield ValueBin(lowest, highest, int(inside.sum()), float(predicted[inside].mean()), logged)
