"""Strength of confounders, against published figures and confounders that were planted."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from decision.contrasts import Contrast
from decision.errors import RefutationError
from decision.sensitivity.contrast import contrast_sensitivity
from decision.sensitivity.strength import (
    Benchmark,
    largest_bias,
    multiple_to_explain_away,
    robustness_value,
    strength_of,
)

# Cinelli & Hazlett's Darfur study: estimate, standard error, degrees of freedom, and how strong `female` is.
DARFUR = (0.09731582, 0.02325654, 783)
FEMALE = Benchmark("female", 0.00908, 0.10903)


def planted(effect: float, seed: int, n_rows: int = 4_000) -> Contrast:
    rng = np.random.default_rng(seed)
    seen, weak = rng.standard_normal((2, n_rows))
    treated = (rng.uniform(size=n_rows) < 0.3 + 0.4 / (1 + np.exp(-2 * seen))).astype(np.int64)
    outcome = effect * treated + seen + 0.1 * weak + rng.standard_normal(n_rows)
    frame = pd.DataFrame({"seen": seen, "weak": weak, "deviated": treated, "loss_minor": outcome})
    return Contrast(frame, "deviated", "loss_minor", ("seen", "weak"))


def test_three_times_female_is_as_strong_as_published_and_leaves_the_published_effect() -> None:
    treatment, outcome = strength_of(3.0, FEMALE)
    assert (treatment, outcome) == pytest.approx((0.0275, 0.3741), abs=2e-4)
    assert DARFUR[0] - largest_bias(DARFUR[1], DARFUR[2], treatment, outcome) == pytest.approx(0.0304, abs=2e-4)
    assert multiple_to_explain_away(*DARFUR, FEMALE) > 3


def test_a_confounder_as_strong_as_the_robustness_value_brings_the_effect_to_zero() -> None:
    estimate, error, degrees = DARFUR
    value = robustness_value(estimate / error, degrees)
    assert largest_bias(error, degrees, value, value) == pytest.approx(estimate, rel=1e-9)


def test_no_multiple_of_a_confounder_that_moves_nothing_explains_an_effect() -> None:
    assert multiple_to_explain_away(*DARFUR, Benchmark("moon", 0.0, 0.3)) == math.inf


def test_the_strongest_observed_confounder_is_the_yardstick() -> None:
    found = contrast_sensitivity(planted(1.0, seed=1))
    assert found.benchmarks[0].confounder == "seen"
    assert found.effect == pytest.approx(1.0, abs=0.1)
    assert 0 < found.robustness_value_interval < found.robustness_value < 1
    assert "seen" in found.words


def test_an_effect_within_chance_needs_no_confounder_at_all() -> None:
    found = contrast_sensitivity(planted(0.0, seed=2))
    assert found.robustness_value_interval == 0.0
    assert found.e_value_interval == 1.0


def test_propensities_are_no_yardstick() -> None:
    table = planted(1.0, seed=3)
    frame = table.frame.assign(propensity_deviated=0.3 + 0.4 / (1 + np.exp(-2 * table.frame["seen"])))
    named = Contrast(frame, "deviated", "loss_minor", (*table.confounders, "propensity_deviated"))
    assert contrast_sensitivity(named) == contrast_sensitivity(table)


def test_too_few_rows_are_refused() -> None:
    with pytest.raises(RefutationError, match="20 rows with 2 confounders"):
        contrast_sensitivity(planted(1.0, seed=4, n_rows=20))
