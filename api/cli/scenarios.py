"""`routecause scenarios`: list, show, compare, validate and draw the worlds that can be simulated."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from simulator.scenario.schema import Scenario

DIFFERENT_EXIT = 1

Which = Annotated[str, typer.Argument(help="a scenario that ships, by name, or the path of a YAML file")]
AsJson = Annotated[bool, typer.Option("--json", help="write JSON to standard output")]

app = typer.Typer(help="List, show, compare, validate and draw scenarios.", no_args_is_help=True)


@app.command("list")
def list_scenarios(as_json: AsJson = False) -> None:
    """List the scenarios that ship, with what each is for."""
    from simulator.scenario.loading import load_scenario, shipped_scenarios

    scenarios = [load_scenario(name) for name in shipped_scenarios()]
    if as_json:
        _write_json([_summary(scenario) for scenario in scenarios])
        return
    width = max(len(scenario.name) for scenario in scenarios)
    for scenario in scenarios:
        typer.echo(f"{scenario.name:<{width}}  {scenario.description}")


@app.command()
def show(scenario: Which, as_json: AsJson = False) -> None:
    """Show a scenario written out, as YAML that can be loaded again: base and changes are resolved."""
    import yaml

    from simulator.scenario.loading import load_scenario, scenario_hash

    loaded = load_scenario(scenario)
    plain = loaded.model_dump(mode="json")
    if as_json:
        _write_json({"hash": scenario_hash(loaded), "scenario": plain})
        return
    typer.echo(f"# hash {scenario_hash(loaded)}")
    typer.echo(yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, width=120, default_flow_style=None), nl=False)


@app.command()
def diff(left: Which, right: Which, as_json: AsJson = False) -> None:
    """Show every value in which two scenarios differ; exit code 1 if there is any, 0 if they are the same world."""
    from dataclasses import asdict

    from simulator.scenario.comparison import differences
    from simulator.scenario.loading import load_scenario

    found = differences(load_scenario(left), load_scenario(right))
    if as_json:
        _write_json([asdict(item) for item in found])
    for item in [] if as_json else found:
        typer.echo(f"{item.path}: {item.left or '(nothing)'} -> {item.right or '(nothing)'}")
    if found:
        raise typer.Exit(DIFFERENT_EXIT)


@app.command()
def validate(
    scenario: Which,
    audit: Annotated[
        int, typer.Option("--audit", min=0, max=100_000, help="play so many orders, balancing the books at every event")
    ] = 0,
    as_json: AsJson = False,
) -> None:
    """Check a scenario and say what world it makes, and what 10,000 orders of it would cost to simulate."""
    from simulator.run import estimated_cost
    from simulator.scenario.loading import load_scenario

    loaded = load_scenario(scenario)
    seconds, n_bytes = estimated_cost(loaded, 10_000)
    summary = {**_summary(loaded), "seconds_per_10k_orders": seconds, "bytes_per_10k_orders": n_bytes}
    if audit:
        summary["n_events_balanced"] = _audited_events(loaded, audit)
    if as_json:
        _write_json(summary)
        return
    typer.echo(
        f"{loaded.name}: valid; {summary['n_nodes']} nodes, {summary['n_carriers']} carriers, "
        f"{summary['n_regions']} regions, {summary['orders_per_day']:,g} orders a day, "
        f"disruptions: {summary['n_disruptions']}; 10,000 orders: about {seconds:,.1f} s and {n_bytes / 1e6:,.0f} MB"
    )
    typer.echo(f"hash {summary['hash']}")
    if audit:
        typer.echo(
            f"books of orders, hands, units and money balance after each of {summary['n_events_balanced']:,} events"
        )


@app.command()
def figure(
    scenario: Which,
    out: Annotated[Path, typer.Option("--out", help="PNG file to write; an earlier one is replaced")],
    day: Annotated[int, typer.Option("--day", min=1, max=366, help="first day to show; the world's first is 1")] = 1,
    days: Annotated[int, typer.Option("--days", min=1, max=14, help="how many days to show")] = 1,
    seed: Annotated[int, typer.Option("--seed", min=0, help="the same seed gives the same day")] = 1,
) -> None:
    """Simulate a day under the rules and draw it: weather, orders, and what waits at each node between collections."""
    from decision.exploration import RulePolicy
    from simulator.day import Window, orders_until
    from simulator.day_figure import save_day_figure
    from simulator.reference_policies import UniformCompensation
    from simulator.run import simulate
    from simulator.scenario.loading import load_scenario

    loaded, window = load_scenario(scenario), Window.of_days(day, days)
    n_orders = orders_until(loaded, seed, window)
    run = simulate(loaded, RulePolicy(), UniformCompensation(), n_orders=n_orders, seed=seed)
    save_day_figure(run, window, out)
    typer.echo(f"{out}: {n_orders:,} orders until the end of day {day + days - 1}")


def _audited_events(scenario: Scenario, n_orders: int) -> int:
    from decision.exploration import RulePolicy
    from simulator.ledger import simulate_audited
    from simulator.reference_policies import UniformCompensation

    run = simulate_audited(scenario, RulePolicy(), UniformCompensation(), n_orders=n_orders, seed=1)
    return run.n_events


def _summary(scenario: Scenario) -> dict[str, Any]:
    from simulator.scenario.loading import scenario_hash

    return {
        "name": scenario.name,
        "description": scenario.description,
        "hash": scenario_hash(scenario),
        "n_nodes": len(scenario.nodes),
        "n_carriers": len(scenario.carriers),
        "n_regions": len(scenario.regions),
        "orders_per_day": scenario.demand.orders_per_day,
        "n_disruptions": len(scenario.disruptions),
    }


def _write_json(content: Any) -> None:
    typer.echo(json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False))
