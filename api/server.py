"""The web server around the application: one process, one address, a clear word if it is taken."""

from __future__ import annotations

import logging

import typer
import uvicorn

from api.app import create_app, make_keeper, make_limits
from api.listening import BACKLOG, listen
from api.settings import Settings
from data.store.store import Store

__all__ = ["build_server", "listen", "serve_until_stopped"]

KEEP_ALIVE_SECONDS = 5
SHUTDOWN_SECONDS = 10


def serve_until_stopped(settings: Settings, host: str, port: int) -> None:
    """Serve until Ctrl-C or SIGTERM.

    Raises
    ------
    AddressError
        If the address is in use, not ours, or not an address.
    StoreError, InputFileError, LimitsError
        If the database, the network file or the file of limits cannot be used.
    """
    with listen(host, port) as listener:
        _require_working(settings)
        logging.getLogger("routecause").setLevel(logging.INFO)
        shown = f"[{host}]" if ":" in host else host
        typer.echo(f"routecause serves http://{shown}:{listener.getsockname()[1]} (stop it with Ctrl-C)")
        build_server(settings).run(sockets=[listener])


def _require_working(settings: Settings) -> None:
    # Inside the server the same errors would end as a log line and a silent exit.
    make_keeper(settings)
    make_limits(settings)
    Store.open(settings.home.database_url).close()


def build_server(settings: Settings) -> uvicorn.Server:
    """The server, not yet running; it takes the sockets it is run with."""
    config = uvicorn.Config(
        create_app(settings),
        # The guard writes its own access lines, without paths.
        access_log=False,
        log_config=None,
        server_header=False,
        ws="none",
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        # A lifespan that fails must end the process, not leave it serving nothing.
        lifespan="on",
    )
    return uvicorn.Server(config)
