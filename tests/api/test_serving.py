from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from api.schemas.examples import ROUTING_EXAMPLE
from api.selftest import try_models
from api.serving import ModelKeeper
from data.errors import InputFileError
from data.home import Home
from data.shelf import CHAMPION, MODEL_NAME, Shelf
from decision.artefact import load_artefact
from decision.errors import ArtefactError

Publish = Callable[..., None]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def keeper(home: Home) -> ModelKeeper:
    return ModelKeeper(Shelf(home.models), None, poll_seconds=0.01)


def artefact_file(home: Home, version: str, name: str) -> Path:
    return home.models / MODEL_NAME / "versions" / version / name


def test_an_empty_shelf_means_rules_with_the_reason(keeper: ModelKeeper) -> None:
    keeper.refresh()
    assert (keeper.current.version, keeper.current.routing) == (None, None)
    assert keeper.current.problem == "no model is published"


def test_the_champion_is_taken_up_and_followed_back(keeper: ModelKeeper, home: Home, publish: Publish) -> None:
    publish(home, "1")
    keeper.refresh()
    assert (keeper.current.version, keeper.current.problem) == ("1", None)
    publish(home, "2")
    keeper.refresh()
    assert keeper.current.version == "2"
    Shelf(home.models).set_alias(MODEL_NAME, CHAMPION, "1")
    keeper.refresh()
    assert keeper.current.version == "1"


@pytest.mark.parametrize("name", ["manifest.json", "routing.npz", "compensation.json"])
@pytest.mark.parametrize("damage", ["gone", "cut", "other"])
def test_a_broken_champion_never_replaces_a_working_one(
    keeper: ModelKeeper, home: Home, publish: Publish, name: str, damage: str
) -> None:
    publish(home, "1")
    keeper.refresh()
    working = keeper.current.routing
    publish(home, "2")
    path = artefact_file(home, "2", name)
    content = path.read_bytes()
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(content[: len(content) // 2] if damage == "cut" else b"{}")
    keeper.refresh()
    assert (keeper.current.version, keeper.current.routing) == ("1", working)
    assert keeper.current.problem


def test_a_mended_champion_is_taken_up_and_the_problem_forgotten(
    keeper: ModelKeeper, home: Home, publish: Publish
) -> None:
    publish(home, "1")
    path = artefact_file(home, "1", "routing.npz")
    content = path.read_bytes()
    path.write_bytes(content[:100])
    keeper.refresh()
    broken = keeper.current
    assert broken.version is None
    assert broken.problem is not None
    path.write_bytes(content)
    keeper.refresh()
    mended = keeper.current
    assert (mended.version, mended.problem) == ("1", None)


def test_one_problem_is_logged_once(
    keeper: ModelKeeper, home: Home, publish: Publish, caplog: pytest.LogCaptureFixture
) -> None:
    publish(home, "1")
    artefact_file(home, "1", "routing.npz").unlink()
    with caplog.at_level(logging.ERROR, logger="routecause.serving"):
        for _ in range(3):
            keeper.refresh()
    assert len(caplog.records) == 1
    assert "still answering by the rules" in caplog.text
    assert "routing.npz" in caplog.text
    assert "routing.npz" not in str(keeper.current.problem)


def test_an_alias_that_points_nowhere_is_told(keeper: ModelKeeper, home: Home, publish: Publish) -> None:
    publish(home, "1")
    keeper.refresh()
    (home.models / MODEL_NAME / "aliases" / CHAMPION).write_text("../../../etc\n")
    keeper.refresh()
    assert keeper.current.version == "1"
    assert "InputFileError" in str(keeper.current.problem)


def test_a_network_is_taken_from_the_artefact_unless_one_is_given(home: Home, publish: Publish, tmp_path: Path) -> None:
    with pytest.raises(InputFileError, match="not a network file"):
        ModelKeeper(Shelf(home.models), tmp_path / "missing.json", 1.0)
    plain = {"currency": "EUR", **{name: [] for name in ("regions", "nodes", "carriers", "service_levels", "lanes")}}
    (tmp_path / "network.json").write_text(json.dumps(plain))
    publish(home, "1")
    given = ModelKeeper(Shelf(home.models), tmp_path / "network.json", 1.0)
    assert given.current.network is not None
    given.refresh()
    assert (given.current.version, given.current.network.currency) == ("1", "EUR")


def test_a_running_service_swaps_models_between_two_requests(
    serve: Callable[..., Any], publish: Publish, home: Home
) -> None:
    with serve() as service:
        assert service.route(ROUTING_EXAMPLE).json()["model"]["name"] == "rules"
        publish(home, "1")
        for _ in range(400):
            if service.client.get("/readyz").json()["answers_by"] == "model":
                break
        assert service.route(ROUTING_EXAMPLE).json()["model"]["version"] == "1"
        artefact_file(home, "1", "routing.npz").unlink()
        publish(home, "2")
        for _ in range(400):
            if service.client.get("/readyz").json()["model"]["version"] == "2":
                break
        assert service.route(ROUTING_EXAMPLE).json()["model"]["version"] == "2"


def test_a_model_that_answers_with_no_numbers_fails_its_self_test(home: Home, publish: Publish) -> None:
    publish(home, "1")
    artefact = load_artefact(home.models / MODEL_NAME / "versions" / "1")
    try_models(artefact.routing, artefact.compensation)
    law = replace(artefact.routing.law, coefficients=np.full((3, 1, 1), np.nan))
    with pytest.raises(ArtefactError, match="not finite"):
        try_models(replace(artefact.routing, law=law), artefact.compensation)
