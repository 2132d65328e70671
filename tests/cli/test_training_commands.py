"""The commands that simulate and train, from the outside: what is written, printed and returned."""

from __future__ import annotations

import json
import socket
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from api.cli.main import run
from data.decision_log.dataset import DecisionLog
from data.manifest import read_manifest


class Console:
    """The command line with its output caught."""

    def __init__(self, patch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[str]) -> None:
        self._patch, self._capture = patch, capture

    def __call__(self, *words: str) -> tuple[int, str, str]:
        self._patch.setattr(sys, "argv", ["routecause", *words])
        with pytest.raises(SystemExit) as left:
            run()
        out, err = self._capture.readouterr()
        return int(left.value.code or 0), out, err


@pytest.fixture
def console(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Console:
    return Console(monkeypatch, capsys)


def simulate(console: Console, out: Path, *more: str) -> tuple[int, str, str]:
    return console("simulate", "small", "--out", str(out), "--orders", "200", "--seed", "3", *more)


def test_a_log_and_its_truth_are_written_apart(console: Console, tmp_path: Path) -> None:
    code, out, _ = simulate(console, tmp_path / "data", "--truth")
    assert code == 0
    assert "200 orders" in out
    log = DecisionLog.load(tmp_path / "data" / "log")
    assert len(log.orders) == 200
    truth = read_manifest(tmp_path / "data" / "truth")
    assert truth["kind"] == "potential_outcomes"
    assert not list((tmp_path / "data" / "log").glob("*truth*"))


def test_more_futures_than_orders_are_held_out_is_told(console: Console, tmp_path: Path) -> None:
    asked = ["simulate", "small", "--orders", "20", "--seed", "3", "--truth", "--redrawn"]
    code, out, _ = console(*asked, "50", "--out", str(tmp_path / "all"))
    assert code == 0
    assert "futures of 6 held-out orders redrawn, of 50 asked for: no more are held out" in out
    assert read_manifest(tmp_path / "all" / "truth")["n_redrawn_orders"] == 6
    # Neighbours share their futures: a few are a group, and never none.
    assert "futures of 6 held-out orders redrawn\n" in console(*asked, "5", "--out", str(tmp_path / "few"))[1]


def test_a_picture_is_not_written_under_a_name_that_is_none(console: Console, tmp_path: Path) -> None:
    code, _, complaint = console("graph", "routing", "--out", str(tmp_path / "graph.xyz"))
    assert code == 2
    assert ".svg" in complaint
    assert not list(tmp_path.iterdir())
    assert console("graph", "routing", "--out", str(tmp_path / "graph.SVG"))[0] == 0


def test_the_same_seed_gives_the_same_bytes_and_another_gives_others(console: Console, tmp_path: Path) -> None:
    for name in ("a", "b"):
        simulate(console, tmp_path / name, "--truth")
    console("simulate", "small", "--out", str(tmp_path / "c"), "--orders", "200", "--seed", "4", "--truth")
    files = [read_manifest(tmp_path / name)["files"] for name in "abc"]
    assert files[0] == files[1] != files[2]


def test_the_rules_leave_no_doubt_about_what_they_do(console: Console, tmp_path: Path) -> None:
    simulate(console, tmp_path / "data", "--policy", "rules")
    candidates = DecisionLog.load(tmp_path / "data" / "log").candidates
    assert (candidates["propensity"] == candidates["is_default"]).all()
    assert (candidates["is_chosen"] == candidates["is_default"]).all()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("simulate", "nowhere", "--out", "{tmp}/x"), "no scenario 'nowhere'"),
        (("simulate", "small", "--out", "{tmp}/x", "--policy", "magic"), "no policy is called 'magic'"),
        (("simulate", "small", "--out", "{tmp}/x", "--policy", "causal:{tmp}/none"), "no intact artefact"),
        (("simulate", "small", "--out", "{tmp}/taken"), "was not written by routecause"),
        (("train", "--log", "{tmp}/missing"), "missing"),
        (("train", "--log", "{tmp}/taken"), "no readable manifest"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line_and_exits_with_2(
    console: Console, tmp_path: Path, words: tuple[str, ...], told: str
) -> None:
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "mine.txt").write_text("keep me")
    code, out, err = console(*(word.format(tmp=tmp_path) for word in words))
    assert (code, out) == (2, "")
    assert err.count("error: ") == 1
    assert told in err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["taken"]


def test_a_log_that_was_changed_is_not_trained_on(console: Console, tmp_path: Path) -> None:
    simulate(console, tmp_path / "data")
    path = tmp_path / "data" / "log" / "outcomes.parquet"
    path.write_bytes(path.read_bytes()[:-1] + b"\0")
    code, _, err = console("train", "--log", str(tmp_path / "data"), "--home", str(tmp_path / "home"))
    assert code == 2
    assert "missing or changed" in err
    assert not (tmp_path / "home").exists()


def test_a_log_too_short_to_learn_from_says_so(console: Console, tmp_path: Path) -> None:
    simulate(console, tmp_path / "data")
    code, _, err = console("train", "--log", str(tmp_path / "data"), "--home", str(tmp_path / "home"))
    assert code == 2
    assert "200 orders, fewer than 400" in err


@pytest.mark.slow
def test_a_model_of_a_log_that_teaches_nothing_is_registered_but_serves_nothing(
    console: Console, tmp_path: Path
) -> None:
    console("simulate", "dataco", "--out", str(tmp_path / "data"), "--orders", "5000", "--exploration", "1")
    shuffled(DecisionLog.load(tmp_path / "data" / "log")).save(tmp_path / "nonsense", {})
    code, out, _ = console("train", "--log", str(tmp_path / "nonsense"), "--home", str(tmp_path / "home"), "--json")
    told = json.loads(out)
    assert code == 3
    assert told["promoted"] is False
    assert told["mlflow"]["model_version"] == "1"
    refused = {check["name"] for check in told["checks"] if check["outcome"] == "refused"}
    assert {"routing.logged_gain_upper", "compensation.logged_gain_upper"} & refused
    assert not (tmp_path / "home" / "models" / "routecause" / "aliases").exists()


def shuffled(log: DecisionLog) -> DecisionLog:
    """Every order and incident with the outcome of another: what was done and what came of it have parted."""
    rng = np.random.default_rng(5)
    outcomes, incidents = log.outcomes.copy(), log.incidents.copy()
    for table, columns in (
        (outcomes, list(outcomes.columns[1:])),
        (incidents, ["repurchase_90d", "churn_90d", "cost_minor"]),
    ):
        table[columns] = table[columns].iloc[rng.permutation(len(table))].set_axis(table.index)
    return replace(log, outcomes=outcomes, incidents=incidents)


def test_a_port_that_is_taken_is_told_before_anything_is_simulated(console: Console, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, _, err = console("demo", "--home", str(tmp_path / "home"), "--port", str(port))
    assert code == 2
    assert f"--port {port + 1}" in err.replace("\n", " ")
    assert not (tmp_path / "home").exists()
