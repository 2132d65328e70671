"""Findings: what the finished replications of a study say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from experiments.whatif.contenders import Contender
from experiments.whatif.frontier import Frontier, frontiers_of
from experiments.whatif.kpis import KPIS, OBJECTIVE
from experiments.whatif.paired import Difference, paired_difference
from experiments.whatif.selection import LEAST_FIRST_STAGE, Selection, select_smallest
from experiments.whatif.stopping import DEFAULT_INDIFFERENCE, StoppingRule
from experiments.whatif.verdicts import Verdict, verdict

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Comparison:
    """One contender against another, by their places in the study.

    Parameters
    ----------
    differences : tuple of Difference
        One for each of KPIS; all the study's intervals hold at once.
    margins : tuple of float
        The smallest difference of each that matters: the half-width asked for, or the indifference's share of the mean.
    precise : tuple of bool
        Whether the half-width asked for is reached; False where none was.
    verdict : Verdict
        On the objective.
    """

    target: int
    reference: int
    differences: tuple[Difference, ...]
    margins: tuple[float, ...]
    precise: tuple[bool, ...]
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Ranking:
    """Which policy is best in one scenario, by the objective; `places` are those of its contenders."""

    scenario: str
    places: tuple[int, ...]
    selection: Selection
    indifference: float


@dataclass(frozen=True)
class Findings:
    """What a study found so far.

    Parameters
    ----------
    values : array of shape (n_contenders, n_replications, n_kpis)
        NaN where a contender was out of the race already, or has no such figure.
    """

    contenders: tuple[Contender, ...]
    values: Floats
    comparisons: tuple[Comparison, ...]
    rankings: tuple[Ranking, ...]
    frontiers: tuple[Frontier, ...]

    @property
    def n_replications(self) -> int:
        """How many replications there are."""
        return int(self.values.shape[1])


def findings_of(contenders: tuple[Contender, ...], values: Floats, rule: StoppingRule) -> Findings:
    """Compare and rank the contenders on what they have played."""
    pairs = compared_pairs(contenders)
    n_intervals = max(1, len(pairs) * len(KPIS))
    comparisons = tuple(_comparison(contenders, values, rule, pair, n_intervals) for pair in pairs)
    frontiers = frontiers_of(contenders, values, rule.confidence)
    return Findings(contenders, values, comparisons, _rankings(contenders, values, rule), frontiers)


def compared_pairs(contenders: Sequence[Contender]) -> list[tuple[int, int]]:
    """Who is judged against whom: policies against the first in their scenario, then scenarios against the first.

    Contenders come scenario by scenario, each with the same policies. Loads of a stress test are not judged against
    each other: that more orders are harder to serve is not the question.
    """
    worlds = [(contender.source, contender.load) for contender in contenders]
    n_policies = sum(world == worlds[0] for world in worlds)
    starts = range(0, len(contenders), n_policies)
    by_policy = [(start + place, start) for start in starts for place in range(1, n_policies)]
    if len({contender.load for contender in contenders}) > 1:
        return by_policy
    return by_policy + [(start + place, place) for start in starts[1:] for place in range(n_policies)]


def _indifference(values: Floats, reference: int, rule: StoppingRule) -> float:
    """The smallest difference of the objective that matters, fixed by the first replications so that it never moves."""
    return rule.indifference.absolute(float(np.nanmean(values[reference, :LEAST_FIRST_STAGE, 0])))


def _comparison(
    contenders: Sequence[Contender], values: Floats, rule: StoppingRule, pair: tuple[int, int], n_intervals: int
) -> Comparison:
    target, reference = pair
    differences = tuple(
        paired_difference(
            values[target, :, place], values[reference, :, place], confidence=rule.confidence, n_intervals=n_intervals
        )
        for place in range(len(KPIS))
    )
    asked = {kpi.name: amount for kpi, amount in rule.half_widths}
    means = [_mean(values[reference, :, place]) for place in range(len(KPIS))]
    margins = tuple(
        asked.get(
            kpi.name, rule.indifference if kpi is OBJECTIVE or rule.indifference.relative else DEFAULT_INDIFFERENCE
        ).absolute(mean)
        for kpi, mean in zip(KPIS, means, strict=True)
    )
    precise = tuple(
        kpi.name in asked and difference.half_width <= margin
        for kpi, difference, margin in zip(KPIS, differences, margins, strict=True)
    )
    names = (contenders[target].label, contenders[reference].label)
    said = verdict(names, OBJECTIVE, differences[0], margins[0], is_precise=precise[0])
    return Comparison(target, reference, differences, margins, precise, said)


def _mean(column: Floats) -> float:
    known = column[np.isfinite(column)]
    return float(known.mean()) if known.size else 0.0


def _rankings(contenders: Sequence[Contender], values: Floats, rule: StoppingRule) -> tuple[Ranking, ...]:
    groups: dict[str, list[int]] = {}
    for place, contender in enumerate(contenders):
        groups.setdefault(contender.identity["scenario_sha256"], []).append(place)
    return tuple(
        _ranking(contenders[places[0]].scenario.name, tuple(places), values, rule)
        for places in groups.values()
        if len(places) > 1
    )


def _ranking(scenario: str, places: tuple[int, ...], values: Floats, rule: StoppingRule) -> Ranking:
    indifference = _indifference(values, places[0], rule)
    if indifference <= 0:
        return Ranking(scenario, places, Selection(tuple(range(len(places))), {}, None), indifference)
    selection = select_smallest(
        values[list(places), :, 0], n_first=LEAST_FIRST_STAGE, indifference=indifference, confidence=rule.confidence
    )
    return Ranking(scenario, places, selection, indifference)
