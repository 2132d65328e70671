"""One large run and what it took, as a process of its own: `python -m ... SCENARIO ORDERS` prints one JSON object."""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from experiments.benchmarks.simulator.run_speed import played
from simulator.scenario.loading import load_scenario


def large_run(scenario_name: str, n_orders: int) -> dict[str, Any]:
    """Play it, and tell orders per processor second and the most memory that this process ever held."""
    scenario = load_scenario(scenario_name)
    # A short run first: imports and compiled code are paid for once, not by the order.
    played(scenario, 100)
    began = time.process_time()
    run = played(scenario, n_orders, force=True)
    spent = time.process_time() - began
    return {
        "n_orders": n_orders,
        "orders_per_s": n_orders / spent,
        "events_per_order": run.n_events / n_orders,
        "cpu_seconds": spent,
        "peak_rss_mb": peak_rss_mb(),
    }


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
