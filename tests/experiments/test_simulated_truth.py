"""A simulated data set says what its truth means, how branches share chance, and how exact it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.manifest import read_manifest
from experiments.datasets import load_dataset
from experiments.simulation import SimulationRequest, simulate_dataset


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("simulated") / "dataset"
    simulate_dataset(SimulationRequest("small", 400, seed=3, truth=True, redraws=4, truth_share=0.5), folder)
    return folder


def test_the_manifest_of_the_truth_names_world_coupling_and_audit(dataset: Path) -> None:
    facts = read_manifest(dataset / "truth")
    assert facts["seed"] == 3
    assert len(facts["scenario_sha256"]) == 64
    assert set(facts["versions"]) == {"routecause", "numpy", "simpy"}
    assert "keyed by seed" in facts["coupling"]
    assert set(facts["meaning"]) == {"routing", "frozen_spillover", "compensation"}
    assert facts["bulk_audit"]["n_orders"] == 100
    assert facts["bulk_audit"]["exact_share"] > 0.98


def test_spillover_of_a_sample_lies_beside_the_direct_truth(dataset: Path) -> None:
    truth = load_dataset(dataset, None).truth
    assert truth is not None
    assert truth.spillover is not None
    keys = ["order_id", "candidate_id"]
    assert truth.spillover["order_id"].nunique() == 20
    assert len(truth.spillover.merge(truth.routing, on=keys, validate="one_to_one")) == len(truth.spillover)
