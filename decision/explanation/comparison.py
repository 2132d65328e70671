"""Comparisons: amounts with their intervals, and what it costs to stay or to leave, as the fields of a sentence."""

from __future__ import annotations

from data.decisions import Interval
from decision.explanation.wording import Wording
from decision.routing.seen_order import SAME_LOSS_DECIMALS

# Losses that are ranked as the same lie no further apart, in minor currency units.
SAME_LOSS_MINOR = 10.0**-SAME_LOSS_DECIMALS


def compared(key: str, objective: Interval, wording: Wording) -> tuple[str, dict[str, str]]:
    """The sentence on what staying costs, and its amounts: where it costs less, the saving, turned round."""
    if objective.point >= -SAME_LOSS_MINOR:
        return key, bounds(objective, "money", wording, signed=False)
    saving = Interval(-objective.point, -objective.upper, -objective.lower)
    return f"{key}.less", bounds(saving, "money", wording, signed=False)


def bounds(interval: Interval, unit: str, wording: Wording, *, signed: bool = True) -> dict[str, str]:
    """The point with its unit, and the bounds, which are read beside it, without."""
    told = {name: wording.figure(getattr(interval, name), unit, signed=signed) for name in ("lower", "upper")}
    return {"point": wording.amount(interval.point, unit, signed=signed), **told}
