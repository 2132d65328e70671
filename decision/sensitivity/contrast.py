"""Sensitivity of a decision's scalar contrast: what a confounder that no column shows would have to be like."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import t

from decision.contrasts import Contrast
from decision.errors import RefutationError
from decision.scaling import standardised
from decision.sensitivity.strength import (
    Benchmark,
    Floats,
    e_value,
    left_over,
    multiple_to_explain_away,
    partial_r2,
    robustness_value,
)

LEVEL = 0.9
N_BENCHMARKS = 3
PROPENSITY_PREFIX = "propensity"
LEAST_DEGREES = 30


@dataclass(frozen=True)
class Sensitivity:
    """Strength needed of an unseen confounder.

    Parameters
    ----------
    effect, standard_error : float
        Adjusted mean difference of the outcome between treated and untreated.
    robustness_value, robustness_value_interval : float
        Partial R squared with treatment and outcome alike that would bring the effect, or its 90% interval,
        to zero.
    e_value, e_value_interval : float
        Risk ratio with both that would do the same.
    benchmarks : tuple of Benchmark
        The strongest observed confounders.
    multiple_of_strongest : float
        How many times as strong as the first benchmark it must be; infinity where no multiple is enough,
        because no observed confounder moves the decision.
    """

    treatment: str
    outcome: str
    n_rows: int
    effect: float
    standard_error: float
    robustness_value: float
    robustness_value_interval: float
    e_value: float
    e_value_interval: float
    benchmarks: tuple[Benchmark, ...]
    multiple_of_strongest: float

    @property
    def words(self) -> str:
        """The same as one sentence."""
        reach = f"a hidden cause that explains {self.robustness_value:.1%} of what is left of both"
        if not self.benchmarks or np.isinf(self.multiple_of_strongest):
            return f"{reach} would explain the effect away; no observed cause moves the decision as much"
        strongest = self.benchmarks[0].confounder
        return f"{reach} would explain the effect away: {self.multiple_of_strongest:.1f} times as strong as {strongest}"


def contrast_sensitivity(contrast: Contrast) -> Sensitivity:
    """How strong a hidden confounder would have to be to explain a contrast's effect away.

    The propensity is left out on purpose: it is made of the confounders, and beside it none of them would
    seem to matter.

    Raises
    ------
    RefutationError
        If there are too few rows for the confounders, or the outcome never varies.
    """
    names = [name for name in contrast.confounders if not name.startswith(PROPENSITY_PREFIX)]
    confounders = standardised(contrast.frame[names].to_numpy(dtype=np.float64))
    treatment = contrast.frame[contrast.treatment].to_numpy(dtype=np.float64)
    outcome = contrast.frame[contrast.outcome].to_numpy(dtype=np.float64)
    degrees = len(outcome) - len(names) - 2
    if degrees < LEAST_DEGREES or outcome.std() == 0 or treatment.std() == 0:
        msg = (
            f"sensitivity: {len(outcome)} rows with {len(names)} confounders say too little, or {contrast.treatment} "
            f"or {contrast.outcome} never varies; bring more rows"
        )
        raise RefutationError(msg)
    effect, error = _adjusted(confounders, treatment, outcome, degrees)
    nearest = max(abs(effect) - float(t.ppf((1 + LEVEL) / 2, degrees)) * error, 0.0)
    spread = float(outcome.std())
    benchmarks = _benchmarks(names, confounders, treatment, outcome)
    multiples = [multiple_to_explain_away(effect, error, degrees, item) for item in benchmarks[:1]]
    return Sensitivity(
        treatment=contrast.treatment,
        outcome=contrast.outcome,
        n_rows=len(outcome),
        effect=effect,
        standard_error=error,
        robustness_value=robustness_value(effect / error, degrees),
        robustness_value_interval=robustness_value(nearest / error, degrees),
        e_value=e_value(effect / spread),
        e_value_interval=e_value(nearest / spread),
        benchmarks=benchmarks,
        multiple_of_strongest=multiples[0] if multiples else float("inf"),
    )


def _adjusted(confounders: Floats, treatment: Floats, outcome: Floats, degrees: int) -> tuple[float, float]:
    """Effect and its standard error by least squares, partialling the confounders out (Frisch, Waugh, Lovell)."""
    beside = np.column_stack((np.ones(len(outcome)), confounders))
    surprise = treatment - beside @ np.linalg.lstsq(beside, treatment, rcond=None)[0]
    squares = float(surprise @ surprise)
    effect = float(surprise @ outcome) / squares
    noise = left_over(np.column_stack((beside, treatment)), outcome) / degrees
    return effect, float(np.sqrt(noise / squares))


def _benchmarks(names: list[str], confounders: Floats, treatment: Floats, outcome: Floats) -> tuple[Benchmark, ...]:
    """The confounders with the largest product of partial R squared."""
    whole = np.column_stack((np.ones(len(outcome)), confounders))
    best = left_over(whole, treatment), left_over(np.column_stack((whole, treatment)), outcome)
    found = []
    for place, name in enumerate(names):
        others = np.delete(whole, 1 + place, axis=1)
        of_treatment = partial_r2(left_over(others, treatment), best[0])
        of_outcome = partial_r2(left_over(np.column_stack((others, treatment)), outcome), best[1])
        found.append(Benchmark(name, of_treatment, of_outcome))
    found.sort(key=lambda one: -one.partial_r2_treatment * one.partial_r2_outcome)
    return tuple(found[:N_BENCHMARKS])
