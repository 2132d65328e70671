"""Staleness: reports that are overdue by their node's own habit, and choices that hang on what an old report says.

A log of quiet days cannot teach how much happens between two reports: a node may have stopped since. So a choice is
put to the model once more, with the report that its node would have sent had it done nothing since the last one.
A stop that has lasted for hours tends to last as long again, so twice the report's age is taken off its hours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.choice_sets import ChoiceSets
from data.decision_log.dataset import DecisionLog
from decision.routing.clearing import FRESH_HOURS
from decision.routing.model import RoutingModel
from decision.routing.question import RoutingCase
from decision.routing.scoring import scores
from decision.routing.settings import ServingSettings

# Nearly the oldest that a node's reports became: a rare outage in the log must not become its habit.
USUAL_QUANTILE = 0.995
# Hours taken for lost, for each hour of a report's age.
LOST_PER_HOUR = 2.0
LEAST_HOURS_TO_CUT_OFF = 0.05


def usual_ages(log: DecisionLog) -> dict[str, float]:
    """By node: how many hours old its reports became, but for the oldest half percent."""
    age = np.maximum(ChoiceSets.of_log(log).candidate["observation_age_hours"], 0.0)
    by_node = pd.Series(age).groupby(log.candidates["node_id"].to_numpy())
    return {str(node): float(hours) for node, hours in by_node.quantile(USUAL_QUANTILE).items()}


def overdue(settings: ServingSettings, case: RoutingCase, rows: list[int]) -> bool:
    """Whether the report behind one of these candidates should have been followed by another long ago."""
    ages, candidates = case.choices.observation_age_hours, case.question.candidates
    return any(ages[row] > settings.overdue_after_hours(candidates[row].node_id) for row in rows)


def hang_on_old_reports(model: RoutingModel, chosen: Sequence[tuple[RoutingCase, int]]) -> list[bool]:
    """Whether another candidate would be better, beyond epsilon, had the chosen one's node stopped at its report.

    Parameters
    ----------
    chosen : sequence of tuple of RoutingCase and int
        Orders that share their prices, each with the row that was chosen; the model is asked of all of them together.
    """
    old = [place for place, (case, row) in enumerate(chosen) if _has_old_report_and_rivals(case, row)]
    if not old:
        return [False] * len(chosen)
    cases = [chosen[place][0] for place in old]
    choice_sets = ChoiceSets.of_many([case.choices for case in cases])
    starts, prices = choice_sets.offsets[:-1], np.array(cases[0].prices)
    stopped = stopped_since_report(choice_sets, starts + np.array([chosen[place][1] for place in old]))
    with np.errstate(all="ignore"):
        references = starts + np.array([case.reference for case in cases])
        loss = scores(model, model.features(stopped), stopped, references, prices).loss
    hanging = [False] * len(chosen)
    for place, own in zip(old, np.split(loss, starts[1:]), strict=True):
        case, row = chosen[place]
        lost = float(own[row] - own[list(case.screening.feasible)].min())
        hanging[place] = not lost <= model.settings.epsilon_minor
    return hanging


def _has_old_report_and_rivals(case: RoutingCase, row: int) -> bool:
    return case.choices.observation_age_hours[row] > FRESH_HOURS and len(case.screening.feasible) > 1


def stopped_since_report(choice_sets: ChoiceSets, rows: NDArray[np.int64]) -> ChoiceSets:
    """The candidates, as they would look had the node of one of each order's stood still since its last report.

    The hours that it lost are work that is still ahead: its load until the collection is as much higher.

    Parameters
    ----------
    rows : array of int of shape (n_orders,)
        One row of each order, among all rows.
    """
    column: Mapping[str, NDArray[np.float64]] = choice_sets.candidate
    node = choice_sets.node_of_row
    same_node = node == node[rows][choice_sets.order_of_row]
    lost = LOST_PER_HOUR * np.maximum(column["observation_age_hours"], 0.0)
    hours = np.maximum(column["hours_to_cut_off"], LEAST_HOURS_TO_CUT_OFF)
    load = column["capacity_utilization"] + np.where(same_node, lost / hours, 0.0)
    return replace(choice_sets, candidate={**column, "capacity_utilization": load})
