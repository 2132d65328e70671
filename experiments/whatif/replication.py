"""A replication: one contender plays one seed of the world, and leaves two small Parquet files.

The file below `replications/` is written last, so that its being there says that the replication is finished.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from experiments.whatif.contenders import Contender
from experiments.whatif.errors import StudyPlanError
from experiments.whatif.kpis import daily_figures, key_figures
from experiments.whatif.playing import Pasts, RunSettings, played
from experiments.whatif.recovery import disrupted_from, recovery_hours, undisturbed
from simulator.demand import start_hours

RUNS_NAME, DAYS_NAME = "replications", "days"
PARTIAL_PREFIX = ".partial-"
STUDY_KEY = b"routecause.study"


@dataclass(frozen=True)
class ReplicationTask:
    """One replication to play.

    Parameters
    ----------
    number : int
        Counted from 0; the contenders' replications of the same number meet the same demand and chance.
    study : str
        Digest of the study that the files belong to.
    """

    contender: Contender
    number: int
    seed: int
    settings: RunSettings
    folder: Path
    study: str

    @property
    def file_name(self) -> str:
        """Name of both files."""
        return f"{self.contender.slug}-{self.number:05d}.parquet"


def play_chunk(tasks: Sequence[ReplicationTask]) -> int:
    """Play some replications one after the other; returns how many."""
    pasts = Pasts()
    for task in tasks:
        play(task, pasts)
    return len(tasks)


def play(task: ReplicationTask, pasts: Pasts) -> None:
    """Play one replication and write its files.

    Raises
    ------
    StudyPlanError
        If no order came after the warm-up.
    """
    contender, settings = task.contender, task.settings
    scenario = contender.scenario
    begins_hours = start_hours(scenario) + 24 * settings.warm_up_days
    facts, run_sha256 = played(scenario, contender.policy, task.seed, settings, pasts)
    counted = facts[facts["hours"] >= begins_hours]
    if counted.empty:
        msg = (
            f"all {settings.n_orders:,} orders of scenario {scenario.name!r} (seed {task.seed}) came within the "
            f"warm-up of {settings.warm_up_days:g} days; ask for more orders or a shorter warm-up"
        )
        raise StudyPlanError(msg)
    figures = {
        "n_orders": len(counted),
        **key_figures(counted),
        "recovery_hours": _recovery_hours(task, facts, pasts),
        "run_sha256": run_sha256,
    }
    _write(task, DAYS_NAME, daily_figures(counted))
    _write(task, RUNS_NAME, pd.DataFrame([figures]))


def _recovery_hours(task: ReplicationTask, facts: pd.DataFrame, pasts: Pasts) -> float:
    """Hours to recover, against a second run in which nothing passing happens; NaN where nothing does anyway."""
    contender, disrupted_at = task.contender, disrupted_from(task.contender.scenario)
    if disrupted_at is None or not task.settings.tracks_recovery:
        return float("nan")
    calm_facts, _ = played(undisturbed(contender.scenario), contender.policy, task.seed, task.settings, pasts)
    return recovery_hours(facts, calm_facts, disrupted_at)


def finished(task: ReplicationTask) -> pd.DataFrame | None:
    """What a finished replication measured, one row; None where it is not finished, or its file is not sound."""
    return _read(task, RUNS_NAME)


def finished_days(task: ReplicationTask) -> pd.DataFrame | None:
    """The same by day."""
    return _read(task, DAYS_NAME)


def _write(task: ReplicationTask, kind: str, figures: pd.DataFrame) -> None:
    contender = task.contender
    names: dict[str, Any] = {
        "contender": contender.label,
        "scenario": contender.scenario.name,
        "policy": contender.policy.label,
        "replication": task.number,
        "seed": task.seed,
    }
    table = pa.Table.from_pandas(figures.assign(**names)[[*names, *figures.columns]], preserve_index=False)
    table = table.replace_schema_metadata({STUDY_KEY: task.study.encode()})
    path = task.folder / kind / task.file_name
    partial = path.with_name(f"{PARTIAL_PREFIX}{path.name}")
    pq.write_table(table, partial)
    partial.replace(path)


def _read(task: ReplicationTask, kind: str) -> pd.DataFrame | None:
    path = task.folder / kind / task.file_name
    try:
        table = pq.ParquetFile(path).read()
    except (OSError, pa.ArrowException):
        return None
    mine = (table.schema.metadata or {}).get(STUDY_KEY) == task.study.encode()
    frame: pd.DataFrame = table.to_pandas()
    return frame if mine and (frame["seed"] == task.seed).all() else None
