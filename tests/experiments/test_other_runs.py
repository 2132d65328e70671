"""Other runs to calibrate on: which are taken, and which say nothing new."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from data.errors import DataError
from experiments.datasets import LoadedDataset, load_dataset
from experiments.errors import TruthError
from experiments.other_runs import other_runs
from experiments.simulation import SimulationRequest, simulate_dataset


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    request = SimulationRequest("small", 300, seed=71, truth=True, truth_share=0.35, redrawn_orders=8)
    return simulate_dataset(request, tmp_path_factory.mktemp("other") / "run").folder


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> LoadedDataset:
    request = SimulationRequest("small", 300, seed=72)
    return load_dataset(simulate_dataset(request, tmp_path_factory.mktemp("taught") / "run").folder, None)


def test_orders_with_redrawn_futures_are_taken_and_no_others(elsewhere: Path, taught: LoadedDataset) -> None:
    (known,) = other_runs([elsewhere], taught)
    truth = load_dataset(elsewhere, None).truth
    assert truth is not None
    assert truth.redrawn is not None
    assert set(known.log.orders["order_id"]) == set(truth.redrawn["order_id"])
    assert len(known.expected("expected_lateness_hours")) == len(known.log.candidates)


def test_the_run_that_is_learned_from_is_refused(elsewhere: Path) -> None:
    with pytest.raises(TruthError, match=r"the run that is learned from.*another seed"):
        other_runs([elsewhere], load_dataset(elsewhere, None))


def test_a_run_that_is_named_twice_is_refused(elsewhere: Path, taught: LoadedDataset) -> None:
    with pytest.raises(TruthError, match="named already"):
        other_runs([elsewhere, elsewhere], taught)


def test_a_run_without_redrawn_truth_is_refused(taught: LoadedDataset, elsewhere: Path) -> None:
    with pytest.raises(TruthError, match=r"no redrawn truth.*--redrawn"):
        other_runs([taught.folder], load_dataset(elsewhere, None))


def test_a_folder_that_holds_no_log_is_refused(tmp_path: Path, taught: LoadedDataset) -> None:
    with pytest.raises(DataError):
        other_runs([tmp_path], taught)


def test_a_log_that_nobody_simulated_is_a_run_by_itself(elsewhere: Path, taught: LoadedDataset) -> None:
    brought = replace(taught, facts={})
    assert len(other_runs([elsewhere], brought)) == 1
