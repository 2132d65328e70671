"""`routecause calibrate`: set a simulated world's demand and transit times from your own order history."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def calibrate(
    history: Annotated[
        Path, typer.Argument(help="a folder that `routecause ingest` wrote, or a raw history together with --mapping")
    ],
    out: Annotated[Path, typer.Option("--out", help="scenario file (.yaml) to write; an earlier one is replaced")],
    mapping: Annotated[
        Path | None, typer.Option("--mapping", help="YAML file that says which column is what, for a raw history")
    ] = None,
    base: Annotated[
        str, typer.Option("--base", help="scenario that gives nodes, carriers, weather and customers: a name or a path")
    ] = "base_world",
    orders_per_day: Annotated[
        float | None,
        typer.Option(
            "--orders-per-day",
            min=1,
            max=10_000_000,
            help="volume of the world; without it the base's, as a history is often a sample",
        ),
    ] = None,
    utilization: Annotated[
        float,
        typer.Option("--utilization", min=0.3, max=0.95, help="share of their time that nodes are staffed to work"),
    ] = 0.85,
    set_aside: Annotated[
        bool, typer.Option("--set-aside", help="for a raw history: put rows with bad values aside instead of stopping")
    ] = False,
) -> None:
    """Write a scenario whose demand, service mix, promises and transit times are those of an order history.

    The scenario says in `source` which history it is from, what was taken from it and what from the base.
    """
    from simulator.calibration.from_files import CalibrationFiles, calibrate_files
    from simulator.calibration.wishes import CalibrationWishes

    files = CalibrationFiles(history, mapping, base, out, set_aside)
    scenario = calibrate_files(files, CalibrationWishes(out.stem, orders_per_day, utilization))
    for warning in scenario.source["warnings"]:
        typer.echo(f"warning: {warning}", err=True)
    of = scenario.source["history"]
    typer.echo(
        f"{out}: {len(scenario.regions)} regions, {len(scenario.service_levels)} service levels, "
        f"{scenario.demand.orders_per_day:,.10g} orders a day, "
        f"from {of['n_orders_not_cancelled']:,} orders of {of['name']}"
    )
