"""A picture of a simulated day: weather, orders, and what waits at every node between collections."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from simulator.day import Collections, Window, collections, orders_per_hour, severity, waiting
from simulator.demand import day_zero
from simulator.errors import SimulatorError
from simulator.run import WorldRun
from simulator.scenario.disruptions import (
    CapacityLoss,
    ColdChainFailure,
    DemandSpike,
    Disruption,
    NodeOpening,
    NodeOutage,
    Storm,
)
from simulator.scenario.moments import world_hours

INK, SOFT, PALE, ALARM = "#1f2933", "#7b8794", "#e4e7eb", "#b4421f"
WAITING, DEMAND = "#9fb3c8", "#486581"
CARRIER_COLOURS = ("#1b7f5c", "#8d5fb0", "#d0870b", "#2b5fa8", "#b83280", "#5f6c37")
STORM_COLOURS = LinearSegmentedColormap.from_list("storm", ["#f5f7fa", "#a3bfd9", "#27496d", "#1a1333"])
WIDTH_INCHES, REGION_INCHES, DEMAND_INCHES, NODE_INCHES, MARGIN_INCHES = 11.0, 0.22, 1.1, 0.95, 1.9
# Above this a picture is more pixels than a PNG renderer takes.
MOST_INCHES = 200.0
LEAST_AREA, AREA_PER_PARCEL = 8.0, 2.2


def day_figure(run: WorldRun, window: Window) -> Figure:
    """Draw a window of a run: weather by region, orders by hour, and one panel a node.

    Raises
    ------
    SimulatorError
        If the scenario has too many nodes and regions for one picture.
    """
    scenario = run.stage.scenario
    heights = [REGION_INCHES * len(scenario.regions), DEMAND_INCHES, *[NODE_INCHES] * len(scenario.nodes)]
    if sum(heights) > MOST_INCHES:
        msg = (
            f"{len(scenario.nodes):,} nodes and {len(scenario.regions):,} regions are too many for one picture; "
            f"draw a scenario with fewer"
        )
        raise SimulatorError(msg)
    figure = Figure(figsize=(WIDTH_INCHES, sum(heights) + MARGIN_INCHES), dpi=130)
    FigureCanvasAgg(figure)
    top, bottom = 1 - 1.15 / figure.get_figheight(), 0.75 / figure.get_figheight()
    sheet = figure.add_gridspec(
        len(heights), 1, height_ratios=heights, hspace=0.2, left=0.13, right=0.91, top=top, bottom=bottom
    )
    panels = [figure.add_subplot(sheet[row]) for row in range(len(heights))]
    _draw_weather(panels[0], run, window)
    _draw_demand(panels[1], run, window)
    most = max(int(waiting(run, node, window.grid()).max()) for node in range(len(scenario.nodes)))
    for node, panel in enumerate(panels[2:]):
        _draw_node(panel, run, node, window)
        panel.set_ylim(0, 1.15 * max(most, 1))
    for panel in panels:
        _clear_frame(panel, window)
    _label_hours(panels[-1], run, window)
    _title(figure, run, window)
    return figure


def save_day_figure(run: WorldRun, window: Window, path: Path) -> None:
    """Draw it as a PNG file.

    Raises
    ------
    SimulatorError
        If the file cannot be written.
    """
    try:
        day_figure(run, window).savefig(path, format="png", facecolor="white", metadata={"Software": None})
    except OSError as error:
        msg = f"{path}: cannot be written ({error.strerror or error}); name a file in a folder that exists"
        raise SimulatorError(msg) from error


def _draw_weather(panel: Axes, run: WorldRun, window: Window) -> None:
    names = [region.region_id for region in run.stage.scenario.regions]
    extent = (window.start, window.end, len(names) - 0.5, -0.5)
    panel.imshow(severity(run, window), aspect="auto", cmap=STORM_COLOURS, vmin=0, vmax=1, extent=extent)
    panel.set_yticks(range(len(names)), names, fontsize=8, color=INK)
    _say_on_the_right(panel, "weather,\ndark is storm")


def _draw_demand(panel: Axes, run: WorldRun, window: Window) -> None:
    counts = orders_per_hour(run, window)
    panel.bar(window.start + np.arange(len(counts)), counts, width=0.9, align="edge", color=DEMAND)
    panel.set_ylim(0, 1.25 * max(int(counts.max()), 1))
    panel.set_yticks([])
    panel.set_ylabel("orders\nan hour", rotation=0, ha="right", va="center", fontsize=9, color=INK)
    _say_on_the_right(panel, f"at most\n{counts.max():,}")
    for item in run.stage.scenario.disruptions:
        if isinstance(item, DemandSpike):
            _draw_band(panel, run, item, f"{item.multiplier:g}x", window)


def _draw_node(panel: Axes, run: WorldRun, node: int, window: Window) -> None:
    moments = window.grid()
    inside = waiting(run, node, moments)
    panel.fill_between(moments, inside, step="post", color=WAITING, alpha=0.75, linewidth=0)
    panel.plot(moments, inside, drawstyle="steps-post", color=DEMAND, linewidth=0.9)
    for calls in collections(run, node, window):
        _draw_calls(panel, calls)
    name = run.stage.scenario.nodes[node].node_id
    panel.set_yticks([])
    panel.set_ylabel(name, rotation=0, ha="right", va="center", fontsize=10, color=INK)
    _say_on_the_right(panel, f"at most\n{inside.max():,}")
    for item in run.stage.scenario.disruptions:
        if isinstance(item, NodeOutage | CapacityLoss | ColdChainFailure | NodeOpening) and item.node == name:
            _draw_band(panel, run, item, _in_words(item), window)


def _draw_calls(panel: Axes, calls: Collections) -> None:
    """A dot a collection, its area the parcels taken; a ring where none was."""
    colour = CARRIER_COLOURS[calls.carrier % len(CARRIER_COLOURS)]
    took = calls.n_parcels > 0
    # At the foot of the panel, in axis height, so that dots of all nodes stand in line.
    foot: dict[str, Any] = {"transform": panel.get_xaxis_transform(), "clip_on": False, "zorder": 3}
    area = LEAST_AREA + AREA_PER_PARCEL * calls.n_parcels
    panel.vlines(calls.at_hours[took], 0, 1, color=colour, linewidth=0.6, alpha=0.35, transform=foot["transform"])
    panel.scatter(calls.at_hours[took], np.zeros(took.sum()), s=area[took], color=colour, alpha=0.85, lw=0, **foot)
    none = ~took
    panel.scatter(calls.at_hours[none], np.zeros(none.sum()), s=16, facecolors="white", edgecolors=colour, lw=1, **foot)


def _draw_band(panel: Axes, run: WorldRun, item: Disruption, words: str, window: Window) -> None:
    start, end = _hours_of(item, run)
    start, end = max(start, window.start), min(end, window.end)
    if start >= end:
        return
    panel.axvspan(start, end, color=ALARM, alpha=0.10, lw=0)
    spot = (start + 0.01 * (window.end - window.start), 0.93)
    panel.text(*spot, words, transform=panel.get_xaxis_transform(), va="top", fontsize=8, color=ALARM)


def _hours_of(item: Disruption, run: WorldRun) -> tuple[float, float]:
    """From when to when it lasts; an opening lasts until it is over."""
    start_at = run.stage.scenario.start_at
    if isinstance(item, NodeOpening):
        return 0.0, world_hours(item.opens_at, start_at)
    end = float("inf") if item.ends_at is None else world_hours(item.ends_at, start_at)
    return world_hours(item.starts_at, start_at), end


def _in_words(item: Disruption) -> str:
    if isinstance(item, NodeOpening):
        return "not open yet"
    return item.kind.replace("_", " ")


def _clear_frame(panel: Axes, window: Window) -> None:
    panel.set_xlim(window.start, window.end)
    panel.tick_params(length=0)
    panel.set_xticks([])
    # Large dots at a panel's foot reach into the next panel, which must not cover them.
    panel.patch.set_visible(False)
    for side in ("top", "left", "right"):
        panel.spines[side].set_visible(False)
    panel.spines["bottom"].set_color(PALE)


def _label_hours(panel: Axes, run: WorldRun, window: Window) -> None:
    step = 3 if window.end - window.start <= 24 else 6 if window.end - window.start <= 72 else 24  # noqa: PLR2004
    hours = np.arange(window.start, window.end + 1, step)
    zero = day_zero(run.stage.scenario)
    texts = [
        f"{moment:%H:%M}" + (f"\n{moment:%a %d %b}" if not moment.hour else "")
        for moment in (zero + timedelta(hours=float(hour)) for hour in hours)
    ]
    panel.set_xticks(hours, texts, fontsize=8, color=SOFT)
    panel.tick_params(axis="x", pad=9)


def _title(figure: Figure, run: WorldRun, window: Window) -> None:
    scenario, height = run.stage.scenario, figure.get_figheight()
    day = day_zero(scenario) + timedelta(hours=window.start)
    figure.text(
        0.03, 1 - 0.28 / height, scenario.name.replace("_", " "), fontsize=15, color=INK, weight="bold", va="top"
    )
    lasting = [_in_words(item) for item in scenario.disruptions if _meets(item, run, window)]
    told = f"; {', '.join(dict.fromkeys(lasting))}" if lasting else ""
    last = day_zero(scenario) + timedelta(hours=window.end - 1)
    until = f" to {last:%A, %d %B}" if last.date() > day.date() else ""
    line = f"{day:%A, %d %B %Y}{until} (UTC), routed by {run.routing.name}{told}"
    figure.text(0.03, 1 - 0.62 / height, line, fontsize=9, color=SOFT, va="top")
    x = 0.13
    for carrier, spec in enumerate(scenario.carriers):
        colour = CARRIER_COLOURS[carrier % len(CARRIER_COLOURS)]
        figure.text(x, 1 - 0.88 / height, f"\u25cf {spec.carrier_id}", fontsize=9, color=colour, va="top")
        x += 0.022 + 0.0085 * len(spec.carrier_id)
    legend = "dots: parcels collected, a ring is none      shaded: orders at the node that have not left it"
    figure.text(x, 1 - 0.88 / height, legend, fontsize=9, color=SOFT, va="top")


def _meets(item: Disruption, run: WorldRun, window: Window) -> bool:
    start, end = _hours_of(item, run)
    return start < window.end and end > window.start and not (isinstance(item, Storm) and item.severity == 0)


def _say_on_the_right(panel: Axes, words: str) -> None:
    panel.text(1.008, 0.5, words, transform=panel.transAxes, va="center", fontsize=8, color=SOFT)
