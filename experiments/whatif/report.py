"""The report of a study: one HTML page that needs nothing but itself."""

from __future__ import annotations

import shlex
from dataclasses import astuple
from html import escape
from pathlib import Path
from string import Template

import numpy as np

from data.objective import DEFAULT_WEIGHTS, OBJECTIVE_TERMS
from experiments.whatif.bands import band_of
from experiments.whatif.charts import OBJECTIVE_FIRST, band_chart, difference_chart, frontier_chart
from experiments.whatif.findings import Comparison, Ranking
from experiments.whatif.kpis import KPIS, OBJECTIVE
from experiments.whatif.recovery import disrupted_from
from experiments.whatif.study import Study
from experiments.whatif.summary import recovery_of, runs_of
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
        "title": escape(" against ".join(contender.label for contender in findings.contenders)),
        "lead": escape(
            f"{', '.join(scenarios)} · {findings.n_replications} replications of {settings.n_orders:,} orders · "
            f"{study.reason}"
        ),
        "verdicts": "\n".join(map(_card, findings.comparisons)),
        "ranking": "\n".join(_ranking(study, ranking) for ranking in findings.rankings if len(ranking.places) > 2),  # noqa: PLR2004
        "differences": difference_chart(
            [(_versus(study, item), item.differences[0], item.verdict.code) for item in findings.comparisons], OBJECTIVE
        ),
        "table": _table(study),
        "bands": _bands(study),
        "frontier": _frontier(study),
        "recovery": _recovery(study),
        "confidence": f"{100 * plan.rule.confidence:g}",
        "n_intervals": str(len(findings.comparisons) * len(KPIS)),
        "weights": escape(", ".join(map(_weight, OBJECTIVE_TERMS, astuple(settings.weights)))),
        "warm_up": f"{settings.warm_up_days:.3g}",
        "seeds": f"{plan.seed} to {plan.seed + findings.n_replications - 1}",
        "pairing": _pairing(findings.comparisons),
        "contenders": _contenders(study),
        "drill_down": escape(_drill_down(study)),
    }
    return Template(PAGE.read_text(encoding="utf-8")).substitute(parts)


def _card(comparison: Comparison) -> str:
    said = comparison.verdict
    sign, words = SIGNS[said.code].split(" ")
    # A contender's name keeps its letters; only a sentence of ours begins with a capital.
    named = said.code in {"better", "worse"}
    sentence = escape(said.sentence if named else said.sentence[0].upper() + said.sentence[1:])
    return f'<div class="card {said.code}"><span class="sign">{sign} {words}</span><p>{sentence}.</p></div>'


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


def _frontier(study: Study) -> str:
    columns = ["cost_minor", "on_time_share", "carbon_kg"]
    means = [runs_of(study, place)[columns].mean().tolist() for place in range(len(study.findings.contenders))]
    names = [contender.label for contender in study.findings.contenders]
    return frontier_chart([(name, *map(float, mean)) for name, mean in zip(names, means, strict=True)])  # type: ignore[misc]


def _recovery(study: Study) -> str:
    rows = []
    for place, contender in enumerate(study.findings.contenders):
        found = recovery_of(contender, runs_of(study, place))
        if found is not None:
            mean, worst = (amount(OBJECTIVE, np.nan if found[name] is None else found[name]) for name in _TIMES)
            rows.append(
                f'<tr><th scope="row">{escape(contender.label)}</th><td>{100 * found["recovered_share"]:.0f}%</td>'
                f"<td>{mean}</td><td>{worst}</td></tr>"
            )
    return _RECOVERY.format(rows="".join(rows)) if rows else ""


_TIMES = ("mean_hours", "worst_hours")
_RECOVERY = """<section><h2>Time to recover</h2>
<p>Hours from the start of the disruption until, for the rest of the run, the on-time share of the orders of the last
24 h is back within 5 points of what the same policy reaches, on the same seed, where nothing happens.</p>
<table><thead><tr><th></th><th scope="col">runs that recovered</th><th scope="col">mean hours of these</th>
<th scope="col">worst</th></tr></thead><tbody>{rows}</tbody></table></section>"""


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


def _drill_down(study: Study) -> str:
    """The command that plays the replication in which the first comparison's target did worst."""
    comparison = study.findings.comparisons[0]
    target, reference = (study.findings.values[place, :, 0] for place in (comparison.target, comparison.reference))
    gaps = target - reference
    worst = int(np.nanargmax(gaps)) if np.isfinite(gaps).any() else 0
    contender, plan = study.findings.contenders[comparison.target], study.plan
    spec = contender.policy
    policy = spec.kind if spec.artefact is None else f"causal:{spec.artefact}"
    explored = f"{spec.exploration:g}"
    share = ["--exploration", explored, "--compensation-exploration", explored] if spec.kind == "explore" else []
    command = ["routecause", "simulate", contender.source, "--policy", policy, *share]
    command += ["--orders", f"{plan.settings.n_orders}", "--seed", f"{plan.seed + worst}", "--out", "worst"]
    other_weights = spec.artefact is not None and spec.weights != DEFAULT_WEIGHTS
    return shlex.join(command) + ("  # decides by balanced weights, not by its own" if other_weights else "")
