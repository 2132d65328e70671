"""What the promise study counts, on promises whose fate is made up, and in a small world."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from experiments.promise_study import attainment_summary, main, summary


def rows(n_inside: int, n_after: int, doubted: bool = False) -> pd.DataFrame:
    n = n_inside + n_after
    inside = [place < n_inside for place in range(n)]
    return pd.DataFrame(
        {
            "decider": "explore",
            "seed": [place % 2 for place in range(n)],
            "day": 1,
            "inside": inside,
            "before": False,
            "after": [not held for held in inside],
            "kept": inside,
            "by_median": [place % 2 == 0 for place in range(n)],
            "by_quote": False,
            "width_hours": 10.0,
            "said_late": 0.25,
            "was_late": [place % 4 == 0 for place in range(n)],
            "doubted": doubted,
        }
    )


def test_shares_are_those_of_the_arrivals() -> None:
    every, sure = summary(pd.concat([rows(36, 4), rows(20, 20, doubted=True)]))
    assert (every["inside"], every["after"], every["n"]) == (0.7, 0.3, 80)
    assert (sure["inside"], sure["kept"], sure["share"]) == (0.9, 0.9, 0.5)
    assert (sure["by_median"], sure["width_hours"]) == (0.5, 10.0)


def test_honest_chances_show_no_error() -> None:
    (line, _) = summary(rows(40, 0))
    assert (line["said_late"], line["was_late"], line["ece"]) == (0.25, 0.25, pytest.approx(0.0))


def test_intervals_of_attainments_are_counted_by_what_they_hold() -> None:
    plain = pd.DataFrame({"seed": [1, 2] * 5, "day": 1, "doubted": False, "held": [True] * 8 + [False] * 2})
    every, _ = attainment_summary(plain.assign(width=0.2, error=0.0))
    assert (every["held"], every["width"]) == (0.8, pytest.approx(0.2))


def test_the_study_can_be_rerun_and_ends_with_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    few = {"worlds": "small", "taught": 800, "orders": 500, "judged": 40, "played": 8, "redraws": 2, "runs": 1}
    main([word for name, value in few.items() for word in (f"--{name}", str(value))])
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert {line["decider"] for line in found["arrivals"]} == {"explore", "causal"}
    assert all(0.5 < line["inside"] <= 1 for line in found["arrivals"])
    assert found["attainments"]
    assert found["promise_ms"]["p50"] > 0
