"""Figures of a training, drawn without a display: the gain, the calibration of confidence, the gate."""

from __future__ import annotations

import math
from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from experiments.heldout import HeldOutCheck
from experiments.intervals import Estimate

INK, SOFT, GOOD, BAD, ACCENT = "#1f2933", "#9aa5b1", "#1b7f5c", "#b4421f", "#2b5fa8"
LEAST_RADIUS, MOST_RADIUS = 4.0, 16.0


def gain_figure(gains: Mapping[str, Estimate], *, title: str) -> Figure:
    """Mean differences to the rules with their intervals, one row each; left of zero is better.

    Parameters
    ----------
    gains : mapping of str to Estimate
        In minor currency units a decision, by the name of the way it was measured.
    """
    figure, axes = _sheet(height=1.4 + 0.55 * len(gains), title=title)
    for row, (name, gain) in enumerate(reversed(list(gains.items()))):
        colour = GOOD if gain.upper < 0 else BAD if gain.lower > 0 else SOFT
        axes.plot([gain.lower, gain.upper], [row, row], color=colour, linewidth=3, solid_capstyle="round")
        axes.plot([gain.point], [row], "o", color=colour, markersize=8)
        axes.annotate(_in_words(gain), (gain.point, row), (0, 9), textcoords="offset points", ha="center", fontsize=8)
        axes.text(-0.02, row, name, transform=axes.get_yaxis_transform(), ha="right", va="center")
    axes.axvline(0, color=INK, linewidth=1, linestyle=":")
    axes.set_yticks([])
    axes.set_ylim(-0.6, len(gains) - 0.3)
    axes.set_xlabel("difference to the rules, minor currency units a decision (95% interval)")
    return figure


def calibration_figure(checks: Mapping[str, HeldOutCheck]) -> Figure:
    """Said against true chance of being near the best; the size of a mark is its share of the decisions."""
    figure, axes = _sheet(height=5.0, title="Is the confidence true?")
    axes.plot([0, 1], [0, 1], color=SOFT, linestyle=":", linewidth=1)
    for colour, (name, check) in zip((ACCENT, BAD, GOOD), checks.items(), strict=False):
        curve = check.near_best_curve
        axes.plot([item.said for item in curve], [item.true for item in curve], color=colour, linewidth=1)
        for item in curve:
            share = item.n_decisions / check.n_decisions
            radius = LEAST_RADIUS + (MOST_RADIUS - LEAST_RADIUS) * math.sqrt(share)
            axes.plot([item.said], [item.true], "o", color=colour, markersize=radius, alpha=0.8)
        axes.plot([], [], "o-", color=colour, label=f"{name}: calibration error {check.ece_near_best:.3f}")
    axes.set(xlim=(0, 1.02), ylim=(0, 1.05), xlabel="said: chance of being near the best", ylabel="came true")
    axes.legend(frameon=False, loc="upper left")
    return figure


def coverage_figure(checks: Mapping[str, HeldOutCheck]) -> Figure:
    """Share of the 90% intervals that hold the true effect, and of automatic choices that were near the best."""
    figure, axes = _sheet(height=3.4, title="Are the intervals and the automatic choices true?")
    bars = {
        f"{name}: {what}": value
        for name, check in checks.items()
        for what, value in (("90% intervals that hold", check.coverage), ("auto near best", check.automatic_accuracy))
        if not math.isnan(value)
    }
    places = range(len(bars))[::-1]
    axes.barh(places, list(bars.values()), color=ACCENT, height=0.55)
    axes.set_yticks(places, list(bars))
    for place, value in zip(places, bars.values(), strict=True):
        axes.text(value - 0.01, place, f"{value:.1%}", color="white", ha="right", va="center")
    axes.axvline(0.9, color=INK, linewidth=1, linestyle=":")
    axes.set_xlim(0, 1)
    return figure


def _sheet(*, height: float, title: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(8, height), layout="constrained", dpi=120)
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.set_title(title, loc="left", color=INK, fontweight="bold")
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(length=0)
    return figure, axes


def _in_words(gain: Estimate) -> str:
    return f"{gain.point:+,.1f}  [{gain.lower:+,.1f}, {gain.upper:+,.1f}]"
