"""From a shop's file to a world by the two commands, and what they say when they cannot."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from api.cli.main import run
from simulator.scenario.loading import load_scenario

Command = Callable[..., tuple[int, str, str]]
MAPPING = """
version: 1
source: {name: shop}
rows: order
fields:
  order_id: {column: id}
  ordered_at: {column: at}
  service_level: {column: speed}
  region: {column: place}
  promised_hours: {column: promise, unit: hours}
  delivered_hours: {column: took, unit: hours}
"""


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    def call(*arguments: str | Path) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["routecause", *map(str, arguments)])
        with pytest.raises(SystemExit) as left:
            run()
        said = capsys.readouterr()
        return int(left.value.code or 0), said.out, said.err

    return call


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    lines = [
        f"o{n},2024-0{1 + n % 6}-{1 + n % 27:02}T{n % 24:02}:30Z,standard class,Canada,96,{60 + n % 40}"
        for n in range(400)
    ]
    (tmp_path / "shop.csv").write_text("id,at,speed,place,promise,took\n" + "\n".join(lines), encoding="utf-8")
    (tmp_path / "mapping.yaml").write_text(MAPPING, encoding="utf-8")
    return tmp_path


def test_a_folder_and_a_raw_file_give_the_same_world(command: Command, shop: Path) -> None:
    code, said, _ = command("ingest", shop / "shop.csv", "--mapping", shop / "mapping.yaml", "--out", shop / "history")
    assert (code, "400 rows in, 400 kept, 0 set aside" in said) == (0, True)
    assert command("calibrate", shop / "history", "--out", shop / "a" / "world.yaml")[0] == 0
    raw = ("calibrate", shop / "shop.csv", "--mapping", shop / "mapping.yaml")
    code, said, warned = command(*raw, "--out", shop / "b" / "world.yaml")
    assert (shop / "a" / "world.yaml").read_bytes() == (shop / "b" / "world.yaml").read_bytes()
    assert "from 400 orders of shop" in said
    assert "warning: the history does not say what orders are worth" in warned
    assert load_scenario(shop / "a" / "world.yaml").regions[0].region_id == "Canada"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("shop.csv", "--out", "w.yaml"), "needs --mapping"),
        (("shop.csv", "--mapping", "mapping.yaml", "--out", "w.txt"), "ends in .yaml"),
        (
            ("shop.csv", "--mapping", "mapping.yaml", "--out", "w.yaml", "--base", "narnia"),
            "no scenario 'narnia' ships",
        ),
        (("none.csv", "--mapping", "mapping.yaml", "--out", "w.yaml"), "cannot be read"),
        ((".", "--out", "w.yaml"), "no readable manifest"),
        ((".", "--mapping", "mapping.yaml", "--out", "w.yaml"), "already ingested; leave --mapping out"),
    ],
)
def test_calibrate_says_in_one_line_what_is_wrong(
    arguments: tuple[str, ...], said: str, command: Command, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(shop)
    code, _, error = command("calibrate", *arguments)
    assert code == 2
    assert error.startswith("error: ")
    assert said in error
    assert error.count("\n") == 1
    assert sorted(path.name for path in shop.iterdir()) == ["mapping.yaml", "shop.csv"]


def test_ingest_stops_with_row_and_column_or_sets_aside(command: Command, shop: Path) -> None:
    text = (shop / "shop.csv").read_text(encoding="utf-8").replace("o7,2024", "o7,2O24")
    (shop / "shop.csv").write_text(text, encoding="utf-8")
    arguments = ("ingest", shop / "shop.csv", "--mapping", shop / "mapping.yaml", "--out", shop / "history")
    code, _, error = command(*arguments)
    assert (code, "shop.csv, row 9, column 'at': '2O24" in error) == (2, True)
    assert not (shop / "history").exists()
    code, said, _ = command(*arguments, "--set-aside")
    assert (code, "399 kept, 1 set aside" in said) == (0, True)
