"""The whole way from a table to effects, on tables whose effect was planted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from decision.table.cautions import warnings_of
from decision.table.estimation import Estimate, Problem, estimated, fitted_effects, posed_problem
from decision.table.intervals import RowEffects
from decision.table.roles import Question
from decision.table.summary import effects_table, scores_of, summarised


def test_naive_difference_is_biased_and_the_estimate_is_not(planted, estimate: Estimate) -> None:  # type: ignore[no-untyped-def]
    treated = planted.table["arm"] == "drug"
    naive = planted.table.loc[treated, "outcome"].mean() - planted.table.loc[~treated, "outcome"].mean()
    truth = planted.effect.mean()
    average = estimate.averages[0]
    assert naive - truth > 1.0
    assert average.point == pytest.approx(truth, abs=0.25)
    assert average.lower < truth < average.upper


def test_the_planted_difference_between_kinds_is_found(planted, estimate: Estimate) -> None:  # type: ignore[no-untyped-def]
    effect = estimate.rows.effect[0]
    new = (planted.table["kind"] == "new").to_numpy()
    assert effect[new].mean() == pytest.approx(3.0, abs=0.3)
    assert effect[~new].mean() == pytest.approx(1.0, abs=0.3)
    scores = scores_of(estimate, planted.table)
    assert scores is not None
    assert scores.sqrt_pehe < 0.4
    # One draw of the noise: rows of a kind err together, so the share is far coarser than its 240 rows.
    assert scores.coverage_90 > 0.6


def test_permuting_the_truth_changes_no_effect(planted, estimate: Estimate) -> None:  # type: ignore[no-untyped-def]
    shuffled = planted.table.assign(true=np.random.default_rng(9).permutation(planted.table["true"].to_numpy()) * 17)
    again = estimated(shuffled, planted.question, seed=3)
    assert np.array_equal(again.rows.effect, estimate.rows.effect)
    assert np.array_equal(again.rows.lower, estimate.rows.lower)
    assert np.array_equal(again.rows.upper, estimate.rows.upper)
    assert again.selection.weights == estimate.selection.weights
    assert again.averages == estimate.averages
    assert "true" not in again.problem.roles.confounders


def test_effects_come_in_the_order_of_the_rows(planted, estimate: Estimate) -> None:  # type: ignore[no-untyped-def]
    lines = effects_table(estimate)
    assert list(lines.columns) == ["row", "contrast", "effect", "lower", "upper", "supported"]
    assert np.array_equal(lines["row"], np.arange(len(planted.table)))
    assert set(lines["contrast"]) == {"drug vs control"}
    assert (lines["lower"] <= lines["effect"]).all()
    assert (lines["effect"] <= lines["upper"]).all()


def test_a_summary_says_that_confounders_were_not_named(planted, estimate: Estimate) -> None:  # type: ignore[no-untyped-def]
    summary = summarised(estimate, None)
    assert summary["confounders"]["named"] is False
    assert any("no confounders were named" in warning for warning in summary["warnings"])
    assert summary["scores"] is None
    assert sum(summary["weights"].values()) == pytest.approx(1.0)
    assert set(summary["losses"]) == {"trees", "gaussian_process", "linear"}


def test_a_rare_event_is_no_heavy_tail_and_few_rows_are_not_called_a_hundredth(planted, estimate: Estimate) -> None:  # type: ignore[no-untyped-def]
    def tails(table: pd.DataFrame) -> list[str]:
        problem = posed_problem(table, replace(planted.question, trusted=("severity",)), seed=0)
        return [found for found in warnings_of(replace(estimate, problem=problem)) if "farthest" in found]

    rare = (np.arange(len(planted.table)) % 120 == 7).astype(float)
    assert tails(planted.table.assign(outcome=rare)) == []
    few = planted.table.head(80)
    lone = np.where(np.arange(len(few)) == 5, 900.0, 10.0 + few["outcome"].abs())
    (told,) = tails(few.assign(outcome=lone))
    assert told.startswith("the row farthest from the mean (of 80) makes up 9")
    assert told.endswith("look at them, or take the logarithm")


def test_a_confounder_that_could_not_be_used_and_a_heavy_tail_are_warned_of(planted, estimate: Estimate) -> None:  # type: ignore[no-untyped-def]
    table = planted.table.assign(age=np.nan, one=1)
    outcome = np.where(np.arange(len(table)) < 2, 500.0, table["outcome"])
    problem = posed_problem(table.assign(outcome=outcome), planted.question, seed=0)
    warnings = warnings_of(replace(estimate, problem=problem))
    assert any(warning.startswith("age was not accounted for, because it is empty:") for warning in warnings)
    (tail,) = (warning for warning in warnings if "rows farthest" in warning)
    assert tail.startswith("the 2 rows farthest from the mean (of 240) make up 99%")
    # There is a negative outcome, of which no logarithm is.
    assert tail.endswith("look at them")
    # A constant column that nobody named moved nothing.
    assert not any(warning.startswith("one was not") for warning in warnings)
    named = replace(planted.question, confounders=("severity", "one"))
    problem = posed_problem(table, named, seed=0)
    assert any("one was not accounted for" in item for item in warnings_of(replace(estimate, problem=problem)))
    assert not any("accounted" in item or "farthest" in item for item in warnings_of(estimate))


def effects_of(table: pd.DataFrame, question: Question) -> tuple[Problem, RowEffects]:
    problem = posed_problem(table, question, seed=0)
    return problem, fitted_effects(problem.design, problem.folds, np.ones(len(table), bool), 0)[1]


def test_an_effect_only_varies_with_the_modifiers(planted) -> None:  # type: ignore[no-untyped-def]
    only_kind = replace(planted.question, confounders=("severity", "idle", "kind"), modifiers=("kind",))
    rows = effects_of(planted.table, only_kind)[1].effect[0]
    new = (planted.table["kind"] == "new").to_numpy()
    assert np.ptp(rows[new]) == pytest.approx(0.0, abs=1e-5)
    assert rows[new].mean() - rows[~new].mean() == pytest.approx(2.0, abs=0.4)


def test_three_arms_are_each_compared_with_none() -> None:
    rng = np.random.default_rng(2)
    x, arm = rng.normal(size=240), rng.choice(["none", "coupon", "call"], 240)
    outcome = x + np.select([arm == "coupon", arm == "call"], [1.0, 2.0 * x], 0.0) + 0.3 * rng.normal(size=240)
    estimate = estimated(pd.DataFrame({"x": x, "arm": arm, "y": outcome}), Question("arm", "y", ["x"]), seed=0)
    assert estimate.problem.treatment.contrast_names == ("call vs none", "coupon vs none")
    assert np.corrcoef(estimate.rows.effect[0], 2.0 * x)[0, 1] > 0.97
    assert estimate.averages[1].point == pytest.approx(1.0, abs=0.2)
    lines = effects_table(estimate)
    assert list(lines["row"].head(4)) == [0, 0, 1, 1]


def test_a_dose_is_an_effect_of_one_unit_more() -> None:
    rng = np.random.default_rng(4)
    x = rng.normal(size=240)
    dose = 10.0 + x + 2.0 * rng.normal(size=240)
    outcome = 3.0 * x + dose * (1.0 + 0.5 * x) + 0.3 * rng.normal(size=240)
    table = pd.DataFrame({"x": x, "dose": dose, "y": outcome})
    problem, rows = effects_of(table, Question("dose", "y", ["x"]))
    assert problem.treatment.contrast_names == ("+1 unit of dose",)
    assert np.sqrt(np.mean((rows.effect[0] - (1.0 + 0.5 * x)) ** 2)) < 0.15
