"""What a comparison says, in a sentence: agrees, too fast, too slow, too wide, or too few orders to tell."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.validation.comparison import MIN_ORDERS, Comparison
from simulator.validation.two_samples import CONFIDENCE

# A difference that is sure and yet smaller than both of these would change nobody's decision.
TOLERATED_SHARE, TOLERATED_HOURS = 0.10, 1.0
TOLERATED_GAP, TOLERATED_LATE = 0.10, 0.05
AGREES, DIFFERS, UNKNOWN = "agrees", "differs", "cannot tell"


@dataclass(frozen=True)
class Verdict:
    """`agrees`, `differs` or `cannot tell`, and the sentence that says how."""

    word: str
    sentence: str


def verdict_of(found: Comparison) -> Verdict:
    """Judge a group: a difference has to be both surer than chance, all groups counted, and large enough to matter."""
    if not found.is_told:
        fewer, where = min((found.n_history, "the history"), (found.n_world, "the world"))
        return Verdict(UNKNOWN, f"too few orders to tell ({fewer} in {where}; {MIN_ORDERS} are needed)")
    time, late = _of_time(found), _of_lateness(found)
    if late is None:
        return time
    return Verdict(DIFFERS, f"{time.sentence}; {late}" if time.word == DIFFERS else f"as long on the way, but {late}")


def tolerated_hours(found: Comparison) -> float:
    """The largest shift of the mean that is let pass."""
    return max(TOLERATED_HOURS, TOLERATED_SHARE * found.mean_history)


def _of_time(found: Comparison) -> Verdict:
    most = max(abs(found.shift_low), abs(found.shift_high))
    if min(found.ks_p, found.shift_p) >= 1 - CONFIDENCE:
        if most > tolerated_hours(found):
            few = f"no difference found, but {found.n_history} orders tell no more than to within {most:.0f} h"
            return Verdict(UNKNOWN, few)
        return Verdict(AGREES, f"agrees (mean to within {most:.1f} h)")
    if abs(found.shift_hours) > tolerated_hours(found):
        way = "slow" if found.shift_hours > 0 else "fast"
        return Verdict(DIFFERS, f"too {way} by {abs(found.shift_hours):.0f} h")
    if found.ks > TOLERATED_GAP:
        return Verdict(DIFFERS, f"right on average, but {_spread(found)} (largest gap {found.ks:.2f})")
    return Verdict(AGREES, f"agrees; the difference is less than matters (largest gap {found.ks:.2f})")


def _spread(found: Comparison) -> str:
    ours, theirs = (quantiles[4] - quantiles[0] for quantiles in (found.quantiles_history, found.quantiles_world))
    if round(ours) == round(theirs):
        return "of another shape"
    return f"P10 to P90 span {theirs:.0f} h where the history has {ours:.0f} h"


def _of_lateness(found: Comparison) -> str | None:
    """None where lateness agrees, or is not known."""
    difference = found.late_world - found.late_history
    if not (found.late_p < 1 - CONFIDENCE and abs(difference) > TOLERATED_LATE):
        return None
    often = "more" if difference > 0 else "less"
    return f"late {often} often: {found.late_world:.0%} against {found.late_history:.0%}"
