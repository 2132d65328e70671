"""What must be refused is refused at the command line, before anything is played; what was played is never lost."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import api.cli
from api.cli import main
from experiments.whatif.folder import code_sha256

SMALL = Path(api.cli.__file__).parents[2] / "simulator" / "scenarios" / "small.yaml"
BOMB = "a: &a [x, x, x, x, x, x, x, x]\n" + "\n".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 8)}]"
    for before, name in zip("abcdefghij", "bcdefghijk", strict=True)
)


def _changed(pattern: str, replacement: str) -> str:
    text, count = re.subn(pattern, replacement, SMALL.read_text(encoding="utf-8"), count=1, flags=re.DOTALL)
    assert count == 1
    return text


WORLDS = {
    "a bomb of aliases": (BOMB, r"alias|anchor"),
    "a negative capacity": (_changed(r"wave_cap_orders: \d+", "wave_cap_orders: -5"), r"wave_cap_orders.*-5"),
    "negative labour": (_changed(r"pickers: \d+", "pickers: -1"), r"pickers.*-1"),
    "no nodes": (_changed(r"\nnodes:\n.*?\n\n", "\nnodes: []\n\n"), r"nodes"),
    "a billion orders a day": (
        _changed(r"orders_per_day: \d+", "orders_per_day: 1000000000"),
        r"orders_per_day.*10{6,}",
    ),
    "a rate that is no number": (_changed(r"orders_per_day: \d+", "orders_per_day: .nan"), r"orders_per_day"),
    "an endless rate": (_changed(r"orders_per_day: \d+", "orders_per_day: .inf"), r"orders_per_day"),
    "a share that is no number": (_changed(r"demand_share: [\d.]+", "demand_share: .nan"), r"demand_share"),
    "nothing": ("", r"empty"),
}
COMMANDS = {
    "whatif": ["--policies", "rules,explore:.5", "--out", "OUT"],
    "timeline": ["--order", "5", "--out", "OUT.png"],
    "simulate": ["--orders", "100", "--out", "OUT"],
}


def _asked(command: str, scenario: str, out: Path) -> list[str]:
    rest = [word.replace("OUT", str(out)) for word in COMMANDS[command]]
    return ["routecause", command, scenario, *rest]


def _refused(asked: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    monkeypatch.setattr(sys, "argv", asked)
    with pytest.raises(SystemExit) as left:
        main.run()
    assert left.value.code == 2
    return capsys.readouterr().err


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("world", WORLDS)
def test_a_world_that_cannot_be_is_told_in_a_line_and_nothing_is_written(
    world: str, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text, message = WORLDS[world]
    scenario = tmp_path / "world.yaml"
    scenario.write_text(text, encoding="utf-8")
    error = _refused(_asked(command, str(scenario), tmp_path / "out"), monkeypatch, capsys)
    assert error.startswith("error: ")
    assert str(scenario) in error
    assert re.search(message, error)
    assert [path.name for path in tmp_path.iterdir()] == ["world.yaml"]


@pytest.mark.parametrize("command", ["whatif", "timeline"])
@pytest.mark.parametrize("scenario", ["small", "dataco"])
def test_a_billion_orders_are_refused_with_what_they_would_take(
    command: str, scenario: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = [*_asked(command, scenario, tmp_path / "out"), "--orders", "1000000000"]
    error = _refused(asked, monkeypatch, capsys)
    assert re.search(r"would take about [\d,]+\.\d h and [\d,]+\.\d GB; .*--force", error)
    assert not any(tmp_path.iterdir())


def _study(out: Path) -> list[str]:
    return [
        *("small", "--policies", "rules,explore:.5", "--orders", "250", "--warm-up", "0.05", "--workers", "1"),
        *("--replications", "12", "--json", "--out", str(out)),
    ]


def _printed(asked: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    monkeypatch.setattr(sys, "argv", ["routecause", "whatif", *asked])
    with pytest.raises(SystemExit) as left:
        main.run()
    assert not left.value.code
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    return told


def test_ctrl_c_keeps_what_is_finished_and_the_same_command_goes_on_from_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cut, n_all = tmp_path / "cut", 24
    # The other process reads the sources now, and so does this one.
    code_sha256.cache_clear()
    command = [sys.executable, "-c", "from api.cli.main import run; run()", "whatif", *_study(cut)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)  # noqa: S603
    deadline = time.monotonic() + 120
    while len(_finished(cut)) < 3 and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)
    before = _finished(cut)
    assert process.returncode == 130
    assert "finished replications are kept" in told
    assert 3 <= len(before) < n_all
    resumed = _printed(_study(cut), monkeypatch, capsys)
    assert (resumed["n_resumed"], resumed["n_played"]) == (len(before), n_all - len(before))
    assert {name: when for name, when in _finished(cut).items() if name in before} == before
    whole = _printed(_study(tmp_path / "whole"), monkeypatch, capsys)
    assert [whole[name] == resumed[name] for name in ("contenders", "comparisons", "frontiers")] == [True] * 3


def _finished(out: Path) -> dict[str, int]:
    folder = out / "replications"
    names = sorted(folder.glob("[!.]*.parquet")) if folder.exists() else []
    return {path.name: path.stat().st_mtime_ns for path in names}
