"""One large run and what it took, as a process of its own: `python -m ... SCENARIO ORDERS` prints one JSON object."""

from __future__ import annotations

import json
import math
import sys
import time
from typing import Any

from experiments.benchmarks.simulator.run_speed import n_came, played
from simulator.scenario.loading import load_scenario
from simulator.scenario.schema import Scenario

PEOPLED_FOR = 50_000


def large_run(scenario_name: str, n_orders: int) -> dict[str, Any]:
    """Play it, and tell orders per processor second and the most memory that this process ever held."""
    scenario = peopled(load_scenario(scenario_name), n_orders)
    # A short run first: imports and compiled code are paid for once, not by the order.
    played(scenario, 100)
    began = time.process_time()
    run = played(scenario, n_orders, force=True)
    spent = time.process_time() - began
    return {
        "n_orders": n_orders,
        "n_orders_that_came": n_came(run),
        "orders_per_s": n_came(run) / spent,
        "events_per_order": run.n_events / n_came(run),
        "cpu_seconds": spent,
        "peak_rss_mb": peak_rss_mb(),
    }


def peopled(scenario: Scenario, n_orders: int) -> Scenario:
    """With as many customers to an order as a run of 50,000 has: else all would have left long before the end."""
    people = scenario.customers
    n_customers = math.ceil(people.n_customers * max(1.0, n_orders / PEOPLED_FOR))
    return scenario.model_copy(update={"customers": people.model_copy(update={"n_customers": n_customers})})


def peak_rss_mb() -> float | None:
    """The most memory that this process ever held, in 10**6 bytes; None where the system does not say."""
    try:
        import resource  # noqa: PLC0415  (POSIX only)
    except ImportError:
        return None
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Linux counts in KiB, macOS in bytes.
    return most / 1e6 if sys.platform == "darwin" else most * 1024 / 1e6


if __name__ == "__main__":
    print(json.dumps(large_run(sys.argv[1], int(sys.argv[2]))))  # noqa: T201
