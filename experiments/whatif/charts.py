"""Charts of a study as inline SVG: differences with intervals, and days.

Colours are Okabe and Ito's, which people who see few colours tell apart; marks differ too.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from experiments.whatif.bands import Band
from experiments.whatif.kpis import KPIS, OBJECTIVE, Kpi
from experiments.whatif.paired import Difference
from experiments.whatif.verdicts import Code, amount

INK, SOFT, GRID = "#1f2933", "#66727f", "#e4e7eb"
GOOD, BAD, OPEN = "#0072b2", "#d55e00", "#7b8794"
COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#56b4e9", "#000000")
MARKS = ("o", "s", "^", "D", "v", "P", "X")
VERDICT_COLOURS: dict[Code, str] = {"better": GOOD, "worse": BAD, "no_difference": INK, "not_enough_runs": OPEN}
# Text stays text: small, sharp and readable to a screen reader. The salt makes identifiers the same every time.
STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "text.parse_math": False,
    "svg.hashsalt": "routecause",
    "font.family": "sans-serif",
    "font.size": 10,
}


def difference_chart(rows: Sequence[tuple[str, Difference, Code]], kpi: Kpi) -> str:
    """Differences of one key figure with their joint intervals, one row each; left of zero is lower.

    Parameters
    ----------
    rows : sequence of (str, Difference, Code)
        What each row is called, and what its interval says.
    """
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(8.6, 1.15 + 0.52 * len(rows)), layout="constrained")
        axes = figure.add_subplot()
        for place, (_, difference, code) in enumerate(reversed(rows)):
            colour, low, high = VERDICT_COLOURS[code], difference.lower * kpi.scale, difference.upper * kpi.scale
            axes.plot([low, high], [place, place], color=colour, linewidth=3.2, solid_capstyle="round")
            axes.plot([difference.point * kpi.scale], [place], "o", color=colour, markersize=8)
            shown = amount(kpi, difference.point, signed=True)
            axes.annotate(
                shown, (difference.point * kpi.scale, place), (0, 9), textcoords="offset points", ha="center", color=INK
            )
        axes.axvline(0, color=INK, linewidth=1, linestyle=(0, (2, 2)))
        axes.set_yticks(range(len(rows)), [name for name, _, _ in reversed(rows)])
        axes.set_ylim(-0.6, len(rows) - 0.2)
        axes.set_xlabel(f"difference in {kpi.unit} ({kpi.better} is better)", color=SOFT)
        plain_axes(axes, grid="x")
        return svg_of(figure, f"Differences of the {kpi.label} with their intervals")


def band_chart(bands: Sequence[tuple[str, Band]], kpis: Sequence[Kpi], disrupted_at_days: float | None) -> str:
    """Key figures day by day: the mean of all replications, between the best and the worst of them.

    Parameters
    ----------
    bands : sequence of (str, Band)
        Contender by contender, for each of `kpis` in turn.
    """
    n_contenders = len(bands) // len(kpis)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(8.6, 2.5 * ((len(kpis) + 1) // 2) + 0.4), layout="constrained")
        places = figure.subplots((len(kpis) + 1) // 2, 2, sharex=True, squeeze=False).flatten()
        for place, (axes, kpi) in enumerate(zip(places, kpis, strict=False)):
            for order, (name, band) in enumerate(bands[place * n_contenders : (place + 1) * n_contenders]):
                _band(axes, name, band, kpi, order)
            if disrupted_at_days is not None:
                axes.axvline(disrupted_at_days, color=INK, linewidth=1, linestyle=(0, (2, 2)))
            axes.set_title(f"{kpi.label}, {kpi.unit}", loc="left", fontsize=10, color=INK)
            plain_axes(axes, grid="y")
        for axes in places[len(kpis) :]:
            axes.set_visible(False)
        for axes in places[-2:]:
            axes.set_xlabel("day of the scenario", color=SOFT)
        handles, labels = places[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper left", ncols=4, frameon=False)
        return svg_of(figure, "Key figures day by day, best, mean and worst of the replications")


def _band(axes: Axes, name: str, band: Band, kpi: Kpi, order: int) -> None:
    colour = _cycled(COLOURS, order)
    axes.fill_between(band.day, band.best * kpi.scale, band.worst * kpi.scale, color=colour, alpha=0.16, linewidth=0)
    mark = {"marker": _cycled(MARKS, order), "markersize": 4.5}
    axes.plot(band.day, band.mean * kpi.scale, color=colour, linewidth=1.8, label=name, **mark)  # type: ignore[arg-type]
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))


def _cycled(values: Sequence[str], place: int) -> str:
    return values[place % len(values)]


def plain_axes(axes: Axes, *, grid: str) -> None:
    """Leave nothing but what is read: no frame, no ticks, a faint grid along `x`, `y` or `both`."""
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(GRID)
    axes.tick_params(length=0, colors=SOFT)
    axes.set_axisbelow(True)
    axes.grid(axis=grid, color=GRID, linewidth=0.8)  # type: ignore[arg-type]


def svg_of(figure: Figure, description: str) -> str:
    """The figure as an element for a page, with words for those who cannot see it."""
    FigureCanvasSVG(figure)
    stream = io.StringIO()
    with mpl.rc_context(STYLE):
        figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    drawing = stream.getvalue()
    start = drawing.index("<svg")
    # Addresses of name spaces are not links, but the page promises to name no address at all that could be fetched.
    body = re.sub(r"<metadata>.*?</metadata>", "", drawing[start:], flags=re.DOTALL)
    return body.replace("<svg", f'<svg role="img" aria-label="{description}"', 1)


OBJECTIVE_FIRST: tuple[Kpi, ...] = (OBJECTIVE, KPIS[2], KPIS[3], KPIS[1])
