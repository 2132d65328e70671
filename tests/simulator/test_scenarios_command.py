"""`routecause scenarios` tells of scenarios what can be told without running them."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from api.cli import main
from api.cli.scenarios import app
from simulator.scenario.loading import load_scenario, scenario_hash, shipped_scenarios

runner = CliRunner()


def test_list_names_every_scenario_and_what_it_is_for() -> None:
    told = runner.invoke(app, ["list"])
    assert told.exit_code == 0
    lines = told.stdout.splitlines()
    assert [line.split()[0] for line in lines] == shipped_scenarios()
    plain = json.loads(runner.invoke(app, ["list", "--json"]).stdout)
    assert [item["name"] for item in plain] == shipped_scenarios()
    assert all(item["description"] in told.stdout for item in plain)


@pytest.mark.parametrize("name", ["small", "customs_jam"])
def test_what_show_writes_is_the_same_world_again(name: str, tmp_path: Path) -> None:
    told = runner.invoke(app, ["show", name])
    assert told.exit_code == 0
    path = tmp_path / "shown.yaml"
    path.write_text(told.stdout)
    assert scenario_hash(load_scenario(path)) == scenario_hash(load_scenario(name))
    plain = json.loads(runner.invoke(app, ["show", name, "--json"]).stdout)
    assert plain["hash"] == scenario_hash(load_scenario(name))
    assert plain["scenario"] == yaml.safe_load(told.stdout)


def test_diff_tells_what_the_heir_changes_and_by_its_exit_code() -> None:
    told = runner.invoke(app, ["diff", "small", "normal_week"])
    assert told.stdout == "weather.fronts_per_day: 0.8 -> 0.3\n"
    assert told.exit_code == 1
    (storm,) = json.loads(runner.invoke(app, ["diff", "small", "storm", "--json"]).stdout)
    assert (storm["path"], storm["left"]) == ("disruptions.0", None)
    assert json.loads(storm["right"])["regions"] == ["west", "centre"]
    same = runner.invoke(app, ["diff", "small", "small"])
    assert (same.exit_code, same.stdout) == (0, "")


def test_validate_says_what_world_it_is(tmp_path: Path) -> None:
    told = runner.invoke(app, ["validate", "node_outage"])
    assert told.exit_code == 0
    assert "node_outage: valid; 5 nodes, 3 carriers, 6 regions, 1,500 orders a day, disruptions: 1" in told.stdout
    plain = json.loads(runner.invoke(app, ["validate", "node_outage", "--json"]).stdout)
    assert plain["hash"] == scenario_hash(load_scenario("node_outage"))


def test_validate_can_balance_the_books_of_a_played_world() -> None:
    told = runner.invoke(app, ["validate", "carrier_strike", "--audit", "100"])
    assert told.exit_code == 0, told.output
    assert "books of orders, hands, units and money balance after each of " in told.stdout


def test_what_is_wrong_is_one_line_and_exit_code_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("name: mine\nbase: small\nchanges: {nodes.lepzig.pick_minutes: 4}\n")
    monkeypatch.setattr(sys, "argv", ["routecause", "scenarios", "validate", str(path)])
    with pytest.raises(SystemExit) as left:
        main.run()
    assert left.value.code == 2
    assert "did you mean 'leipzig'?" in capsys.readouterr().err
