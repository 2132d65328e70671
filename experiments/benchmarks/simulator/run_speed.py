"""Orders and events per second of whole runs: the world under the rules, observations and decisions written down."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from experiments.benchmarks.simulator.sizes import Size
from experiments.benchmarks.timing import medians_in_turns
from experiments.errors import BenchmarkError
from experiments.policies import DEFAULT_EXPLORATION, RULES, policies_named
from simulator.bare_loop import BareLoop
from simulator.run import WorldRun, simulate
from simulator.scenario.schema import Scenario

SEED = 1
LARGE_RUN = "experiments.benchmarks.simulator.large_run"
# As many events as wait in a world of a dozen nodes.
N_WAITING = 200


def played(scenario: Scenario, n_orders: int, *, force: bool = False) -> WorldRun:
    """One run under the rules."""
    rules = policies_named(RULES, DEFAULT_EXPLORATION)
    return simulate(scenario, rules.routing, rules.compensation, n_orders=n_orders, seed=SEED, force=force)


def run_speed(scenario: Scenario, size: Size) -> dict[str, Any]:
    """Time whole runs, the tables made of them, and a bare loop, in turns."""
    runs: list[WorldRun] = []

    def play() -> None:
        runs.clear()
        runs.append(played(scenario, size.n_orders))

    spent = medians_in_turns(
        {
            "run": play,
            "tables": lambda: _tables(runs),
            "bare": lambda: BareLoop(N_WAITING).play(size.n_bare_events),
        },
        size.n_repeats,
    )
    run = runs[0]
    events_per_s, bare_events_per_s = run.n_events / spent["run"], size.n_bare_events / spent["bare"]
    return {
        "n_orders_that_came": n_came(run),
        "orders_per_s": n_came(run) / spent["run"],
        "orders_per_s_with_tables": n_came(run) / (spent["run"] + spent["tables"]),
        "events_per_order": run.n_events / n_came(run),
        "events_per_s": events_per_s,
        "bare_simpy_events_per_s": bare_events_per_s,
        "fraction_of_bare_simpy_loop": events_per_s / bare_events_per_s,
    }


def n_came(run: WorldRun) -> int:
    """Orders that did come: where customers stay away after an incident, fewer than were drawn."""
    return sum(lane >= 0 for lane in run.lane_of[: run.stage.n_orders])


def _tables(runs: list[WorldRun]) -> object:
    """The log of the run just played, as tables."""
    return runs[0].decision_log()


def large_run(scenario: Scenario, n_orders: int) -> dict[str, Any]:
    """Speed and peak memory of one large run, in a process of its own.

    Raises
    ------
    BenchmarkError
        If that process fails, for want of memory for instance.
    """
    child = subprocess.run(  # noqa: S603  (our own interpreter and module)
        [sys.executable, "-m", LARGE_RUN, scenario.name, str(n_orders)],
        capture_output=True,
        text=True,
        check=False,
    )
    if child.returncode:
        said = child.stderr.strip().splitlines()[-1:] or ["it was killed; is there enough memory?"]
        msg = f"the run of {n_orders:,} orders ended with code {child.returncode}: {said[0]}; try --quick"
        raise BenchmarkError(msg)
    found: dict[str, Any] = json.loads(child.stdout.splitlines()[-1])
    return found
