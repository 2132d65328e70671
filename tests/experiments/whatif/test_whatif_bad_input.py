from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from api.cli import main

CASES = [
    (["--policies", "rules,casual"], "did you mean 'causal'"),
    (["--policies", "rules,"], "no policy is called ''"),
    (["--policies", "rules,rules"], "comes twice"),
    (["--policies", "explore:.3,explore:0.30"], "is the same as 'explore:.3'"),
    (["--policies", "rules,explore:2"], "no share from 0 to 1"),
    (["--policies", "rules:1,explore"], "nothing after a colon"),
    (["--policies", "rules,explore@fast"], "decides without weights"),
    (["--policies", "rules,causal"], "no champion is on the shelf"),
    (["--policies", "rules,causal:/nowhere"], "no intact artefact"),
    (["--policies", "rules,causal@tiem=.5"], "did you mean 'time'"),
    (["--policies", "rules"], "leaves nothing to compare"),
    (["--policies", "rules,explore", "--weights", "time=.9,cost=.4"], "sum to 1.3"),
    (["--policies", "rules,explore", "--weights", "time=nan"], "share from 0 to 1"),
    (["--policies", "rules,explore", "--orders", "0"], "at least 1 order"),
    (["--policies", "rules,explore", "--days", "nan"], "positive number of days"),
    (["--policies", "rules,explore", "--seed", "-1"], "seed is -1"),
    (["--policies", "rules,explore", "--until", "objective=0"], "positive number"),
    (["--policies", "rules,explore", "--until", "objectiv=5"], "did you mean 'objective'"),
    (["--policies", "rules,explore", "--until", "objective=5", "--replications", "3"], "10"),
    (["--policies", "rules,explore", "--replications", "1"], "give from 2"),
    (["--policies", "rules,explore", "--max-replications", "9"], "bounds a sequential study"),
    (["--policies", "rules,explore", "--warm-up", "-1"], "0 or more"),
    (["--policies", "rules,explore", "--workers", "0"], "give from 1"),
    (["--policies", "rules,explore", "--confidence", "1"], "probability"),
    (["--policies", "rules,explore", "--orders", "50000000"], r"this would take about \d+\.\d h and .* GB; .*--force"),
    (["--policies", "rules,explore", "--target", "90%"], "add --stress"),
    (["--policies", "rules,explore", "--stress", "1:2"], "is no range"),
    (["--policies", "rules", "--stress", "1:2:1", "--until", "objective=5"], "name a second"),
    (["--policies", "rules,explore", "--sweep", "cost=0:1:3"], "names none without weights"),
    (["--policies", "rules,explore", "--warm-start"], "nothing happens in the scenario"),
    (["--policies", "rules,explore", "--from", "2x"], "is no moment"),
    (["--policies", "rules,explore", "--from", "1d", "--past", "rule"], "did you mean 'rules'"),
    (["no_such_world", "--policies", "rules,explore"], "no scenario"),
    (["small", "--policies", "rules,explore"], "scenario 'small' comes twice"),
]


@pytest.mark.parametrize(("arguments", "message"), CASES)
def test_what_cannot_be_played_is_told_before_anything_is_written(
    arguments: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "study"
    error = _refusal(["small", *arguments, "--out", str(out), "--home", str(tmp_path / "home")], monkeypatch, capsys)
    assert error.startswith("error: ")
    assert re.search(message, error)
    assert not out.exists()


def test_a_folder_of_somebody_else_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "thesis.txt").write_text("three years of work", encoding="utf-8")
    asked = ["small", "--policies", "rules,explore", "--fresh", "--out", str(tmp_path)]
    assert "holds no what-if study" in _refusal(asked, monkeypatch, capsys)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_folder_below_a_file_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    asked = ["small", "--policies", "rules,explore", "--orders", "10", "--out", str(tmp_path / "file" / "study")]
    assert "cannot be written" in _refusal(asked, monkeypatch, capsys)


def _refusal(arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    monkeypatch.setattr(sys, "argv", ["routecause", "whatif", *arguments])
    with pytest.raises(SystemExit) as left:
        main.run()
    assert left.value.code == 2
    return capsys.readouterr().err
