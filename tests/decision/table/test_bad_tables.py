"""A table that cannot answer is refused, naming the column or the rows: never false knowledge."""

from __future__ import annotations

import gzip
import re
from dataclasses import replace
from datetime import time
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.errors import InputFileError
from decision.errors import LeakError, OverlapError, RoleError, TooFewRowsError
from decision.table.columns import encoded_confounders
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


@pytest.mark.parametrize("broken", ["4,5,6,7", "4,5"], ids=["long", "short"])
def test_a_ragged_line_is_named_with_its_cells(tmp_path: Path, broken: str) -> None:
    path = tmp_path / "ragged.csv"
    path.write_text(f'a,b,c\n1,2,"x\ny"\n\n{broken}\n')
    with pytest.raises(InputFileError, match=rf"line 5 holds {broken.count(',') + 1} cells and the header 3"):
        read_table(path)


def test_a_comma_at_the_end_of_every_line_holds_nothing(tmp_path: Path) -> None:
    path = tmp_path / "trailing.csv"
    path.write_text("a,b\n1,2,\n3,4,\n")
    assert read_table(path).to_dict("list") == {"a": [1, 3], "b": [2, 4]}


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


def test_useless_columns_are_set_aside_and_gaps_are_flagged(planted) -> None:  # type: ignore[no-untyped-def]
    table = planted.table.assign(order_id=[f"K{row}" for row in range(240)], one=1, line=np.arange(240))
    table["idle"] = table["idle"].where(np.arange(240) % 10 > 0)
    names = ["severity", "idle", "kind", "order_id", "one", "line"]
    encoded = encoded_confounders(table, names)
    assert set(encoded.dropped) == {"order_id", "one", "line"}
    assert encoded.imputed == {"idle": 24}
    assert encoded.sources == ("severity", "idle", "idle", "kind")
    assert np.isfinite(encoded.matrix).all()


def test_many_levels_are_gathered(planted) -> None:  # type: ignore[no-untyped-def]
    towns = [f"town {row % 90}" if row % 2 else "capital" for row in range(240)]
    encoded = encoded_confounders(planted.table.assign(town=towns), ["town"])
    assert encoded.matrix.shape[1] <= 31


def test_a_table_of_useless_columns_is_refused(planted) -> None:  # type: ignore[no-untyped-def]
    refused(planted.table.assign(one=1), Question("arm", "outcome", ["one"]), RoleError, r"one \(constant\)")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not a readable CSV|holds 0 rows"),
        (b"a,b,a\n1,2,3\n", "two columns are called 'a'"),
        (b"a,b\n\xe9\xff,2\n", "not UTF-8"),
        (b"a,b\n", "holds 0 rows"),
        (b"a;b\n1,5;2\n", "parted by semicolons; save it with commas, and decimal points"),
        (b"a\tb\n1\t2\n", "parted by tabs"),
        (b"1.5,-2,0\n2.5,1,1\n", r"first line holds numbers alone \(1.5, -2, 0 ...\); begin with a line of names"),
        (b'{"a": [1, 2]}', "begins like JSON"),
        (b"PK\x03\x04workbook", "an archive or a workbook"),
        (b"\x1f\x8bno", "a damaged gzip file"),
    ],
    ids=["empty", "double", "latin-1", "header only", "semicolons", "tabs", "no header", "json", "zip", "broken gzip"],
)
def test_a_file_that_is_no_table_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    with pytest.raises(InputFileError, match=words):
        read_table(path)


@pytest.mark.parametrize("name", ["table.csv.gz", "table.csv", "table.data"])
def test_a_packed_table_and_one_of_another_name_are_read_as_what_they_are(planted, tmp_path: Path, name: str) -> None:  # type: ignore[no-untyped-def]
    planted.table.to_csv(tmp_path / "plain.csv", index=False)
    plain = read_table(tmp_path / "plain.csv")
    (tmp_path / name).write_bytes(gzip.compress((tmp_path / "plain.csv").read_bytes()))
    assert read_table(tmp_path / name).equals(plain)
    plain.to_parquet(tmp_path / name)
    assert read_table(tmp_path / name).equals(plain)


def test_a_packed_table_with_one_wrong_byte_is_refused_or_read_as_it_was(tmp_path: Path) -> None:
    rows = np.random.default_rng(0).normal(size=(20, 2)).round(3)
    packed = gzip.compress(b"a,b\n" + b"".join(b"%.3f,%.3f\n" % (first, second) for first, second in rows), mtime=0)
    path = tmp_path / "table.csv.gz"
    path.write_bytes(packed)
    plain = read_table(path)
    n_refused = 0
    for place in range(len(packed)):
        path.write_bytes(packed[:place] + bytes([packed[place] ^ 0xFF]) + packed[place + 1 :])
        try:
            assert read_table(path).equals(plain)
        except InputFileError:
            n_refused += 1
    assert n_refused > len(packed) / 2


def test_whole_numbers_may_name_columns(tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text("0,1,2\n1.5,2.5,3.5\n")
    assert list(read_table(tmp_path / "table.csv").columns) == ["0", "1", "2"]


@pytest.mark.parametrize("arm", ["drug ", "\u202edrug", "drug\u200b", "dr\nug"])
def test_an_arm_whose_name_cannot_be_told_from_another_is_refused(planted, arm: str) -> None:  # type: ignore[no-untyped-def]
    table = planted.table.copy()
    table.loc[table["arm"].eq("drug") & (table["kind"] == "old"), "arm"] = arm
    refused(table, planted.question, RoleError, rf"arm {re.escape(ascii(arm))} of 'arm' begins or ends with space, or")


def test_dates_are_read_alike_from_text_and_from_parquet(planted) -> None:  # type: ignore[no-untyped-def]
    days = pd.Series(pd.date_range("2024-01-01", periods=240).to_numpy()).sample(frac=1, random_state=1)
    days = days.reset_index(drop=True)
    for written in (days.dt.strftime("%Y-%m-%d"), days.dt.strftime("%Y-%m-%dT%H:%M:%SZ")):
        gap = np.arange(240) == 5
        said = encoded_confounders(planted.table.assign(day=written.mask(gap)), ["day"])
        meant = encoded_confounders(planted.table.assign(day=days.mask(gap)), ["day"])
        assert np.array_equal(said.matrix, meant.matrix)
        assert said.imputed == {"day": 1}
    unreal = encoded_confounders(planted.table.assign(day=["2024-02-30", "2024-02-31"] * 120), ["day"])
    assert unreal.matrix.shape[1] == 1


def test_decimals_are_numbers_and_lists_and_records_are_text(planted, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    table = planted.table.assign(outcome=[Decimal(f"{value:.6f}") for value in planted.table["outcome"]])
    table["lists"] = [["a", "b"] if row % 2 else ["c"] for row in range(240)]
    table["records"] = [{"k": row % 3} for row in range(240)]
    table["none"] = None
    table["waited"] = pd.to_timedelta(np.arange(240) % 7 * 12, unit="h")
    table["opened"] = [time(row % 5) for row in range(240)]
    table.to_parquet(tmp_path / "table.parquet")
    read = read_table(tmp_path / "table.parquet")
    assert read["outcome"].to_numpy() == pytest.approx(planted.table["outcome"].to_numpy(), abs=1e-6)
    encoded = encoded_confounders(read, ["waited", "lists", "records", "opened", "none"])
    assert set(encoded.sources) == {"waited", "lists", "records", "opened"}
    assert encoded.matrix[3, 0] == 1.5
    posed_problem(read, planted.question, seed=0)


def test_a_broken_parquet_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "table.parquet").write_bytes(b"PAR1 no")
    with pytest.raises(InputFileError, match="not a readable Parquet"):
        read_table(tmp_path / "table.parquet")


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
