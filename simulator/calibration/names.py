"""Names: a history's own words as a scenario may write them, and when two words mean the same."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from simulator.errors import CalibrationError

_MAX_CHARACTERS = 60


def matching_key(name: str) -> str:
    """What is left of a name when case, accents and punctuation do not count.

    >>> matching_key("Same Day") == matching_key("same_day")
    True
    """
    return " ".join(re.split(r"[^a-z0-9]+", _plain(name).lower())).strip()


def scenario_names(names: Iterable[str], what: str) -> dict[str, str]:
    """The scenario's spelling of each name: unaccented letters, digits, blanks, dots, dashes and underscores.

    Raises
    ------
    CalibrationError
        If nothing is left of a name, or two names become one.

    Examples
    --------
    >>> scenario_names(["Süd", "O'Higgins"], "region")
    {'Süd': 'Sud', "O'Higgins": 'O-Higgins'}
    """
    spelled: dict[str, str] = {}
    taken: dict[str, str] = {}
    for name in names:
        spelling = re.sub(r"[^A-Za-z0-9 ._-]+", "-", _plain(name)).strip(" ._-")[:_MAX_CHARACTERS].strip()
        if not spelling:
            msg = (
                f"the {what} {name!r} has no letter or digit of the Latin alphabet; give it another name with `values`"
            )
            raise CalibrationError(msg)
        if spelling in taken:
            msg = f"the {what}s {taken[spelling]!r} and {name!r} would both be {spelling!r}; rename one with `values`"
            raise CalibrationError(msg)
        taken[spelling] = name
        spelled[name] = spelling
    return spelled


def _plain(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name)
    return "".join(character for character in decomposed if not unicodedata.combining(character))
