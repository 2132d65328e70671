"""The rule engine that an order-management system has today: nearest node with stock, cheapest service in time.

It is the behaviour that logs start from, the reference where no current choice is given, and the
answer where no model is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from data.choice_sets import ChoiceSet
from decision.errors import QuestionError


@dataclass(frozen=True, slots=True)
class RuleEngine:
    """Nearest node that holds the stock, then the cheapest of its services that meets the promise.

    Stock counts above safety stock where some candidate has that much, else all stock counts, else
    none is asked for. Choice sets name no nodes: the candidates that share the shortest distance are
    taken as the services of the nearest node. Where none meets the promise by its quote the fastest is
    taken. Ties end at the cheaper, the faster and at last the alphabetically first candidate.
    """

    def choose(self, choices: ChoiceSet, *, among: Sequence[int] | None = None) -> int:
        """The index of the candidate that the rules pick.

        Parameters
        ----------
        among : sequence of int
            The candidates that may be picked; all of them where it is left out.

        Raises
        ------
        QuestionError
            If the order has no candidates.
        """
        rows = range(len(choices.candidate_id)) if among is None else among
        stocked = _stocked(choices, rows)
        nearest_km = min(choices.distance_km[row] for row in stocked)
        services = [row for row in stocked if choices.distance_km[row] == nearest_km]
        quoted = {row: max(choices.hours_to_cut_off[row], 0.0) + choices.lead_time_hours[row] for row in services}
        in_time = [row for row in services if quoted[row] <= choices.promise_hours]
        if in_time:
            return min(in_time, key=lambda row: (_cost(choices, row), quoted[row], choices.candidate_id[row]))
        return min(services, key=lambda row: (quoted[row], _cost(choices, row), choices.candidate_id[row]))


def _stocked(choices: ChoiceSet, rows: Sequence[int]) -> list[int]:
    if not rows:
        msg = f"order {choices.order_id!r} has no candidates to choose from; send at least one"
        raise QuestionError(msg)
    needed = choices.max_line_quantity
    spare = [row for row in rows if choices.available_quantity[row] - choices.safety_stock[row] >= needed]
    return spare or [row for row in rows if choices.available_quantity[row] >= needed] or list(rows)


def _cost(choices: ChoiceSet, row: int) -> float:
    return choices.freight_minor[row] + choices.handling_minor[row]
