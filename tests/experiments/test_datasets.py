"""A truth is only ever taken for the log that it was simulated with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from data.decision_log.dataset import DecisionLog
from data.errors import ContractError, InputFileError
from data.manifest import MANIFEST_NAME, sha256_of
from experiments.datasets import LOG_NAME, TRUTH_NAME, Truth, load_dataset
from experiments.errors import TruthError
from experiments.simulation import SimulationRequest, simulate_dataset

LogMaker = Callable[[int, int], DecisionLog]

TRUTH = Truth(pd.DataFrame({"order_id": ["o0"]}), pd.DataFrame({"incident_id": ["i-o0"]}))


@pytest.fixture
def dataset(tmp_path: Path, make_log: LogMaker) -> Path:
    folder = tmp_path / "dataset"
    make_log(8, 4).save(folder / LOG_NAME, {"seed": 1})
    (folder / TRUTH_NAME).mkdir()
    TRUTH.save(folder / TRUTH_NAME, {"log_sha256": sha256_of(folder / LOG_NAME / MANIFEST_NAME)})
    return folder


def test_the_data_set_or_its_log_can_be_named(dataset: Path) -> None:
    for folder in (dataset, dataset / LOG_NAME):
        loaded = load_dataset(folder, None)
        assert len(loaded.log.orders) == 8
        assert loaded.facts["seed"] == 1
        assert loaded.truth is not None
        pd.testing.assert_frame_equal(loaded.truth.routing, TRUTH.routing)


def test_a_log_given_away_without_its_truth_loads(dataset: Path) -> None:
    (dataset / TRUTH_NAME).rename(dataset.parent / "kept")
    assert load_dataset(dataset, None).truth is None
    assert load_dataset(dataset, dataset.parent / "kept").truth is not None


def test_the_truth_of_another_log_is_refused(dataset: Path, make_log: LogMaker) -> None:
    other = dataset.parent / "other"
    make_log(12, 4).save(other, {})
    with pytest.raises(TruthError, match="is the truth of another log"):
        load_dataset(other, dataset / TRUTH_NAME)


def test_a_log_is_not_a_truth(dataset: Path) -> None:
    with pytest.raises(TruthError, match="holds 'decision_log', not a truth"):
        load_dataset(dataset, dataset / LOG_NAME)


@pytest.mark.parametrize("name", ["log/outcomes.parquet", "truth/routing.parquet"])
def test_a_file_that_was_changed_is_refused(dataset: Path, name: str) -> None:
    path = dataset / name
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(ContractError, match="missing or changed"):
        load_dataset(dataset, None)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputFileError, match="nowhere"):
        load_dataset(tmp_path / "nowhere", None)


def test_a_manifest_lists_no_setting_that_nothing_made_use_of(tmp_path: Path) -> None:
    plain = simulate_dataset(SimulationRequest("small", 40, seed=5, policy="rules"), tmp_path / "plain")
    told = load_dataset(plain.folder, None).facts
    assert not {"exploration", "redraws", "truth_share", "redrawn_orders"} & set(told)
    explored = simulate_dataset(SimulationRequest("small", 40, seed=5), tmp_path / "explored")
    assert load_dataset(explored.folder, None).facts["exploration"] == {"routing": 0.3, "compensation": 0.8}
