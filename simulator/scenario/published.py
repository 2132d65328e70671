"""How a world would have been written when the first scenarios were published: what a hash is taken of.

Features come, and a world that has none of them is still the same world; so is its hash.
"""

from __future__ import annotations

from typing import Any

from data.incidents import IncidentType

# Off is None for each of these, so that only where one is on does it count.
LATER_FEATURES = frozenset(
    (
        *("fatigue", "customs_zone", "customs", "hazmat_refusal", "address_change"),
        *("shelf_life", "cancellation", "split", "feedback", "warning_hours"),
        *("dwell_limit_hours", "per_day_dwelt", "channels", "channel_shares"),
    )
)
_FIRST_TYPES = [kind.value for kind in tuple(IncidentType)[:5]]
_EVERY_TYPE = [kind.value for kind in IncidentType]


def as_first_published(part: Any) -> Any:
    """Plain data of a scenario without what later features left off.

    Examples
    --------
    >>> as_first_published({"pick_minutes": 9, "fatigue": None})
    {'pick_minutes': 9}
    """
    if isinstance(part, list):
        return [as_first_published(item) for item in part]
    if not isinstance(part, dict):
        return part
    kept = {name: value for name, value in part.items() if value is not None or name not in LATER_FEATURES}
    return {
        name: _every_type(value) if name == "allowed_for" else as_first_published(value) for name, value in kept.items()
    }


def _every_type(kinds: list[str]) -> list[str]:
    """Types of incident that an arm may answer: `every type` is written as when there were five of them."""
    if kinds == _EVERY_TYPE:
        return _FIRST_TYPES
    return [*kinds, "and no other"] if kinds == _FIRST_TYPES else kinds
