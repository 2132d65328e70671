"""`routecause validate`: hold a simulated world against an order history, lane by lane."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def validate(
    history: Annotated[
        Path,
        typer.Argument(help="a folder that `ingest` or `simulate` wrote, or a raw history together with --mapping"),
    ],
    out: Annotated[Path, typer.Option("--out", help="folder to write; takes the place of an earlier validation")],
    scenario: Annotated[
        str | None,
        typer.Option("--scenario", help="name or path; without it one is calibrated on the earlier orders"),
    ] = None,
    mapping: Annotated[
        Path | None, typer.Option("--mapping", help="YAML file that says which column is what, for a raw history")
    ] = None,
    base: Annotated[
        str, typer.Option("--base", help="what a calibration is based on: a name or a path")
    ] = "base_world",
    held_out: Annotated[
        float | None,
        typer.Option("--held-out", help="share of the orders, the last ones, to compare with; .3 without --scenario"),
    ] = None,
    orders: Annotated[
        int, typer.Option("--orders", min=100, max=1_000_000, help="orders to simulate under each seed")
    ] = 8_000,
    seed: Annotated[int, typer.Option("--seed", min=0, help="the same seed gives the same bytes")] = 1,
    seeds: Annotated[
        int, typer.Option("--seeds", help="seeds to play, from --seed on: how they differ says what orders share")
    ] = 8,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object last")] = False,
) -> None:
    """Compare lead times, lateness and demand of a world with those of a history, and say where they differ.

    A history that says node and carrier of its orders, as every decision log does, is replayed order by order.
    """
    import json

    from api.cli.first_checks import require_scenarios, require_there

    require_there(history, "name an ingested folder, a decision log, or a raw history")
    require_scenarios(*(name for name in (scenario, base) if name is not None))

    from rich.console import Console

    from simulator.validation.report import finite, write_validation
    from simulator.validation.source import source_of
    from simulator.validation.summary import sentences, summary
    from simulator.validation.validate import ValidationWishes, require_wishes
    from simulator.validation.validate import validate as validate_world

    wishes = ValidationWishes(scenario, base, orders, seed, held_out, seeds)
    require_wishes(wishes)
    with Console(stderr=True).status("playing the world"):
        found = validate_world(source_of(history, mapping), wishes)
        write_validation(found, out)
    console = Console(stderr=as_json, soft_wrap=True, highlight=False)
    for sentence in sentences(found):
        console.print(sentence, markup=False)
    console.print(f"report: {out / 'report.md'}", markup=False)
    if as_json:
        typer.echo(json.dumps(finite(summary(found)), allow_nan=False))
