"""`routecause timeline`: what happened to one order, and what would have happened under each other action."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from experiments.whatif.timeline.journey import Timeline


def timeline(
    scenario: Annotated[str, typer.Argument(help="a scenario that ships, or the path of a YAML file")],
    order: Annotated[str, typer.Option("--order", help="its number, 0 for the first, or its identifier: O0000123")],
    seed: Annotated[int, typer.Option("--seed", help="of the run that the order is part of")] = 1,
    policy: Annotated[
        str, typer.Option("--policy", help="who decides for everybody: rules, explore:SHARE, causal, causal:FOLDER")
    ] = "rules",
    orders: Annotated[
        int | None, typer.Option("--orders", help="orders of the run; a study's own number makes it the study's run")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="draw it: a .png or .svg file; it is replaced")] = None,
    home: Annotated[Path | None, typer.Option("--home", help="home folder; else ROUTECAUSE_HOME, else ./var")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object last")] = False,
    force: Annotated[bool, typer.Option("--force", help="run even what would take hours")] = False,
) -> None:
    """Follow one order through a simulated world, under the action taken and under every other."""
    from api.cli.first_checks import require_scenarios

    require_scenarios(scenario)

    from api.cli.chosen_home import chosen_home
    from experiments.plain_json import plain_json
    from experiments.whatif.timeline.asking import TimelineRequest, timeline_of
    from experiments.whatif.timeline.figure import require_picture, save_timeline_figure
    from experiments.whatif.timeline.plain import plain_timeline

    if out is not None:
        require_picture(out)
    found = timeline_of(TimelineRequest(scenario, order, seed, policy, orders, force), chosen_home(home))
    if out is not None:
        save_timeline_figure(found, out)
    _show(found, to_stderr=as_json)
    if as_json:
        typer.echo(plain_json(plain_timeline(found)))


def _show(found: Timeline, *, to_stderr: bool) -> None:
    from rich.console import Console

    from experiments.whatif.timeline.words import HEAD, story, table

    console = Console(stderr=to_stderr, soft_wrap=True, highlight=False)
    console.print(f"{found.order_id} in {found.scenario}, seed {found.seed}, under {found.policy}", style="bold")
    for line in story(found, found.journeys[0]):
        console.print(f"  {line}", markup=False)
    console.print("\nUnder each action, all other orders as they went:", style="bold")
    rows = [HEAD, *table(found)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        console.print(line, markup=False, style="bold" if row[0].startswith("▶") else "")
