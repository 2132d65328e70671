"""Spelling: the words of a name, and whether two are a letter apart."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import takewhile
from operator import eq

N_KEPT = 4_096


@lru_cache(maxsize=N_KEPT)
def words_of(name: str) -> tuple[str, ...]:
    """The words of a name without their case, whatever parts them: marks, or a capital after a small letter.

    Examples
    --------
    >>> words_of("Node_Paris"), words_of("nPastOrders"), words_of("opt-out  coupons")
    (('node', 'paris'), ('n', 'past', 'orders'), ('opt', 'out', 'coupons'))
    """
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", unicodedata.normalize("NFKC", name))
    return tuple(re.sub(r"[\W_]+", " ", parted.casefold()).split())


def one_letter_apart(one: str, other: str) -> bool:
    """Whether at most one letter was added, dropped, changed, or swapped with its neighbour.

    Examples
    --------
    >>> one_letter_apart("paris", "pairs"), one_letter_apart("lile", "lille"), one_letter_apart("east", "west")
    (True, True, False)
    """
    if abs(len(one) - len(other)) > 1:
        return False
    n_first = _n_alike(one, other)
    one, other = one[n_first:], other[n_first:]
    n_last = _n_alike(one[::-1], other[::-1])
    one, other = one[: len(one) - n_last], other[: len(other) - n_last]
    return max(len(one), len(other)) <= 1 or (len(one) == 2 and one == other[::-1])  # noqa: PLR2004  two neighbours


def _n_alike(one: str, other: str) -> int:
    """Letters that both begin with."""
    return sum(takewhile(bool, map(eq, one, other)))
