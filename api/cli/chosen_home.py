"""The home folder that a command works in."""

from __future__ import annotations

from pathlib import Path

from api.errors import HomeError
from data.home import Home


def chosen_home(root: Path | None) -> Home:
    """The folder given on the command line, or else the environment's; the database address stays the environment's."""
    base = Home.from_environment()
    return base if root is None else Home(root, base.other_database_url)


def existing_home(root: Path | None) -> Home:
    """The same, for commands that need what is there already: a mistyped folder must not be made.

    Raises
    ------
    HomeError
        If a folder is given on the command line, and there is none.
    """
    if root is not None and not root.is_dir():
        msg = f"{root}: there is no such folder; name the home that a model was trained in, or leave --home out"
        raise HomeError(msg)
    return chosen_home(root)
