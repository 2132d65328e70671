"""Sweeps: a causal policy under one set of weights after another, to see what can be traded for what."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from data.objective import OBJECTIVE_TERMS
from experiments.whatif.contenders import CAUSAL, TERM_SEPARATOR
from experiments.whatif.errors import ContenderError, StudyPlanError
from experiments.whatif.ranges import numbers_of, spread
from experiments.whatif.weights import near

MOST_SWEPT = 25
_HAIR = 1e-9


def swept(policies: Sequence[str], sweep: str) -> tuple[str, ...]:
    """Put in place of every causal policy without weights of its own one for each set of weights of a sweep.

    Parameters
    ----------
    policies : sequence of str
        As on the command line.
    sweep : str
        Such as `cost=0:1:5`, or `cost=0:1:3,carbon=0:1:3` for a grid; sets that sum to more than 1 are left out,
        and terms that are not named share what the named ones leave.

    Raises
    ------
    StudyPlanError
        If a range cannot be used, or the grid is too large.
    ContenderError
        If a term is unknown or comes twice, or no policy can be swept.

    Examples
    --------
    >>> swept(["rules", "causal"], "cost=0:1:3")
    ('rules', 'causal@cost=0', 'causal@cost=0.5', 'causal@cost=1')
    """
    weights = _grid(sweep)
    if not any(map(_is_open, policies)):
        msg = f"--sweep {sweep!r} sweeps the weights of a causal policy, and --policies names none without weights"
        raise ContenderError(msg)
    return tuple(
        name
        for policy in policies
        for name in ([f"{policy}@{own}" for own in weights] if _is_open(policy) else [policy])
    )


def _is_open(policy: str) -> bool:
    """Whether a policy is causal and leaves its weights to others; a folder may have an @ in its path."""
    own = policy.rpartition("@")[2] if "@" in policy else "/"
    return policy.partition(":")[0].partition("@")[0] == CAUSAL and "/" in own


def _grid(sweep: str) -> list[str]:
    ranges: dict[str, tuple[float, ...]] = {}
    for part in sweep.split(","):
        term, _, text = (piece.strip() for piece in part.partition("="))
        if term not in OBJECTIVE_TERMS or term in ranges:
            wrong = "comes twice" if term in ranges else f"is no term{near(term, OBJECTIVE_TERMS)}"
            msg = f"--sweep {sweep!r}: {term!r} {wrong}; terms are {list(OBJECTIVE_TERMS)}"
            raise ContenderError(msg)
        first, last, count = numbers_of(text, "--sweep")
        if not 0 <= first < last <= 1:
            msg = f"--sweep {part.strip()!r}: weights are shares; give a lower and a higher one from 0 to 1"
            raise StudyPlanError(msg)
        ranges[term] = spread(first, last, count, most=MOST_SWEPT, what="--sweep")
    sets = [values for values in product(*ranges.values()) if sum(values) <= 1 + _HAIR]
    if not 1 < len(sets) <= MOST_SWEPT:
        msg = f"--sweep {sweep!r} makes {len(sets)} sets of weights; make it from 2 to {MOST_SWEPT}"
        raise StudyPlanError(msg)
    return [
        TERM_SEPARATOR.join(f"{term}={value:g}" for term, value in zip(ranges, values, strict=True)) for values in sets
    ]
