from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from api.listening import listen
from api.server import build_server
from api.settings import Settings
from data.appeasement_costs import DEFAULT_ARM_COSTS
from data.home import Home
from data.incidents import ARMS, IncidentType
from data.shelf import CHAMPION, MODEL_NAME, Shelf
from decision.artefact import save_artefact
from decision.compensation.features import FEATURE_NAMES as INCIDENT_FEATURES
from decision.compensation.features import SUBJECTS
from decision.compensation.model import LEARNED_OUTCOMES as COMPENSATION_OUTCOMES
from decision.compensation.model import CompensationModel
from decision.compensation.typical import Typical
from decision.evidence import Evidence
from decision.routing.features import CONTEXT_NAMES, FEATURE_NAMES, Imputation
from decision.routing.linearity import Linearity
from decision.routing.model import RoutingModel
from decision.routing.settings import ServingSettings
from decision.routing.support import TrainingRange

CANARY = "CANARY7"
NO_EVIDENCE = Evidence()

Publish = Callable[..., None]
Everywhere = Callable[[int], TrainingRange]


@dataclass(frozen=True)
class Service:
    client: httpx.Client
    home: Home

    def route(self, body: dict[str, Any], **headers: str) -> httpx.Response:
        return self.client.post("/v1/routing/recommendations", json=body, headers=headers)

    def compensate(self, body: dict[str, Any], **headers: str) -> httpx.Response:
        return self.client.post("/v1/compensation/recommendations", json=body, headers=headers)


Serve = Callable[..., AbstractContextManager[Service]]


def planted_routing(variance: float, everywhere: Everywhere) -> RoutingModel:
    """Each day of lead time adds 10 hours of lateness and .2 to the chance of being late, and nothing else matters."""
    n_columns = len(CONTEXT_NAMES) + len(FEATURE_NAMES)
    law = Linearity(
        feature_index=np.array([FEATURE_NAMES.index("lead_time_days")]),
        scale=np.ones(1),
        modifier_index=np.array([], dtype=np.int64),
        modifier_centre=np.array([]),
        modifier_scale=np.array([]),
        coefficients=np.array([[[10.0]], [[0.2]], [[0.0]]]),
        covariance=np.diag([variance, variance / 1e4, variance / 1e6]),
    )
    chances = np.array([[1.0, 0.0]] * 3)
    return RoutingModel(
        law, Imputation(), everywhere(n_columns), ServingSettings(), np.ones(5), chances, calibrated=True
    )


def planted_compensation(everywhere: Everywhere) -> CompensationModel:
    """A coupon wins back a third of the customers; nothing else does anything."""
    arms = tuple(arm.value for arm in ARMS[1:])
    coefficients = np.zeros((len(COMPENSATION_OUTCOMES), len(arms), 1 + len(INCIDENT_FEATURES)))
    coupon = arms.index("coupon")
    coefficients[COMPENSATION_OUTCOMES.index("repurchase"), coupon, 0] = 0.3
    coefficients[COMPENSATION_OUTCOMES.index("churn"), coupon, 0] = -0.3
    known = everywhere(INCIDENT_FEATURES.index("tier_plus"))
    typical = Typical(
        reference=np.zeros(len(SUBJECTS)),
        centre=known.centre,
        scale=known.scale,
        precision=known.precision,
        limit=known.distance_limit,
        support=np.full((len(IncidentType), len(ARMS)), 100.0),
        longest_hours=known.distance_limit,
    )
    covariance = 1e-8 * np.eye(coefficients.size)
    return CompensationModel(arms, coefficients, covariance, DEFAULT_ARM_COSTS, typical)


@pytest.fixture
def publish(everywhere: Everywhere, tmp_path: Path) -> Publish:
    """Put a planted model on a home's shelf and make it the champion."""

    def put(
        home: Home,
        version: str,
        variance: float = 1e-4,
        evidence: Evidence = NO_EVIDENCE,
        routing: RoutingModel | None = None,
    ) -> None:
        folder = tmp_path / f"artefact-{version}"
        learned = routing or planted_routing(variance, everywhere)
        save_artefact(folder, learned, planted_compensation(everywhere), {"version": version}, evidence.to_parts())
        shelf = Shelf(home.models)
        shelf.publish(MODEL_NAME, version, folder)
        shelf.set_alias(MODEL_NAME, CHAMPION, version)

    return put


@contextmanager
def running(settings: Settings) -> Iterator[Service]:
    listener = listen("127.0.0.1", 0)
    server = build_server(settings)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the service did not start"
            time.sleep(0.005)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with httpx.Client(base_url=address, timeout=30, trust_env=False) as client:
            yield Service(client, settings.home)
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


@pytest.fixture
def serve(tmp_path: Path) -> Serve:
    """Start a service on a home of its own; settings may be altered by keyword."""

    def start(**changes: Any) -> AbstractContextManager[Service]:
        settings = Settings(Home(tmp_path / "home"), model_poll_seconds=0.05)
        return running(replace(settings, **changes))

    return start


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service without a model, shared by the tests of a module."""
    with running(Settings(Home(tmp_path_factory.mktemp("rules")))) as service:
        yield service


@pytest.fixture
def informed(serve: Serve, publish: Publish, tmp_path: Path) -> Iterator[Service]:
    """A service that answers by a planted model which is sure of itself."""
    publish(Home(tmp_path / "home"), "1")
    with serve() as service:
        yield service


@pytest.fixture
def refused(rules: Service, caplog: pytest.LogCaptureFixture) -> Callable[[str, bytes], dict[str, Any]]:
    """Post bytes that must be refused: the answer is a problem, and neither it nor the log repeats the canary."""

    def post(path: str, body: bytes) -> dict[str, Any]:
        caplog.set_level(logging.DEBUG)
        answer = rules.client.post(path, content=body, headers={"content-type": "application/json"})
        assert 400 <= answer.status_code < 500
        assert answer.headers["content-type"] == "application/problem+json"
        problem: dict[str, Any] = answer.json()
        assert problem["status"] == answer.status_code
        assert problem["type"].startswith("urn:routecause:problem:")
        assert len(answer.content) < 5_000
        assert CANARY not in answer.text
        assert CANARY not in caplog.text
        return problem

    return post
