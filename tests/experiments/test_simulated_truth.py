"""A simulated data set says what its truth means, how branches share chance, and how exact it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from data.manifest import read_manifest
from experiments import routing_study
from experiments.datasets import load_dataset
from experiments.routing_study import known_orders
from experiments.simulation import SimulationRequest, simulate_dataset


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("simulated") / "dataset"
    request = SimulationRequest("small", 400, seed=3, truth=True, redraws=4, truth_share=0.5, redrawn_orders=16)
    simulate_dataset(request, folder)
    return folder


def test_the_manifest_of_the_truth_names_world_coupling_and_audit(dataset: Path) -> None:
    facts = read_manifest(dataset / "truth")
    assert facts["seed"] == 3
    assert len(facts["scenario_sha256"]) == 64
    assert set(facts["versions"]) == {"routecause", "numpy", "simpy"}
    assert "keyed by seed" in facts["coupling"]
    assert set(facts["meaning"]) == {"routing", "redrawn_routing", "frozen_spillover", "compensation"}
    assert facts["bulk_audit"]["n_orders"] == 100
    assert facts["bulk_audit"]["exact_share"] > 0.98


def test_spillover_of_a_sample_lies_beside_the_direct_truth(dataset: Path) -> None:
    truth = load_dataset(dataset, None).truth
    assert truth is not None
    assert truth.spillover is not None
    keys = ["order_id", "candidate_id"]
    assert truth.spillover["order_id"].nunique() == 20
    assert len(truth.spillover.merge(truth.routing, on=keys, validate="one_to_one")) == len(truth.spillover)


def test_futures_are_redrawn_for_groups_of_neighbours_that_training_holds_out(dataset: Path) -> None:
    loaded = load_dataset(dataset, None)
    assert loaded.truth is not None
    assert loaded.truth.redrawn is not None
    places = loaded.log.orders.reset_index().set_index("order_id")["index"]
    chosen = places.loc[loaded.truth.redrawn["order_id"].unique()].to_numpy()
    assert len(chosen) == 16
    assert (chosen >= 0.69 * len(places)).all()
    assert np.count_nonzero(np.diff(chosen) > 8) <= 1
    keys = ["order_id", "candidate_id"]
    expected = loaded.truth.redrawn.merge(loaded.log.candidates, on=keys, validate="one_to_one")
    assert len(expected) == len(loaded.truth.redrawn)


def test_a_training_calibrates_without_hindsight_where_enough_futures_were_redrawn(
    dataset: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = load_dataset(dataset, None)
    assert loaded.truth is not None
    assert known_orders(loaded.log, loaded.truth).truth is loaded.truth.routing
    monkeypatch.setattr(routing_study, "LEAST_REDRAWN", 16)
    known = known_orders(loaded.log, loaded.truth)
    assert known.truth is loaded.truth.redrawn
    assert set(known.log.orders["order_id"]) == set(known.truth["order_id"])
