"""Attacks on an estimated effect: what it becomes when treatment, outcome, rows or confounders are tampered with.

DoWhy makes the estimate and the classical attacks. Three are made here, because DoWhy's own draw from the global
generator and cannot be repeated: the bootstrap, an outcome made of noise, and a confounder of known strength.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from decision.scaling import Floats, standardised

with warnings.catch_warnings():
    # Compiling DoWhy for the first time warns of escape sequences in its own sources.
    warnings.simplefilter("ignore")
    from dowhy import CausalModel
    from dowhy.causal_refuters import (
        refute_data_subset,
        refute_placebo_treatment,
        refute_random_common_cause,
    )
    from dowhy.causal_refuters.placebo_treatment_refuter import PlaceboType

SUBSET_SHARE = 0.8
# How much worse confounders are measured in the bootstrap, in their standard deviations.
MEASUREMENT_ERROR = 0.1
# Share of what is left of treatment and of outcome that a simulated confounder explains.
CONFOUNDER_STRENGTH = 0.01
_PLANTED = "simulated_confounder"


@dataclass(frozen=True)
class Target:
    """An estimated effect, in the form that DoWhy attacks."""

    data: pd.DataFrame
    treatment: str
    outcome: str
    confounders: tuple[str, ...]
    estimand: Any
    estimate: Any

    @property
    def effect(self) -> float:
        """Adjusted mean difference of the outcome between treated and untreated."""
        return float(self.estimate.value)


def estimated(data: pd.DataFrame, treatment: str, outcome: str, confounders: Sequence[str]) -> Target:
    """Estimate an effect by linear adjustment for every confounder that varies."""
    varying = [name for name in confounders if data[name].to_numpy().std() > 0]
    model = CausalModel(data, treatment, outcome, common_causes=varying)
    # Every confounder is to be adjusted for: searching for smaller sets takes seconds and finds the same.
    estimand = model.identify_effect(proceed_when_unidentifiable=True, method_name="maximal-adjustment")
    # DoWhy hands out a set, in an order that differs from process to process.
    estimand.set_backdoor_variables(varying, key="backdoor")
    estimate = model.estimate_effect(estimand, method_name="backdoor.linear_regression")
    return Target(data, treatment, outcome, tuple(varying), estimand, estimate)


def placebo_effects(target: Target, numbers: Sequence[int]) -> list[float]:
    """Effects of shuffled treatments, one a seed."""
    # One at a time: DoWhy keeps the mean only, and the spread says what chance alone can show.
    return [
        float(
            refute_placebo_treatment(
                target.data,
                target.estimand,
                target.estimate,
                [target.treatment],
                num_simulations=1,
                # Shuffled, it keeps its distribution. The word "permute" would be silently taken for the default.
                placebo_type=PlaceboType.PERMUTE,
                random_state=number,
            ).new_effect
        )
        for number in numbers
    ]


def effects_with_noise(target: Target, seed: int, n_simulations: int) -> list[float]:
    """The mean effect beside one more confounder that is made of noise."""
    result = refute_random_common_cause(
        target.data,
        target.estimand,
        target.estimate,
        num_simulations=n_simulations,
        random_state=seeds(seed, 1)[0],
    )
    return [float(result.new_effect)]


def effects_on_subsets(target: Target, numbers: Sequence[int]) -> list[float]:
    """Effects on parts of the rows, one a seed."""
    # One at a time: given a number, DoWhy would take the same subset again and again.
    return [
        float(
            refute_data_subset(
                target.data,
                target.estimand,
                target.estimate,
                subset_fraction=SUBSET_SHARE,
                num_simulations=1,
                random_state=number,
            ).new_effect
        )
        for number in numbers
    ]


def bootstrapped_effects(target: Target, numbers: Sequence[int]) -> list[float]:
    """Effects on rows drawn with replacement, confounders measured a little worse; one a seed."""
    return [_effect_on(target, _drawn_anew(target, np.random.default_rng(number))) for number in numbers]


def dummy_outcome_effects(target: Target, numbers: Sequence[int]) -> list[float]:
    """Effects on outcomes made of noise that spreads as the real one does, one a seed."""
    spread = float(target.data[target.outcome].to_numpy(dtype=np.float64).std())
    noise = [np.random.default_rng(number).standard_normal(len(target.data)) for number in numbers]
    return [_effect_on(target, target.data.assign(**{target.outcome: spread * each})) for each in noise]


def effects_with_confounder(target: Target, seed: int) -> list[float]:
    """The effect beside a confounder that explains CONFOUNDER_STRENGTH of what is left of treatment and outcome."""
    beside = target.data[list(target.confounders)].to_numpy(dtype=np.float64)
    left = [
        _left_over(beside, target.data[name].to_numpy(dtype=np.float64)) for name in (target.treatment, target.outcome)
    ]
    sign = np.sign(float(left[0] @ left[1])) or 1.0
    noise = np.random.default_rng(seed).standard_normal(len(beside))
    strength = np.sqrt(CONFOUNDER_STRENGTH)
    planted = strength * left[0] + sign * strength * left[1] + np.sqrt(1 - 2 * CONFOUNDER_STRENGTH) * noise
    return [_effect_on(target, target.data.assign(**{_PLANTED: planted}), (_PLANTED,))]


def seeds(seed: int, n_seeds: int) -> list[int]:
    """Seeds of their own for so many simulations."""
    return [int(number) for number in np.random.SeedSequence(seed).generate_state(n_seeds)]


def _effect_on(target: Target, data: pd.DataFrame, more: tuple[str, ...] = ()) -> float:
    """The effect in a table that was tampered with."""
    return estimated(data, target.treatment, target.outcome, (*target.confounders, *more)).effect


def _drawn_anew(target: Target, rng: np.random.Generator) -> pd.DataFrame:
    data = target.data.iloc[rng.integers(0, len(target.data), len(target.data))].reset_index(drop=True)
    names = list(target.confounders)
    spread = data[names].to_numpy(dtype=np.float64).std(axis=0)
    noise = MEASUREMENT_ERROR * spread * rng.standard_normal((len(data), len(names)))
    data[names] = data[names].to_numpy(dtype=np.float64) + noise
    return data


def _left_over(beside: Floats, column: Floats) -> Floats:
    """What least squares on the confounders leave of a column, in standard deviations, shape (n_rows,)."""
    design = np.column_stack((np.ones(len(beside)), standardised(beside)))
    rest = column - design @ np.linalg.lstsq(design, column, rcond=None)[0]
    return standardised(rest[:, None])[:, 0]
