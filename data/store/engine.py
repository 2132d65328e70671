"""Database connections: SQLite made safe for money, PostgreSQL as it is."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from data.errors import StoreError

BUSY_TIMEOUT_MS = 5_000
WRITING = "routecause_writing"

_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    # With NORMAL a power cut loses decisions that were already answered for.
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}",
)


def open_engine(url: str) -> Engine:
    """Connect to a database by its SQLAlchemy address; an SQLite file and its folder are made if absent.

    Raises
    ------
    StoreError
        If the address cannot be read, its driver is not installed, or it names no file.
    """
    try:
        address = make_url(url)
        if address.get_backend_name() == "sqlite":
            _prepare_file(address)
        # Parameters are customers' data: they must not appear in an error's text.
        engine = create_engine(address, hide_parameters=True, pool_pre_ping=address.get_backend_name() != "sqlite")
    except (ArgumentError, NoSuchModuleError, ImportError, OSError) as error:
        msg = f"cannot use the database address ({type(error).__name__}); give sqlite:///FILE or an installed driver"
        raise StoreError(msg) from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _on_connect)
        event.listen(engine, "begin", _on_begin)
    return engine


def writing(engine: Engine) -> Engine:
    """The same database, for transactions that write: SQLite then takes its lock at the start, not half-way."""
    return engine.execution_options(**{WRITING: True})


def _prepare_file(address: URL) -> None:
    if not address.database or address.database == ":memory:":
        msg = "an SQLite database in memory would be lost and cannot be shared; give sqlite:///FILE"
        raise StoreError(msg)
    path = Path(address.database)
    path.parent.mkdir(parents=True, exist_ok=True)
    # Decisions hold customers' data: the file is its owner's alone.
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


def _on_connect(connection: Any, _record: Any) -> None:
    # The driver's own habit of opening transactions late is switched off: _on_begin does it.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _on_begin(connection: Connection) -> None:
    immediate = connection.get_execution_options().get(WRITING, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")
