"""The summary of a study as plain data: what `--json` prints and `summary.json` keeps."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from experiments.whatif.breaking_point import BreakingPoint
from experiments.whatif.contenders import Contender
from experiments.whatif.findings import Comparison, Ranking
from experiments.whatif.frontier import TRADED, Frontier
from experiments.whatif.kpis import COLUMNS, KPIS
from experiments.whatif.recovery import disrupted_from
from experiments.whatif.study import Study
from experiments.whatif.verdicts import verdict_on


def summary_of(study: Study) -> dict[str, Any]:
    """All that was found, without what differs between two runs of the same study, such as the time they took."""
    plan, findings = study.plan, study.findings
    return {
        "study": plan.folder.study,
        "n_orders": plan.settings.n_orders,
        "warm_up_days": plan.settings.warm_up_days,
        "warm_start": None if plan.settings.warm_start is None else plan.settings.warm_start.identity,
        "first_seed": plan.seed,
        "objective_weights": asdict(plan.settings.weights),
        "confidence": plan.rule.confidence,
        "n_replications": findings.n_replications,
        "stopped_because": study.reason,
        "contenders": [_contender(study, place) for place in range(len(findings.contenders))],
        "comparisons": [_comparison(findings.contenders, item) for item in findings.comparisons],
        "rankings": [_ranking(findings.contenders, item) for item in findings.rankings],
        "frontiers": [_frontier(findings.contenders, item) for item in findings.frontiers],
        "stress": [_breaking_point(item) for item in study.breaking_points],
        "verdicts": [
            *(item.sentence for item in study.breaking_points),
            *(item.verdict.sentence for item in findings.comparisons),
        ],
    }


def recovery_of(contender: Contender, runs: pd.DataFrame) -> dict[str, Any] | None:
    """How a contender recovered from the scenario's disruption; None where there is none to speak of.

    Parameters
    ----------
    runs : DataFrame
        The contender's rows of `replications/*.parquet`.
    """
    begins = disrupted_from(contender.scenario)
    hours = runs["recovery_hours"].to_numpy(dtype=np.float64)
    known = hours[~np.isnan(hours)]
    if begins is None or not known.size:
        return None
    back = known[np.isfinite(known)]
    return {
        "disrupted_from_hours": begins,
        "recovered_share": float(np.isfinite(known).mean()),
        "mean_hours": float(back.mean()) if back.size else None,
        "worst_hours": float(back.max()) if back.size else None,
    }


def _contender(study: Study, place: int) -> dict[str, Any]:
    contender = study.findings.contenders[place]
    runs = runs_of(study, place)
    return {
        **contender.identity,
        "n_replications": len(runs),
        "mean": {name: float(runs[name].mean()) for name in COLUMNS},
        "lowest": {name: float(runs[name].min()) for name in COLUMNS},
        "highest": {name: float(runs[name].max()) for name in COLUMNS},
        "recovery": recovery_of(contender, runs),
    }


def runs_of(study: Study, place: int) -> pd.DataFrame:
    """The replications of one contender."""
    return study.runs[study.runs["contender"] == study.findings.contenders[place].label]


def _comparison(contenders: tuple[Contender, ...], comparison: Comparison) -> dict[str, Any]:
    figures = zip(KPIS, comparison.differences, comparison.margins, comparison.precise, strict=True)
    return {
        "contender": contenders[comparison.target].label,
        "against": contenders[comparison.reference].label,
        "verdict": comparison.verdict.code,
        "sentence": comparison.verdict.sentence,
        "differences": {
            kpi.column: {
                **asdict(difference),
                "verdict": verdict_on(kpi, difference, margin, is_precise=precise),
            }
            for kpi, difference, margin, precise in figures
        },
    }


def _ranking(contenders: tuple[Contender, ...], ranking: Ranking) -> dict[str, Any]:
    selection = ranking.selection
    return {
        "scenario": ranking.scenario,
        "indifference_minor": ranking.indifference,
        "best": None if selection.best is None else contenders[ranking.places[selection.best]].label,
        "in_the_race": [contenders[ranking.places[place]].label for place in selection.survivors],
        "eliminated_after": {
            contenders[ranking.places[place]].label: count for place, count in selection.eliminated_after.items()
        },
    }


def _frontier(contenders: tuple[Contender, ...], frontier: Frontier) -> dict[str, Any]:
    return {
        "scenario": frontier.scenario,
        "key_figures": [KPIS[place].column for place in TRADED],
        "contenders": [
            {
                "contender": contenders[item.place].label,
                "standing": item.standing,
                "dominated_by": [contenders[place].label for place in item.dominated_by],
            }
            for item in frontier.places
        ],
    }


def _breaking_point(point: BreakingPoint) -> dict[str, Any]:
    shares = zip(point.loads, point.shares, strict=True)
    return {
        "policy": point.policy,
        "target_share": point.target_share,
        "holds_up_to": point.holds_up_to,
        "breaks_at": point.breaks_at,
        "about": point.about,
        "sentence": point.sentence,
        "on_time_share": [
            {"load": load, "mean": share.point, "lower": share.lower, "upper": share.upper} for load, share in shares
        ],
    }
