"""Three pictures: lead times by service level, the shift of every lane, and when orders come."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from simulator.validation.comparison import Comparison
from simulator.validation.demand_profiles import Profile
from simulator.validation.groups import LANE, LEVEL
from simulator.validation.validate import Validation
from simulator.validation.verdicts import AGREES, DIFFERS, UNKNOWN, tolerated_hours, verdict_of

INK, SOFT, PALE = "#1f2933", "#7b8794", "#e4e7eb"
HISTORY, WORLD = "#486581", "#d0870b"
COLOUR_OF = {AGREES: "#1b7f5c", DIFFERS: "#b4421f", UNKNOWN: "#829ab1"}
MOST_LEVELS, MOST_LANES = 9, 40
MOST_LABELS = 24
COLUMNS = 3
MOST_SENTENCE = 52


def write_figures(found: Validation, folder: Path) -> list[str]:
    """Draw the pictures into a folder; their names."""
    drawn: dict[str, Callable[[Validation], Figure | None]] = {
        "lead_times.png": lead_times,
        "lanes.png": lanes,
        "demand.png": demand,
    }
    names = []
    for name, draw in drawn.items():
        figure = draw(found)
        if figure is not None:
            # No date and no version, so that the same findings are the same bytes.
            figure.savefig(folder / name, metadata={"Software": None})
            names.append(name)
    return names


def lead_times(found: Validation) -> Figure | None:
    """Distribution functions by service level, history and world."""
    shown = [item for item in found.comparisons if item.kind == LEVEL and item.is_told][:MOST_LEVELS]
    if not shown:
        return None
    figure, axes = _sheet(len(shown), width=4.3, height=3.3)
    for item, axis in zip(shown, axes, strict=True):
        for side, colour, name in ((found.history, HISTORY, "history"), (found.world, WORLD, "world")):
            hours = np.sort(side.orders.loc[side.orders[LEVEL] == item.name, "lead_hours"].dropna().to_numpy())
            share = np.arange(1, len(hours) + 1) / len(hours)
            axis.step(hours, share, where="post", color=colour, lw=1.6, label=f"{name} ({len(hours):,})")
        _plain(axis, "hours from order to door", "share of orders")
        axis.set_xlim(0, max(item.quantiles_history[-1], item.quantiles_world[-1]) * 1.4 + 1)
        axis.set_ylim(0, 1.02)
        axis.legend(frameon=False, fontsize=8, loc="lower right")
        _entitle(axis, item)
    return figure


def lanes(found: Validation) -> Figure | None:
    """How much later each lane's parcels arrive in the world, with 95% intervals of the mean."""
    told = [item for item in found.comparisons if item.kind == LANE and item.is_told]
    shown = told[:MOST_LANES][::-1]
    if not shown:
        return None
    figure = Figure(figsize=(9, 1.5 + 0.28 * len(shown)), dpi=120, layout="constrained")
    FigureCanvasAgg(figure)
    axis = figure.add_subplot()
    for row, item in enumerate(shown):
        within = tolerated_hours(item)
        axis.barh(row, 2 * within, left=-within, height=0.8, color=PALE, zorder=0)
        colour = COLOUR_OF[verdict_of(item).word]
        axis.plot([item.shift_low, item.shift_high], [row, row], color=colour, lw=2)
        axis.plot(item.shift_hours, row, "o", color=colour, ms=5)
    axis.axvline(0, color=INK, lw=0.8)
    axis.set_yticks(range(len(shown)), [f"{item.name} ({item.n_history:,})" for item in shown], fontsize=8)
    _plain(axis, "hours that the world is slower (left: faster) than the history; grey is let pass", "")
    for word, colour in COLOUR_OF.items():
        axis.plot([], [], "o-", color=colour, label=word)
    axis.legend(frameon=False, fontsize=8, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3)
    if len(told) > len(shown):
        axis.set_title(f"the {len(shown)} lanes with most orders of {len(told)}", fontsize=9, color=SOFT, pad=22)
    return figure


def demand(found: Validation) -> Figure | None:
    """Shares of orders by hour, weekday, region and service level."""
    if not found.profiles:
        return None
    figure, axes = _sheet(len(found.profiles), width=6.2, height=3.2, columns=2)
    for profile, axis in zip(found.profiles, axes, strict=True):
        _bars(axis, profile)
    axes[0].legend(frameon=False, fontsize=8, loc="upper right", ncols=2)
    return figure


def _bars(axis: Axes, profile: Profile) -> None:
    labels = profile.labels[:MOST_LABELS]
    place = np.arange(len(labels))
    for counts, offset, colour, name in (
        (profile.in_history, -0.2, HISTORY, "history"),
        (profile.in_world, 0.2, WORLD, "world"),
    ):
        axis.bar(place + offset, counts[: len(labels)] / counts.sum(), width=0.4, color=colour, label=name)
    crowded = max(len(label) for label in labels) * len(labels) > 60  # noqa: PLR2004  (letters in a row)
    axis.set_xticks(place, labels, fontsize=7)
    if crowded:
        for label in axis.get_xticklabels():
            label.set(rotation=60, ha="right", rotation_mode="anchor")
    _plain(axis, "", "share of orders")
    axis.set_ylim(0, axis.get_ylim()[1] * 1.18)
    title = f"{profile.name.replace('_', ' ')}: {profile.verdict().sentence}"
    axis.set_title(title, fontsize=9, color=COLOUR_OF[profile.verdict().word], loc="left")


def _sheet(n_panels: int, *, width: float, height: float, columns: int = COLUMNS) -> tuple[Figure, Sequence[Axes]]:
    columns = min(columns, n_panels)
    rows = math.ceil(n_panels / columns)
    figure = Figure(figsize=(width * columns, height * rows), dpi=120, layout="constrained")
    FigureCanvasAgg(figure)
    grid = figure.add_gridspec(rows, columns)
    return figure, [figure.add_subplot(grid[place // columns, place % columns]) for place in range(n_panels)]


def _plain(axis: Axes, below: str, beside: str) -> None:
    axis.spines[["top", "right"]].set_visible(False)
    axis.tick_params(colors=SOFT, labelsize=8)
    axis.set_xlabel(below, fontsize=8, color=SOFT)
    axis.set_ylabel(beside, fontsize=8, color=SOFT)


def _entitle(axis: Axes, item: Comparison) -> None:
    verdict = verdict_of(item)
    words, lines = f"{item.name}: {verdict.sentence}".split(), [""]
    for word in words:
        if len(lines[-1]) + len(word) > MOST_SENTENCE:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    axis.set_title("\n".join(lines), fontsize=9, color=COLOUR_OF[verdict.word], loc="left")
