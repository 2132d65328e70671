"""Objective weights from the command line: `time=.75`, or a set that goes by a name."""

from __future__ import annotations

import math
from difflib import get_close_matches

from data.objective import DEFAULT_WEIGHTS, OBJECTIVE_TERMS, ObjectiveWeights
from experiments.whatif.errors import ContenderError

WEIGHT_SETS: dict[str, ObjectiveWeights] = {
    "balanced": DEFAULT_WEIGHTS,
    "cheap": ObjectiveWeights(cost=0.7, time=0.1, carbon=0.1, customer_value=0.1),
    "fast": ObjectiveWeights(cost=0.1, time=0.7, carbon=0.1, customer_value=0.1),
    "green": ObjectiveWeights(cost=0.1, time=0.1, carbon=0.7, customer_value=0.1),
    "loyal": ObjectiveWeights(cost=0.1, time=0.1, carbon=0.1, customer_value=0.7),
}
# Shares that come from decimals may sum to a hair above 1.
_HAIR = 1e-9


def weights_of(text: str, *, separator: str) -> ObjectiveWeights:
    """Read weights; terms that are not named share evenly what the named ones leave of 1.

    Parameters
    ----------
    text : str
        Such as `time=.5,cost=.3`, or the name of one of WEIGHT_SETS.
    separator : str
        What stands between two terms.

    Raises
    ------
    ContenderError
        If a term is unknown or comes twice, a share is no number from 0 to 1, or nothing is left to share.

    Examples
    --------
    >>> weights_of("time=.7", separator=",").time
    0.7
    """
    if "=" not in text:
        return _named(text)
    shares: dict[str, float] = {}
    for part in text.split(separator):
        name, _, number = part.partition("=")
        term = name.strip()
        _require_new_term(term, shares, text)
        shares[term] = _share(term, number)
    return _completed(shares, text)


def _named(text: str) -> ObjectiveWeights:
    if text not in WEIGHT_SETS:
        msg = f"no weights are called {text!r}{near(text, WEIGHT_SETS)}; name one of {list(WEIGHT_SETS)}, or time=.75"
        raise ContenderError(msg)
    return WEIGHT_SETS[text]


def near(text: str, known: object) -> str:
    """A question that offers the nearest known names, or nothing where none is near.

    Examples
    --------
    >>> near("casual", ["causal", "rules"])
    " (did you mean 'causal'?)"
    """
    names = [str(name) for name in known] if isinstance(known, list | tuple | dict) else []
    found = get_close_matches(text, names, n=2)
    return f" (did you mean {' or '.join(repr(name) for name in found)}?)" if found else ""


def _require_new_term(term: str, shares: dict[str, float], text: str) -> None:
    if term not in OBJECTIVE_TERMS:
        msg = f"weights {text!r}: unknown term {term!r}{near(term, OBJECTIVE_TERMS)}; terms are {list(OBJECTIVE_TERMS)}"
        raise ContenderError(msg)
    if term in shares:
        msg = f"weights {text!r}: {term} comes twice; give it one share"
        raise ContenderError(msg)


def _share(term: str, number: str) -> float:
    try:
        share = float(number)
    except ValueError:
        share = math.nan
    if not 0 <= share <= 1:
        msg = f"the weight {term} is {number.strip()!r}; give a share from 0 to 1"
        raise ContenderError(msg)
    return share


def _completed(shares: dict[str, float], text: str) -> ObjectiveWeights:
    unnamed = [term for term in OBJECTIVE_TERMS if term not in shares]
    left = 1 - sum(shares.values())
    if left < -_HAIR:
        msg = f"weights {text!r} sum to {1 - left:g}; shares sum to at most 1, and unnamed terms share the rest"
        raise ContenderError(msg)
    if not any(shares.values()) and not unnamed:
        msg = f"weights {text!r} are all 0; give at least one term a share"
        raise ContenderError(msg)
    # Rounded, so that 1 - .7 is shared as .1 and not as a hair less: weights are compared and hashed.
    rest = {term: round(max(left, 0.0) / len(unnamed), 12) for term in unnamed}
    return ObjectiveWeights(**shares, **rest)
