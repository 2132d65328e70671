"""A timeline as a picture: one bar an action, a colour a step, and the promise as a line through all.

Colours are Okabe and Ito's, which people who see few colours tell apart; work is dark, waits are light.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from experiments.whatif.errors import StudyPlanError
from experiments.whatif.timeline.journey import STEP_LABELS, Journey, StepName, Timeline
from experiments.whatif.timeline.words import clock, punctuality

INK, SOFT, GRID, LATE = "#1f2933", "#66727f", "#e4e7eb", "#b84a00"
COLOURS: dict[StepName, str] = {
    "goods": "#d55e00",
    "picker": "#f4c27a",
    "picking": "#e69f00",
    "packer": "#f0b6d4",
    "packing": "#cc79a7",
    "collection": "#c3cad2",
    "way": "#56b4e9",
}
SUFFIXES = (".png", ".svg")
_STYLE: dict[Any, Any] = {
    "svg.hashsalt": "routecause",
    "svg.fonttype": "none",
    "font.size": 10,
    "text.parse_math": False,
}
# Instants are as long as a day of the week and an hour; a line holds so many, beside actions with long names too.
_MOST_TICKS = 7
_MOST_KEYS_A_LINE = 4
_STEPS_BETWEEN_TICKS_HOURS = (1.0, 3.0, 6.0, 12.0, 24.0, 48.0, 168.0)


def require_picture(path: Path) -> None:
    """Refuse a file that no picture can be written to, before anything is played.

    Raises
    ------
    StudyPlanError
        If its name ends in neither .png nor .svg.
    """
    if path.suffix.lower() not in SUFFIXES:
        msg = f"--out {path}: a picture's name ends in one of {list(SUFFIXES)}"
        raise StudyPlanError(msg)


def save_timeline_figure(timeline: Timeline, path: Path) -> None:
    """Draw a timeline; an earlier file is replaced."""
    require_picture(path)
    figure = timeline_figure(timeline)
    with mpl.rc_context(_STYLE):
        stamp = {"Date": None, "Creator": None} if path.suffix.lower() == ".svg" else {"Software": None}
        figure.savefig(path, dpi=130, metadata=stamp)


def timeline_figure(timeline: Timeline) -> Figure:
    """The picture of a timeline; no words of it lie upon each other."""
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(11.0, 1.9 + 0.46 * len(timeline.journeys)), layout="constrained", facecolor="white")
        FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        for row, journey in enumerate(reversed(timeline.journeys)):
            _bar(axes, journey, row)
        _frame(axes, timeline)
        _legend(figure, timeline)
    return figure


def _bar(axes: Axes, journey: Journey, row: int) -> None:
    height = 0.62 if journey.is_factual else 0.42
    for step in journey.steps:
        axes.barh(row, step.hours, left=step.from_hours, height=height, color=COLOURS[step.name])
    end = journey.steps[-1].to_hours
    said = "cancelled" if journey.cancelled_at_hours is not None else punctuality(journey)
    marks = [word for word, flag in (("lost", journey.lost), ("damaged", journey.damaged)) if flag]
    axes.annotate(
        ", ".join([said, *marks]),
        (end, row),
        (5, 0),
        textcoords="offset points",
        va="center",
        color=LATE if journey.hours_late > 0 or marks else INK,
        fontweight="bold" if journey.is_factual else "normal",
        # Paper behind the words: the promise, and the lines of the hours, do not run through them.
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.2},
        zorder=4,
    )


def _frame(axes: Axes, timeline: Timeline) -> None:
    rows = list(reversed(timeline.journeys))
    axes.axvline(timeline.promised_at_hours, color=INK, linewidth=1.2, linestyle=(0, (3, 2)))
    axes.annotate(
        "promised",
        (timeline.promised_at_hours, 1),
        (0, 3),
        xycoords=("data", "axes fraction"),
        textcoords="offset points",
        ha="center",
        color=INK,
    )
    axes.set_yticks(range(len(rows)), [item.action for item in rows])
    for label, journey in zip(axes.get_yticklabels(), rows, strict=True):
        label.set_fontweight("bold" if journey.is_factual else "normal")
    ends = [timeline.promised_at_hours, *(item.steps[-1].to_hours for item in rows)]
    first, last = timeline.placed_at_hours, max(ends)
    # Room on the right for what is written after the longest bar.
    axes.set_xlim(first, last + (0.28 if any(item.lost or item.damaged for item in rows) else 0.17) * (last - first))
    axes.set_ylim(-0.6, len(rows) - 0.4)
    ticks = _ticks(first, last)
    axes.set_xticks(ticks, [clock(timeline, tick) for tick in ticks])
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(GRID)
    axes.tick_params(length=0, colors=SOFT)
    for label in axes.get_yticklabels():
        label.set_color(INK)
    axes.set_axisbelow(True)
    axes.grid(axis="x", color=GRID, linewidth=0.8)


def _legend(figure: Figure, timeline: Timeline) -> None:
    there = {step.name for journey in timeline.journeys for step in journey.steps}
    handles = [Patch(color=COLOURS[name], label=label) for name, label in STEP_LABELS.items() if name in there]
    figure.legend(handles=handles, loc="outside lower left", ncols=_MOST_KEYS_A_LINE, frameon=False)
    placed = timeline.zero + timedelta(hours=timeline.placed_at_hours)
    figure.suptitle(
        f"Order {timeline.order_id} from {timeline.region}, {placed:%a %d %b %H:%M} UTC, under each action "
        f"(bold is what {timeline.policy} did)",
        x=0.01,
        ha="left",
        fontsize=11,
        color=INK,
    )


def _ticks(first: float, last: float) -> list[float]:
    """Round hours between two, as many as can be read."""
    step = next((s for s in _STEPS_BETWEEN_TICKS_HOURS if (last - first) / s <= _MOST_TICKS), 24.0 * 14)
    start = step * -(-first // step)
    return [start + step * place for place in range(int((last - start) // step) + 1)]
