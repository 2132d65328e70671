"""What is validated against: an ingested history, a raw one, or a decision log."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from data.decision_log.dataset import LOG_KIND, DecisionLog
from data.errors import InputFileError, MappingError
from data.history.dataset import HISTORY_KIND, OrderHistory
from data.ingest.history import ingest
from data.manifest import read_manifest
from simulator.validation.observed import Observed, of_history, of_log

DATASET_KIND = "dataset"
LOG_FOLDER = "log"


@dataclass(frozen=True)
class Source:
    """Orders that happened, or that are said to have happened.

    Parameters
    ----------
    history : OrderHistory or None
        What a scenario can be calibrated from; None where the source is a decision log.
    facts : dict
        The manifest of the folder.
    arm_of : mapping
        The arm that a log says was offered, by incident.
    cancelled : mapping
        The candidate that a log says was chosen, by order that was cancelled after it.
    """

    name: str
    observed: Observed
    history: OrderHistory | None
    facts: dict[str, Any]
    arm_of: Mapping[str, str] = field(default_factory=dict)
    cancelled: Mapping[str, str] = field(default_factory=dict)


def source_of(path: Path, mapping: Path | None) -> Source:
    """Read what lies at a path.

    Raises
    ------
    InputFileError
        If there is nothing, or something of another kind.
    MappingError
        If a raw file comes without a mapping, or a folder with one.
    """
    if path.is_dir():
        return _folder(path, mapping)
    if not path.exists():
        msg = f"{path}: no such file or folder; name an ingested folder, a decision log, or a raw history"
        raise InputFileError(msg)
    if mapping is None:
        msg = f"{path}: a raw history needs --mapping to say which column is what; or name an ingested folder"
        raise MappingError(msg)
    with tempfile.TemporaryDirectory(prefix="routecause-") as scratch:
        ingest(path, mapping, Path(scratch) / "history")
        return _history(OrderHistory.load(Path(scratch) / "history"))


def _folder(path: Path, mapping: Path | None) -> Source:
    if mapping is not None:
        msg = f"{path}: is a folder, already ingested; leave --mapping out, or name the raw file"
        raise MappingError(msg)
    facts = read_manifest(path, verify=False)
    kind = facts.get("kind")
    if kind == HISTORY_KIND:
        return _history(OrderHistory.load(path))
    if kind == DATASET_KIND:
        return _folder(path / LOG_FOLDER, None)
    if kind == LOG_KIND:
        log = DecisionLog.load(path)
        arms = dict(zip(log.incidents["incident_id"], log.incidents["arm"], strict=True))
        gone = log.cancelled
        cancelled = {} if gone is None else dict(zip(gone["order_id"], gone["candidate_id"], strict=True))
        return Source(path.name, of_log(log), None, facts, arms, cancelled)
    msg = (
        f"{path}: holds {kind!r}; name a folder that `routecause ingest` or `routecause simulate` wrote, "
        f"or a raw history with --mapping"
    )
    raise InputFileError(msg)


def _history(history: OrderHistory) -> Source:
    name = str(history.facts.get("source", {}).get("name", "history"))
    return Source(name, of_history(history), history, history.facts)
