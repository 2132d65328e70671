"""Alembic's entry runs only inside Alembic: the doctest collector must not import it."""

from __future__ import annotations

collect_ignore = ["env.py"]
