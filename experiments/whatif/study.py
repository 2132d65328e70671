"""A what-if study from start to finish: play, look, go on or stop."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from experiments.whatif.breaking_point import BreakingPoint, breaking_points
from experiments.whatif.findings import Findings, findings_of
from experiments.whatif.looks import next_look, reason_to_stop
from experiments.whatif.plan import Plan, plan_study
from experiments.whatif.player import Player, Progress
from experiments.whatif.replication import finished_days
from experiments.whatif.request import StudyRequest
from experiments.whatif.workers import Workers

__all__ = ["Plan", "Progress", "Study", "StudyRequest", "plan_study", "run_study"]


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

    @property
    def breaking_points(self) -> tuple[BreakingPoint, ...]:
        """What a stress test found, one a policy; nothing where it was none."""
        plan, findings = self.plan, self.findings
        if plan.stress is None:
            return ()
        return breaking_points(findings.contenders, findings.values, plan.stress, plan.rule.confidence)


def run_study(plan: Plan, *, fresh: bool = False, on_progress: Callable[[Progress], None] | None = None) -> Study:
    """Play what is not finished yet, until the stopping rule is content.

    The same plan finds the same, bit for bit, whatever the number of workers and however often it was interrupted.
    """
    started = time.monotonic()
    plan.folder.open(fresh=fresh)
    player = Player(plan, on_progress or (lambda _: None))
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


def _played_out(plan: Plan, player: Player, workers: Workers) -> tuple[Findings, str]:
    n_replications, racing = plan.rule.n_first, set(range(len(plan.contenders)))
    while True:
        player.play(workers, [(place, number) for place in sorted(racing) for number in range(n_replications)])
        findings = findings_of(plan.contenders, player.values(n_replications), plan.rule)
        reason = reason_to_stop(findings, plan.rule)
        if reason is not None:
            return findings, reason
        if plan.rule.seeks_best and not plan.rule.half_widths:
            racing = {ranking.places[place] for ranking in findings.rankings for place in ranking.selection.survivors}
        n_replications = next_look(findings, plan.rule)
