"""Plain YAML: no anchors, no aliases, no tags beyond the plain ones, no key twice, no endless file."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import Any, NoReturn, cast

import yaml

from simulator.errors import ScenarioFileError

MAX_BYTES = 2_000_000
MAX_DEPTH = 30


class _PlainLoader(yaml.SafeLoader):
    """A safe loader that also refuses what makes YAML surprising."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            _refuse("anchors and aliases are not allowed (a few bytes of them can fill memory)", event)
        self.depth += 1
        if self.depth > MAX_DEPTH:
            _refuse(f"nesting deeper than {MAX_DEPTH}", event)
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Hashable] = set()
        for key_node, _ in node.value:
            if key_node.tag == "tag:yaml.org,2002:merge":
                _refuse("merge keys (<<) are not allowed", key_node)
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str):
                _refuse(f"the key {key!r} is not text; quote it", key_node)
            if key in seen:
                _refuse(f"the key {key!r} comes twice", key_node)
            seen.add(key)
        return super().construct_mapping(node, deep)


def read_plain_yaml(path: Path) -> dict[str, Any]:
    """Read a YAML file that holds one mapping.

    Raises
    ------
    ScenarioFileError
        If the file is missing, empty, larger than 2 MB, not UTF-8, not YAML, not one mapping, or uses anchors,
        aliases, merge keys or a key twice.
    """
    try:
        content = yaml.load(_text_of(path), Loader=_PlainLoader)  # noqa: S506  (a SafeLoader with more refusals)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        msg = f"{path}: not plain YAML ({_one_line(error)}); see simulator/scenarios/small.yaml for the form"
        raise ScenarioFileError(msg) from error
    if not isinstance(content, dict):
        msg = f"{path}: holds {type(content).__name__}, not a mapping of fields; see simulator/scenarios/small.yaml"
        raise ScenarioFileError(msg)
    return content


def _text_of(path: Path) -> str:
    try:
        # Read one byte past the bound rather than trust a size that a pipe or a device does not have.
        with path.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except OSError as error:
        msg = f"{path}: cannot be read ({error.strerror or error}); name a scenario file or one that ships"
        raise ScenarioFileError(msg) from error
    if len(raw) > MAX_BYTES:
        msg = f"{path}: larger than {MAX_BYTES:,} bytes; a scenario holds parameters, not data"
        raise ScenarioFileError(msg)
    if not raw.strip():
        msg = f"{path}: the file is empty; see simulator/scenarios/small.yaml for the form"
        raise ScenarioFileError(msg)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        msg = f"{path}: not UTF-8 text (byte {error.start}); save the scenario as UTF-8 YAML"
        raise ScenarioFileError(msg) from error


def _refuse(what: str, place: yaml.Event | yaml.Node) -> NoReturn:
    raise yaml.MarkedYAMLError(problem=what, problem_mark=cast("yaml.Mark | None", place.start_mark))


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
