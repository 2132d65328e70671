"""`routecause serve`: the service on one address."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8000


def serve(
    host: Annotated[str, typer.Option(help="Address to listen at; 0.0.0.0 is every address.")] = DEFAULT_HOST,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen at; 0 takes a free one.")] = DEFAULT_PORT,
    home: Annotated[Path | None, typer.Option(help="Home folder; ROUTECAUSE_HOME or ./var if not given.")] = None,
    network: Annotated[Path | None, typer.Option(help="Network file, instead of the published one.")] = None,
    guardrails: Annotated[
        Path | None, typer.Option(help="YAML file with limits of compensation: caps, velocity, four eyes, opt-outs.")
    ] = None,
    allow_host: Annotated[
        list[str] | None, typer.Option(help="Host name that requests may name besides the local ones; * for any.")
    ] = None,
) -> None:
    """Answer routing and compensation questions over HTTP."""
    from api.listening import listen

    # A taken port is told before the application and all it needs are loaded.
    listen(host, port).close()

    from api.cli.chosen_home import chosen_home
    from api.server import serve_until_stopped
    from api.settings import LOCAL_HOSTS, Settings

    place = chosen_home(home)
    if not place.root.exists():
        # A mistyped folder would be made without a word, and the rules would answer for want of its model.
        typer.echo(f"{place.root.absolute()} does not exist yet: it is made now, and holds no model", err=True)
    settings = Settings(
        home=place,
        network=network,
        guardrails=guardrails,
        allowed_hosts=(*LOCAL_HOSTS, host, *(allow_host or ())),
    )
    serve_until_stopped(settings, host, port)
