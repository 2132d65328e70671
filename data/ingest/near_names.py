"""Near names: what somebody may have meant by a name that does not exist."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def near_names(name: str, known: Iterable[str]) -> str:
    """The closest known names as the end of a sentence, or nothing where none is close.

    >>> near_names("order date", ["Order Date", "Order Id"])
    "; did you mean 'Order Date' or 'Order Id'?"
    """
    by_key = {_key(candidate): candidate for candidate in known}
    close = difflib.get_close_matches(_key(name), by_key, n=3, cutoff=0.6)
    if not close:
        return ""
    return f"; did you mean {' or '.join(repr(by_key[key]) for key in close)}?"


def _key(name: str) -> str:
    return " ".join(name.replace("_", " ").casefold().split())
