"""Only plain JSON is taken, whatever the charset."""

from __future__ import annotations

import gzip
import json
from typing import Any

import httpx
import pytest

from api.schemas.examples import ROUTING_EXAMPLE

PATH, BODY = "/v1/routing/recommendations", json.dumps(ROUTING_EXAMPLE).encode()


def send(service: Any, content_type: str) -> httpx.Response:
    answer: httpx.Response = service.client.post(PATH, content=BODY, headers={"content-type": content_type})
    return answer


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "application/xml", "multipart/form-data", "", "x"],
)
def test_only_json_is_taken(rules: Any, content_type: str) -> None:
    answer = send(rules, content_type)
    assert answer.status_code == 415
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_charset_beside_json_is_no_matter(rules: Any) -> None:
    assert send(rules, "Application/JSON; charset=utf-8").status_code == 200


def test_a_compressed_body_is_not_unpacked(rules: Any) -> None:
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    answer = rules.client.post(PATH, content=gzip.compress(BODY), headers=headers)
    assert answer.status_code == 415
    assert answer.headers["content-type"] == "application/problem+json"
