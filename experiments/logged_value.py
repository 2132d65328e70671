"""What a log says of a policy that did not make it: gain over the rules by switch-DR, no simulator needed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from decision.errors import OverlapError
from decision.off_policy.logged_outcomes import LoggedOutcomes
from decision.off_policy.value import Estimator, EvaluationLimits, gain_scores, policy_gain
from experiments.heldout import Answers
from experiments.intervals import Estimate

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

# A policy that spreads a third over thirty candidates gives each 1%: such a weight is evidence, not an accident.
# To leave it to the outcome model while the default's weight is kept would bias the difference. How large a
# sample is enough is the gate's to say.
LIMITS = EvaluationLimits(switch_at=100.0, least_effective_sample_size=0.0)


@dataclass(frozen=True)
class LoggedDecisions:
    """Decisions of a log, as rows of alternatives.

    Parameters
    ----------
    loss : array of shape (n_decisions,)
        As it turned out, in minor currency units.
    propensity, predicted : arrays of shape (n_rows,)
        Chance that the behaviour policy gave each alternative, and the loss that an outcome model expects of it.
    chosen_row, default_row : arrays of shape (n_decisions,)
        The logged alternative and the rules', as indices among all rows.
    cluster : array of shape (n_decisions,)
        Decisions that share one may depend on each other.
    """

    loss: Floats
    propensity: Floats
    predicted: Floats
    offsets: Integers
    chosen_row: Integers
    default_row: Integers
    cluster: Integers

    @property
    def outcomes(self) -> LoggedOutcomes:
        """The same, as off-policy evaluation reads it."""
        return LoggedOutcomes(
            outcome=self.loss,
            chosen_row=self.chosen_row,
            propensity=self.propensity,
            predicted=self.predicted,
            offsets=self.offsets,
        )


@dataclass(frozen=True, slots=True)
class LoggedGain:
    """A policy's mean loss less the rules', from the log alone; negative is better.

    Parameters
    ----------
    difference : Estimate
        With its 95% interval; not numbers where the log has no evidence.
    effective_sample_size : float
        How many decisions' worth of evidence the log holds.
    unsupported_share : float
        Share of the policy's choices that the log could not have made.
    """

    difference: Estimate
    effective_sample_size: float
    unsupported_share: float
    n_decisions: int


def logged_gain(decisions: LoggedDecisions, answers: Answers) -> LoggedGain:
    """Value a model's choices against the rules', by switch doubly robust estimation."""
    log = decisions.outcomes
    target, baseline = _policies(decisions, answers)
    try:
        value = policy_gain(log, target, baseline, Estimator.SWITCH_DR, clusters=decisions.cluster, limits=LIMITS)
    except OverlapError:
        unknown = float("nan")
        return LoggedGain(Estimate(unknown, unknown, unknown), 0.0, 1.0, log.n_orders)
    difference = Estimate(value.point, *value.bounds_95)
    return LoggedGain(difference, value.effective_sample_size, value.unsupported_share, log.n_orders)


def logged_gain_scores(decisions: LoggedDecisions, answers: Answers) -> Floats:
    """Each decision's share in the gain over the rules, shape (n_decisions,): means over any group value that group."""
    return gain_scores(decisions.outcomes, *_policies(decisions, answers), Estimator.SWITCH_DR, limits=LIMITS)


def _policies(decisions: LoggedDecisions, answers: Answers) -> tuple[Floats, Floats]:
    n_rows = len(decisions.propensity)
    return _always(answers.chosen_row, n_rows), _always(decisions.default_row, n_rows)


def _always(rows: Integers, n_rows: int) -> Floats:
    probability = np.zeros(n_rows)
    probability[rows] = 1.0
    return probability
