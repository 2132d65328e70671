"""Bytes that are no body at all: each gets a 4xx problem that repeats nothing of them, and never a 5xx."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest

from api.schemas.examples import COMPENSATION_EXAMPLE, PLANS_EXAMPLE, RESOLUTION_EXAMPLE, ROUTING_EXAMPLE

ROUTING, COMPENSATION, RESOLVE = (
    "/v1/routing/recommendations",
    "/v1/compensation/recommendations",
    "/v1/reviews/rev_1/resolve",
)
PLANS, ATTRIBUTION = "/v1/routing/plans", "/v1/routing/attributions"
EXAMPLES = {
    ROUTING: ROUTING_EXAMPLE,
    COMPENSATION: COMPENSATION_EXAMPLE,
    RESOLVE: RESOLUTION_EXAMPLE,
    PLANS: PLANS_EXAMPLE,
    ATTRIBUTION: ROUTING_EXAMPLE,
}
# A text member of each body, into which bytes can be put.
A_TEXT = {
    ROUTING: "order_id",
    COMPENSATION: "incident_id",
    RESOLVE: "reviewer",
    PLANS: "order_id",
    ATTRIBUTION: "order_id",
}


def with_text(path: str, raw: bytes) -> bytes:
    """The example with the JSON text of one member replaced by raw bytes."""
    body = {**EXAMPLES[path], A_TEXT[path]: "@@"}
    return json.dumps(body).encode().replace(b'"@@"', raw)


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


def whole(path: str) -> bytes:
    return json.dumps(EXAMPLES[path]).encode()


BYTES: dict[str, Callable[[str], bytes]] = {
    "empty": lambda _: b"",
    "blank": lambda _: b"  \n",
    "NaN": lambda path: with_text(path, b"NaN"),
    "Infinity": lambda path: with_text(path, b"-Infinity"),
    "1e400": lambda path: with_text(path, b"1e400"),
    "-1e400": lambda path: with_text(path, b"-1e400"),
    "an integer of 2**70": lambda path: with_text(path, str(2**70).encode()),
    "an integer of 5,000 digits": lambda path: with_text(path, b"9" * 5000),
    "a lone high surrogate": lambda path: with_text(path, b'"CANARY7\\ud800"'),
    "a lone low surrogate": lambda path: with_text(path, b'"\\udc00CANARY7"'),
    "a surrogate as raw bytes": lambda path: with_text(path, b'"CANARY7\xed\xa0\x80"'),
    "NUL as an escape": lambda path: with_text(path, b'"CANARY7\\u0000"'),
    "NUL as a byte": lambda path: with_text(path, b'"CANARY7\x00"'),
    "a raw newline in a text": lambda path: with_text(path, b'"CANARY7\n"'),
    "an RTL override": lambda path: with_text(path, '"CANARY7\u202e"'.encode()),
    "a zero-width space": lambda path: with_text(path, '"CANARY7\u200b"'.encode()),
    "an escape character": lambda path: with_text(path, b'"CANARY7\\u001b[31m"'),
    "a text that is not in normal form C": lambda path: with_text(path, '"CANARY7e\u0301"'.encode()),
    "an empty identifier": lambda path: with_text(path, b'""'),
    "a blank identifier": lambda path: with_text(path, b'" "'),
    "an identifier of 201 characters": lambda path: with_text(path, b'"' + b"x" * 201 + b'"'),
    "a list for a text": lambda path: with_text(path, b'["CANARY7"]'),
    "null for a text": lambda path: with_text(path, b"null"),
    "true for a text": lambda path: with_text(path, b"true"),
    "a number for a text": lambda path: with_text(path, b"7"),
    "a key twice": lambda path: whole(path)[:-1] + b', "mode": "live", "mode": "CANARY7"}',
    "an unknown member": lambda path: whole(path)[:-1] + b', "CANARY7": 1}',
    "__proto__": lambda path: whole(path)[:-1] + b', "__proto__": {"CANARY7": 1}}',
    "nested 500 deep": lambda _: nested(500),
    "nested 100,000 deep": lambda _: nested(100_000),
    "nested 100,000 deep and open": lambda _: b'{"a":' * 100_000,
    "UTF-16": lambda path: whole(path).decode().encode("utf-16"),
    "UTF-8 with a byte order mark": lambda path: b"\xef\xbb\xbf" + whole(path),
    "Latin-1": lambda path: with_text(path, b'"CANARY7\xe9"'),
    "gzip": lambda path: gzip.compress(whole(path)),
    "random bytes": lambda _: bytes(range(256)) * 4,
    "two values": lambda path: whole(path) * 2,
    "cut off": lambda path: whole(path)[:-20],
    "single quotes": lambda _: b"{'CANARY7': 1}",
    "a comment": lambda path: b"/* CANARY7 */" + whole(path),
    "a trailing comma": lambda path: whole(path)[:-1] + b",}",
    "a list": lambda _: b'["CANARY7"]',
    "a text": lambda _: b'"CANARY7"',
    "a number": lambda _: b"7",
    "null": lambda _: b"null",
    "form data": lambda _: b"order_id=CANARY7",
    "1,100,000 bytes": lambda path: whole(path) + b" " * 1_100_000,
}


@pytest.mark.parametrize("path", EXAMPLES)
@pytest.mark.parametrize("name", BYTES)
def test_bytes_that_cannot_be_read_get_a_problem_that_repeats_nothing(
    refused: Callable[[str, bytes], dict[str, Any]], path: str, name: str
) -> None:
    assert refused(path, BYTES[name](path))["status"] != 404


def test_refused_bytes_leave_nothing_behind(rules: Any) -> None:
    assert rules.client.get("/v1/reviews?status=any").json()["reviews"] == []
