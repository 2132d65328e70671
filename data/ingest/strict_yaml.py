"""YAML without its traps: no aliases, no duplicate keys, no surprise booleans or dates.

Keys stay the text that was written, so that `NO` is Norway; `yes`, `on` and dates stay text too.
An alias bomb of 306 bytes passes `yaml.safe_load`; here any alias is refused.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from data.errors import MappingError

MAX_BYTES = 1_000_000
MAX_DEPTH = 20


class _StrictLoader(yaml.SafeLoader):
    """A safe loader that knows null, true, false, whole and decimal numbers, and text."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012  # PyYAML's own field
    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.events.AliasEvent):
            event = self.peek_event()  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, "aliases are not allowed; write it out", event.start_mark)
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise yaml.composer.ComposerError(None, None, f"nested deeper than {MAX_DEPTH}", self.get_mark())
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def construct_mapping(self, node: yaml.Node, deep: bool = False) -> dict[Any, Any]:
        del deep  # nested nodes are always built at once
        if not isinstance(node, yaml.MappingNode):
            raise yaml.constructor.ConstructorError(None, None, "expected keys and values", node.start_mark)
        built: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(None, None, "a key must be plain text", key_node.start_mark)
            if key_node.value in built:
                problem = f"the key {key_node.value!r} comes twice; keep one"
                raise yaml.constructor.ConstructorError(None, None, problem, key_node.start_mark)
            built[key_node.value] = self.construct_object(value_node, deep=True)
        return built


def _resolve(tag: str, pattern: str, first: str) -> None:
    _StrictLoader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(pattern), list(first))


_resolve("null", r"^(?:~|null|)$", "~n\0")
_StrictLoader.yaml_implicit_resolvers.setdefault("", []).append(("tag:yaml.org,2002:null", re.compile(r"^$")))
_resolve("bool", r"^(?:true|false)$", "tf")
_resolve("int", r"^[-+]?(?:0|[1-9][0-9]*)$", "-+0123456789")
_resolve("float", r"^[-+]?[0-9]+\.[0-9]*(?:[eE][-+]?[0-9]+)?$|^[-+]?[0-9]+[eE][-+]?[0-9]+$", "-+0123456789")


def _construct_map(loader: _StrictLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    return loader.construct_mapping(node)


_StrictLoader.add_constructor("tag:yaml.org,2002:map", _construct_map)


def read_strict_yaml(path: Path) -> dict[str, Any]:
    """Read a YAML file whose top level is a mapping.

    Raises
    ------
    MappingError
        Saying the file, line and column of what is wrong with it.
    """
    text = _text_of(path)
    try:
        content = yaml.load(text, Loader=_StrictLoader)  # noqa: S506  # a SafeLoader, made stricter
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        msg = f"{path}{where}: {error.problem or 'not YAML'}"
        raise MappingError(msg) from error
    except (yaml.YAMLError, ValueError) as error:
        msg = f"{path}: not YAML ({str(error).splitlines()[0]})"
        raise MappingError(msg) from error
    if not isinstance(content, dict):
        msg = (
            f"{path}: holds {type(content).__name__} where keys and values are needed; see docs/bring-your-own-data.md"
        )
        raise MappingError(msg)
    return content


def _text_of(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except OSError as error:
        msg = f"{path}: cannot be read ({error.strerror}); name a mapping file"
        raise MappingError(msg) from error
    if len(raw) > MAX_BYTES:
        msg = f"{path}: {len(raw):,} bytes is too large (limit {MAX_BYTES:,}); is it the history itself?"
        raise MappingError(msg)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        msg = f"{path}: not UTF-8 at byte {error.start}; save the mapping file as UTF-8"
        raise MappingError(msg) from error
