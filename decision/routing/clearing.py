r"""Clearing: when a node will be done with the work that it reports, read off all its candidates at once.

A candidate tells the node's work as a multiple :math:`u` of what can be done until its own cut-off, :math:`h` hours
away: by then a share :math:`1 / u` of it is done. Candidates with other cut-offs tell other points of the same curve,
night shifts and all; where it reaches the whole, the queue is gone. Beyond the last cut-off the node goes on at its
pace so far, as a queue does, however much busier it is than any node of a log. A collection that has passed says
nothing of what is still to be done.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from data.choice_sets import CANDIDATE_COLUMNS, ChoiceSets
from data.compiling import compiled

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_UTILIZATION, _CUT_OFF, _AGE = (
    CANDIDATE_COLUMNS.index(name) for name in ("capacity_utilization", "hours_to_cut_off", "observation_age_hours")
)
# Reports that are no older are taken at their word.
FRESH_HOURS = 1.0
# Simulated reports say no more than this: the node has so many times the work, or more. Whoever tells more is believed.
MOST_UTILIZATION = 10.0


def clearing_hours(choice_sets: ChoiceSets, peak_hours: float = np.inf) -> Floats:
    """Hours from the decision until each row's node is done with what it reports, shape (n_rows,).

    Rows whose load or cut-off is not finite say nothing of their neighbours.

    Parameters
    ----------
    peak_hours : float
        Where a node that reported freshly has a queue longer than this past a collection, orders come faster than
        nodes can work: one whose report is old is taken to be as far behind by now as the fresh reports are on average.
    """
    hours = _cleared(choice_sets.candidate_table, choice_sets.node_of_row, choice_sets.offsets)
    return _abreast(hours, choice_sets.candidate_table, choice_sets.offsets, peak_hours)


@compiled
def _cleared(candidate: Floats, node: Integers, offsets: Integers) -> Floats:
    hours = np.empty(candidate.shape[1])
    for order in range(len(offsets) - 1):
        start, stop = offsets[order], offsets[order + 1]
        for row in range(start, stop):
            twin = start
            while node[twin] != node[row]:
                twin += 1
            hours[row] = hours[twin] if twin < row else _of_node(candidate, node, row, stop)
    return hours


@compiled
def _abreast(hours: Floats, candidate: Floats, offsets: Integers, peak_hours: float) -> Floats:
    """The same, with old reports brought up to what fresh ones say of a peak."""
    for order in range(len(offsets) - 1):
        start, stop = offsets[order], offsets[order + 1]
        behind, n_fresh, longest = 0.0, 0, 0.0
        for row in range(start, stop):
            # A node that told its most has perhaps stopped, which says nothing of others.
            told = candidate[_UTILIZATION, row] < MOST_UTILIZATION and np.isfinite(candidate[_CUT_OFF, row])
            if told and candidate[_AGE, row] <= FRESH_HOURS:
                behind, n_fresh = behind + hours[row], n_fresh + 1
                longest = max(longest, hours[row] - max(candidate[_CUT_OFF, row], 0.0))
        for row in range(start, stop):
            if longest > peak_hours and candidate[_AGE, row] > FRESH_HOURS:
                hours[row] = max(hours[row], behind / n_fresh)
    return hours


@compiled
def _of_node(candidate: Floats, node: Integers, first: int, stop: int) -> float:
    """The same for the node of a row, before which none of its own stands."""
    # The last point before the work is done, the first after it, and the least time that capped reports leave.
    by, done, cleared_by, cleared, least = 0.0, 0.0, np.inf, np.inf, 0.0
    for row in range(first, stop):
        hours, load = candidate[_CUT_OFF, row], np.maximum(candidate[_UTILIZATION, row], 0.0)
        if node[row] != node[first] or not (hours > 0.0 and np.isfinite(hours + load)):
            continue
        share = np.divide(1.0, load)
        if load == MOST_UTILIZATION:
            least = np.maximum(least, MOST_UTILIZATION * hours)
        elif share >= 1.0:
            if hours < cleared_by or (hours == cleared_by and share < cleared):
                cleared_by, cleared = hours, share
        elif hours > by or (hours == by and share < done):
            by, done = hours, share
    if cleared_by < np.inf:
        return float(by + np.maximum(cleared_by - by, 0.0) * (1.0 - done) / (cleared - done))
    return float(np.maximum(np.divide(by, done), least) if done > 0.0 else least)
