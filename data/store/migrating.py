"""Bring a database to the newest schema, whatever version it has."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from data.errors import StoreError
from data.store.engine import writing

SCRIPTS = Path(__file__).parent / "migrations"


def migrate(engine: Engine) -> None:
    """Run every migration that the database lacks, all or none.

    Raises
    ------
    StoreError
        If the database cannot be written, is not a database, or comes from a newer version.
    """
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    try:
        # The write lock is taken first: of two processes that start together, one waits and finds all done.
        with writing(engine).begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except CommandError as error:
        msg = "the database was written by a newer version of routecause; update it, or name another database"
        raise StoreError(msg) from error
    except SQLAlchemyError as error:
        cause = getattr(error, "orig", None) or error
        msg = f"cannot prepare the database ({type(cause).__name__}: {cause}); is the address right and writable?"
        raise StoreError(msg) from error
