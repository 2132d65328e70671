"""Dotted paths into a scenario's plain data; items of a list go by their identifier where they have one."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

from simulator.errors import InheritanceError

ID_FIELDS = ("node_id", "carrier_id", "region_id", "channel_id", "service_level")
APPEND = "+"
MOST_NAMES_SHOWN = 8


def names_in(part: Any) -> dict[str, Any]:
    """What a part holds, by name: a mapping's keys, the identifiers of a list's items, else their places.

    Examples
    --------
    >>> names_in([{"node_id": "leipzig"}, {"kind": "storm"}])
    {'leipzig': 0, '1': 1}
    """
    if isinstance(part, dict):
        return {key: key for key in part}
    if isinstance(part, list):
        return {name_of(item, place): place for place, item in enumerate(part)}
    return {}


def set_at(content: dict[str, Any], path: str, value: Any) -> None:
    """Put a value at a dotted path, in place; a last part of `+` appends a list of items.

    Raises
    ------
    InheritanceError
        If the path leads nowhere; the message names what comes near.

    Examples
    --------
    >>> world = {"nodes": [{"node_id": "leipzig", "pick_minutes": 8}]}
    >>> set_at(world, "nodes.leipzig.pick_minutes", 9)
    >>> world
    {'nodes': [{'node_id': 'leipzig', 'pick_minutes': 9}]}
    """
    part: Any = content
    rest = path
    while True:
        if rest == APPEND and isinstance(part, list):
            part.extend(_as_items(path, value))
            return
        names = names_in(part)
        name = _longest_start(names, rest)
        if name is None:
            raise InheritanceError(_lost(path, rest, names))
        if rest == name:
            part[names[name]] = value
            return
        part, rest = part[names[name]], rest[len(name) + 1 :]


def name_of(item: Any, place: int) -> str:
    """The identifier of a list's item, else its place."""
    if isinstance(item, dict):
        for field in ID_FIELDS:
            if isinstance(item.get(field), str) and item[field]:
                return str(item[field])
    return str(place)


def _longest_start(names: dict[str, Any], rest: str) -> str | None:
    """The name with which the rest of a path starts; identifiers may hold dots themselves."""
    starts = [name for name in names if rest == name or rest.startswith(f"{name}.")]
    return max(starts, key=len, default=None)


def _as_items(path: str, value: Any) -> list[Any]:
    if not isinstance(value, list):
        msg = f"{path}: appends {value!r}, which is not a list; give a list of items"
        raise InheritanceError(msg)
    return value


def _lost(path: str, rest: str, names: dict[str, Any]) -> str:
    where = path[: len(path) - len(rest)].rstrip(".") or "the scenario"
    if not names:
        return f"{path}: {where} is a plain value or empty, with no {rest!r} in it; set {where} as a whole"
    first = rest.split(".", maxsplit=1)[0]
    near = get_close_matches(first, names, n=3, cutoff=0.5)
    known = list(names)[:MOST_NAMES_SHOWN]
    hint = f"did you mean {' or '.join(map(repr, near))}?" if near else f"there are {', '.join(map(repr, known))}"
    return f"{path}: {where} has no {first!r}; {hint}"
