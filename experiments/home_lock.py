"""One writer at a time: a lock on a home folder that other processes respect, and that dies with its holder."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from data.home import Home

LOCK_NAME = ".training.lock"


@contextmanager
def home_lock(home: Home) -> Iterator[None]:
    """Wait until no other training holds the home's lock, then hold it as long as the block runs."""
    home.root.mkdir(parents=True, exist_ok=True)
    with (home.root / LOCK_NAME).open("w", encoding="utf-8") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield
