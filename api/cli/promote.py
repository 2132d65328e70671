"""`routecause promote`: say by hand which registered version serves."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def promote(
    version: Annotated[str, typer.Argument(help="number of a registered version")],
    home: Annotated[Path | None, typer.Option("--home", help="home folder; else ROUTECAUSE_HOME, else ./var")] = None,
) -> None:
    """Make a registered version the champion, whatever the gate said of it; also the way to roll back."""
    from api.cli.chosen_home import existing_home
    from experiments import registry
    from experiments.tracking import open_client

    place = existing_home(home)
    before = registry.champion(place)
    registry.promote(open_client(place), place, version)
    typer.echo(f"version {version} is champion" + (f"; it was {before}" if before not in {None, version} else ""))
