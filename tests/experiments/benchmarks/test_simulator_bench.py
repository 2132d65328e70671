"""The bench says what it measured, holds it against the goals, and never fails because a goal is missed."""

from __future__ import annotations

import builtins
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from api.cli.main import app
from data.errors import InputFileError
from experiments.benchmarks.goals import Goal, judged, readable
from experiments.benchmarks.simulator import bench
from experiments.benchmarks.simulator.run_speed import large_run
from experiments.benchmarks.simulator.sizes import Size
from experiments.benchmarks.simulator.waiting_line import erlang_c_wait, mmc_figures
from experiments.benchmarks.simulator.where_time_goes import where_time_goes
from experiments.errors import BenchmarkError
from simulator.scenario.loading import load_scenario

KEYS = (
    "orders_per_s",
    "orders_per_s_1m",
    "events_per_order",
    "fraction_of_bare_simpy_loop",
    "ratio_to_process_style",
    "mmc_ratio_to_ciw",
    "branch_ms_48h",
    "coalesced_branch_ms_median",
    "bulk_branches_per_s",
    "bulk_exact_share",
    "peak_rss_mb",
    "machine",
    "versions",
    "profile",
)
TINY = Size(400, 500, 1, 5_000, 300, 400, 400, 4)


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(bench, "QUICK", TINY)
    monkeypatch.setattr(bench, "richest_scenario", lambda: load_scenario("small"))
    return iter(())


@pytest.mark.usefixtures("tiny")
def test_the_command_ends_well_with_one_json_object_of_every_figure(tmp_path: Path) -> None:
    out = tmp_path / "figures.json"
    done = CliRunner().invoke(app, ["bench", "simulator", "--quick", "--json", "--out", str(out)])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout.splitlines()[-1])
    assert found == json.loads(out.read_text(encoding="utf-8"))
    assert set(KEYS) <= set(found)
    assert found["form"] == "quick"
    assert found["orders_per_s"] > 0
    assert found["events_per_order"] > 3
    assert sum(found["profile"]["parts"].values()) == pytest.approx(1)
    # What a quick form does not play has no figure under a name that says a million.
    for name in ("orders_per_s_1m", "peak_rss_mb"):
        assert found[name] is None
        assert "quick form plays 500 orders" in found["reasons"][name]
    assert found["large_run"]["n_orders"] == 500
    assert 0.9 < found["bulk_exact_share"] <= 1.0
    assert found["coalesced_branch_ms_median"] > 0
    assert "quick form" in done.stderr


def test_a_file_that_cannot_be_written_is_refused_before_anything_is_measured(tmp_path: Path) -> None:
    for out in (tmp_path, tmp_path / "absent" / "figures.json"):
        done = CliRunner().invoke(app, ["bench", "simulator", "--quick", "--out", str(out)])
        assert isinstance(done.exception, InputFileError)
        assert "name a file in a folder that exists" in str(done.exception)


def test_without_ciw_its_ratio_is_missing_with_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    real_import = builtins.__import__

    def no_ciw(name: str, *rest: Any, **named: Any) -> Any:
        if name == "ciw":
            raise ImportError(name)
        return real_import(name, *rest, **named)

    monkeypatch.delitem(sys.modules, "ciw", raising=False)
    monkeypatch.setattr(builtins, "__import__", no_ciw)
    found = mmc_figures(300, 1)
    assert found["mmc_ratio_to_ciw"] is None
    assert "make setup" in bench._reasons(found)["mmc_ratio_to_ciw"]


@pytest.mark.usefixtures("tiny")
def test_a_part_that_fails_takes_its_own_figures_along_and_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> dict[str, Any]:
        msg = "the two styles disagree"
        raise BenchmarkError(msg)

    for part in ("branch_figures", "mmc_figures", "large_run", "where_time_goes"):
        monkeypatch.setattr(bench, part, lambda *_: {})
    monkeypatch.setattr(bench, "large_run", broken)
    monkeypatch.setattr(bench, "ratio_to_process_style", broken)
    told: list[str] = []
    found = bench.simulator_figures(quick=True, say=told.append)
    assert found["orders_per_s"] > 0
    for name in ("ratio_to_process_style", "orders_per_s_1m", "peak_rss_mb"):
        assert found[name] is None
        assert found["reasons"][name] == "the two styles disagree"
    assert found["goals"]["ratio_to_process_style"]["met"] is None
    assert any("failed: the two styles disagree" in line for line in told)


def test_node_and_clock_play_the_same_line_and_erlang_knows_its_wait() -> None:
    waits = mmc_figures(40_000, 1)["mmc"]["mean_wait_in_services"]
    assert waits["node"] == pytest.approx(waits["clock"], rel=1e-3)
    # Waits at a load of .9 hang together over thousands of customers: this is about two standard errors.
    assert waits["node"] == pytest.approx(erlang_c_wait(10, 0.9), rel=0.25)


def test_a_goal_is_met_at_its_bound_and_silent_without_a_value() -> None:
    floor, ceiling = Goal("speed", 4.0, True, "fast"), Goal("memory", 10.0, False, "lean")
    assert [floor.met_by(value) for value in (4.0, 3.9, None)] == [True, False, None]
    assert [ceiling.met_by(value) for value in (10.0, 10.1)] == [True, False]
    assert judged([floor], {"speed": 5.0}) == {"speed": {"value": 5.0, "goal": ">= 4", "met": True}}
    assert readable([ceiling], {}, {"memory": "not measured"}) == [("memory", "-", "<= 10", "-", "not measured")]


def test_time_is_charged_to_who_spends_it() -> None:
    def busy() -> None:
        for _ in range(300):
            np.sort(np.random.default_rng(1).random(50_000))

    found = where_time_goes(busy)
    if found is None:
        pytest.skip("this system has no interval timer")
    assert found["parts"]["other"] > 0.9


def test_a_large_run_that_dies_is_told_in_a_sentence() -> None:
    with pytest.raises(BenchmarkError, match=r"the run of 0 orders ended with code 1: .*at least 1 order"):
        large_run(load_scenario("small"), 0)
