"""Looks: whether a study may stop, and after how many replications to look again."""

from __future__ import annotations

import math

from experiments.whatif.findings import Findings
from experiments.whatif.kpis import KPIS
from experiments.whatif.paired import runs_needed
from experiments.whatif.stopping import StoppingRule

_NAMES = tuple(kpi.name for kpi in KPIS)
# A sequential study looks again after this share more replications, where nothing says how many it needs.
GROWTH_SHARE = 0.25


def reason_to_stop(findings: Findings, rule: StoppingRule) -> str | None:
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


def next_look(findings: Findings, rule: StoppingRule) -> int:
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
    return min(max(*needed, count + 1), 2 * count, rule.n_most)


def _unmet(findings: Findings, rule: StoppingRule) -> bool:
    asked = {kpi.name for kpi, _ in rule.half_widths}
    wide = any(
        kpi_asked and not precise
        for comparison in findings.comparisons
        for kpi_asked, precise in zip((name in asked for name in _NAMES), comparison.precise, strict=True)
    )
    open_race = rule.seeks_best and any(ranking.selection.best is None for ranking in findings.rankings)
    return wide or open_race
