"""The player: sees to it that replications are finished, and remembers what they measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.whatif.kpis import COLUMNS
from experiments.whatif.plan import Plan
from experiments.whatif.replication import ReplicationTask, finished, play_chunk
from experiments.whatif.workers import Workers, chunked

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a study is: replications of the present round, finished and in all."""

    n_finished: int
    n_planned: int


class Player:
    """Plays the replications of a plan, those alone that are not finished yet.

    Attributes
    ----------
    runs : dict
        What was measured, one row each, by contender's place and replication's number.
    n_played : int
        Replications that were played now.
    """

    def __init__(self, plan: Plan, on_progress: Callable[[Progress], None]) -> None:
        self._plan = plan
        self._on_progress = on_progress
        self.runs: dict[tuple[int, int], pd.DataFrame] = {}
        self.n_played = 0

    def play(self, workers: Workers, keys: Sequence[tuple[int, int]]) -> None:
        """Finish these replications of contenders."""
        missing = [key for key in keys if not self._found(key)]
        # Pairs first: whoever interrupts keeps replications that all contenders have played.
        tasks = [self._plan.task(*key) for key in sorted(missing, key=lambda key: (key[1], key[0]))]
        done = len(keys) - len(tasks)
        self._on_progress(Progress(done, len(keys)))
        for count in self._counts(workers, tasks):
            done += count
            self.n_played += count
            self._on_progress(Progress(done, len(keys)))
        for key in missing:
            if not self._found(key):
                msg = f"{self._plan.task(*key).file_name} was played and is not there"
                raise AssertionError(msg)

    def values(self, n_replications: int) -> Floats:
        """What was measured, shape (n_contenders, n_replications, n_kpis)."""
        values = np.full((len(self._plan.contenders), n_replications, len(COLUMNS)), np.nan)
        for (place, number), row in self.runs.items():
            if number < n_replications:
                values[place, number] = row[list(COLUMNS)].to_numpy(dtype=np.float64)[0]
        return values

    def _counts(self, workers: Workers, tasks: Sequence[ReplicationTask]) -> Iterator[int]:
        if not tasks:
            return iter(())
        teams = _teams(tasks) if self._plan.settings.warm_start is not None else [[task] for task in tasks]
        seconds_each = self._plan.cost.seconds_each * len(tasks) / len(teams)
        chunks = chunked(teams, workers.n_workers, seconds_each)
        return workers.map(play_chunk, [[task for team in chunk for task in team] for chunk in chunks])

    def _found(self, key: tuple[int, int]) -> bool:
        if key not in self.runs:
            row = finished(self._plan.task(*key))
            if row is not None:
                self.runs[key] = row
        return key in self.runs


def _teams(tasks: Sequence[ReplicationTask]) -> list[list[ReplicationTask]]:
    """Those together that go on from the same past, so that one process plays it once."""
    return [
        list(team)
        for _, team in groupby(tasks, key=lambda task: (task.number, task.contender.source, task.contender.load))
    ]
