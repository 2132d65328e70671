"""A what-if study from start to finish: play, look, go on or stop, and write down what was found."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.home import Home
from data.objective import DEFAULT_WEIGHTS, ObjectiveWeights
from experiments.whatif.affordability import StudyCost, require_affordable, study_cost
from experiments.whatif.contenders import Contender, contenders_of
from experiments.whatif.errors import StudyPlanError
from experiments.whatif.findings import Findings, findings_of
from experiments.whatif.folder import StudyFolder, code_sha256
from experiments.whatif.kpis import COLUMNS, KPIS
from experiments.whatif.paired import runs_needed
from experiments.whatif.recovery import changes_from
from experiments.whatif.replication import ReplicationTask, RunSettings, finished, finished_days, play_chunk
from experiments.whatif.stopping import StoppingRule
from experiments.whatif.workers import Workers, chunked
from simulator.demand import start_hours
from simulator.run import MOST_SEED
from simulator.scenario.schema import Scenario

Floats = NDArray[np.float64]
MOST_WORKERS = 64
DEFAULT_WARM_UP_DAYS = 1.0
_NAMES = tuple(kpi.name for kpi in KPIS)
# A sequential study looks again after this share more replications, where nothing says how many it needs.
GROWTH_SHARE = 0.25


@dataclass(frozen=True, slots=True)
class StudyRequest:
    """What to play.

    Parameters
    ----------
    scenarios, policies : tuple of str
        As on the command line; every policy is played in every scenario.
    n_orders : int or None
        Orders a replication; None takes as many as come in `days`, on average, in the first scenario.
    warm_up_days : float or None
        Orders of the first days are played and count for nothing; None is a day, or less where something happens
        in the scenario before that.
    seed : int
        Of the first replication; the next ones count up.
    weights : ObjectiveWeights
        By which the objective judges everyone, and by which causal policies decide that name none of their own.
    force, fresh : bool
        Whether to run what is estimated to be too large, and to replace another study in the folder.
    """

    scenarios: tuple[str, ...]
    policies: tuple[str, ...]
    rule: StoppingRule
    n_orders: int | None = None
    days: float = 4.0
    warm_up_days: float | None = None
    seed: int = 1
    weights: ObjectiveWeights = DEFAULT_WEIGHTS
    n_workers: int = 1
    force: bool = False
    fresh: bool = False


@dataclass(frozen=True)
class Plan:
    """A request that was found sound: nothing has been written yet."""

    contenders: tuple[Contender, ...]
    settings: RunSettings
    rule: StoppingRule
    seed: int
    n_workers: int
    folder: StudyFolder
    cost: StudyCost

    def task(self, place: int, number: int) -> ReplicationTask:
        """The replication of a contender with a number."""
        seed, folder = self.seed + number, self.folder
        return ReplicationTask(self.contenders[place], number, seed, self.settings, folder.path, folder.study)


@dataclass(frozen=True)
class Study:
    """A finished study.

    Parameters
    ----------
    runs : DataFrame
        One row a contender and replication, as in `replications/*.parquet`; `days` likewise by day.
    reason : str
        Why it stopped, for people.
    n_played, n_resumed : int
        Replications that were played now, and that were there already.
    """

    plan: Plan
    findings: Findings
    runs: pd.DataFrame
    days: pd.DataFrame
    reason: str
    n_played: int
    n_resumed: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a study is: replications of the present round, finished and in all."""

    n_finished: int
    n_planned: int


def plan_study(request: StudyRequest, out: Path, home: Home) -> Plan:
    """Check a request in full before anything is written or played.

    Raises
    ------
    WhatIfError
        If policies, numbers or the folder cannot be used, or it would take too much.
    SimulatorError
        If a scenario cannot be used.
    """
    rule = request.rule
    contenders = contenders_of(request.scenarios, request.policies, request.weights, home)
    if len(contenders) < 2:  # noqa: PLR2004 - a comparison has two sides
        msg = "one policy in one scenario leaves nothing to compare; name a second policy or a second scenario"
        raise StudyPlanError(msg)
    if rule.seeks_best and len(request.policies) < 2:  # noqa: PLR2004
        msg = "--indifference selects the best of several policies, and there is one; leave it out or name a second"
        raise StudyPlanError(msg)
    n_orders = _n_orders(request, contenders[0].scenario)
    _require_usable(request)
    settings = RunSettings(n_orders, _warm_up_days(request, contenders), request.weights, force=request.force)
    cost = study_cost(contenders, n_orders, rule.n_most, request.n_workers)
    if not request.force:
        require_affordable(cost)
    folder = StudyFolder(out, _identity(contenders, settings, request.seed))
    folder.require_usable(fresh=request.fresh)
    return Plan(contenders, settings, rule, request.seed, request.n_workers, folder, cost)


def run_study(plan: Plan, *, fresh: bool = False, on_progress: Callable[[Progress], None] | None = None) -> Study:
    """Play what is not finished yet, until the stopping rule is content.

    The same plan finds the same, bit for bit, whatever the number of workers and however often it was interrupted.
    """
    started = time.monotonic()
    plan.folder.open(fresh=fresh)
    player = _Player(plan, on_progress or (lambda _: None))
    with Workers(plan.n_workers) as workers:
        findings, reason = _played_out(plan, player, workers)
    asked = [player.runs[key] for key in sorted(player.runs)]
    days = [frame for key in sorted(player.runs) if (frame := finished_days(plan.task(*key))) is not None]
    return Study(
        plan=plan,
        findings=findings,
        runs=pd.concat(asked, ignore_index=True),
        days=pd.concat(days, ignore_index=True),
        reason=reason,
        n_played=player.n_played,
        n_resumed=len(asked) - player.n_played,
        seconds=time.monotonic() - started,
    )


def _played_out(plan: Plan, player: _Player, workers: Workers) -> tuple[Findings, str]:
    n_replications, racing = plan.rule.n_first, set(range(len(plan.contenders)))
    while True:
        player.play(workers, [(place, number) for place in sorted(racing) for number in range(n_replications)])
        findings = findings_of(plan.contenders, player.values(n_replications), plan.rule)
        reason = _reason_to_stop(findings, plan.rule)
        if reason is not None:
            return findings, reason
        if plan.rule.seeks_best and not plan.rule.half_widths:
            racing = {ranking.places[place] for ranking in findings.rankings for place in ranking.selection.survivors}
        n_replications = min(_next_look(findings, plan.rule), plan.rule.n_most)


def _reason_to_stop(findings: Findings, rule: StoppingRule) -> str | None:
    """Why there is no need, or no leave, to go on; None where there are both."""
    if not rule.is_sequential:
        return f"the {findings.n_replications} replications that were asked for are played"
    if not _unmet(findings, rule):
        reached = ["every half-width that was asked for is reached"] if rule.half_widths else []
        selected = ["a best contender is selected"] if rule.seeks_best else []
        return " and ".join(reached + selected)
    if findings.n_replications >= rule.n_most:
        return f"--max-replications {rule.n_most} is reached before what was asked for"
    return None


def _unmet(findings: Findings, rule: StoppingRule) -> bool:
    asked = {kpi.name for kpi, _ in rule.half_widths}
    wide = any(
        kpi_asked and not precise
        for comparison in findings.comparisons
        for kpi_asked, precise in zip((name in asked for name in _NAMES), comparison.precise, strict=True)
    )
    open_race = rule.seeks_best and any(ranking.selection.best is None for ranking in findings.rankings)
    return wide or open_race


def _next_look(findings: Findings, rule: StoppingRule) -> int:
    """After how many replications to look again: as many as seem to be needed, but at most twice as many as now."""
    count = findings.n_replications
    asked = {kpi.name for kpi, _ in rule.half_widths}
    needed = [
        runs_needed(difference, margin)
        for comparison in findings.comparisons
        for name, difference, margin, precise in zip(
            _NAMES, comparison.differences, comparison.margins, comparison.precise, strict=True
        )
        if name in asked and not precise and margin > 0
    ]
    if rule.seeks_best or not needed:
        needed.append(count + math.ceil(GROWTH_SHARE * count))
    return min(max(*needed, count + 1), 2 * count)


class _Player:
    """Sees to it that replications are finished, and remembers what they measured."""

    def __init__(self, plan: Plan, on_progress: Callable[[Progress], None]) -> None:
        self._plan = plan
        self._on_progress = on_progress
        self.runs: dict[tuple[int, int], pd.DataFrame] = {}
        self.n_played = 0

    def play(self, workers: Workers, keys: Sequence[tuple[int, int]]) -> None:
        """Finish these replications of contenders, those alone that are not finished yet."""
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
        return (
            workers.map(play_chunk, chunked(tasks, workers.n_workers, self._plan.cost.seconds_each))
            if tasks
            else iter(())
        )

    def _found(self, key: tuple[int, int]) -> bool:
        if key not in self.runs:
            row = finished(self._plan.task(*key))
            if row is not None:
                self.runs[key] = row
        return key in self.runs


def _n_orders(request: StudyRequest, scenario: Scenario) -> int:
    if request.n_orders is not None:
        n_orders = request.n_orders
    elif math.isfinite(request.days) and request.days > 0:
        n_orders = math.ceil(request.days * scenario.demand.orders_per_day)
    else:
        msg = f"days is {request.days:g}; give a positive number of days"
        raise StudyPlanError(msg)
    if n_orders < 1:
        msg = f"n_orders is {n_orders}; a replication needs at least 1 order"
        raise StudyPlanError(msg)
    return n_orders


def _warm_up_days(request: StudyRequest, contenders: Sequence[Contender]) -> float:
    """The same for all contenders, so that they are judged by the same orders."""
    if request.warm_up_days is None:
        scenarios = [contender.scenario for contender in contenders]
        changes = [(hours - start_hours(item)) / 24 for item in scenarios if (hours := changes_from(item)) is not None]
        return max(0.0, min([DEFAULT_WARM_UP_DAYS, *changes]))
    if not (math.isfinite(request.warm_up_days) and request.warm_up_days >= 0):
        msg = f"the warm-up is {request.warm_up_days:g} days; give 0 or more"
        raise StudyPlanError(msg)
    return request.warm_up_days


def _require_usable(request: StudyRequest) -> None:
    if not 0 <= request.seed <= MOST_SEED - request.rule.n_most:
        msg = f"seed is {request.seed}; give one from 0 to {MOST_SEED - request.rule.n_most}"
        raise StudyPlanError(msg)
    if not 1 <= request.n_workers <= MOST_WORKERS:
        msg = f"{request.n_workers} workers; give from 1 to {MOST_WORKERS}"
        raise StudyPlanError(msg)


def _identity(contenders: Sequence[Contender], settings: RunSettings, seed: int) -> dict[str, object]:
    return {
        "contenders": [contender.identity for contender in contenders],
        "n_orders": settings.n_orders,
        "warm_up_days": settings.warm_up_days,
        "weights": asdict(settings.weights),
        "first_seed": seed,
        "routecause": version("routecause"),
        "code_sha256": code_sha256(),
    }
