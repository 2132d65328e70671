from __future__ import annotations

import logging
import socket
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from api.schemas.examples import ROUTING_EXAMPLE
from data.errors import StoreError
from data.store.store import Store

ROUTING = "/v1/routing/recommendations"


def address_of(service: Any) -> tuple[str, int]:
    url: httpx.URL = service.client.base_url
    assert url.port is not None
    return url.host, url.port


def exchange(service: Any, raw: bytes) -> bytes:
    with socket.create_connection(address_of(service), timeout=10) as connection:
        connection.sendall(raw)
        received = b""
        while part := connection.recv(65_536):
            received += part
    return received


@pytest.mark.parametrize(
    ("method", "path", "status", "slug"),
    [
        ("GET", "/nothing/CANARY", 404, "not-found"),
        ("GET", ROUTING, 405, "method-not-allowed"),
        ("DELETE", "/healthz", 405, "method-not-allowed"),
        ("GET", "/v1/decisions/CANARY", 404, "not-found"),
        ("GET", "/v1/decisions/CANARY%00", 422, "invalid-request"),
        ("GET", f"/v1/decisions/{'x' * 201}", 422, "invalid-request"),
        ("GET", "/docs", 404, "not-found"),
        ("GET", "/redoc", 404, "not-found"),
    ],
)
def test_every_refusal_is_a_problem_that_repeats_nothing(
    rules: Any, method: str, path: str, status: int, slug: str
) -> None:
    answer = rules.client.request(method, path)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.json()["type"] == f"urn:routecause:problem:{slug}"
    assert "CANARY" not in answer.text


def test_a_host_that_is_not_ours_is_refused(rules: Any) -> None:
    answer = rules.client.get("/healthz", headers={"host": "evil.example"})
    assert (answer.status_code, answer.json()["type"]) == (400, "urn:routecause:problem:unknown-host")
    assert rules.client.get("/healthz", headers={"host": "LOCALHOST:8000"}).status_code == 200
    assert rules.client.get("/healthz", headers={"host": "[::1]"}).status_code == 200


def test_a_host_can_be_allowed(serve: Callable[..., Any]) -> None:
    with serve(allowed_hosts=("oms.example",)) as service:
        assert service.client.get("/healthz").status_code == 400
        assert service.client.get("/healthz", headers={"host": "oms.example:8000"}).status_code == 200


def test_every_answer_carries_the_security_headers(rules: Any) -> None:
    for path in ("/healthz", "/nothing", "/openapi.json"):
        headers = rules.client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "server" not in headers


def test_a_fault_of_ours_is_told_by_an_opaque_incident_only(
    rules: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_arguments: Any) -> None:
        message = "CANARY in an exception's message"
        raise RuntimeError(message)

    monkeypatch.setattr("api.routes.routing.answer_route", broken)
    caplog.set_level(logging.DEBUG)
    answer = rules.client.post(ROUTING, json={**ROUTING_EXAMPLE, "order_id": "CANARY"})
    assert answer.status_code == 500
    problem = answer.json()
    assert problem["type"] == "urn:routecause:problem:internal-error"
    incident = problem["instance"].rpartition(":")[2]
    assert incident in caplog.text
    assert "RuntimeError" in caplog.text
    assert "CANARY" not in answer.text + caplog.text


def test_the_access_line_names_the_route_not_the_path(rules: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="routecause.api")
    rules.client.get("/v1/decisions/CANARY")
    # The line is written once the answer is out, so a moment later than the caller has it.
    for _ in range(200):
        lines = [record.getMessage() for record in caplog.records if record.name == "routecause.api"]
        if lines:
            break
        time.sleep(0.01)
    assert any(line.startswith("GET /v1/decisions/{decision_id} 404") for line in lines)
    assert not any("CANARY" in line for line in lines)


def test_a_slow_body_is_cut_off(serve: Callable[..., Any]) -> None:
    head = (
        f"POST {ROUTING} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n"
    )
    with serve(body_deadline_seconds=0.2) as service:
        started = time.perf_counter()
        with socket.create_connection(address_of(service), timeout=10) as connection:
            connection.sendall(head.encode() + b'{"order')
            received = connection.recv(65_536)
        assert time.perf_counter() - started < 5
    assert received.startswith(b"HTTP/1.1 408")
    assert b"application/problem+json" in received


def test_a_body_without_a_length_is_limited_too(rules: Any) -> None:
    def endless() -> Any:
        for _ in range(40):
            yield b" " * 65_536

    headers = {"content-type": "application/json"}
    try:
        answer = rules.client.post(ROUTING, content=endless(), headers=headers)
    except httpx.WriteError:
        # The service answered and hung up before all was sent: just as good.
        return
    assert (answer.status_code, answer.json()["type"]) == (413, "urn:routecause:problem:body-too-large")


def test_a_declared_length_is_believed_before_the_body_comes(rules: Any) -> None:
    head = f"POST {ROUTING} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {10**15}"
    assert exchange(rules, head.encode() + b"\r\nConnection: close\r\n\r\n").startswith(b"HTTP/1.1 413")


def test_a_caller_who_hangs_up_leaves_no_incident(rules: Any, caplog: pytest.LogCaptureFixture) -> None:
    head = (
        f"POST {ROUTING} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n"
    )
    with socket.create_connection(address_of(rules), timeout=10) as connection:
        connection.sendall(head.encode() + b'{"order')
    time.sleep(0.2)
    assert rules.client.get("/healthz").status_code == 200
    assert "incident" not in caplog.text


def test_readiness_tells_when_the_database_does_not_answer(rules: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert rules.client.get("/readyz").json()["answers_by"] == "rules"

    def broken(_store: Store) -> None:
        message = "the database failed (OperationalError)"
        raise StoreError(message)

    monkeypatch.setattr(Store, "ping", broken)
    answer = rules.client.get("/readyz")
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:routecause:problem:store-unavailable")
    assert answer.headers["retry-after"] == "1"
