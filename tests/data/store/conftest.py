from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from data.errors import StoreError
from data.store.engine import open_engine
from data.store.store import Store

POSTGRESQL_VARIABLE = "ROUTECAUSE_TEST_POSTGRESQL"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'store.db'}"
        return
    address = os.environ.get(POSTGRESQL_VARIABLE)
    if not address:
        pytest.skip(f"PostgreSQL is NOT tested: set {POSTGRESQL_VARIABLE} to an address whose database may be altered")
    yield from _own_schema(address)


def _own_schema(address: str) -> Iterator[str]:
    schema = f"test_{uuid.uuid4().hex}"
    try:
        engine = open_engine(address)
    except StoreError as error:
        pytest.skip(f"PostgreSQL is NOT tested: {error}")
    with engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    yield f"{address}{'&' if '?' in address else '?'}options=-csearch_path%3D{schema}"
    with engine.begin() as connection:
        connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    engine.dispose()


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    opened = Store.open(database_url)
    yield opened
    opened.close()
