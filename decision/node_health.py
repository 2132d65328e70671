"""Node health: not a plain percentage of capacity, but whether the peak, the people and the backlog can be borne.

Three signs, each from what was observed, each with its own threshold. The thresholds are chosen, not fitted;
a node is as healthy as its worst sign.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from data.candidates import Candidate
from decision.routing.clearing import MOST_UTILIZATION


class HealthLevel(StrEnum):
    """How a node is, from best to worst."""

    HEALTHY = "healthy"
    STRAINED = "strained"
    CRITICAL = "critical"


class HealthSign(StrEnum):
    """What may be wrong with a node."""

    PEAK = "peak"
    LABOUR = "labour"
    BACKLOG = "backlog"


@dataclass(frozen=True, slots=True)
class HealthThresholds:
    """Where a sign begins to strain a node, and where it becomes critical.

    Parameters
    ----------
    peak : tuple of float
        Orders of the last hour over the usual hour's.
    labour : tuple of float
        Pace of the people present over that of a fresh shift; below is worse.
    backlog : tuple of float
        Work present over the work that the present pace can do until the cut-off.
    """

    peak: tuple[float, float] = (1.5, 2.5)
    labour: tuple[float, float] = (0.8, 0.65)
    backlog: tuple[float, float] = (1.0, 1.5)


DEFAULT_THRESHOLDS = HealthThresholds()


@dataclass(frozen=True, slots=True)
class NodeReport:
    """What a node tells beside the state of its candidates; None where it does not.

    Parameters
    ----------
    labour_efficiency : float
        Pace of the people present, 1 is a fresh shift's.
    orders_last_hour, usual_orders_per_hour : float
        Orders that came in.
    """

    labour_efficiency: float | None = None
    orders_last_hour: float | None = None
    usual_orders_per_hour: float | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One sign that is not well.

    Parameters
    ----------
    value, threshold : float
        What was observed, and the threshold that it passed.
    """

    sign: HealthSign
    level: HealthLevel
    value: float
    threshold: float


@dataclass(frozen=True, slots=True)
class NodeHealth:
    """How a node is, seen from one candidate's cut-off.

    Parameters
    ----------
    peak_coefficient, labour_efficiency : float or None
        None where the node does not report it.
    backlog_cover : float
        Work present over what can be done until the cut-off, at the present pace.
    clearing_hours : float
        Hours until the backlog is worked off at that pace; the candidate's cut-off is `hours_to_cut_off` away.
    capped : bool
        Whether the node reported the most that reports say, so that its cover and hours are the least there can be.
    """

    node_id: str
    level: HealthLevel
    peak_coefficient: float | None
    labour_efficiency: float | None
    backlog_cover: float
    clearing_hours: float
    hours_to_cut_off: float
    findings: tuple[Finding, ...]
    capped: bool = False

    @property
    def reported(self) -> bool:
        """Whether the node told of itself what the model cannot have weighed: its peak, or its people's pace."""
        return self.labour_efficiency is not None or self.peak_coefficient is not None


def peak_coefficient(report: NodeReport) -> float | None:
    """Orders of the last hour over the usual hour's; None where either is unknown or nothing is usual."""
    if report.orders_last_hour is None or not report.usual_orders_per_hour:
        return None
    return report.orders_last_hour / report.usual_orders_per_hour


def backlog_cover(load: float, labour_efficiency: float | None) -> float:
    """Work present over what can be done until the cut-off: the load, at the pace that tired people keep.

    The load that a node reports counts a fresh shift's pace.

    Examples
    --------
    >>> backlog_cover(0.9, 0.75)
    1.2
    """
    return load / labour_efficiency if labour_efficiency else load


def assess_node(
    candidate: Candidate,
    hours_to_cut_off: float,
    report: NodeReport,
    thresholds: HealthThresholds = DEFAULT_THRESHOLDS,
) -> NodeHealth:
    """How the node of a candidate is, seen from the candidate's cut-off.

    Parameters
    ----------
    hours_to_cut_off : float
        From the decision to the candidate's collection.
    """
    cover = backlog_cover(candidate.capacity_utilization, report.labour_efficiency)
    findings = tuple(_findings(peak_coefficient(report), report.labour_efficiency, cover, thresholds))
    levels = list(HealthLevel)
    return NodeHealth(
        node_id=candidate.node_id,
        level=max((item.level for item in findings), key=levels.index, default=HealthLevel.HEALTHY),
        peak_coefficient=peak_coefficient(report),
        labour_efficiency=report.labour_efficiency,
        backlog_cover=cover,
        clearing_hours=cover * max(hours_to_cut_off, 0.0),
        hours_to_cut_off=hours_to_cut_off,
        findings=findings,
        capped=candidate.capacity_utilization == MOST_UTILIZATION,
    )


def _findings(
    peak: float | None, efficiency: float | None, cover: float, thresholds: HealthThresholds
) -> Iterator[Finding]:
    if peak is not None:
        yield from _passed(HealthSign.PEAK, peak, thresholds.peak)
    if efficiency is not None:
        yield from _passed(HealthSign.LABOUR, efficiency, thresholds.labour, lower_is_worse=True)
    yield from _passed(HealthSign.BACKLOG, cover, thresholds.backlog)


def _passed(
    sign: HealthSign, value: float, limits: tuple[float, float], *, lower_is_worse: bool = False
) -> Iterator[Finding]:
    strained, critical = limits
    turned = -1.0 if lower_is_worse else 1.0
    if turned * value > turned * critical:
        yield Finding(sign, HealthLevel.CRITICAL, value, critical)
    elif turned * value > turned * strained:
        yield Finding(sign, HealthLevel.STRAINED, value, strained)
