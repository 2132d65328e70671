"""Endings: what a person made of a decision that was put before one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Ending:
    """How the review of a decision ended.

    Parameters
    ----------
    taken : str or None
        The candidate that was taken; None where it was agreed that nothing can be done.
    overridden : bool
        Whether that is another than the recommended one.
    """

    taken: str | None
    overridden: bool
    at: datetime
