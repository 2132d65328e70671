"""Parts of the decision's bench, which can be measured one at a time: all of them take more than an hour."""

from __future__ import annotations

from enum import StrEnum

from data.ingest.near_names import near_names
from experiments.errors import BenchmarkError


class Part(StrEnum):
    """What can be measured by itself.

    `models` is routing and compensation in worlds that were never seen; the rest says itself.
    """

    MODELS = "models"
    SERVING = "serving"
    ESTIMATES = "estimates"
    CONFOUNDING = "confounding"
    SCENARIOS = "scenarios"


ALL_PARTS = frozenset(Part)
LEFT_OUT = "left out by --parts"


def parts_named(text: str) -> frozenset[Part]:
    """Read parts: their names with commas between them.

    Raises
    ------
    BenchmarkError
        If there is no such part.

    Examples
    --------
    >>> sorted(parts_named("serving, models"))
    [<Part.MODELS: 'models'>, <Part.SERVING: 'serving'>]
    """
    return frozenset(_part(name.strip()) for name in text.split(","))


def _part(name: str) -> Part:
    known = [part.value for part in Part]
    if name not in known:
        hint = near_names(name[:40], known) or f"; there are {', '.join(known)}"
        msg = f"the bench has no part {name[:40]!r}{hint}"
        raise BenchmarkError(msg)
    return Part(name)
