"""A scenario as named changes to another."""

from __future__ import annotations

from typing import Any

from simulator.errors import InheritanceError
from simulator.scenario.paths import set_at
from simulator.scenario.schema import Scenario

MOST_ANCESTORS = 8
SHORTEST_HASH = 8
HEIR_FIELDS = ("name", "description", "source", "base", "base_hash", "changes")


def inherited(base: Scenario, base_hash: str, heir: dict[str, Any], *, where: str) -> dict[str, Any]:
    """The plain data of a scenario that is given as changes to a base.

    Parameters
    ----------
    heir : dict
        name, description and source are its own; `changes` maps dotted paths into the base to values, applied in
        the order in which they are written; `base_hash`, where given, is the hash of the base that is meant.

    Raises
    ------
    InheritanceError
        If a field has no place beside `base`, a change leads nowhere, or the base is not the one that is meant.
    """
    _require_heir_fields(heir, where)
    _require_hash(heir.get("base_hash"), base_hash, where)
    changes = heir.get("changes", {})
    _require_changes(changes, where, is_told="changes" in heir)
    content = base.model_dump(mode="json")
    for path, value in changes.items():
        try:
            set_at(content, path, value)
        except InheritanceError as error:
            msg = f"{where}: changes: {error}"
            raise InheritanceError(msg) from None
    source = {"kind": "changes to a base scenario", "base": base.name, "base_hash": base_hash}
    own = {"description": "", "source": source} | {name: heir[name] for name in HEIR_FIELDS[:3] if name in heir}
    del content["name"]
    return content | own


def _require_heir_fields(heir: dict[str, Any], where: str) -> None:
    others = [name for name in heir if name not in HEIR_FIELDS]
    if others:
        msg = f"{where}: {others[0]!r} has no place beside `base`; write it under `changes`, as a path into the base"
        raise InheritanceError(msg)


def _require_changes(changes: Any, where: str, *, is_told: bool) -> None:
    if is_told and changes in (None, {}):
        msg = f"{where}: changes is empty; write what is other than in the base, or leave out `changes`"
        raise InheritanceError(msg)
    if not isinstance(changes, dict):
        msg = f"{where}: changes is {changes!r}, not a mapping of dotted paths to values"
        raise InheritanceError(msg)


def _require_hash(meant: Any, found: str, where: str) -> None:
    if meant is None or (isinstance(meant, str) and len(meant) >= SHORTEST_HASH and found.startswith(meant)):
        return
    msg = f"{where}: base_hash is {meant!r}, but the base's is {found}; check what changed and write the new hash"
    raise InheritanceError(msg)
