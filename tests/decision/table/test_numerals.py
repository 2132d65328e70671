"""Numbers written as text are told of, and codes that look like numbers stay kinds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from decision.errors import RoleError
from decision.table.cautions import warnings_of
from decision.table.columns import encoded_confounders
from decision.table.estimation import Estimate, posed_problem
from decision.table.numerals import are_numbers


@pytest.mark.parametrize(
    ("written", "row", "cell"),
    [
        (lambda value: f"{value:,.2f}\u20ac", 0, ""),
        (lambda value: f"{value:.3f}".replace(".", ","), 0, ""),
        (lambda value: "unknown" if value > 2.4 else f"{value:.4f}", None, "'unknown'"),
        (lambda value: "unknown" if value > 2.4 else f"{value * 12 + 45:.0f}", None, "'unknown'"),
    ],
    ids=["currency", "decimal comma", "a word among them", "a word among whole years"],
)
def test_numbers_written_as_text_are_never_left_out_in_silence(planted, written, row, cell: str) -> None:  # type: ignore[no-untyped-def]
    table = planted.table.assign(severity=planted.table["severity"].map(written))
    named = replace(planted.question, confounders=("severity", "idle"))
    where = "" if row is None else f"row {row}, counted from 0, holds"
    with pytest.raises(RoleError, match=rf"'severity' is numbers written as text \(.*{where}.*{cell}.*write plain num"):
        posed_problem(table, named, seed=0)
    dropped = posed_problem(table, planted.question, seed=0).encoded.dropped
    assert dropped["severity"].startswith("numbers written as text")


@pytest.mark.parametrize(
    "cells",
    [
        ["1.250,00 \u20ac", "3,50 \u20ac", "12.345.678,90 \u20ac"],
        ["$1,250.00", "-$3.50", "$ 12,345,678"],
        ["1 250", "17\u00a0000,5", "1'000'000.25", "3"],
        ["05,3", "14,5", ",5", "1,2e-3"],
        ["12%", "7.5 %", "<5"],
        ["45", "7", "130", "n/a"],
    ],
)
def test_numbers_in_words_are_numbers(cells: list[str]) -> None:
    assert are_numbers(pd.Series(cells))


@pytest.mark.parametrize(
    "cell",
    [
        lambda row: f"10.0.{row % 7}.{row}",
        lambda row: f"192.168.100.{100 + row}",
        lambda row: f"{1 + row % 28:02d}.{1 + row // 28:02d}.2000",
        lambda row: f"{1 + row % 28}.{1 + row // 28}.2000",
        lambda row: f"{row % 3}.{row % 10}.{row}",
        lambda row: f"{row % 3}.{row}" + ".1" * (row % 10 == 0),
        lambda row: f"{10_000 + 77 * row}" if row % 20 else "unknown",
        lambda row: f"{2_000 + 77 * row:05d}" + "-1234" * (row % 9 == 0),
        lambda row: f"{114 + row} {row % 90 + 10}",
        lambda row: f"00-{100 + row}",
        lambda row: f"{row:05d}" if row % 30 else "none",
        lambda row: f"{100 + row}" if row % 8 else f"V{row}",
        lambda row: f"{row}" + "a" * (row % 5 == 0),
    ],
    ids=[
        "address",
        "addresses of one net",
        "german date",
        "unpadded date",
        "version",
        "short and long versions",
        "postal code and a word",
        "long postal codes",
        "parted postal code",
        "dashed postal code",
        "padded",
        "diagnosis",
        "house",
    ],
)
def test_codes_that_look_like_numbers_are_never_refused(planted, cell) -> None:  # type: ignore[no-untyped-def]
    often = planted.table.assign(code=[cell(row % 40) for row in range(240)])
    encoded = encoded_confounders(often, ["idle", "code"])
    assert encoded.dropped == {}
    assert "code" in encoded.sources
    once = planted.table.head(100).assign(code=[cell(row) for row in range(100)])
    assert encoded_confounders(once, ["idle", "code"]).dropped == {
        "code": "identifier: nearly every row has its own text"
    }


def test_text_of_rare_values_alone_is_not_left_out_in_silence(planted) -> None:  # type: ignore[no-untyped-def]
    table = planted.table.assign(street=[f"street {row % 100}" for row in range(240)])
    reason = "text of which no value stands in 5 rows"
    assert encoded_confounders(table, ["idle", "street"]).dropped == {"street": reason}


def test_one_slip_among_numbers_does_not_make_them_codes(planted) -> None:  # type: ignore[no-untyped-def]
    written = planted.table["severity"].map("{:.3f}".format)
    written[17] = "1.2.3"
    dropped = encoded_confounders(planted.table.assign(severity=written), ["idle", "severity"]).dropped
    assert dropped == {"severity": "numbers written as text (row 17, counted from 0, holds '1.2.3')"}


def test_few_numbers_with_a_decimal_comma_are_kinds_with_a_warning(planted, estimate: Estimate) -> None:  # type: ignore[no-untyped-def]
    steps = [f"{5 + row % 20 / 2:.1f}".replace(".", ",") for row in range(240)]
    grades = [str(row % 9) if row % 9 else "none" for row in range(240)]
    table = planted.table.assign(dose=steps, grade=grades, two=np.where(np.arange(240) % 2, "0,5", "1,5"))
    named = replace(planted.question, confounders=("severity", "dose", "grade", "two"))
    problem = posed_problem(table, named, seed=0)
    assert problem.encoded.sources.count("dose") == 20
    assert list(problem.encoded.doubtful) == ["dose"]
    said = "dose may be numbers written as text (row 0, counted from 0, holds '5,0'), and was taken as kinds"
    assert any(warning.startswith(said) for warning in warnings_of(replace(estimate, problem=problem)))
    assert not any("taken as kinds" in warning for warning in warnings_of(estimate))


@pytest.mark.parametrize("name", ["K{}", "{:06d}", "{} Main Street", "2024/01/{}"])
def test_text_that_names_rows_is_no_number(planted, name: str) -> None:  # type: ignore[no-untyped-def]
    table = planted.table.assign(order=[name.format(row) for row in range(240)])
    assert encoded_confounders(table, ["idle", "order"]).dropped == {
        "order": "identifier: nearly every row has its own text"
    }
