from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

import pytest

import api.cli
from api.cli import main

PAGE = Path(api.cli.__file__).parents[2] / "docs" / "what-if.md"
COMMANDS = [
    command
    for block in re.findall(r"```console\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    for command in block.strip().splitlines()
]


def _smaller(asked: list[str], out: Path) -> list[str]:
    """The command as it stands, with few orders and runs: of an option that comes twice the last counts."""
    if asked[1] == "timeline":
        return [*asked, "--orders", "1000", "--out", str(out / "order.png")]
    n_runs = ["10", "--max-replications", "10"] if "--until" in asked else ["2"]
    # A warm start waits for the outage at eight in the morning; others need no past.
    n_orders, start = ("520", []) if "--warm-start" in asked else ("150", ["--warm-up", "0.02"])
    size = ["--orders", n_orders, "--replications", *n_runs, "--workers", "1", "--confidence", "0.9"]
    return [*asked, *size, *start, "--out", str(out / "study"), "--home", str(out / "home")]


@pytest.mark.parametrize("command", COMMANDS)
def test_the_commands_of_the_page_do_what_it_says(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = shlex.split(command)
    needs_a_model = "causal" in command
    if needs_a_model:
        # Everything before the model is asked for is read; a number of replications has no place beside a race.
        asked = [*asked, "--out", str(tmp_path / "study"), "--home", str(tmp_path / "home")]
    monkeypatch.setattr(sys, "argv", asked if needs_a_model else _smaller(asked, tmp_path))
    with pytest.raises(SystemExit) as left:
        main.run()
    told = capsys.readouterr()
    if needs_a_model:
        assert "no champion is on the shelf" in told.err
    else:
        assert not left.value.code, told.err
        assert list(tmp_path.glob("*/report.html")) or (tmp_path / "order.png").exists()


def test_the_page_shows_every_kind_of_study() -> None:
    said = " ".join(COMMANDS)
    for option in ("--until", "--indifference", "--warm-start", "--sweep", "--stress", "timeline"):
        assert option in said
