"""Tag names: what decisions read of a customer's record, and names that are nearly one of them.

A tag that nobody reads is free, so a misspelt one would pass in silence and the customer would be judged as one
without a history.
"""

from __future__ import annotations

import difflib
import re
import unicodedata

from decision.compensation.guardrails import CONSENT_TAGS, OFFERS_TAG, SPENT_TAG

READ_TAGS: tuple[str, ...] = (
    "value_tier",
    "lateness_tolerance",
    "n_past_orders",
    "n_past_incidents",
    OFFERS_TAG,
    SPENT_TAG,
)
# One letter of nine is wrong at this; two of nine are another word.
_NEAR = 0.88
# Words that say how something is counted; a name without them is still the same name.
_UNITS = frozenset({"n", "minor"})


def nearest_read_tag(name: str) -> str | None:
    """The tag that a name nearly is: by a letter, case, separators, the order of its words or its unit.

    Figures are never misspelt: `offers_30d` counts other days than `offers_90d`, and is the caller's own.

    Examples
    --------
    >>> nearest_read_tag("offers_90_d"), nearest_read_tag("nPastOrders"), nearest_read_tag("compensated_90d")
    ('offers_90d', 'n_past_orders', 'compensated_90d_minor')
    >>> nearest_read_tag("offers_30d"), nearest_read_tag("n_past_returns"), nearest_read_tag("n_past_orders")
    (None, None, None)
    """
    if name in READ_TAGS or name in CONSENT_TAGS:
        return None
    return next((known for known in READ_TAGS if _alike(_words(name), _words(known))), None)


def _alike(said: list[str], known: list[str]) -> bool:
    one, other = "".join(said), "".join(known)
    if re.findall(r"\d+", one) != re.findall(r"\d+", other):
        return False
    same_words = sorted(_essential(said)) == sorted(_essential(known))
    return same_words or difflib.SequenceMatcher(None, one, other, autojunk=False).ratio() >= _NEAR


def _words(name: str) -> list[str]:
    """Its words in lower case, whatever parts them: marks, capitals, or letters after figures.

    Examples
    --------
    >>> _words("Offers-90Days"), _words("nPastOrders")
    (['offers', '90', 'd'], ['n', 'past', 'orders'])
    """
    parted = re.sub(r"(?<=[a-z])(?=[A-Z\d])|(?<=\d)(?=[^\W\d_])", "_", unicodedata.normalize("NFKC", name))
    words = re.sub(r"[\W_]+", " ", parted.casefold()).split()
    return ["d" if word in {"day", "days"} else word for word in words]


def _essential(words: list[str]) -> list[str]:
    return [word for word in words if word not in _UNITS]
