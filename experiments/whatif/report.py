"""The report of a study: one HTML page that needs nothing but itself."""

from __future__ import annotations

from dataclasses import astuple
from html import escape
from pathlib import Path
from string import Template

import numpy as np

from data.objective import OBJECTIVE_TERMS
from experiments.whatif.bands import band_of
from experiments.whatif.breaking_point import BreakingPoint
from experiments.whatif.charts import OBJECTIVE_FIRST, band_chart, difference_chart
from experiments.whatif.closer_look import closer_look
from experiments.whatif.findings import Comparison, Ranking
from experiments.whatif.kpis import KPIS, OBJECTIVE
from experiments.whatif.playing import RunSettings
from experiments.whatif.recovery import disrupted_from
from experiments.whatif.report_parts import frontier_section, recovery_section, stress_section
from experiments.whatif.study import Study
from experiments.whatif.summary import runs_of
from experiments.whatif.verdicts import Code, amount, verdict_on

PAGE = Path(__file__).with_name("report_page.html")
# A sign besides the colour, for those who do not see it.
SIGNS: dict[Code, str] = {
    "better": "▲ better",
    "worse": "▼ worse",
    "no_difference": "= alike",
    "not_enough_runs": "? open",
}
MOST_BANDS = 6


def report_page(study: Study) -> str:
    """The page; the same study gives the same bytes."""
    findings, settings, plan = study.findings, study.plan.settings, study.plan
    scenarios = list(dict.fromkeys(contender.scenario.name for contender in findings.contenders))
    parts = {
        "title": escape(_title(study)),
        "lead": escape(
            f"{', '.join(scenarios)} · {findings.n_replications} replications of {settings.n_orders:,} orders · "
            f"{study.reason}"
        ),
        "verdicts": "\n".join([*map(_stress_card, study.breaking_points), *map(_card, findings.comparisons)]),
        "ranking": "\n".join(_ranking(study, ranking) for ranking in findings.rankings if len(ranking.places) > 2),  # noqa: PLR2004
        "differences": _differences(study) if findings.comparisons else "",
        "table": _table(study),
        "bands": _BANDS.format(chart=_bands(study)) if plan.stress is None else "",
        "frontier": frontier_section(study),
        "stress": stress_section(study),
        "recovery": recovery_section(study),
        "confidence": f"{100 * plan.rule.confidence:g}",
        "n_intervals": str(len(findings.comparisons) * len(KPIS)),
        "weights": escape(", ".join(map(_weight, OBJECTIVE_TERMS, astuple(settings.weights)))),
        "start": escape(_start(settings)),
        "seeds": f"{plan.seed} to {plan.seed + findings.n_replications - 1}",
        "pairing": _pairing(findings.comparisons),
        "contenders": _contenders(study),
        "drill_down": closer_look(study),
    }
    return Template(PAGE.read_text(encoding="utf-8")).substitute(parts)


def _title(study: Study) -> str:
    contenders = study.findings.contenders
    if study.plan.stress is not None:
        return f"{' and '.join(dict.fromkeys(item.policy.label for item in contenders))} under load"
    shown = [item.label for item in contenders[:_MOST_NAMED]]
    return " against ".join(shown) + (f" and {len(contenders) - _MOST_NAMED} more" if contenders[_MOST_NAMED:] else "")


_MOST_NAMED = 4


def _start(settings: RunSettings) -> str:
    """What came before the orders that count."""
    warm, days = settings.warm_start, f"{settings.warm_up_days:.3g} days"
    if warm is None:
        return (
            f"Orders of the first {days} are played and count for nothing, because the world starts with empty queues."
        )
    return (
        f"All contenders of a replication go on from one state, that of a world in which {warm.policy.label} decided "
        f"for {days}; orders after that count."
    )


def _differences(study: Study) -> str:
    comparisons = study.findings.comparisons
    rows = [(_versus(study, item), item.differences[0], item.verdict.code) for item in comparisons]
    return _DIFFERENCES.format(chart=difference_chart(rows, OBJECTIVE))


_DIFFERENCES = """<section><h2>How much better, and how sure</h2>
<p>The objective: cost, time, carbon and customer value as one loss. Dots are means of paired differences, bars the
intervals. An interval that holds zero does not tell the two apart.</p>
{chart}</section>"""
_BANDS = """<section><h2>Day by day</h2>
<p>Lines are means over all replications; the shade reaches from the best to the worst replication of each day. Orders
count on the day on which they were decided; a dashed line marks the start of a disruption.</p>
{chart}</section>"""


def _card(comparison: Comparison) -> str:
    said = comparison.verdict
    sign, words = SIGNS[said.code].split(" ")
    # A contender's name keeps its letters; only a sentence of ours begins with a capital.
    named = said.code in {"better", "worse"}
    sentence = escape(said.sentence if named else said.sentence[0].upper() + said.sentence[1:])
    return f'<div class="card {said.code}"><span class="sign">{sign} {words}</span><p>{sentence}.</p></div>'


def _stress_card(point: BreakingPoint) -> str:
    return f'<div class="card"><span class="sign">under load</span><p>{escape(point.sentence)}.</p></div>'


def _versus(study: Study, comparison: Comparison) -> str:
    names = [study.findings.contenders[place].label for place in (comparison.target, comparison.reference)]
    return " less ".join(names)


def _table(study: Study) -> str:
    """Means of every contender, and under them the differences with their intervals."""
    contenders = study.findings.contenders
    head = "".join(f'<th scope="col">{escape(contender.label)}</th>' for contender in contenders)
    rows = []
    for place, kpi in enumerate(KPIS):
        cells = "".join(_cell(study, place, column) for column in range(len(contenders)))
        rows.append(f'<tr><th scope="row">{kpi.label}<small>{kpi.unit}</small></th>{cells}</tr>')
    return f"<table><thead><tr><th></th>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _cell(study: Study, place: int, column: int) -> str:
    kpi, runs = KPIS[place], runs_of(study, column)
    told = [
        _difference(study, comparison, place)
        for comparison in study.findings.comparisons
        if comparison.target == column
    ]
    return f"<td><b>{amount(kpi, float(runs[kpi.column].mean()))}</b>{''.join(told)}</td>"


def _difference(study: Study, comparison: Comparison, place: int) -> str:
    kpi, difference = KPIS[place], comparison.differences[place]
    code = verdict_on(kpi, difference, comparison.margins[place], is_precise=comparison.precise[place])
    point, low, high = (amount(kpi, x, signed=True) for x in (difference.point, difference.lower, difference.upper))
    against = escape(study.findings.contenders[comparison.reference].label)
    return f'<small class="{code}" title="against {against}">{point}&nbsp;[{low},&nbsp;{high}]<br>{SIGNS[code]}</small>'


def _ranking(study: Study, ranking: Ranking) -> str:
    labels = [study.findings.contenders[place].label for place in ranking.places]
    best, within = ranking.selection.best, f"{amount(OBJECTIVE, ranking.indifference)} {OBJECTIVE.unit}"
    if best is None:
        racing = ", ".join(labels[place] for place in ranking.selection.survivors)
        said = f"Not enough runs yet to name the best policy; still in the race: {racing}."
    else:
        said = f"Best policy: {labels[best]} (or within {within} of the best)."
    return f'<p class="ranking"><b>{escape(ranking.scenario)}.</b> {escape(said)}</p>'


def _bands(study: Study) -> str:
    contenders = study.findings.contenders[:MOST_BANDS]
    days = [study.days[study.days["contender"] == contender.label] for contender in contenders]
    bands = [
        (contender.label, band_of(own, kpi))
        for kpi in OBJECTIVE_FIRST
        for contender, own in zip(contenders, days, strict=True)
    ]
    begins = [hours / 24 for item in contenders if (hours := disrupted_from(item.scenario)) is not None]
    return band_chart(bands, OBJECTIVE_FIRST, min(begins) if begins else None)


def _weight(term: str, weight: float) -> str:
    return f"{term.replace('_', ' ')} {weight:g}"


def _pairing(comparisons: tuple[Comparison, ...]) -> str:
    gains = [item.differences[0].pairing_gain for item in comparisons if np.isfinite(item.differences[0].pairing_gain)]
    if not gains:
        return "Here every pair was equal."
    least, most = (f"{gain:,.1f}" for gain in (min(gains), max(gains)))
    return f"Here that did the work of {least if least == most else f'{least} to {most}'} times as many unpaired runs."


def _contenders(study: Study) -> str:
    rows = "".join(
        f'<tr><th scope="row">{escape(item.label)}</th><td>{escape(item.scenario.name)}</td>'
        f"<td><code>{escape(item.identity['scenario_sha256'][:12])}</code></td>"
        f"<td><code>{escape(item.policy.fingerprint[:60])}</code></td></tr>"
        for item in study.findings.contenders
    )
    head = "".join(f'<th scope="col">{name}</th>' for name in ("", "scenario", "its hash", "policy's fingerprint"))
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
