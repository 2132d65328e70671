"""A table that cannot answer is refused, naming the column or the rows: never false knowledge."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from decision.errors import LeakError, OverlapError, RoleError, TooFewRowsError
from decision.table.command import EstimateRequest, run_estimate
from decision.table.estimation import posed_problem
from decision.table.roles import Question
from decision.table.table_file import read_table


def refused(table: pd.DataFrame, question: Question, kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words):
        posed_problem(table, question, seed=0)


def test_an_empty_outcome_names_its_rows(planted) -> None:  # type: ignore[no-untyped-def]
    table = planted.table.copy()
    table.loc[[4, 9], "outcome"] = np.nan
    refused(table, planted.question, RoleError, r"empty in 2 of 240 rows \(from 0: 4, 9\)")


def test_an_empty_treatment_names_its_rows(planted) -> None:  # type: ignore[no-untyped-def]
    table = planted.table.copy()
    table.loc[0, "arm"] = None
    refused(table, planted.question, RoleError, "treatment 'arm' is empty in 1 of")


def test_an_arm_called_none_that_a_csv_takes_for_empty_is_told_so(planted, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    table = planted.table.assign(arm=planted.table["arm"].replace("control", "None"))
    table.to_csv(tmp_path / "table.csv", index=False)
    refused(read_table(tmp_path / "table.csv"), planted.question, RoleError, "the words NA, None, null and nan are emp")


def test_a_constant_treatment_is_refused(planted) -> None:  # type: ignore[no-untyped-def]
    refused(planted.table.assign(arm="drug"), planted.question, RoleError, "always drug")
    # Numbers are said as people write them, not as numpy does.
    refused(planted.table.assign(arm=1), planted.question, RoleError, "always 1;")


def test_a_constant_outcome_is_refused(planted) -> None:  # type: ignore[no-untyped-def]
    refused(planted.table.assign(outcome=5.0), planted.question, RoleError, "always 5")


def test_an_arm_of_two_rows_is_refused(planted) -> None:  # type: ignore[no-untyped-def]
    table = planted.table.copy()
    table.loc[[0, 1], "arm"] = "rare"
    refused(table, planted.question, TooFewRowsError, "arm 'rare' of 'arm' has 2 rows")


def test_three_rows_tell_nothing(planted) -> None:  # type: ignore[no-untyped-def]
    table = pd.concat([planted.table[planted.table["arm"] == arm].head(2) for arm in ("drug", "control")]).head(3)
    refused(table, planted.question, TooFewRowsError, "3 rows cannot tell")


def test_perfect_separation_cannot_tell_and_names_the_column(planted) -> None:  # type: ignore[no-untyped-def]
    table = planted.table.assign(arm=np.where(planted.table["severity"] > 0, "drug", "control"))
    refused(table, planted.question, OverlapError, "cannot tell.*'severity' alone explains 100")


def test_a_copy_of_the_treatment_is_named(planted) -> None:  # type: ignore[no-untyped-def]
    table = planted.table.assign(flag=(planted.table["arm"] == "drug").astype(int))
    refused(table, planted.question, OverlapError, "'flag' alone explains 100")


def test_a_dose_has_no_arm_to_be_compared_with(planted) -> None:  # type: ignore[no-untyped-def]
    table = planted.table.assign(dose=planted.table["severity"] ** 2 + planted.table["idle"])
    question = Question("dose", "outcome", ["severity"], baseline="0")
    refused(table, question, RoleError, "'dose' is a dose.*no arm '0'; leave out --baseline")


def test_a_dose_that_the_confounders_decide_is_refused(planted) -> None:  # type: ignore[no-untyped-def]
    table = planted.table.assign(dose=planted.table["severity"] * 3 + 0.001 * planted.table["idle"])
    refused(table, Question("dose", "outcome", ["severity", "idle"]), OverlapError, "cannot tell.*'severity'")


@pytest.mark.parametrize(
    "leak",
    [
        lambda outcome: outcome,
        lambda outcome: 3 * outcome - 7,
        np.exp,
        lambda outcome: outcome + 0.01 * np.sin(np.arange(len(outcome))),
    ],
    ids=["copy", "units", "monotone", "noisy"],
)
def test_a_leaked_outcome_is_named(planted, leak) -> None:  # type: ignore[no-untyped-def]
    table = planted.table.assign(score=leak(planted.table["outcome"].to_numpy()))
    refused(table, planted.question, LeakError, "'score'.*--trust score")


def test_a_leak_with_much_noise_on_it_is_suspected_and_a_trusted_one_is_not(planted) -> None:  # type: ignore[no-untyped-def]
    outcome = planted.table["outcome"].to_numpy()
    noise = np.random.default_rng(3).normal(size=len(outcome)) * outcome.std() / 5
    table = planted.table.assign(score=outcome + noise)
    suspects = posed_problem(table, planted.question, seed=0).suspects
    assert list(suspects) == ["score"]
    assert suspects["score"] == pytest.approx(1 / 1.04, abs=0.01)
    assert posed_problem(table, replace(planted.question, trusted=("score",)), seed=0).suspects == {}
    assert posed_problem(planted.table, planted.question, seed=0).suspects == {}


def test_a_potential_outcome_left_in_the_table_is_named(planted) -> None:  # type: ignore[no-untyped-def]
    control = planted.table["arm"] == "control"
    y0 = planted.table["outcome"].where(control, np.random.default_rng(0).normal(size=240))
    refused(planted.table.assign(y0=y0), planted.question, LeakError, "'y0' equals the outcome.*arm is control")


def test_a_trusted_column_is_kept(planted) -> None:  # type: ignore[no-untyped-def]
    table = planted.table.assign(before=planted.table["outcome"])
    problem = posed_problem(table, replace(planted.question, trusted=("before",)), seed=0)
    assert "before" in problem.encoded.sources


def test_an_unknown_column_meets_its_near_matches(planted) -> None:  # type: ignore[no-untyped-def]
    refused(planted.table, Question("arm", "outcom"), RoleError, "did you mean 'outcome'")
    refused(planted.table, Question("arm", "outcome", ["severty"]), RoleError, "did you mean 'severity'")


def test_one_column_plays_one_part(planted) -> None:  # type: ignore[no-untyped-def]
    refused(planted.table, Question("arm", "arm"), RoleError, "both treatment and outcome")
    refused(planted.table, Question("arm", "outcome", ["outcome"]), RoleError, "'outcome' is the outcome")
    refused(planted.table, Question("arm", "outcome", ["idle"], ["kind"]), RoleError, "modifier 'kind'")


def test_an_infinite_confounder_names_its_row(planted) -> None:  # type: ignore[no-untyped-def]
    table = planted.table.copy()
    table.loc[7, "idle"] = np.inf
    refused(table, planted.question, RoleError, "'idle' holds inf in row 7")


def test_text_as_outcome_is_refused(planted) -> None:  # type: ignore[no-untyped-def]
    refused(planted.table, Question("arm", "kind"), RoleError, "'kind' is text")


def test_a_table_of_useless_columns_is_refused(planted) -> None:  # type: ignore[no-untyped-def]
    refused(planted.table.assign(one=1), Question("arm", "outcome", ["one"]), RoleError, r"one \(constant\)")


@pytest.mark.parametrize("arm", ["drug ", "\u202edrug", "drug\u200b", "dr\nug"])
def test_an_arm_whose_name_cannot_be_told_from_another_is_refused(planted, arm: str) -> None:  # type: ignore[no-untyped-def]
    table = planted.table.copy()
    table.loc[table["arm"].eq("drug") & (table["kind"] == "old"), "arm"] = arm
    refused(table, planted.question, RoleError, rf"arm {re.escape(ascii(arm))} of 'arm' begins or ends with space, or")


def test_a_refused_table_leaves_nothing_behind(planted, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    planted.table.assign(arm="drug").to_csv(tmp_path / "table.csv", index=False)
    request = EstimateRequest(tmp_path / "table.csv", "arm", "outcome", tmp_path / "out")
    with pytest.raises(RoleError):
        run_estimate(request)
    assert [path.name for path in tmp_path.iterdir()] == ["table.csv"]


def test_a_truth_that_cannot_be_scored_is_refused_before_the_work(planted, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    planted.table.assign(three=np.arange(240) % 3).to_csv(tmp_path / "table.csv", index=False)
    for treatment, truth, words in (("arm", "kind", "'kind' is text"), ("three", "true", "one contrast")):
        request = EstimateRequest(tmp_path / "table.csv", treatment, "outcome", tmp_path / "out", truth=truth)
        with pytest.raises(RoleError, match=words):
            run_estimate(request)


@pytest.mark.parametrize("slope", [1.0, 40.0])
def test_an_outcome_that_only_restates_the_treatment_is_refused(planted, slope) -> None:  # type: ignore[no-untyped-def]
    treatment = planted.table[planted.question.treatment]
    restated = slope * (treatment == treatment.iloc[0]).astype(float)
    refused(planted.table.assign(**{planted.question.outcome: restated}), planted.question, LeakError, "only restates")
