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
        stocked, distance_km = _stocked(choices, rows), choices.distance_km
        nearest_km = min(map(distance_km.__getitem__, stocked))
        services = [row for row in stocked if distance_km[row] == nearest_km]
        return services[0] if len(services) == 1 else _best_service(choices, services)


def _stocked(choices: ChoiceSet, rows: Sequence[int]) -> Sequence[int]:
    if not rows:
        msg = f"order {choices.order_id!r} has no candidates to choose from; send at least one"
        raise QuestionError(msg)
    needed, available, safety = choices.max_line_quantity, choices.available_quantity, choices.safety_stock
    spare = [row for row in rows if available[row] - safety[row] >= needed]
    return spare or [row for row in rows if available[row] >= needed] or rows


def _best_service(choices: ChoiceSet, services: Sequence[int]) -> int:
    """The cheapest that meets the promise by its quote, else the fastest."""
    cut_off, lead, promise = choices.hours_to_cut_off, choices.lead_time_hours, choices.promise_hours
    freight, handling = choices.freight_minor, choices.handling_minor
    # Late by quote, then cost among those in time or the quote among the late, then the other one, then the name.
    ranks = []
    for row in services:
        quoted = (cut_off[row] if cut_off[row] > 0.0 else 0.0) + lead[row]
        cost = freight[row] + handling[row]
        late = not quoted <= promise
        ranks.append((late, quoted, cost) if late else (late, cost, quoted))
    least = min(ranks)
    tied = [row for row, rank in zip(services, ranks, strict=True) if rank == least]
    return tied[0] if len(tied) == 1 else min(tied, key=choices.candidate_id.__getitem__)
