"""The picture of a day shows what the run did."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from api.cli import main
from api.cli.scenarios import app
from simulator.day import Window, collections, orders_per_hour, orders_until, severity, waiting
from simulator.day_figure import day_figure
from simulator.errors import SimulatorError
from simulator.run import WorldRun
from simulator.scenario.schema import Scenario

DAY = Window.of_days(1, 1)
PNG = b"\x89PNG\r\n\x1a\n"


def test_what_waits_is_what_came_and_has_not_left(uniform_run: WorldRun) -> None:
    moments = DAY.grid()
    total = sum(waiting(uniform_run, node, moments) for node in range(5))
    placed, shipped = uniform_run.stage.demand.placed_at_hours, np.array(uniform_run.record.shipped_at_hours)
    expected = [(placed <= moment).sum() - (shipped <= moment).sum() for moment in moments]
    assert np.array_equal(total, expected)
    assert (np.array(total) >= 0).all()


def test_every_parcel_leaves_with_one_of_the_collections_drawn(uniform_run: WorldRun) -> None:
    shipped = np.array(uniform_run.record.shipped_at_hours)
    drawn = [calls for node in range(5) for calls in collections(uniform_run, node, DAY)]
    assert sum(int(calls.n_parcels.sum()) for calls in drawn) == int((shipped < 24).sum())
    assert {len(calls.at_hours) for calls in drawn} == {2, 3}


def test_the_window_holds_its_hours(uniform_run: WorldRun) -> None:
    two_days = Window.of_days(1, 2)
    assert len(orders_per_hour(uniform_run, two_days)) == 48
    assert severity(uniform_run, two_days).shape == (6, 48)
    assert orders_per_hour(uniform_run, two_days).sum() == 1_500


def test_orders_are_counted_to_the_end_of_the_day(small: Scenario) -> None:
    assert abs(orders_until(small, 3, DAY) - 1_500 * 1.15) < 4 * 1_725**0.5
    with pytest.raises(SimulatorError, match="choose an earlier day"):
        orders_until(small, 3, Window.of_days(300, 1))
    late = small.model_copy(update={"demand": small.demand.model_copy(update={"orders_per_day": 1e-3})})
    with pytest.raises(SimulatorError, match="choose a later day"):
        orders_until(late, 3, DAY)


def test_the_figure_has_a_panel_for_weather_for_demand_and_for_every_node(uniform_run: WorldRun) -> None:
    figure = day_figure(uniform_run, DAY)
    assert [panel.get_ylabel() for panel in figure.axes[2:]] == ["hamburg", "duisburg", "leipzig", "nuremberg", "basel"]
    figure.draw_without_rendering()


def test_one_command_draws_a_day(tmp_path: Path) -> None:
    out = tmp_path / "day.png"
    told = CliRunner().invoke(app, ["figure", "node_outage", "--out", str(out)])
    assert told.exit_code == 0, told.output
    assert out.read_bytes().startswith(PNG)


def test_a_figure_that_cannot_be_written_is_an_error_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "absent" / "day.png"
    monkeypatch.setattr(sys, "argv", ["routecause", "scenarios", "figure", "small", "--out", str(out)])
    with pytest.raises(SystemExit) as left:
        main.run()
    assert left.value.code == 2
    assert "absent/day.png: cannot be written" in capsys.readouterr().err


def test_a_world_too_large_for_a_picture_is_refused(uniform_run: WorldRun) -> None:
    scenario = uniform_run.stage.scenario.model_copy(update={"nodes": uniform_run.stage.scenario.nodes * 100})
    crowded = replace(uniform_run, stage=replace(uniform_run.stage, scenario=scenario))
    with pytest.raises(SimulatorError, match="500 nodes and 6 regions are too many"):
        day_figure(crowded, DAY)
