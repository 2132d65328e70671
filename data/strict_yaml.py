"""YAML without its traps: no anchors, no key twice, no surprise booleans or dates, no endless file.

Keys stay the text that was written, so that `NO` is Norway; `yes`, `on` and dates stay text too.
An alias bomb of 306 bytes passes `yaml.safe_load`; here anchors, aliases and merge keys are refused.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NoReturn, cast

import yaml

from data.errors import InputFileError

MAX_BYTES = 2_000_000
MAX_DEPTH = 30


class _StrictLoader(yaml.SafeLoader):
    """A safe loader that knows null, true, false, whole and decimal numbers, and text."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012  # PyYAML's own field
    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            _refuse("anchors and aliases are not allowed (a few bytes of them can fill memory); write it out", event)
        self.depth += 1
        if self.depth > MAX_DEPTH:
            _refuse(f"nesting deeper than {MAX_DEPTH}", event)
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def construct_mapping(self, node: yaml.Node, deep: bool = False) -> dict[Any, Any]:
        del deep  # nested nodes are always built at once
        if not isinstance(node, yaml.MappingNode):
            _refuse("expected keys and values", node)
        built: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                _refuse("a key must be plain text", key_node)
            if key_node.value == "<<":
                _refuse("merge keys (<<) are not allowed; write it out", key_node)
            if key_node.value in built:
                _refuse(f"the key {key_node.value!r} comes twice; keep one", key_node)
            built[key_node.value] = self.construct_object(value_node, deep=True)
        return built


def _refuse(what: str, place: yaml.Event | yaml.Node) -> NoReturn:
    raise yaml.MarkedYAMLError(problem=what, problem_mark=cast("yaml.Mark | None", place.start_mark))


def _resolve(tag: str, pattern: str, first: str) -> None:
    _StrictLoader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(pattern), list(first))


_resolve("null", r"^(?:~|null|)$", "~n\0")
_StrictLoader.yaml_implicit_resolvers.setdefault("", []).append(("tag:yaml.org,2002:null", re.compile(r"^$")))
_resolve("bool", r"^(?:true|false)$", "tf")
_resolve("int", r"^[-+]?(?:0|[1-9][0-9]*)$", "-+0123456789")
_resolve(
    "float", r"^[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?$|^[-+]?[0-9]+[eE][-+]?[0-9]+$", "-+.0123456789"
)


def _construct_map(loader: _StrictLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    return loader.construct_mapping(node)


_StrictLoader.add_constructor("tag:yaml.org,2002:map", _construct_map)


def read_strict_yaml(path: Path, *, see: str) -> dict[str, Any]:
    """Read a YAML file whose top level is a mapping.

    Parameters
    ----------
    see : str
        Where a good example is, for the message of an error.

    Raises
    ------
    InputFileError
        Saying the file, and the line and column where there is one, of what is wrong with it.
    """
    text = _text_of(path, see)
    try:
        content = yaml.load(text, Loader=_StrictLoader)  # noqa: S506  # a SafeLoader, made stricter
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        msg = f"{path}{where}: not plain YAML: {error.problem or 'cannot be parsed'}; see {see}"
        raise InputFileError(msg) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        msg = f"{path}: not plain YAML: {' '.join(str(error).split())[:300]}; see {see}"
        raise InputFileError(msg) from error
    if not isinstance(content, dict):
        msg = f"{path}: holds {type(content).__name__}, not a mapping of keys to values; see {see}"
        raise InputFileError(msg)
    return content


def _text_of(path: Path, see: str) -> str:
    try:
        # Read one byte past the bound rather than trust a size that a pipe or a device does not have.
        with path.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except OSError as error:
        msg = f"{path}: cannot be read ({error.strerror or error}); name a YAML file; there is an example in {see}"
        raise InputFileError(msg) from error
    if len(raw) > MAX_BYTES:
        msg = f"{path}: larger than {MAX_BYTES:,} bytes; it should hold parameters, not data"
        raise InputFileError(msg)
    if not raw.strip():
        msg = f"{path}: the file is empty; see {see}"
        raise InputFileError(msg)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        msg = f"{path}: not UTF-8 text (byte {error.start}); save it as UTF-8"
        raise InputFileError(msg) from error
