"""Logs that do not say how likely their choices were: propensities are estimated when such a log is read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from data.decision_log.dataset import NETWORK_NAME, DecisionLog
from data.decision_log.schema import SCHEMAS
from data.manifest import read_manifest
from data.network import Network
from decision.logged_choices import ARM_NAMES
from decision.overlap.estimated import compensation_propensities, routing_propensities
from decision.sensitivity.hidden_confounding import PropensitySource

OF_ARMS = [f"propensity_{name}" for name in ARM_NAMES]
SEED = 0


def load_log(folder: Path) -> tuple[DecisionLog, PropensitySource]:
    """Read a decision log whose propensities may be absent or empty, in which case they are estimated.

    Raises
    ------
    DataError
        As `DecisionLog.load` does.
    TrainingError
        If there are too few decisions to estimate propensities from.
    """
    if not _lacking(folder):
        return DecisionLog.load(folder), PropensitySource.LOGGED
    read_manifest(folder)
    tables = {name: pd.read_parquet(folder / f"{name}.parquet") for name in SCHEMAS}
    return with_propensities(tables, Network.load(folder / NETWORK_NAME)), PropensitySource.ESTIMATED


def with_propensities(tables: dict[str, pd.DataFrame], network: Network) -> DecisionLog:
    """A checked log of tables that lack propensities, with estimated ones in their place."""
    candidates, incidents = tables["candidates"], tables["incidents"]
    even = 1 / candidates.groupby("order_id")["order_id"].transform("size")
    some = {name: 1 / len(ARM_NAMES) for name in OF_ARMS}
    bare = {**tables, "candidates": candidates.assign(propensity=even), "incidents": incidents.assign(**some)}
    log = DecisionLog.checked(bare, network)
    told = log.candidates.assign(propensity=routing_propensities(log))
    arms = log.incidents
    if len(arms):
        arms = arms.assign(**dict(zip(OF_ARMS, compensation_propensities(arms, seed=SEED).T, strict=True)))
    return DecisionLog.checked(
        {"orders": log.orders, "candidates": told, "outcomes": log.outcomes, "incidents": arms}, network
    )


def _lacking(folder: Path) -> bool:
    """Whether a log's candidates or incidents come without any propensity."""
    return any(
        _without(folder / f"{name}.parquet", columns)
        for name, columns in (("candidates", ["propensity"]), ("incidents", OF_ARMS))
    )


def _without(path: Path, columns: list[str]) -> bool:
    if not path.is_file():
        return False
    table = pd.read_parquet(path)
    present = [name for name in columns if name in table]
    return not present or bool(len(table) and np.all(table[present].isna().to_numpy()))
