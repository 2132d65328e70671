"""Tag names: what decisions read of a customer's record, and names that are nearly one of them.

A tag that nobody reads is free, so a misspelt one would pass in silence and the customer would be judged as one
without a history.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from decision.compensation.guardrails import CONSENT_TAGS, OFFERS_TAG, SPENT_TAG
from decision.spelling import one_letter_apart, words_of

READ_TAGS: tuple[str, ...] = (
    "value_tier",
    "lateness_tolerance",
    "n_past_orders",
    "n_past_incidents",
    OFFERS_TAG,
    SPENT_TAG,
)
# Words that say how something is counted; a name without them is still the same name.
_UNITS = frozenset({"n", "minor"})


def nearest_read_tag(name: str, own: Iterable[str] = ()) -> str | None:
    """The tag that a name nearly is: by a letter, case, separators, the order of its words or its unit.

    Figures are never misspelt: `offers_30d` counts other days than `offers_90d`, and is the caller's own. Nor is a
    code, a last word of one letter, of the operator's.

    Parameters
    ----------
    own : iterable of str
        Tags of the operator's that are read beside READ_TAGS.

    Examples
    --------
    >>> nearest_read_tag("offers_90_d"), nearest_read_tag("nPastOrders"), nearest_read_tag("compensated_90d")
    ('offers_90d', 'n_past_orders', 'compensated_90d_minor')
    >>> nearest_read_tag("offers_30d"), nearest_read_tag("n_past_returns"), nearest_read_tag("n_past_orders")
    (None, None, None)
    >>> nearest_read_tag("offers_90f")
    'offers_90d'
    >>> nearest_read_tag("n_past_orders_eu"), nearest_read_tag("n_past_incident_cost"), nearest_read_tag("past_order")
    (None, None, 'n_past_orders')
    >>> nearest_read_tag("doNotMarkett", ["do_not_market"]), nearest_read_tag("list_b", ["list_a"])
    ('do_not_market', None)
    """
    read = (*READ_TAGS, *own)
    if name in read or name in CONSENT_TAGS:
        return None
    said = _words(name)
    return next(
        (tag for tag in read if _alike(said, _words(tag)) and not (tag in own and _two_codes(said, _words(tag)))), None
    )


def _alike(said: list[str], known: list[str]) -> bool:
    if _figures(said) != _figures(known):
        return False
    essential, wanted = _essential(said), _essential(known)
    same_words = sorted(essential) == sorted(wanted)
    return same_words or _one_letter(said, known) or _one_letter(essential, wanted)


def _words(name: str) -> list[str]:
    """Its words, with figures parted from letters.

    Examples
    --------
    >>> _words("Offers-90Days"), _words("nPastOrders")
    (['offers', '90', 'd'], ['n', 'past', 'orders'])
    """
    words = [part for word in words_of(name) for part in re.findall(r"\d+|\D+", word)]
    return ["d" if word in {"day", "days"} else word for word in words]


def _figures(words: list[str]) -> list[str]:
    return [word for word in words if word.isdigit()]


def _two_codes(said: list[str], known: list[str]) -> bool:
    """Whether both name the same thing and end in different letters, as lists and groups are told apart."""
    if said == known or len(said) != len(known):
        return False
    return said[:-1] == known[:-1] and len(said[-1]) == len(known[-1]) == 1


def _essential(words: list[str]) -> list[str]:
    return [word for word in words if word not in _UNITS]


def _one_letter(said: list[str], known: list[str]) -> bool:
    return one_letter_apart("".join(said), "".join(known))
