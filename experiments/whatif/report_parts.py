"""Parts of a study's report that not every study has: the frontier, service under load, and recovery."""

from __future__ import annotations

from html import escape

import numpy as np
from matplotlib.figure import Figure

from experiments.whatif.charts import svg_of
from experiments.whatif.frontier import Frontier, FrontierPlace
from experiments.whatif.kpis import KPIS, OBJECTIVE, Kpi
from experiments.whatif.paired import Difference
from experiments.whatif.study import Study
from experiments.whatif.summary import recovery_of, runs_of
from experiments.whatif.trade_charts import STANDING_WORDS, frontier_figure, stress_figure
from experiments.whatif.verdicts import amount

_ON_TIME = KPIS[2]
_TIMES = ("mean_hours", "worst_hours")
_TRADED_COLUMNS = ["cost_minor", "on_time_share", "carbon_kg"]


def frontier_pictures(study: Study) -> list[Figure]:
    """One picture a frontier; none in a stress test, where each load would have its own."""
    return [] if study.plan.stress else [_frontier_picture(study, item) for item in study.findings.frontiers]


def stress_picture(study: Study) -> Figure | None:
    """The picture of a stress test."""
    return stress_figure(study.breaking_points) if study.breaking_points else None


def frontier_section(study: Study) -> str:
    """Cost, service and carbon, a picture and a table a scenario."""
    pictures = zip(frontier_pictures(study), study.findings.frontiers, strict=False)
    told = "".join(
        f"{svg_of(picture, 'Shipping cost against the share delivered on time; the area of a mark is the carbon')}"
        f"{_frontier_table(study, frontier)}"
        for picture, frontier in pictures
    )
    return _FRONTIER.format(told=told) if told else ""


def stress_section(study: Study) -> str:
    """Where each policy breaks, and how its service falls before."""
    picture = stress_picture(study)
    if picture is None:
        return ""
    points = study.breaking_points
    head = "".join(f'<th scope="col">{escape(point.policy)}</th>' for point in points)
    rows = "".join(
        f'<tr><th scope="row">x{load:g}</th>{"".join(_share(point.shares[place]) for point in points)}</tr>'
        for place, load in enumerate(points[0].loads)
    )
    said = "".join(f"<li>{escape(point.sentence)}</li>" for point in points)
    chart = svg_of(picture, "Share of orders on time against the multiple of the demand")
    return _STRESS.format(said=said, chart=chart, head=head, rows=rows)


def recovery_section(study: Study) -> str:
    """How long each contender took to recover; empty where nothing passing happened."""
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


def _frontier_picture(study: Study, frontier: Frontier) -> Figure:
    labels = [study.findings.contenders[item.place].label for item in frontier.places]
    means = [tuple(runs_of(study, item.place)[_TRADED_COLUMNS].mean().tolist()) for item in frontier.places]
    return frontier_figure(frontier, labels, means)


def _frontier_table(study: Study, frontier: Frontier) -> str:
    kpis = [kpi for kpi in KPIS if kpi.column in _TRADED_COLUMNS]
    head = "".join(f'<th scope="col">{kpi.label}<small>{kpi.unit}</small></th>' for kpi in kpis)
    rows = "".join(_frontier_row(study, number, item, kpis) for number, item in enumerate(frontier.places, 1))
    title = f"<caption>{escape(frontier.scenario)}</caption>" if len(study.findings.frontiers) > 1 else ""
    return (
        f'<table>{title}<thead><tr><th></th>{head}<th scope="col">standing</th></tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def _frontier_row(study: Study, number: int, item: FrontierPlace, kpis: list[Kpi]) -> str:
    contenders, runs = study.findings.contenders, runs_of(study, item.place)
    cells = "".join(f"<td>{amount(kpi, float(runs[kpi.column].mean()))}</td>" for kpi in kpis)
    by = ", ".join(contenders[place].label for place in item.dominated_by)
    said = f"{STANDING_WORDS[item.standing]}{f' by {by}' if by else ''}"
    name = f"{number} · {contenders[item.place].label}"
    return f'<tr><th scope="row">{escape(name)}</th>{cells}<td>{escape(said)}</td></tr>'


def _share(share: Difference) -> str:
    point, low, high = (amount(_ON_TIME, bound) for bound in (share.point, share.lower, share.upper))
    return f"<td><b>{point}</b><small>[{low},&nbsp;{high}]</small></td>"


_FRONTIER = """<section><h2>Cost, service, carbon</h2>
<p>Upper left is cheap and punctual; the larger a mark, the more carbon an order. Bars are joint intervals of the
difference to the first. A contender is called <i>dominated</i> only if the intervals say that another is nowhere worse
and somewhere better (grey marks), and <i>on the frontier</i> only if they say that nobody is (full marks).</p>
{told}</section>"""
_STRESS = """<section><h2>Where it breaks</h2>
<p>The share of orders on time under multiples of the demand, from the end of the warm-up on, with stock and labour as
they were planned without it; the shade holds all means at once. The dashed line is the target. A load is kept for sure
if its whole interval lies at or above the target, and surely broken if all of it lies below; between the two, only more
replications tell. Where the means cross is a guess between two loads that were played, not a bound.</p>
<ul>{said}</ul>
{chart}
<table><thead><tr><th></th>{head}</tr></thead><tbody>{rows}</tbody></table></section>"""
_RECOVERY = """<section><h2>Time to recover</h2>
<p>Hours from the start of the disruption until, for the rest of the run, the on-time share of the orders of the last
24 h is back within 5 points of what the same policy reaches, on the same seed, where nothing happens.</p>
<table><thead><tr><th></th><th scope="col">runs that recovered</th><th scope="col">mean hours of these</th>
<th scope="col">worst</th></tr></thead><tbody>{rows}</tbody></table></section>"""
