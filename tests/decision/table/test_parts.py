"""Treatments read, losses weighed, averages and doubts: each against a known value."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from decision.errors import RoleError
from decision.sensitivity.strength import e_value, robustness_value
from decision.table.average import AverageEffect, average_effects
from decision.table.cautions import _of_treatment
from decision.table.columns import encoded_confounders
from decision.table.folds import fold_of_rows
from decision.table.intervals import SPREAD, mixed_effects
from decision.table.learners.protocol import Design, Surface
from decision.table.refutation import refuted
from decision.table.report import _overlap
from decision.table.roles import Question
from decision.table.scoring import scored
from decision.table.selection import OutOfFold, _aggregated
from decision.table.sensitivity import measured_sensitivity
from decision.table.treatments import read_treatment


def treatment_table(values: list[object]) -> pd.DataFrame:
    return pd.DataFrame({"t": values * 20})


def test_zero_is_the_baseline_and_one_is_compared_with_it() -> None:
    treatment = read_treatment(treatment_table([1, 0, 0, 1]), Question("t", "y"))
    assert treatment.arms == ("0", "1")
    assert treatment.contrast_names == ("1 vs 0",)
    assert np.array_equal(treatment.contrasts, [[-1.0, 1.0]])


def test_a_baseline_can_be_wished_for() -> None:
    treatment = read_treatment(treatment_table(["a", "b", "none"]), Question("t", "y", baseline="b"))
    assert treatment.contrast_names == ("a vs b", "none vs b")
    with pytest.raises(RoleError, match="no arm 'c'"):
        read_treatment(treatment_table(["a", "b"]), Question("t", "y", baseline="c"))


def test_few_whole_numbers_are_arms_unless_called_a_dose() -> None:
    table = treatment_table([0, 1, 2])
    assert not read_treatment(table, Question("t", "y")).is_dose
    assert read_treatment(table, Question("t", "y", dose=True)).is_dose
    assert read_treatment(treatment_table([0.5, 1.0, 2.5]), Question("t", "y")).is_dose


def test_folds_share_out_every_arm() -> None:
    arm_of = np.repeat([0, 1], [400, 50])
    folds = fold_of_rows(arm_of, 1)
    assert set(np.bincount(folds[arm_of == 1])) == {10}


def test_aggregation_gives_all_weight_to_the_truth_and_splits_equal_errors() -> None:
    rng = np.random.default_rng(0)
    target, noise = rng.normal(size=2000), rng.normal(size=(2, 2000))
    assert _aggregated(np.column_stack([noise[0], target]), target)[1] == 1.0
    both = _aggregated(np.column_stack([target + noise[0], target + noise[1]]), target)
    assert both[0] == pytest.approx(0.5, abs=0.1)


def arms_design(effect: float, n_rows: int = 4000) -> tuple[Design, OutOfFold]:
    rng = np.random.default_rng(3)
    x = rng.normal(size=n_rows)
    propensity = 1 / (1 + np.exp(-x))
    treated = rng.random(n_rows) < propensity
    outcome = x + effect * treated + 0.5 * rng.normal(size=n_rows)
    bases, expected = np.vstack([~treated, treated]).astype(float), np.vstack([1 - propensity, propensity])
    design = Design(x[:, None], np.ones(1, bool), bases, expected, np.array([[-1.0, 1.0]]), outcome)
    return design, OutOfFold(x, np.vstack([np.zeros(n_rows), np.full(n_rows, effect)]))


def test_either_right_outcomes_or_right_propensities_give_the_average() -> None:
    design, right = arms_design(2.0)
    folds = np.arange(design.n_rows) % 2
    wrong = OutOfFold(np.zeros(design.n_rows), np.zeros_like(design.bases))
    blind = Design(
        design.confounders,
        design.modifies,
        design.bases,
        np.full(design.bases.shape, 0.5),
        design.contrasts,
        design.outcome,
    )
    for one_design, answer in ((design, wrong), (blind, right)):
        average = average_effects(one_design, answer, folds, is_dose=False, seed=0)[0]
        assert average.point == pytest.approx(2.0, abs=0.1)
    both_wrong = average_effects(blind, wrong, folds, is_dose=False, seed=0)[0]
    assert abs(both_wrong.point - 2.0) > 0.4


def test_an_average_widens_by_an_error_all_rows_share() -> None:
    widened = AverageEffect.around(1.0, 3.0).widened(4.0)
    assert widened.standard_error == pytest.approx(5.0)
    assert widened.upper - 1.0 == pytest.approx(1.645 * 5.0, rel=1e-3)


def surface_of(mean: float, spread: float) -> Surface:
    steps = np.linspace(-1.0, 1.0, 201)
    draws = np.repeat((mean + spread * steps)[None, :, None], 3, axis=2).astype(np.float32)
    return Surface(np.zeros(3), np.zeros((2, 3)), draws)


def test_learners_that_disagree_widen_the_interval() -> None:
    surfaces = {"a": surface_of(0.0, 1.0), "b": surface_of(4.0, 1.0)}
    alone = mixed_effects({"a": surfaces["a"]}, {"a": 1.0, "b": 0.0})
    mixed = mixed_effects(surfaces, {"a": 0.5, "b": 0.5})
    assert mixed.effect[0] == pytest.approx(2.0)
    assert alone.upper[0] - alone.lower[0] == pytest.approx(2 * 0.9 * SPREAD, rel=0.02)
    assert (mixed.lower[0] < 0.0).all()
    assert (mixed.upper[0] > 4.0).all()


def test_no_chance_rises_by_more_than_one() -> None:
    rows = mixed_effects({"a": surface_of(0.9, 1.0)}, {"a": 1.0}).within(1.0)
    assert (rows.upper == 1.0).all()
    assert rows.effect == pytest.approx(0.9, abs=1e-6)
    assert (rows.lower < 0.0).all()


def test_the_strength_needed_against_a_dose_does_not_hang_on_its_unit() -> None:
    rng = np.random.default_rng(2)
    dose = rng.normal(size=200)
    x = rng.normal(size=(200, 1))
    found = []
    for unit in (1.0, 1_000.0):
        table = pd.DataFrame({"t": dose * unit, "x": x[:, 0]})
        treatment = read_treatment(table, Question("t", "y"))
        encoded = encoded_confounders(table, ["x"])
        design = Design(
            x, np.ones(1, bool), treatment.bases, np.zeros((1, 200)), treatment.contrasts, 2 * dose + x[:, 0]
        )
        average = AverageEffect.around(2.0 / unit, 0.1 / unit)
        found.append(measured_sensitivity(average, design, encoded, step=treatment.step).e_value)
    assert found[0] == pytest.approx(found[1])
    assert found[0] > 3.0


def test_a_dose_is_told_without_a_word_of_arms() -> None:
    overlap = {"predictability": 0.25, "effective_sizes": {"all": 150.0}, "supported_share": 1.0}
    told = _overlap({"treatment": {"arms": {}}, "overlap": overlap, "n_rows": 200})
    assert "predict the dose with R squared 0.250: 75% of its variance lets like rows be compared" in told
    assert "Effective sample size: 150 of 200 rows." in told
    assert "arm" not in told


@pytest.mark.parametrize(
    ("doses", "said"),
    [
        ([0.001, 0.002, 0.0025, 0.004, 0.005, 0.007], "no two doses differ by one unit (at most by 0.006)"),
        ([0.5, 1.5, 3.0], "the dose has 3 values only: --arms compares them"),
        (
            [*np.arange(0.5, 8.5).tolist(), *[1.5] * 191, 1e90],
            "the 40 rows farthest from the mean (of 4,000) make up 100% of the dose's variance",
        ),
    ],
)
def test_a_dose_that_asks_too_much_of_a_line_is_warned_of(doses: list[object], said: str) -> None:
    (warning,) = _of_treatment(read_treatment(treatment_table(doses), Question("t", "y")))
    assert warning.startswith(said)


def test_arms_that_differ_by_case_alone_are_warned_of() -> None:
    (warning,) = _of_treatment(read_treatment(treatment_table(["AA", "Aa", "bb"]), Question("t", "y")))
    assert warning.startswith("the arm 'Aa' differs from another by case alone")


def test_a_treatment_made_of_air_does_nothing() -> None:
    design, _ = arms_design(2.0, n_rows=400)
    found = refuted(design, design.bases[1].astype(np.int64), is_dose=False, seed=1)
    assert found.estimate == pytest.approx(2.0, abs=0.3)
    assert found.placebo_passed
    assert abs(found.placebo_mean) < 0.3
    assert found.random_cause_passed


def test_sensitivity_agrees_with_published_examples() -> None:
    assert robustness_value(4.18, 783) == pytest.approx(0.139, abs=1e-3)
    assert e_value(np.log(3.9) / 0.91) == pytest.approx(7.26, abs=0.01)
    assert robustness_value(0.0, 100) == 0.0
    assert e_value(0.0) == 1.0


def test_scores_of_a_perfect_answer() -> None:
    truth = np.array([1.0, 2.0, 3.0])
    scores = scored(truth, truth - 1, truth + 1, (2.0, 1.5, 2.5), truth)
    assert scores.sqrt_pehe == 0.0
    assert scores.coverage_90 == 1.0
    assert scores.average_covered
