"""Attacks on an estimated effect that a true one withstands, by DoWhy on a scalar contrast.

Every check is a relative change with a stated limit, not a p-value: with enough rows any trifle is
significant, and with few nothing is.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from decision.attacks import (
    Target,
    bootstrapped_effects,
    dummy_outcome_effects,
    effects_on_subsets,
    effects_with_confounder,
    effects_with_noise,
    estimated,
    placebo_effects,
    seeds,
)
from decision.contrasts import Contrast
from decision.errors import RefutationError
from decision.identification import quiet_dowhy

N_SIMULATIONS, N_BOOTSTRAPS, N_DUMMIES = 20, 5, 3
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


def refute(contrast: Contrast, *, seed: int, most_rows: int = MOST_ROWS) -> RefutationReport:
    """Estimate the contrast's effect by linear adjustment and attack it.

    `placebo`: with the treatment shuffled the effect must vanish. `placebo_spread`: the effect must stand
    out of what shuffled treatments show by chance. `random_common_cause`: one more confounder, made of
    noise, must not move it. `subset`: four fifths of the rows must show the same. `bootstrap`: so must rows
    drawn anew, with confounders measured a little worse. `dummy_outcome`: on an outcome made of noise the effect
    must vanish. `simulated_confounder`: a confounder that explains a hundredth of treatment and of outcome must
    leave half of it.

    Raises
    ------
    RefutationError
        If a column is absent, a number is missing, there are fewer than LEAST_ROWS rows, or treatment or
        outcome never varies.
    """
    data = _sampled(_checked(contrast), seed, most_rows)
    with quiet_dowhy():
        target = estimated(data, contrast.treatment, contrast.outcome, contrast.confounders)
        placebos, seconds = _timed(lambda: placebo_effects(target, seeds(seed, N_SIMULATIONS)))
        checks = (
            _stayed_away("placebo", target, float(np.mean(placebos)), limit=0.25, seconds=seconds),
            _stayed_away("placebo_spread", target, float(np.std(placebos, ddof=1)), limit=1 / 3, seconds=0.0),
            _gone("dummy_outcome", target, lambda: dummy_outcome_effects(target, seeds(seed, N_DUMMIES)), limit=0.25),
            _unmoved(
                "random_common_cause", target, lambda: effects_with_noise(target, seed, N_SIMULATIONS), limit=0.05
            ),
            _unmoved("subset", target, lambda: effects_on_subsets(target, seeds(seed, N_SIMULATIONS)), limit=0.2),
            _unmoved("bootstrap", target, lambda: bootstrapped_effects(target, seeds(seed, N_BOOTSTRAPS)), limit=0.25),
            _unmoved("simulated_confounder", target, lambda: effects_with_confounder(target, seed), limit=0.5),
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


def _stayed_away(name: str, target: Target, seen: float, *, limit: float, seconds: float) -> Refutation:
    share = abs(seen) / abs(target.effect) if target.effect else float("inf")
    return Refutation(name, target.effect, seen, share, limit, share <= limit, seconds)


def _gone(name: str, target: Target, attack: Callable[[], list[float]], *, limit: float) -> Refutation:
    effects, seconds = _timed(attack)
    return _stayed_away(name, target, float(np.mean(effects)), limit=limit, seconds=seconds)


def _unmoved(name: str, target: Target, attack: Callable[[], list[float]], *, limit: float) -> Refutation:
    effects, seconds = _timed(attack)
    new_effect = float(np.mean(effects))
    change = abs(new_effect - target.effect) / abs(target.effect) if target.effect else float("inf")
    return Refutation(name, target.effect, new_effect, change, limit, change <= limit, seconds)


def _timed(work: Callable[[], list[float]]) -> tuple[list[float], float]:
    start = time.perf_counter()
    result = work()
    return result, time.perf_counter() - start
