"""What is different between two scenarios."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from simulator.scenario.paths import names_in
from simulator.scenario.schema import Scenario


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that differs, as JSON text; None where a scenario has no such value."""

    path: str
    left: str | None
    right: str | None


def differences(left: Scenario, right: Scenario) -> list[Difference]:
    """Every value that shapes the world and differs, in the order of the scenarios' fields.

    An item that only one of them has is one difference.
    """
    return list(_compared(_shaping(left), _shaping(right), ""))


def _shaping(scenario: Scenario) -> dict[str, Any]:
    plain: dict[str, Any] = scenario.model_dump(mode="json", exclude={"name", "description", "source"})
    return plain


def _compared(left: Any, right: Any, path: str) -> Iterator[Difference]:
    ours, theirs = names_in(left), names_in(right)
    if not _has_parts(left) or not _has_parts(right):
        if left != right:
            yield Difference(path, _told(left), _told(right))
        return
    kept, found = [name for name in ours if name in theirs], [name for name in theirs if name in ours]
    if isinstance(left, list) and kept != found:
        # Draws go by place, so the same items in another order are another world.
        yield Difference(f"{path} (order)", _told(kept), _told(found))
    for name in [*ours, *(name for name in theirs if name not in ours)]:
        inner = f"{path}.{name}" if path else name
        if name not in theirs:
            yield Difference(inner, _told(left[ours[name]]), None)
        elif name not in ours:
            yield Difference(inner, None, _told(right[theirs[name]]))
        else:
            yield from _compared(left[ours[name]], right[theirs[name]], inner)


def _has_parts(part: Any) -> bool:
    """Whether it is compared part by part: a mapping, or a list of mappings, the empty one included."""
    return isinstance(part, dict) or (isinstance(part, list) and all(isinstance(item, dict) for item in part))


def _told(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
