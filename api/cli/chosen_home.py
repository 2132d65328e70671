"""The home folder that a command works in."""

from __future__ import annotations

from pathlib import Path

from data.home import Home


def chosen_home(root: Path | None) -> Home:
    """The folder given on the command line, or else the environment's; the database address stays the environment's."""
    base = Home.from_environment()
    return base if root is None else Home(root, base.other_database_url)
