"""Charts of what is traded and of what breaks: the frontier, and service under load."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from experiments.whatif.breaking_point import BreakingPoint
from experiments.whatif.charts import COLOURS, INK, MARKS, OPEN, SOFT, STYLE, plain_axes
from experiments.whatif.frontier import Frontier, FrontierPlace, Standing
from experiments.whatif.kpis import KPIS

STANDING_WORDS: dict[Standing, str] = {
    "on_frontier": "on the frontier",
    "dominated": "dominated",
    "not_enough_runs": "not enough runs to tell",
}
# What is small print in a chart is as large as the page's own text.
_TEXT_POINTS = 11.5
_CHART_INCHES, _LINE_INCHES = 4.2, 0.25
# Shipping cost, share on time and carbon.
Means = tuple[float, float, float]
_MEAN_AREA, _MOST_AREA, _LEAST_AREA = 150.0, 420.0, 40.0


def frontier_figure(frontier: Frontier, labels: Sequence[str], means: Sequence[Means]) -> Figure:
    """Cost against service, a mark each, its area the carbon; full is on the frontier, grey is dominated.

    Parameters
    ----------
    labels : sequence of str
        Of the frontier's contenders, in its order.
    means : sequence of (float, float, float)
        Shipping cost, share on time and carbon of each, in the units of their columns.
    """
    carbon = np.array([mean[2] for mean in means])
    areas = np.clip(_MEAN_AREA * carbon / (carbon.mean() or 1.0), _LEAST_AREA, _MOST_AREA).tolist()
    with mpl.rc_context({**STYLE, "font.size": _TEXT_POINTS}):
        height = _CHART_INCHES + _LINE_INCHES * len(labels)
        figure = Figure(figsize=(9.4, height), layout="constrained", facecolor="white")
        axes, handles = figure.add_subplot(), []
        for order, (item, label, mean) in enumerate(zip(frontier.places, labels, means, strict=True)):
            look = _look(order, item.standing)
            _draw_place(axes, item, mean, look, areas[order], is_first=not order)
            said = f"{order + 1}  {label}, {mean[2]:.3f} kg: {STANDING_WORDS[item.standing]}"
            colours = {"markerfacecolor": look["facecolors"], "markeredgecolor": look["edgecolors"]}
            handles.append(Line2D([], [], linestyle="none", marker=look["marker"], label=said, **colours))
        _number_places(axes, means, areas)
        axes.margins(x=0.15, y=0.15)
        axes.set_xlabel(f"shipping cost, {KPIS[1].unit}: left is cheaper", color=SOFT)
        axes.set_ylabel("delivered on time, %: up is better", color=SOFT)
        plain_axes(axes, grid="both")
        figure.legend(handles=handles, loc="outside lower left", frameon=False, labelcolor=INK)
    return figure


def _draw_place(
    axes: Axes, item: FrontierPlace, mean: Means, look: dict[str, Any], area: float, *, is_first: bool
) -> None:
    """A mark, and the half widths of its gaps to the first contender, which has none to itself."""
    place = (mean[0], 100 * mean[1])
    cost, on_time = item.gaps[0].half_width, 100 * item.gaps[1].half_width
    if not is_first and np.isfinite([cost, on_time]).all():
        # A share lies between 0 and 100: with few runs the interval would leave the picture.
        shares = [[min(on_time, place[1])], [min(on_time, 100 - place[1])]]
        axes.errorbar(*place, xerr=cost, yerr=shares, fmt="none", ecolor=look["edgecolors"], alpha=0.5)
    axes.scatter(*place, s=area, linewidths=1.8, zorder=3, **look)


def _number_places(axes: Axes, means: Sequence[Means], areas: Sequence[float]) -> None:
    """The numbers of the contenders beside their marks; those of one place stand together, beside the largest."""
    here: dict[tuple[float, float], tuple[list[str], float]] = {}
    for number, (mean, area) in enumerate(zip(means, areas, strict=True), start=1):
        place = (mean[0], 100 * mean[1])
        numbers, beside = here.get(place, ([], 0.0))
        here[place] = ([*numbers, f"{number}"], max(beside, area**0.5 / 2 + 4))
    for place, (numbers, beside) in here.items():
        axes.annotate(", ".join(numbers), place, (beside, 5), textcoords="offset points", color=INK, zorder=4)


def stress_figure(points: Sequence[BreakingPoint]) -> Figure:
    """Share on time against load, a line a policy between its joint bounds, and the target as a dashed line."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(8.6, 4.0), layout="constrained", facecolor="white")
        axes = figure.add_subplot()
        for order, point in enumerate(points):
            colour = COLOURS[order % len(COLOURS)]
            mean, low, high = (
                [100 * getattr(share, name) for share in point.shares] for name in ("point", "lower", "upper")
            )
            axes.fill_between(point.loads, np.clip(low, 0, 100), np.clip(high, 0, 100), color=colour, alpha=0.18)
            mark = MARKS[order % len(MARKS)]
            axes.plot(point.loads, mean, color=colour, marker=mark, markersize=5, linewidth=1.8, label=point.policy)
        axes.axhline(100 * points[0].target_share, color=INK, linewidth=1, linestyle=(0, (3, 2)))
        axes.set_xlabel("multiple of the scenario's demand", color=SOFT)
        axes.set_ylabel("delivered on time, %", color=SOFT)
        plain_axes(axes, grid="y")
        axes.legend(frameon=False)
    return figure


def _look(order: int, standing: Standing) -> dict[str, Any]:
    colour = COLOURS[order % len(COLOURS)]
    edge, face = (OPEN, "white") if standing == "dominated" else (colour, colour)
    if standing == "not_enough_runs":
        edge, face = colour, "white"
    return {"facecolors": face, "edgecolors": edge, "marker": MARKS[order % len(MARKS)]}
