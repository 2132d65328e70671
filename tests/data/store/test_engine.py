"""The database below the store: its tables, its files, its locks and its instants."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from data.errors import StoreError
from data.store.engine import open_engine
from data.store.instants import from_microseconds, to_microseconds
from data.store.migrating import migrate
from data.store.store import Store
from data.store.tables import METADATA
from data.store.writer import GroupCommitWriter

NOON = datetime(2026, 3, 2, 12, 0, 0, 123456, tzinfo=UTC)


def test_the_migrations_make_exactly_the_tables_that_the_code_uses(database_url: str) -> None:
    engine = open_engine(database_url)
    migrate(engine)
    migrate(engine)
    with engine.begin() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []
    engine.dispose()


def test_sqlite_flushes_every_commit_and_checks_references(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'new' / 'store.db'}")
    with engine.connect() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    engine.dispose()
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5000}
    assert (tmp_path / "new" / "store.db").stat().st_mode & 0o077 == 0


def test_a_file_that_is_no_database_is_named_as_such(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    path.write_text("this is not a database, but it is long enough to be read as one" * 100)
    with pytest.raises(StoreError, match="cannot prepare the database"):
        Store.open(f"sqlite:///{path}")


def test_a_database_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    Store.open(f"sqlite:///{path}").close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(StoreError, match="newer version"):
        Store.open(f"sqlite:///{path}")


@pytest.mark.parametrize(
    "url", ["sqlite://", "sqlite:///:memory:", "nonsense", "nosuchdb://x/y", "sqlite:////proc/x/y"]
)
def test_an_address_that_cannot_be_used_is_refused(url: str) -> None:
    with pytest.raises(StoreError):
        Store.open(url)


def test_a_writer_survives_a_database_that_is_locked(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'store.db'}")
    migrate(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout = 10")
    writer = GroupCommitWriter(engine)
    other = sqlite3.connect(tmp_path / "store.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    locked = writer.submit(lambda _connection: "never")
    with pytest.raises(StoreError, match="OperationalError"):
        locked.result()
    other.execute("ROLLBACK")
    other.close()
    assert writer.submit(lambda _connection: "done").result() == "done"
    writer.close()
    engine.dispose()


def test_instants_keep_their_microseconds_and_lose_their_offset() -> None:
    eastern = NOON.astimezone(timezone(timedelta(hours=-5)))
    assert from_microseconds(to_microseconds(eastern)) == NOON
    assert from_microseconds(to_microseconds(eastern)).tzinfo is UTC
    before_1970 = datetime(1900, 1, 1, tzinfo=UTC)
    assert from_microseconds(to_microseconds(before_1970)) == before_1970
