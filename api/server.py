"""The web server around the application: one process, one address, a clear word if it is taken."""

from __future__ import annotations

import errno
import logging
import socket

import typer
import uvicorn

from api.app import create_app, make_keeper
from api.errors import AddressError
from api.settings import Settings
from data.store.store import Store

BACKLOG = 2048
KEEP_ALIVE_SECONDS = 5
SHUTDOWN_SECONDS = 10


def serve_until_stopped(settings: Settings, host: str, port: int) -> None:
    """Serve until Ctrl-C or SIGTERM.

    Raises
    ------
    AddressError
        If the address is in use, not ours, or not an address.
    StoreError, InputFileError
        If the database or the network file cannot be used.
    """
    listener = listen(host, port)
    _require_working(settings)
    logging.getLogger("routecause").setLevel(logging.INFO)
    with listener:
        shown = f"[{host}]" if ":" in host else host
        typer.echo(f"routecause serves http://{shown}:{listener.getsockname()[1]} (stop it with Ctrl-C)")
        build_server(settings).run(sockets=[listener])


def _require_working(settings: Settings) -> None:
    # Inside the server the same errors would end as a log line and a silent exit.
    make_keeper(settings)
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


def listen(host: str, port: int) -> socket.socket:
    """A listening socket, taken before anything costly is loaded.

    Raises
    ------
    AddressError
        If the address is in use, not ours, or not an address.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        msg = f"cannot listen at {host}: {error.strerror}; give an address of this machine with --host"
        raise AddressError(msg) from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        taken = error.errno == errno.EADDRINUSE
        remedy = "stop the other program or choose another --port" if taken else "choose another --host or --port"
        msg = f"cannot listen at {host} port {port}: {error.strerror}; {remedy}"
        raise AddressError(msg) from error
    return listener
