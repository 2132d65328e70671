"""Ranges from the command line: `1:3:0.25` and the like, kept small enough to be played."""

from __future__ import annotations

import math

from experiments.whatif.errors import StudyPlanError

# Rounds away what decimals cannot say exactly, so that 1 + 3 * 0.1 is 1.3 and is named and hashed as that.
_DECIMALS = 9


def numbers_of(text: str, what: str) -> list[float]:
    """Split `a:b:c` into three finite numbers.

    Raises
    ------
    StudyPlanError
        If it is anything else.
    """
    try:
        numbers = [float(part) for part in text.split(":")]
    except ValueError:
        numbers = []
    if len(numbers) != 3 or not all(map(math.isfinite, numbers)):  # noqa: PLR2004 - from, to, and how finely
        msg = f"{what} {text!r} is no range; give three numbers such as {_EXAMPLES[what]}"
        raise StudyPlanError(msg)
    return numbers


def stepped(first: float, last: float, step: float, *, most: int, what: str) -> tuple[float, ...]:
    """From first to last by steps, both ends included where the steps meet the last.

    Raises
    ------
    StudyPlanError
        If it leads nowhere, or to more than `most` numbers.

    Examples
    --------
    >>> stepped(1, 2, 0.5, most=10, what="--stress")
    (1.0, 1.5, 2.0)
    """
    if step <= 0 or last < first:
        msg = f"{what} {first:g}:{last:g}:{step:g} leads nowhere; give a positive step from a lower to a higher number"
        raise StudyPlanError(msg)
    n_steps = (last - first) / step
    if n_steps > most - 1 + _HAIR:
        msg = f"{what} {first:g}:{last:g}:{step:g} makes more than {most} numbers; take a larger step"
        raise StudyPlanError(msg)
    return tuple(round(first + place * step, _DECIMALS) for place in range(math.floor(n_steps + _HAIR) + 1))


def spread(first: float, last: float, count: float, *, most: int, what: str) -> tuple[float, ...]:
    """So many numbers, evenly from first to last.

    Raises
    ------
    StudyPlanError
        If it is no whole number from 2 to `most`.

    Examples
    --------
    >>> spread(0, 1, 5, most=10, what="--sweep")
    (0.0, 0.25, 0.5, 0.75, 1.0)
    """
    if count != int(count) or not 2 <= count <= most or last <= first:  # noqa: PLR2004 - both ends
        msg = f"{what} {first:g}:{last:g}:{count:g}: give a lower and a higher number, and how many from 2 to {most}"
        raise StudyPlanError(msg)
    return tuple(round(first + place * (last - first) / (count - 1), _DECIMALS) for place in range(int(count)))


_HAIR = 1e-9
_EXAMPLES = {"--stress": "1:3:0.25 (from, to, step)", "--sweep": "0:1:5 (from, to, how many)"}
