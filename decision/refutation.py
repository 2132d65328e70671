"""Attacks on an estimated effect that a true one withstands, by DoWhy on a scalar contrast.

Every check is a relative change with a stated limit, not a p-value: with enough rows any trifle is
significant, and with few nothing is.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from decision.contrasts import Contrast
from decision.errors import RefutationError
from decision.identification import quiet_dowhy

with warnings.catch_warnings():
    # Compiling DoWhy for the first time warns of escape sequences in its own sources.
    warnings.simplefilter("ignore")
    from dowhy import CausalModel
    from dowhy.causal_refuters import refute_data_subset, refute_placebo_treatment, refute_random_common_cause
    from dowhy.causal_refuters.placebo_treatment_refuter import PlaceboType

N_SIMULATIONS = 20
SUBSET_SHARE = 0.8
# Beyond so many rows a seeded sample of them says the same in less time.
MOST_ROWS = 20_000
LEAST_ROWS = 100


@dataclass(frozen=True, slots=True)
class Refutation:
    """One attack and how the effect stood it.

    Parameters
    ----------
    new_effect : float
        Mean effect under the attack; for `placebo_spread` the deviation of placebo effects.
    relative_change : float
        What the check compares with `limit`: how far the effect moved, or how much a placebo shows of it.
    """

    name: str
    original_effect: float
    new_effect: float
    relative_change: float
    limit: float
    passed: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class RefutationReport:
    """Every attack on one effect.

    Parameters
    ----------
    n_rows : int
        Rows used, after sampling.
    effect : float
        Adjusted mean difference of the outcome between treated and untreated.
    """

    treatment: str
    outcome: str
    confounders: tuple[str, ...]
    n_rows: int
    effect: float
    checks: tuple[Refutation, ...]

    @property
    def passed(self) -> bool:
        """Whether the effect stood every attack."""
        return all(check.passed for check in self.checks)


@dataclass(frozen=True)
class _Target:
    """An estimated effect, in the form that DoWhy attacks."""

    data: pd.DataFrame
    treatment: str
    estimand: Any
    estimate: Any

    @property
    def effect(self) -> float:
        return float(self.estimate.value)


def refute(contrast: Contrast, *, seed: int, most_rows: int = MOST_ROWS) -> RefutationReport:
    """Estimate the contrast's effect by linear adjustment and attack it.

    `placebo`: with the treatment shuffled the effect must vanish. `placebo_spread`: the effect must stand
    out of what shuffled treatments show by chance. `random_common_cause`: one more confounder, made of
    noise, must not move it. `subset`: four fifths of the rows must show the same.

    Raises
    ------
    RefutationError
        If a column is absent, a number is missing, there are fewer than LEAST_ROWS rows, or treatment or
        outcome never varies.
    """
    data = _sampled(_checked(contrast), seed, most_rows)
    with quiet_dowhy():
        target = _estimated(data, contrast)
        placebos, seconds = _timed(lambda: _placebo_effects(target, seed))
        checks = (
            _stayed_away("placebo", target, float(np.mean(placebos)), limit=0.25, seconds=seconds),
            _stayed_away("placebo_spread", target, float(np.std(placebos, ddof=1)), limit=1 / 3, seconds=0.0),
            _unmoved("random_common_cause", target, lambda: _with_random_cause(target, seed), limit=0.05),
            _unmoved("subset", target, lambda: _on_subsets(target, seed), limit=0.2),
        )
    return RefutationReport(
        contrast.treatment, contrast.outcome, contrast.confounders, len(data), target.effect, checks
    )


def _checked(contrast: Contrast) -> pd.DataFrame:
    names = [contrast.treatment, contrast.outcome, *contrast.confounders]
    absent = [name for name in names if name not in contrast.frame]
    if absent:
        msg = f"refutation: columns {absent} are not in the table; name those that are"
        raise RefutationError(msg)
    data = contrast.frame[names]
    if len(data) < LEAST_ROWS:
        msg = f"refutation: {len(data)} rows are too few to attack an effect; bring {LEAST_ROWS}"
        raise RefutationError(msg)
    missing = [name for name in names if not np.isfinite(data[name].to_numpy(dtype=np.float64)).all()]
    if missing:
        msg = f"refutation: {missing} hold missing or infinite numbers; mend or drop those rows"
        raise RefutationError(msg)
    for name in (contrast.treatment, contrast.outcome):
        if (data[name] == data[name].iloc[0]).all():
            msg = f"refutation: {name} is {data[name].iloc[0]} in every row; an effect needs variation"
            raise RefutationError(msg)
    return data


def _sampled(data: pd.DataFrame, seed: int, most_rows: int) -> pd.DataFrame:
    if len(data) <= most_rows:
        return data.reset_index(drop=True)
    rows = np.random.default_rng(seed).choice(len(data), size=most_rows, replace=False)
    return data.iloc[np.sort(rows)].reset_index(drop=True)


def _estimated(data: pd.DataFrame, contrast: Contrast) -> _Target:
    varying = [name for name in contrast.confounders if data[name].to_numpy().std() > 0]
    model = CausalModel(data, contrast.treatment, contrast.outcome, common_causes=varying)
    # Every confounder is to be adjusted for: searching for smaller sets takes seconds and finds the same.
    estimand = model.identify_effect(proceed_when_unidentifiable=True, method_name="maximal-adjustment")
    # DoWhy hands out a set, in an order that differs from process to process.
    estimand.set_backdoor_variables(varying, key="backdoor")
    estimate = model.estimate_effect(estimand, method_name="backdoor.linear_regression")
    return _Target(data, contrast.treatment, estimand, estimate)


def _placebo_effects(target: _Target, seed: int) -> list[float]:
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
        for number in _seeds(seed, N_SIMULATIONS)
    ]


def _with_random_cause(target: _Target, seed: int) -> list[float]:
    result = refute_random_common_cause(
        target.data,
        target.estimand,
        target.estimate,
        num_simulations=N_SIMULATIONS,
        random_state=_seeds(seed, 1)[0],
    )
    return [float(result.new_effect)]


def _on_subsets(target: _Target, seed: int) -> list[float]:
    # One at a time: given a number, DoWhy would take the same subset again and again.
    effects = [
        refute_data_subset(
            target.data,
            target.estimand,
            target.estimate,
            subset_fraction=SUBSET_SHARE,
            num_simulations=1,
            random_state=number,
        ).new_effect
        for number in _seeds(seed, N_SIMULATIONS)
    ]
    return [float(np.mean(effects))]


def _stayed_away(name: str, target: _Target, seen: float, *, limit: float, seconds: float) -> Refutation:
    share = abs(seen) / abs(target.effect) if target.effect else float("inf")
    return Refutation(name, target.effect, seen, share, limit, share <= limit, seconds)


def _unmoved(name: str, target: _Target, attack: Callable[[], list[float]], *, limit: float) -> Refutation:
    (new_effect,), seconds = _timed(attack)
    change = abs(new_effect - target.effect) / abs(target.effect) if target.effect else float("inf")
    return Refutation(name, target.effect, new_effect, change, limit, change <= limit, seconds)


def _timed(work: Callable[[], list[float]]) -> tuple[list[float], float]:
    start = time.perf_counter()
    result = work()
    return result, time.perf_counter() - start


def _seeds(seed: int, n_seeds: int) -> list[int]:
    return [int(number) for number in np.random.SeedSequence(seed).generate_state(n_seeds)]
