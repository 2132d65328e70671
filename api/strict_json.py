"""JSON read strictly: what Python's reader lets through, and a database or another reader would not, is refused."""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

# The sign and the digits of an int64: no field takes more, and long literals cost quadratic time to read.
MAX_INTEGER_LENGTH = 20


class StrictJsonError(ValueError):
    """The text is not JSON that can be trusted; the message never holds any of it."""


def parse_json(body: bytes) -> Any:
    """Read one JSON value.

    Raises
    ------
    StrictJsonError
        If the bytes are not UTF-8, not JSON, nested too deeply, hold a key twice in one object, a number
        that is not finite, or half of a surrogate pair.

    Examples
    --------
    >>> parse_json(b'{"a": [1, 2.5]}')
    {'a': [1, 2.5]}
    >>> parse_json(b'{"a": 1, "a": 2}')
    Traceback (most recent call last):
    api.strict_json.StrictJsonError: an object holds the same key twice; send each key once
    """
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        msg = f"the body is not UTF-8 (byte {error.start}); encode it as UTF-8"
        # The original error carries the bytes: it must not travel on.
        raise StrictJsonError(msg) from None
    value = _parsed(text)
    if "\\u" in text:
        _require_whole_characters(value)
    return value


def _parsed(text: str) -> Any:
    try:
        return json.loads(
            text, object_pairs_hook=_object_of, parse_float=_finite, parse_constant=_refuse_constant, parse_int=_whole
        )
    except StrictJsonError:
        raise
    except json.JSONDecodeError as error:
        msg = f"the body is not JSON (line {error.lineno}, column {error.colno}); send one JSON object"
        raise StrictJsonError(msg) from None
    except RecursionError:
        msg = "the JSON is nested too deeply; send the documented shape"
        raise StrictJsonError(msg) from None


def _object_of(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        msg = "an object holds the same key twice; send each key once"
        raise StrictJsonError(msg)
    return members


def _finite(literal: str) -> float:
    number = float(literal)
    if not math.isfinite(number):
        msg = "a number is too large for a double; send finite numbers"
        raise StrictJsonError(msg)
    return number


def _whole(literal: str) -> int:
    if len(literal) > MAX_INTEGER_LENGTH:
        msg = "an integer is too large for 64 bits; send smaller numbers"
        raise StrictJsonError(msg)
    return int(literal)


def _refuse_constant(_name: str) -> NoReturn:
    msg = "NaN and Infinity are not JSON; send finite numbers or leave the field out"
    raise StrictJsonError(msg)


def _require_whole_characters(value: Any) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        msg = "a text holds half of a surrogate pair; send whole characters"
        raise StrictJsonError(msg) from None
