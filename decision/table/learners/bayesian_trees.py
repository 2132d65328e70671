"""Sums of Bayesian trees: one forest for the level, one for each basis of the treatment.

Good where surfaces have steps, interactions and many idle columns. Trees for the effect have their own prior,
as in Bayesian causal forests, and the level may use the propensity, which removes the bias that regularisation
would otherwise put on a confounded effect.

References
----------
Hahn, Murray & Carvalho (2020), "Bayesian regression tree models for causal inference", Bayesian Analysis 15(3).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

from decision.table.learners.forest_sampler import NOISE_DEGREES, add_values, run_sweeps
from decision.table.learners.forest_state import Forest, Rows, new_bench, new_forest
from decision.table.learners.protocol import Design, Flags, Floats, Surface

N_CODES = 100
LEVEL_TREES, SLOPE_TREES = 200, 50
LEVEL_SCALE, SLOPE_SCALE = 1.0, 0.7  # prior sd of a forest's value, in sd of the outcome
TINY_NOISE = 1e-6
MAX_FIT_ROWS = 20_000  # sweeps cost time in proportion to rows; beyond, a random part teaches


@dataclass(frozen=True)
class BayesianTrees:
    """The learner `trees`; settings are the length and number of its chains."""

    n_chains: int = 6
    n_burn: int = 150
    n_keep: int = 50
    name: str = "trees"

    def tuned(self, design: Design, fit_rows: Flags, seed: int) -> Self:
        """Folds run two chains at most: they need the mean, not the spread."""
        return replace(self, n_chains=min(self.n_chains, 2))

    def fit(self, design: Design, fit_rows: Flags, seed: int) -> Surface:
        """Sample the posterior; rows that do not teach are carried along in their leaves."""
        order, n_fit = _teaching_first(fit_rows, np.random.default_rng([seed, 1]))
        sorted_design = design.at(order)
        centre, scale = _centre_and_scale(sorted_design.outcome[:n_fit])
        outcome = (sorted_design.outcome - centre) / scale
        codes = _codes(_columns(sorted_design))
        chains = [
            _chain(self, sorted_design, codes, outcome, n_fit, np.random.default_rng([seed, 2, chain]))
            for chain in range(self.n_chains)
        ]
        back = np.argsort(order)
        level = np.mean([chain.level for chain in chains], axis=0)[back] * scale + centre
        slopes = np.mean([chain.slopes for chain in chains], axis=0)[:, back] * scale
        effects = np.concatenate([chain.effects for chain in chains], axis=1)[:, :, back] * np.float32(scale)
        return Surface(level, slopes, effects)


def _chain(
    plan: BayesianTrees, design: Design, codes: NDArray[np.uint8], outcome: Floats, n_fit: int, rng: np.random.Generator
) -> Surface:
    """One Markov chain: burn in, then keep the surfaces of every sweep."""
    noise = _linear_noise(design, outcome, n_fit)
    rows = Rows(codes, outcome.copy(), np.array([noise]), n_fit)
    forests, bench = _new_forests(design), new_bench(design.n_rows)
    run_sweeps(forests, rows, bench, (plan.n_burn // 3, plan.n_burn, noise), rng)
    n_bases = len(design.bases)
    level, slopes = np.zeros(design.n_rows), np.zeros((n_bases, design.n_rows))
    effects = np.zeros((len(design.contrasts), plan.n_keep, design.n_rows), np.float32)
    for kept in range(plan.n_keep):
        run_sweeps(forests, rows, bench, (0, 1, noise), rng)
        now = np.zeros((n_bases, design.n_rows))
        add_values(forests[0], 1.0 / plan.n_keep, level)
        for basis in range(n_bases):
            add_values(forests[1 + basis], 1.0, now[basis])
        slopes += now / plan.n_keep
        effects[:, kept] = design.contrasts @ now
    return Surface(level, slopes, effects)


def _new_forests(design: Design) -> tuple[Forest, ...]:
    """The level's forest and one a basis; only the level's may split on the propensities."""
    n_extra = _columns(design).shape[1] - design.confounders.shape[1]
    for_level = np.ones(design.confounders.shape[1] + n_extra)
    for_slope = np.concatenate([design.modifies.astype(float), np.zeros(n_extra)])
    level = new_forest(np.ones(design.n_rows), LEVEL_TREES, for_level, LEVEL_SCALE**2 / LEVEL_TREES)
    variance = SLOPE_SCALE**2 / SLOPE_TREES
    return (level, *(new_forest(basis, SLOPE_TREES, for_slope, variance) for basis in design.bases))


def _columns(design: Design) -> Floats:
    """The confounders and what the treatment is expected to be; two arms share one propensity."""
    n_extra = 1 if len(design.expected_bases) <= 2 else len(design.expected_bases)  # noqa: PLR2004
    return np.column_stack([design.confounders, design.expected_bases[:n_extra].T])


def _codes(columns: Floats) -> NDArray[np.uint8]:
    """Each column by its rank among at most 100 cut points: what a tree can split on."""
    codes = np.empty(columns.shape[::-1], np.uint8)
    for index, column in enumerate(columns.T):
        cuts = np.unique(column)
        if len(cuts) > N_CODES:
            cuts = np.unique(np.quantile(column, np.arange(1, N_CODES) / N_CODES))
        codes[index] = np.searchsorted(cuts, column)
    return codes


def _teaching_first(fit_rows: Flags, rng: np.random.Generator) -> tuple[NDArray[np.intp], int]:
    """Row order with the teaching rows first, and how many they are."""
    teaching = np.flatnonzero(fit_rows)
    if len(teaching) > MAX_FIT_ROWS:
        teaching = np.sort(rng.choice(teaching, MAX_FIT_ROWS, replace=False))
    carried = np.setdiff1d(np.arange(len(fit_rows)), teaching)
    return np.concatenate([teaching, carried]), len(teaching)


def _centre_and_scale(outcome: Floats) -> tuple[float, float]:
    return float(outcome.mean()), float(outcome.std()) or 1.0


def _linear_noise(design: Design, outcome: Floats, n_fit: int) -> float:
    """The noise's prior scale: such that noise is, 9 times in 10, less than a least-squares line leaves over."""
    columns = np.column_stack([np.ones(n_fit), design.bases[:, :n_fit].T, design.confounders[:n_fit]])
    fitted = columns @ np.linalg.lstsq(columns, outcome[:n_fit], rcond=None)[0]
    left_over = float(np.mean((outcome[:n_fit] - fitted) ** 2))
    return max(left_over * float(chi2.ppf(0.1, NOISE_DEGREES)) / NOISE_DEGREES, TINY_NOISE)
