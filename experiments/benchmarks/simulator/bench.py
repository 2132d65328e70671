"""Every figure of the simulator in one run: speed, ratios, counterfactuals, memory, and where the time goes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from experiments.benchmarks.goals import Goal, judged
from experiments.benchmarks.machine import machine, versions
from experiments.benchmarks.simulator.branches import branch_figures
from experiments.benchmarks.simulator.run_speed import SEED, large_run, played, run_speed
from experiments.benchmarks.simulator.sizes import FULL, QUICK, Size, fortnight, richest_scenario
from experiments.benchmarks.simulator.two_styles import ratio_to_process_style
from experiments.benchmarks.simulator.waiting_line import mmc_figures
from experiments.benchmarks.simulator.where_time_goes import where_time_goes
from experiments.errors import ExperimentsError
from simulator.errors import SimulatorError
from simulator.scenario.loading import scenario_hash
from simulator.scenario.schema import Scenario

MILLION = 1_000_000
GOALS = (
    Goal("orders_per_s", 60_000, True, "whole runs under the rules, every feature on, all written down"),
    Goal("orders_per_s_1m", None, True, "the same at 1,000,000 orders"),
    Goal("orders_per_s_1m_ratio", 0.95, True, "of the two: no fall"),
    Goal("events_per_order", None, False, "events on the queue for each order"),
    Goal("fraction_of_bare_simpy_loop", 0.20, True, "our events per second over those of a loop that does nothing"),
    Goal("ratio_to_process_style", 4.0, True, "orders per second over a process an order, same reduced world"),
    Goal("mmc_ratio_to_ciw", 8.0, True, "the world's own node against Ciw, M/M/10 at a load of .9"),
    Goal("mmc_ratio_to_ciw_clock_alone", None, True, "the same on the world's clock without its node"),
    Goal("branch_ms_48h", 120.0, False, "one changed decision, played on for 48 h"),
    Goal("coalesced_branch_ms_median", 50.0, False, "the same until nothing is different any more"),
    Goal("bulk_branches_per_s", 1_000_000, True, "own outcomes of alternatives, in bulk"),
    Goal("bulk_exact_share", 0.99, True, "of them equal to an exact branch"),
    Goal("peak_rss_mb", 1_500, False, "most memory held at 1,000,000 orders"),
)
Say = Callable[[str], None]


def simulator_figures(*, quick: bool, say: Say) -> dict[str, Any]:
    """Measure everything, in one run; `say` is told what is being measured.

    Returns
    -------
    dict
        The figures by name, `goals` with a verdict each, `reasons` for figures that are None, `profile`, `machine`
        and `versions`.
    """
    size = QUICK if quick else FULL
    scenario = richest_scenario()
    found: dict[str, Any] = {"form": "quick" if quick else "full", **_of_world(scenario, size)}
    failures: dict[str, str] = {}
    for part in _parts(scenario, size):
        say(part.what)
        try:
            found |= part.measure()
        except (SimulatorError, ExperimentsError) as error:
            say(f"{part.what} failed: {error}")
            failures |= dict.fromkeys(part.figures, str(error))
    found |= _of_large_run(found.pop("large_run", None), found.get("orders_per_s"))
    named = {goal.figure: found.get(goal.figure) for goal in GOALS}
    return {
        **named,
        **found,
        "goals": judged(GOALS, named),
        "reasons": _reasons(found) | failures,
        "machine": machine(),
        "versions": versions(),
    }


@dataclass(frozen=True)
class _Part:
    """Something to measure; one that fails takes its own figures along and no others."""

    what: str
    figures: tuple[str, ...]
    measure: Callable[[], dict[str, Any]]


def _parts(scenario: Scenario, size: Size) -> list[_Part]:
    return [
        _Part(
            f"{size.n_orders:,} orders of {scenario.name!r} under the rules, {size.n_repeats} times",
            ("orders_per_s", "events_per_order", "fraction_of_bare_simpy_loop"),
            lambda: run_speed(scenario, size),
        ),
        _Part(
            "where the time goes",
            ("profile",),
            lambda: {"profile": where_time_goes(lambda: played(scenario, size.n_orders))},
        ),
        _Part(
            "both styles of the world",
            ("ratio_to_process_style",),
            lambda: ratio_to_process_style(size.n_reduced, size.n_repeats),
        ),
        _Part(
            "M/M/10, ours and Ciw's",
            ("mmc_ratio_to_ciw", "mmc_ratio_to_ciw_clock_alone"),
            lambda: mmc_figures(size.n_customers, size.n_repeats),
        ),
        _Part(
            f"{size.n_branches} branches, and all alternatives in bulk",
            ("branch_ms_48h", "coalesced_branch_ms_median", "bulk_branches_per_s", "bulk_exact_share"),
            lambda: branch_figures(played(fortnight(scenario), size.n_branch_orders), size.n_branches),
        ),
        _Part(
            f"{size.n_large:,} orders in a process of its own",
            ("orders_per_s_1m", "orders_per_s_1m_ratio", "peak_rss_mb"),
            lambda: {"large_run": large_run(scenario, size.n_large)},
        ),
    ]


def _of_world(scenario: Scenario, size: Size) -> dict[str, Any]:
    return {
        "scenario": scenario.name,
        "scenario_sha256": scenario_hash(scenario),
        "seed": SEED,
        "policy": "rules",
        "n_orders": size.n_orders,
        "n_repeats": size.n_repeats,
    }


def _of_large_run(large: dict[str, Any] | None, orders_per_s: float | None) -> dict[str, Any]:
    """The large run apart; under the names that say a million only if it was one."""
    if large is None:
        return {}
    ratio = None if orders_per_s is None else large["orders_per_s"] / orders_per_s
    found: dict[str, Any] = {"large_run": {**large, "ratio": ratio}}
    if large["n_orders"] == MILLION:
        found |= {
            "orders_per_s_1m": large["orders_per_s"],
            "orders_per_s_1m_ratio": ratio,
            "peak_rss_mb": large["peak_rss_mb"],
        }
    return found


def _reasons(found: dict[str, Any]) -> dict[str, str]:
    """Why a figure is missing although nothing failed."""
    reasons: dict[str, str] = {}
    if "mmc" in found and found["mmc_ratio_to_ciw"] is None:
        absent = "Ciw is not installed; it comes with the development dependencies (`make setup`)"
        reasons |= dict.fromkeys(("mmc_ratio_to_ciw", "mmc_ratio_to_ciw_clock_alone"), absent)
    large = found.get("large_run")
    if large is not None and "orders_per_s_1m" not in found:
        of_large = {
            "orders_per_s_1m": large["orders_per_s"],
            "orders_per_s_1m_ratio": large["ratio"],
            "peak_rss_mb": large["peak_rss_mb"],
        }
        reasons |= {
            name: f"the quick form plays {large['n_orders']:,} orders: {'-' if value is None else f'{value:,.4g}'}"
            for name, value in of_large.items()
        }
    return reasons
