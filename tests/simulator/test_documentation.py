"""What docs/simulator.md says can be done can be done."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli.scenarios import app
from decision.exploration import RulePolicy
from simulator.reference_policies import UniformCompensation
from simulator.run import WorldRun, simulate
from simulator.scenario.disruptions import Disruption
from simulator.scenario.loading import load_scenario, shipped_scenarios
from simulator.scenario.schema import Scenario

PAGE = (Path(__file__).parents[2] / "docs" / "simulator.md").read_text(encoding="utf-8")
runner = CliRunner()


@pytest.fixture
def worked_example(tmp_path: Path) -> Path:
    (block,) = re.findall(r"```yaml\n(.*?)```", PAGE, flags=re.DOTALL)
    path = tmp_path / "flu_week.yaml"
    path.write_text(block)
    return path


def test_the_worked_example_is_a_world_and_shows_what_it_says(worked_example: Path, small: Scenario) -> None:
    assert runner.invoke(app, ["validate", str(worked_example)]).exit_code == 0
    changed = {
        item["path"] for item in json.loads(runner.invoke(app, ["diff", "small", str(worked_example), "--json"]).stdout)
    }
    assert {"demand.orders_per_day", "nodes.duisburg.reporting_interval_hours"} < changed
    waits = [wait_at(play(scenario), "duisburg") for scenario in (load_scenario(worked_example), small)]
    assert waits[0] > 1.5 * waits[1]


def play(scenario: Scenario) -> WorldRun:
    return simulate(scenario, RulePolicy(), UniformCompensation(), n_orders=1_200, seed=3)


def wait_at(run: WorldRun, node_id: str) -> float:
    """Mean hours from order to collection at a node."""
    nodes = [run.stage.scenario.nodes[run.stage.table.lanes[place].node].node_id for place in run.lane_of]
    waits = [
        shipped - placed
        for node, shipped, placed in zip(
            nodes, run.record.shipped_at_hours, run.stage.demand.placed_at_hours, strict=True
        )
        if node == node_id
    ]
    return float(sum(waits) / len(waits))


def test_the_misspelt_path_is_refused_as_the_page_says(worked_example: Path) -> None:
    (promised,) = re.findall(r"^error: (flu_week.yaml: changes: .*)$", PAGE, flags=re.MULTILINE)
    worked_example.write_text(
        worked_example.read_text().replace("nodes.duisburg.rep", "nodes.dusburg.pick_minutes.rep")
    )
    told = runner.invoke(app, ["validate", str(worked_example)])
    assert promised.split("changes: ")[1].split(": ", 1)[1] in str(told.exception)


def test_the_page_lists_every_scenario_and_every_kind_of_disruption() -> None:
    listed = re.findall(r"^\| `([a-z_]+)` \|", PAGE, flags=re.MULTILINE)
    kinds = [kind.model_fields["kind"].annotation.__args__[0] for kind in Disruption.__origin__.__args__]  # type: ignore[attr-defined]
    assert sorted(name for name in listed if name != "kind") == sorted([*shipped_scenarios(), *kinds])
