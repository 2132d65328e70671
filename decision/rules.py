"""The rule engine that an order-management system has today: nearest node with stock, cheapest service in time.

It is the behaviour that logs start from, the reference where no current choice is given, and the
answer where no model is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import inf

import numpy as np
from numpy.typing import NDArray

from data.choice_sets import ChoiceSet, ChoiceSets
from data.compiling import compiled
from decision.errors import QuestionError

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class RuleEngine:
    """Nearest node that holds the stock, then the cheapest of its services that meets the promise.

    Stock counts above safety stock where some candidate has that much, else all stock counts, else
    none is asked for. A node is as near as the nearest of its services; where nodes are not told, those
    of one distance are of one node. Where no service meets the promise by its quote the fastest is taken.
    Ties end at the cheaper, the faster and at last the alphabetically first candidate.
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
        tiers = _tiers(tuple(choices.distance_km), tuple(choices.node_id))
        if among is not None:
            tiers = _kept(tiers, frozenset(among))
        if not (tiers and choices.candidate_id):
            msg = f"order {choices.order_id!r} has no candidates to choose from; send at least one"
            raise QuestionError(msg)
        services = _stocked(choices, tiers)
        return services[0] if len(services) == 1 else _best_service(choices, services)

    def choose_many(self, choices: ChoiceSets) -> Integers:
        """What `choose` picks for each of many orders, by its place among the order's candidates, shape (n_orders,).

        Parameters
        ----------
        choices : ChoiceSets
            Its candidates have a column `name_rank` beside the others: a name's place in alphabetical order; and
            services of one node share its distance, as they do in a simulated network.

        Raises
        ------
        QuestionError
            If an order has no candidates.
        """
        offsets, column = choices.offsets, choices.candidate
        if (np.diff(offsets) == 0).any():
            msg = (
                f"order {int(np.argmin(np.diff(offsets)))} of these has no candidates to choose from; send at least one"
            )
            raise QuestionError(msg)
        needed, promise = choices.order["max_line_quantity"], choices.order["promise_hours"]
        shelf = (column["available_quantity"], column["safety_stock"], column["distance_km"])
        stocked = _stocked_rows(offsets, needed, shelf)
        quoted = np.maximum(column["hours_to_cut_off"], 0.0) + column["lead_time_hours"]
        cost = column["freight_minor"] + column["handling_minor"]
        return _best_services(offsets, stocked, promise, (quoted, cost, column["name_rank"]))


@lru_cache(maxsize=1024)
def _tiers(distance_km: tuple[float, ...], node_id: tuple[str, ...]) -> tuple[tuple[int, ...], ...]:
    """Rows of equally near nodes, nearest first; a network has few such columns, and a world asks for them for ever."""
    nearest: dict[str, float] = {}
    for node, distance in zip(node_id, distance_km, strict=False):
        nearest[node] = min(nearest.get(node, inf), distance)
    rows_at: dict[float, list[int]] = {}
    for row, distance in enumerate(distance_km):
        rows_at.setdefault(nearest[node_id[row]] if node_id else distance, []).append(row)
    return tuple(tuple(rows_at[distance]) for distance in sorted(rows_at))


def _kept(tiers: tuple[tuple[int, ...], ...], allowed: frozenset[int]) -> tuple[tuple[int, ...], ...]:
    kept = (tuple(row for row in tier if row in allowed) for tier in tiers)
    return tuple(tier for tier in kept if tier)


def _stocked(choices: ChoiceSet, tiers: tuple[tuple[int, ...], ...]) -> Sequence[int]:
    """The nearest rows that hold the goods above safety stock, else those that hold them at all, else the nearest."""
    needed, available, safety = choices.max_line_quantity, choices.available_quantity, choices.safety_stock
    for tier in tiers:
        spare = [row for row in tier if available[row] - safety[row] >= needed]
        if spare:
            return spare
    for tier in tiers:
        held = [row for row in tier if available[row] >= needed]
        if held:
            return held
    return tiers[0]


def _best_service(choices: ChoiceSet, services: Sequence[int]) -> int:
    """The cheapest that meets the promise by its quote, else the fastest."""
    cut_off, lead, promise = choices.hours_to_cut_off, choices.lead_time_hours, choices.promise_hours
    freight, handling = choices.freight_minor, choices.handling_minor
    # Late by quote, then cost among those in time or the quote among the late, then the other one, then the name.
    best, least = -1, (True, inf, inf)
    for row in services:
        quoted = (cut_off[row] if cut_off[row] > 0.0 else 0.0) + lead[row]
        cost = freight[row] + handling[row]
        rank = (False, cost, quoted) if quoted <= promise else (True, quoted, cost)
        if best < 0 or rank < least or (rank == least and choices.candidate_id[row] < choices.candidate_id[best]):
            best, least = row, rank
    return best


@compiled
def _stocked_rows(offsets: Integers, needed: Floats, shelf: tuple[Floats, Floats, Floats]) -> Flags:
    """`_stocked` for many orders: the rows that are left to choose from."""
    available, safety, distance = shelf
    stocked = np.zeros(offsets[-1], dtype=np.bool_)
    for order in range(len(needed)):
        # Above safety stock, else at all, else wherever.
        for demand in range(3):
            nearest = np.inf
            for row in range(offsets[order], offsets[order + 1]):
                held = available[row] - safety[row] if demand == 0 else available[row]
                stocked[row] = (held >= needed[order] or demand == 2) and distance[row] <= nearest  # noqa: PLR2004
                if stocked[row]:
                    nearest = distance[row]
            if nearest < np.inf:
                break
        for row in range(offsets[order], offsets[order + 1]):
            stocked[row] = stocked[row] and distance[row] == nearest
    return stocked


@compiled
def _best_services(
    offsets: Integers, stocked: Flags, promise: Floats, columns: tuple[Floats, Floats, Floats]
) -> Integers:
    """`_best_service` of each order's stocked rows, by its place among the order's rows."""
    quoted, cost, rank = columns
    best = np.full(len(promise), -1)
    for order in range(len(promise)):
        least = (True, np.inf, np.inf, np.inf)
        for row in range(offsets[order], offsets[order + 1]):
            # A quote that is not a number meets no promise.
            late = not quoted[row] <= promise[order]
            this = (late, quoted[row], cost[row], rank[row]) if late else (late, cost[row], quoted[row], rank[row])
            if stocked[row] and (best[order] < 0 or this < least):
                best[order], least = row - offsets[order], this
    return best
