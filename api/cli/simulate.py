"""`routecause simulate`: write a simulated decision log, and the truth behind it if asked."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def simulate(
    scenario: Annotated[
        str, typer.Argument(help="a scenario that ships (see `routecause scenarios list`), or the path of a YAML file")
    ],
    out: Annotated[Path, typer.Option("--out", help="folder to write; takes the place of an earlier data set")],
    policy: Annotated[str, typer.Option("--policy", help="explore, rules or causal:FOLDER")] = "explore",
    orders: Annotated[int, typer.Option("--orders", min=1, max=5_000_000, help="orders to simulate")] = 20_000,
    seed: Annotated[int, typer.Option("--seed", min=0, help="the same seed gives the same bytes")] = 1,
    exploration: Annotated[
        float, typer.Option("--exploration", min=0, max=1, help="share of routes that explore spreads evenly")
    ] = 0.3,
    compensation_exploration: Annotated[
        float,
        typer.Option("--compensation-exploration", min=0, max=1, help="share of offers that explore spreads evenly"),
    ] = 0.8,
    truth: Annotated[bool, typer.Option("--truth", help="write the potential outcomes of every order too")] = False,
    redrawn: Annotated[
        int,
        typer.Option(
            "--redrawn", min=0, help="with --truth: held-out orders whose futures are redrawn; calibrates better"
        ),
    ] = 0,
) -> None:
    """Simulate orders under a policy, and write the decision log (DIR/log) and its truth (DIR/truth)."""
    from api.cli.first_checks import require_scenarios

    require_scenarios(scenario)
    if redrawn and not truth:
        msg = f"{redrawn} redrawn orders are part of a truth that was not asked for; add --truth, or leave it out"
        raise typer.BadParameter(msg, param_hint="--redrawn")

    from rich.console import Console

    from experiments.policies import Exploration
    from experiments.simulation import SimulationRequest, simulate_dataset

    explored = Exploration(exploration, compensation_exploration)
    request = SimulationRequest(scenario, orders, seed, policy, explored, truth, redrawn_orders=redrawn)
    with Console(stderr=True).status(f"simulating {orders:,} orders"):
        made = simulate_dataset(request, out)
    typer.echo(
        f"{made.folder}: {made.n_orders:,} orders, {made.n_candidates:,} candidates, {made.n_incidents:,} incidents"
        + (f"; truth in {made.truth_folder}" if made.truth_folder else "")
        + (f", futures of {made.n_redrawn:,} held-out orders redrawn" if redrawn else "")
        + (f", of {redrawn:,} asked for: no more are held out" if made.n_redrawn < redrawn else "")
    )
