"""Each learner on surfaces it is meant for, and the parts it is made of."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import check_grad

from decision.table.learners.bayesian_trees import BayesianTrees
from decision.table.learners.gaussian_process import GaussianProcess
from decision.table.learners.kernel import KernelSettings
from decision.table.learners.kernel_tuning import TuningProblem
from decision.table.learners.linear import BayesianLinear
from decision.table.learners.protocol import Design, Floats, Learner

N_ROWS = 250
SHORT_TREES = BayesianTrees(n_chains=2, n_burn=100, n_keep=40)
TUNED_PROCESS = GaussianProcess(
    KernelSettings(np.full(4, 0.3), np.full(3, 0.5), np.full(3, 0.2), np.full(3, 0.2), noise=0.05)
)
LEARNERS: list[Learner] = [SHORT_TREES, TUNED_PROCESS, BayesianLinear()]
NAMES = [learner.name for learner in LEARNERS]


def design_of(effect: Floats, x: Floats, seed: int) -> Design:
    rng = np.random.default_rng(seed)
    propensity = 1 / (1 + np.exp(-x[:, 0]))
    treated = rng.random(len(x)) < propensity
    outcome = x[:, 0] + treated * effect + 0.3 * rng.normal(size=len(x))
    bases = np.vstack([~treated, treated]).astype(float)
    expected = np.vstack([1 - propensity, propensity])
    return Design(x, np.ones(x.shape[1], bool), bases, expected, np.array([[-1.0, 1.0]]), outcome)


def distance(learner: Learner, design: Design, effect: Floats) -> float:
    surface = learner.fit(design, np.ones(design.n_rows, bool), 0)
    return float(np.sqrt(np.mean((surface.effects[0].mean(axis=0) - effect) ** 2)))


@pytest.fixture(scope="module")
def columns() -> Floats:
    return np.random.default_rng(1).normal(size=(N_ROWS, 4))


def test_trees_find_a_step_that_a_line_misses(columns: Floats) -> None:
    effect = np.where(columns[:, 1] > 0.5, 3.0, 0.0)
    design = design_of(effect, columns, 2)
    assert distance(SHORT_TREES, design, effect) < 0.5 * distance(BayesianLinear(), design, effect)


def test_a_gaussian_process_finds_a_wave_that_a_line_misses(columns: Floats) -> None:
    effect = 2.0 * np.sin(2.0 * columns[:, 1])
    design = design_of(effect, columns, 3)
    assert distance(GaussianProcess(), design, effect) < 0.3 * distance(BayesianLinear(), design, effect)


def test_a_line_is_found_by_the_line(columns: Floats) -> None:
    effect = 1.0 + columns[:, 1] - columns[:, 2]
    assert distance(BayesianLinear(), design_of(effect, columns, 4), effect) < 0.15


@pytest.mark.parametrize("learner", LEARNERS, ids=NAMES)
def test_rows_held_out_teach_nothing(learner: Learner, columns: Floats) -> None:
    design = design_of(columns[:, 1], columns, 5)
    fit_rows = np.arange(N_ROWS) % 4 > 0
    spoilt = Design(
        design.confounders,
        design.modifies,
        design.bases,
        design.expected_bases,
        design.contrasts,
        np.where(fit_rows, design.outcome, 1e6),
    )
    first, second = learner.fit(design, fit_rows, 0), learner.fit(spoilt, fit_rows, 0)
    assert np.array_equal(first.effects, second.effects)
    assert np.array_equal(first.level, second.level)


@pytest.mark.parametrize("learner", LEARNERS, ids=NAMES)
def test_the_same_seed_gives_the_same_bytes(learner: Learner, columns: Floats) -> None:
    design = design_of(columns[:, 1], columns, 6)
    everything = np.ones(N_ROWS, bool)
    assert np.array_equal(learner.fit(design, everything, 7).effects, learner.fit(design, everything, 7).effects)


@pytest.mark.parametrize("modifies", [np.ones(3), np.array([1.0, 0.0, 1.0])], ids=["all", "some"])
def test_the_gradient_of_the_marginal_likelihood_is_right(modifies: Floats) -> None:
    rng = np.random.default_rng(0)
    treated = rng.random(30) < 0.5
    bases = np.vstack([np.ones(30), treated, ~treated])
    problem = TuningProblem(rng.normal(size=(30, 3)), bases, rng.normal(size=30), modifies)

    def value(settings: Floats) -> float:
        return problem.loss(settings)[0]

    def slope(settings: Floats) -> Floats:
        return problem.loss(settings)[1]

    where = 0.3 * rng.normal(size=3 + 3 * 3 + 1)
    assert check_grad(value, slope, where) < 1e-4


def test_trees_without_an_effect_say_so(columns: Floats) -> None:
    design = design_of(np.zeros(N_ROWS), columns, 8)
    draws = SHORT_TREES.fit(design, np.ones(N_ROWS, bool), 0).effects[0]
    low, high = np.quantile(draws, [0.05, 0.95], axis=0)
    assert np.mean((low <= 0) & (high >= 0)) > 0.9
