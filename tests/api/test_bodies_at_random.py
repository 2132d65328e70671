"""Bodies at random: each is answered or refused, and none breaks anything."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import httpx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.schemas.examples import (
    COMPENSATION_EXAMPLE,
    PLANS_EXAMPLE,
    PREVENTION_EXAMPLE,
    PROMISES_EXAMPLE,
    ROUTING_EXAMPLE,
)

EXAMPLES = {
    "/v1/routing/recommendations": ROUTING_EXAMPLE,
    "/v1/compensation/recommendations": COMPENSATION_EXAMPLE,
    "/v1/routing/plans": PLANS_EXAMPLE,
    "/v1/routing/promises": PROMISES_EXAMPLE,
    "/v1/routing/attributions": ROUTING_EXAMPLE,
    "/v1/compensation/preventions": PREVENTION_EXAMPLE,
}
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)


def member_paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*path, key)
        yield from member_paths(inner, (*path, key))


def send(service: Any, path: str, body: bytes) -> httpx.Response:
    answer: httpx.Response = service.client.post(path, content=body, headers={"content-type": "application/json"})
    return answer


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), junk=JSON_VALUES)
def test_any_value_in_any_place_is_answered_or_refused_but_never_breaks(
    rules: Any, data: st.DataObject, junk: Any
) -> None:
    target = data.draw(st.sampled_from(list(EXAMPLES)))
    place = data.draw(st.sampled_from(list(member_paths(EXAMPLES[target]))))
    body = copy.deepcopy(EXAMPLES[target])
    holder = body
    for step in place[:-1]:
        holder = holder[step]
    holder[place[-1]] = junk
    status = send(rules, target, json.dumps(body).encode()).status_code
    assert status == 200 or 400 <= status < 500


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=200))
def test_any_bytes_are_refused_as_a_problem(rules: Any, body: bytes) -> None:
    answer = send(rules, "/v1/routing/recommendations", body)
    assert 400 <= answer.status_code < 500
    assert answer.headers["content-type"] == "application/problem+json"
