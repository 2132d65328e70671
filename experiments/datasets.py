"""Data sets on disk: a decision log, and beside it the truth that only a simulator can tell.

`<folder>/log` can be given away without `<folder>/truth`. The truth names the hash of its log's manifest,
so that a log is never judged by another log's truth.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from data.decision_log.dataset import DecisionLog
from data.manifest import MANIFEST_NAME, read_manifest, sha256_of, write_manifest
from decision.sensitivity.hidden_confounding import PropensitySource
from experiments.errors import TruthError
from experiments.propensities import load_log

LOG_NAME, TRUTH_NAME = "log", "truth"
SPILLOVER_NAME = "frozen_spillover.parquet"
REDRAWN_NAME = "redrawn_routing.parquet"
OPTIONAL_NAMES = (SPILLOVER_NAME, REDRAWN_NAME)
TRUTH_KIND = "potential_outcomes"


@dataclass(frozen=True)
class Truth:
    """Potential outcomes of every alternative of some decisions.

    Parameters
    ----------
    routing, compensation : DataFrame
        As `simulator.truth` writes them.
    spillover : DataFrame or None
        Of a sample of orders: what each candidate would have done to others, their decisions frozen.
    redrawn : DataFrame or None
        Of a sample of held-out orders: what each candidate led to in expectation over redrawn futures.
    """

    routing: pd.DataFrame
    compensation: pd.DataFrame
    spillover: pd.DataFrame | None = None
    redrawn: pd.DataFrame | None = None

    def save(self, folder: Path, facts: dict[str, Any]) -> None:
        """Write the tables and their manifest into an existing, empty folder."""
        self.routing.to_parquet(folder / "routing.parquet", index=False)
        self.compensation.to_parquet(folder / "compensation.parquet", index=False)
        for table, name in ((self.spillover, SPILLOVER_NAME), (self.redrawn, REDRAWN_NAME)):
            if table is not None:
                table.to_parquet(folder / name, index=False)
        write_manifest(folder, {"kind": TRUTH_KIND, **facts})


@dataclass(frozen=True)
class LoadedDataset:
    """A log with its manifest's facts, and its truth where there is one."""

    folder: Path
    log: DecisionLog
    facts: dict[str, Any]
    digest: str
    truth: Truth | None
    truth_folder: Path | None
    propensities: PropensitySource = PropensitySource.LOGGED


def load_dataset(folder: Path, truth_folder: Path | None) -> LoadedDataset:
    """Read a log and its truth, verifying every hash.

    Parameters
    ----------
    folder : Path
        What `routecause simulate` wrote, or the log within it, or any other decision log.
    truth_folder : Path or None
        Where the truth lies; None looks beside the log.

    Raises
    ------
    InputFileError
        If there is no decision log, or no truth where one was named.
    ContractError
        If a file has changed since it was written.
    TruthError
        If the truth belongs to another log.
    """
    place = folder / LOG_NAME if (folder / LOG_NAME / MANIFEST_NAME).is_file() else folder
    log, propensities = load_log(place)
    digest = sha256_of(place / MANIFEST_NAME)
    beside = place.parent / TRUTH_NAME
    if truth_folder is None and (beside / MANIFEST_NAME).is_file():
        truth_folder = beside
    truth = None if truth_folder is None else load_truth(truth_folder, digest)
    facts = read_manifest(place, verify=False)
    return LoadedDataset(place, log, facts, digest, truth, truth_folder, propensities)


def load_truth(folder: Path, log_digest: str) -> Truth:
    """Read the truth that belongs to the log with this digest."""
    if (folder / TRUTH_NAME / MANIFEST_NAME).is_file():
        folder = folder / TRUTH_NAME
    manifest = read_manifest(folder)
    if manifest.get("kind") != TRUTH_KIND:
        msg = f"{folder}: holds {manifest.get('kind')!r}, not a truth; make one with `routecause simulate --truth`"
        raise TruthError(msg)
    if manifest.get("log_sha256") != log_digest:
        msg = f"{folder}: is the truth of another log; name the one that was simulated together with this log"
        raise TruthError(msg)
    return Truth(
        pd.read_parquet(folder / "routing.parquet"),
        pd.read_parquet(folder / "compensation.parquet"),
        *(pd.read_parquet(folder / name) if (folder / name).is_file() else None for name in OPTIONAL_NAMES),
    )
