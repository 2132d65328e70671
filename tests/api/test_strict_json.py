from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.strict_json import StrictJsonError, parse_json

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
    max_leaves=20,
)


@given(value=VALUES, escaped=st.booleans())
def test_what_is_strict_json_is_read_as_it_was_written(value: Any, escaped: bool) -> None:
    assert parse_json(json.dumps(value, ensure_ascii=escaped).encode("utf-8")) == value


@given(body=st.binary(max_size=60))
def test_any_bytes_are_read_or_refused_in_words_of_ours(body: bytes) -> None:
    # Any other error would reach the caller as a fault of ours.
    with contextlib.suppress(StrictJsonError):
        parse_json(body)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'{"a":1,"a":1}', "same key twice"),
        (b'[{"b":{"a":1,"\\u0061":2}}]', "same key twice"),
        (b"[NaN]", "NaN"),
        (b"[-Infinity]", "Infinity"),
        (b"[1e309]", "too large for a double"),
        (b"[123456789012345678901]", "64 bits"),
        (b'["\\ud83d"]', "surrogate"),
        (b'{"\\ud83d": 1}', "surrogate"),
        (b"[" * 5000, "too deeply"),
        (b"\xff", "UTF-8"),
        (b"{", "not JSON"),
    ],
)
def test_each_weakness_of_the_usual_reader_is_closed(body: bytes, reason: str) -> None:
    with pytest.raises(StrictJsonError, match=reason):
        parse_json(body)


def test_a_whole_surrogate_pair_is_one_character() -> None:
    assert parse_json(b'["\\ud83d\\ude9a"]') == ["\N{DELIVERY TRUCK}"]
