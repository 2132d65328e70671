"""The serving artefact: what goes in comes out, and nothing else is believed."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from data.appeasement_costs import DEFAULT_ARM_COSTS
from data.manifest import MANIFEST_NAME, write_manifest
from decision.artefact import Artefact, load_artefact, save_artefact
from decision.compensation.features import FEATURE_NAMES as ARM_FEATURES
from decision.compensation.features import INCIDENT_TYPES
from decision.compensation.features import SUBJECTS as ARM_SUBJECTS
from decision.compensation.model import LEARNED_OUTCOMES as ARM_OUTCOMES
from decision.compensation.model import CompensationModel
from decision.compensation.typical import Typical
from decision.errors import ArtefactError
from decision.routing.features import CONTEXT_NAMES, FEATURE_NAMES, Imputation
from decision.routing.forest import Forest
from decision.routing.linearity import Linearity
from decision.routing.model import RoutingModel
from decision.routing.settings import ServingSettings
from decision.routing.spillover import SpilloverLaw
from decision.routing.stages import MET_NAMES
from decision.routing.support import TrainingRange
from decision.self_test import outputs, specimens

ARMS = ("apology", "coupon")


def covariance(generator: np.random.Generator, size: int) -> np.ndarray:
    root = generator.normal(size=(size, size))
    return np.asarray(root @ root.T / size)


@pytest.fixture(scope="module")
def routing() -> RoutingModel:
    generator = np.random.Generator(np.random.Philox(1))
    n_features = len(FEATURE_NAMES) - 2
    law = Linearity(
        feature_index=np.arange(n_features),
        scale=np.ones(n_features),
        modifier_index=np.array([1]),
        modifier_centre=np.array([1.0]),
        modifier_scale=np.array([0.5]),
        coefficients=generator.normal(size=(3, n_features, 2)),
        covariance=covariance(generator, 6 * n_features),
    )
    points = generator.normal(size=(500, len(CONTEXT_NAMES) + len(FEATURE_NAMES)))
    return RoutingModel(
        law=law,
        imputation=Imputation(0.4, 0.1),
        training_range=TrainingRange.of(points),
        settings=ServingSettings(epsilon_minor=20.0),
        spread=np.array([1.5, 2.0, 1.2, 1.1, 1.3]),
        platt=np.array([[0.8, 0.1], [0.7, 0.2], [1.0, 0.0]]),
        calibrated=True,
    )


@pytest.fixture(scope="module")
def compensation() -> CompensationModel:
    generator = np.random.Generator(np.random.Philox(2))
    width = 1 + len(ARM_FEATURES)
    measured = ARM_FEATURES.index("tier_plus")
    return CompensationModel(
        arms=ARMS,
        coefficients=generator.normal(size=(len(ARM_OUTCOMES), len(ARMS), width)),
        covariance=covariance(generator, len(ARM_OUTCOMES) * len(ARMS) * width),
        costs=DEFAULT_ARM_COSTS,
        typical=Typical(
            reference=np.zeros(len(ARM_SUBJECTS)),
            centre=np.zeros(measured),
            scale=np.ones(measured),
            precision=np.eye(measured),
            limit=3.0,
            support=np.full((len(INCIDENT_TYPES), 1 + len(ARMS)), 10.0),
            longest_hours=240.0,
        ),
    )


@pytest.fixture
def folder(tmp_path: Path, routing: RoutingModel, compensation: CompensationModel) -> Path:
    target = tmp_path / "artefact"
    save_artefact(target, routing, compensation, {"data_set": "d1"})
    return target


def vouch(folder: Path) -> None:
    """Write the manifest anew, as someone would who changed a file on purpose."""
    facts = {name: value for name, value in manifest_of(folder).items() if name != "files"}
    write_manifest(folder, facts)


def manifest_of(folder: Path) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads((folder / MANIFEST_NAME).read_text())
    return manifest


def arrays_of(path: Path) -> dict[str, np.ndarray]:
    with np.load(path) as stored:
        return {name: stored[name] for name in stored.files}


def test_what_is_loaded_computes_what_was_saved(
    folder: Path, routing: RoutingModel, compensation: CompensationModel
) -> None:
    artefact: Artefact = load_artefact(folder)
    saved, loaded = (
        outputs(*models, specimens()) for models in ((routing, compensation), (artefact.routing, artefact.compensation))
    )
    assert all(np.array_equal(saved[name], loaded[name]) for name in saved)
    assert artefact.routing.settings == routing.settings
    assert artefact.manifest["data_set"] == "d1"


def test_the_same_models_give_the_same_bytes(
    folder: Path, tmp_path: Path, routing: RoutingModel, compensation: CompensationModel
) -> None:
    save_artefact(tmp_path / "again", routing, compensation, {"data_set": "d1"})
    for path in sorted(folder.iterdir()):
        assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes()


@pytest.mark.parametrize("name", ["routing.npz", "routing.json", "compensation.npz", "self_test_outputs.npz"])
def test_a_changed_cut_or_missing_file_is_noticed(folder: Path, name: str) -> None:
    path = folder / name
    whole = path.read_bytes()
    for damaged in (whole[: len(whole) // 2], whole[:-1] + bytes([whole[-1] ^ 1]), b""):
        path.write_bytes(damaged)
        with pytest.raises(ArtefactError, match="changed"):
            load_artefact(folder)
    path.unlink()
    with pytest.raises(ArtefactError, match="missing"):
        load_artefact(folder)


@pytest.mark.parametrize("name", ["routing.npz", "compensation.npz", "self_test_inputs.npz"])
def test_a_cut_file_with_a_matching_hash_is_noticed_too(folder: Path, name: str) -> None:
    whole = (folder / name).read_bytes()
    for damaged in (whole[: len(whole) // 2], b"not a zip", b""):
        (folder / name).write_bytes(damaged)
        vouch(folder)
        with pytest.raises(ArtefactError):
            load_artefact(folder)


def test_code_in_an_array_is_never_run(folder: Path) -> None:
    arrays = arrays_of(folder / "routing.npz")
    np.savez(folder / "routing.npz", **{**arrays, "spread": np.array([{"a": 1}], dtype=object)})  # type: ignore[arg-type]
    vouch(folder)
    with pytest.raises(ArtefactError, match="plain arrays"):
        load_artefact(folder)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("spread", np.array([1.0, np.nan, 1.0]), "not finite"),
        ("spread", np.ones(2), "has shape"),
        ("spread", np.array(["a", "b", "c"]), "not finite numbers"),
        ("law_feature_index", np.array([99] * 25), "not a list of places"),
        ("law_coefficients", np.zeros((3, 2, 1)), "has shape"),
        ("spread", np.ones(5), "self-test gives other numbers"),
    ],
)
def test_arrays_that_cannot_be_right_are_refused(folder: Path, name: str, value: np.ndarray, message: str) -> None:
    np.savez(folder / "routing.npz", **{**arrays_of(folder / "routing.npz"), name: value})  # type: ignore[arg-type]
    vouch(folder)
    with pytest.raises(ArtefactError, match=message):
        load_artefact(folder)


@pytest.mark.parametrize(
    ("fact", "value", "message"),
    [
        ("features", ["other"], "train anew"),
        ("settings", {"threshold": 0.5, "nonsense": 1}, "unreadable"),
        ("settings", {"threshold": 7.0}, "makes no sense"),
        ("imputation", None, "unreadable"),
        ("distance_limit", "far", "unreadable"),
        ("distance_limit", float("nan"), "not readable as JSON"),
    ],
)
def test_facts_that_cannot_be_right_are_refused(folder: Path, fact: str, value: object, message: str) -> None:
    path = folder / "routing.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), fact: value}))
    vouch(folder)
    with pytest.raises(ArtefactError, match=message):
        load_artefact(folder)


def test_a_file_that_the_manifest_does_not_name_is_not_believed(folder: Path) -> None:
    manifest = manifest_of(folder)
    del manifest["files"]["routing.npz"]
    (folder / MANIFEST_NAME).write_text(json.dumps(manifest))
    with pytest.raises(ArtefactError, match="does not vouch"):
        load_artefact(folder)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"files": []}', '{"files": {"routing.npz": 1}}', "null"])
def test_a_manifest_that_is_none_is_refused(folder: Path, text: str) -> None:
    (folder / MANIFEST_NAME).write_text(text)
    with pytest.raises(ArtefactError):
        load_artefact(folder)


def test_an_empty_or_absent_folder_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "absent"):
        with pytest.raises(ArtefactError, match="no intact artefact"):
            load_artefact(path)


def test_a_folder_of_another_kind_is_refused(folder: Path) -> None:
    facts = {**manifest_of(folder), "kind": "decision_log"}
    (folder / MANIFEST_NAME).write_text(json.dumps(facts))
    with pytest.raises(ArtefactError, match="holds 'decision_log'"):
        load_artefact(folder)


def test_a_model_that_does_not_fit_its_shapes_is_not_saved(
    tmp_path: Path, routing: RoutingModel, compensation: CompensationModel
) -> None:
    with pytest.raises(ValueError, match=r"shapes|broadcast"):
        save_artefact(tmp_path / "a", replace(routing, spread=np.ones(4)), compensation, {})
    assert not (tmp_path / "a").exists()


def test_serving_imports_none_of_the_heavy_libraries() -> None:
    script = (
        "import sys, decision.artefact, decision.routing.recommendation, decision.compensation.recommendation;"
        "print(sorted({'econml','dowhy','sklearn','mlflow','scipy.stats','ray','lightgbm'} & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)  # noqa: S603
    assert found.stdout.strip() == "[]"


def spillover() -> SpilloverLaw:
    """A node with more than fifty orders waiting costs others 900, in both bags."""
    node = np.array([[MET_NAMES.index("backlog_log"), 1, 2], [-1, 0, -1], [-1, 1, -1]] * 2, dtype=np.int32)
    node[3] = [node[0, 0], 4, 5]
    node[4:, 1] = [2, 3]
    threshold = np.array([np.log1p(50.0), 0.0, 0.0] * 2)
    leaf = np.array([[0.0], [900.0], [0.0], [880.0]])
    return SpilloverLaw(
        Forest(np.array([[0], [3]], dtype=np.int32), node, threshold, leaf, len(MET_NAMES)), "w", 60, 0.5
    )


def test_what_orders_do_to_each_other_is_a_part_of_its_own_with_its_own_hash(
    tmp_path: Path, routing: RoutingModel, compensation: CompensationModel
) -> None:
    folder = tmp_path / "with"
    save_artefact(folder, replace(routing, spillover=spillover()), compensation, {})
    assert {"spillover.npz", "spillover.json"} <= set(manifest_of(folder)["files"])
    loaded = load_artefact(folder).routing
    assert loaded.spillover is not None
    assert np.array_equal(loaded.spillover.forest.leaf, spillover().forest.leaf)
    assert loaded.spillover.learned_from == "w"
    with np.load(folder / "spillover.npz") as stored:
        arrays = dict(stored)
    np.savez(folder / "spillover.npz", **{**arrays, "spillover_leaf": 2 * arrays["spillover_leaf"]})
    with pytest.raises(ArtefactError, match="anew"):
        load_artefact(folder)
    vouch(folder)
    with pytest.raises(ArtefactError, match="self-test gives other numbers"):
        load_artefact(folder)
