"""Split shipments: what each way of sending an order in one shipment or several would mean, the best first.

A plan is one shipment, or several of which none can be left out. It costs what its shipments cost together, is there
with the last of them, and late, short or broken as soon as one is: that is reckoned draw by draw, from the same joint
draws that confidence comes from, so that what the model gets wrong of all is wrong together. A line is never divided.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from data.candidates import Candidate
from data.choice_sets import ChoiceSet
from data.decisions import Interval, Rejected, RejectionReason
from data.objective import ROUTING_OUTCOMES
from decision.consolidation import lane_of
from decision.errors import QuestionError
from decision.prospects import Prospects
from decision.routing.model import RoutingModel
from decision.routing.question import RoutingCase, RoutingQuestion
from decision.routing.scoring import CARBON, COST, LATENESS, LEARNED, PROBABILITIES
from decision.shipments import MOST_SHIPMENTS, Shipment, SplitWishes, lines_held, shipment_sets
from decision.told_shelves import ToldShelves

Floats = NDArray[np.float64]

MOST_PLANS = 10
LEARNED_NAMES = ROUTING_OUTCOMES[LEARNED]
TABLED_NAMES = ROUTING_OUTCOMES[COST], ROUTING_OUTCOMES[CARBON]
# What is told of a plan itself, with the most that each can be.
EXPECTED = {
    ROUTING_OUTCOMES[LATENESS]: np.inf,
    **dict.fromkeys(ROUTING_OUTCOMES[PROBABILITIES], 1.0),
}
_LEVELS = (0.05, 0.95)


@dataclass(frozen=True, slots=True)
class Plan:
    """Shipments that send every line once, with effects against the current choice.

    Parameters
    ----------
    effects_vs_current : dict of str to Interval
        Without a model only what tables tell.
    expected : dict of str to Interval
        The same of the plan itself, against nothing; empty where the model tells effects alone, or is none.
    p_best : float
        Share of the joint draws in which no other plan has a smaller loss; not calibrated. Without a model 1 or 0.
    """

    shipments: tuple[Shipment, ...]
    effects_vs_current: dict[str, Interval]
    expected: dict[str, Interval]
    objective: Interval
    p_best: float


class Shortfall(StrEnum):
    """Why there is no plan."""

    NO_FEASIBLE_CANDIDATE = "no_feasible_candidate"
    UNSERVED_LINES = "unserved_lines"
    TOO_FEW_SHIPMENTS = "too_few_shipments"


@dataclass(frozen=True, slots=True)
class PlanAnswer:
    """Plans, smallest loss first.

    Parameters
    ----------
    shortfall : Shortfall or None
        Why there is none.
    unserved_lines : tuple of str
        Lines that no candidate's node holds enough of.
    """

    current_choice: str
    plans: tuple[Plan, ...]
    shortfall: Shortfall | None
    unserved_lines: tuple[str, ...]
    rejected: tuple[Rejected, ...]


def plan_shipments(model: RoutingModel | None, question: RoutingQuestion, wishes: SplitWishes) -> PlanAnswer:
    """The best ways to send all lines of an order.

    Raises
    ------
    QuestionError
        If more shipments are allowed than MOST_SHIPMENTS, or fewer than 1, or the question contradicts itself.
    """
    if not 1 <= wishes.most_shipments <= MOST_SHIPMENTS:
        msg = f"{wishes.most_shipments} shipments are asked for; from 1 to {MOST_SHIPMENTS} can be planned"
        raise QuestionError(msg)
    case = RoutingCase.of(question)
    reference = question.candidates[case.reference]
    # What lines a node holds is told here line by line: the order's scarcest line refuses nobody.
    rejected = tuple(item for item in case.screening.rejected if item.reason is not RejectionReason.NO_STOCK)
    refused = {item.action_id for item in rejected}
    nodes = dict.fromkeys(item.node_id for item in question.candidates if item.candidate_id not in refused)
    held = {node: lines for node in nodes if (lines := lines_held(node, question.order, wishes))}
    able = [item for item in question.candidates if item.candidate_id not in refused and item.node_id in held]
    priced = _Priced.of(model, case, able, held, ToldShelves(question.order, wishes, question.decided_at))
    found = list(shipment_sets(able, priced.loss, question.order, wishes, held))
    served = frozenset[str]().union(*held.values())
    unserved = tuple(line.line_id for line in question.order.lines if line.line_id not in served)
    return PlanAnswer(
        current_choice=reference.candidate_id,
        plans=priced.ranked(found, question) if found else (),
        shortfall=None if found else _shortfall(nodes, unserved),
        unserved_lines=unserved,
        rejected=rejected,
    )


def _shortfall(nodes: Collection[str], unserved: Collection[str]) -> Shortfall:
    if not nodes:
        return Shortfall.NO_FEASIBLE_CANDIDATE
    return Shortfall.UNSERVED_LINES if unserved else Shortfall.TOO_FEW_SHIPMENTS


@dataclass(frozen=True)
class _Priced:
    """What every able candidate would lead to beside the reference, and the prices that turn it into a loss.

    Parameters
    ----------
    able : sequence of Candidate
        Each has its place in `prospects` behind the reference.
    loss : array of shape (n_able,)
        Each candidate's own loss, as if it sent the whole order.
    """

    able: Sequence[Candidate]
    reference: Candidate
    prices: Floats
    prospects: Prospects
    loss: Floats
    untold: frozenset[str]

    @classmethod
    def of(
        cls,
        model: RoutingModel | None,
        case: RoutingCase,
        able: Sequence[Candidate],
        held: Mapping[str, frozenset[str]],
        shelves: ToldShelves,
    ) -> _Priced:
        order, reference = case.question.order, case.question.candidates[case.reference]
        # The reference would send every line, so it is judged by all that is told of its shelf.
        sent = [frozenset(line.line_id for line in order.lines), *(held[item.node_id] for item in able)]
        judged = list(zip((reference, *able), sent, strict=True))
        shown = [replace(item, available_quantity=shelves.over_need(item.node_id, lines)) for item, lines in judged]
        settled = [shelves.stock_out(item, lines) for item, lines in judged]
        # Candidates that may not be used still tell how busy their nodes are.
        told = [*shown, *(item for item in case.question.candidates if item not in able)]
        seen, choices = (ChoiceSet.of(order, items, case.question.decided_at) for items in (told, shown))
        prospects = Prospects.of(model, choices, settled, seen)
        prices = np.array(case.prices)
        tabled = np.array([_tabled(item) for item in able]).reshape(-1, 2) - _tabled(reference)
        expected = prospects.against_reference(prospects.draws[1:]).mean(axis=2)
        loss = tabled @ prices[[COST, CARBON]] + expected @ prices[LEARNED]
        return cls(
            able, reference, prices, prospects, loss, frozenset(LEARNED_NAMES) if model is None else model.untold
        )

    def ranked(
        self, found: Sequence[tuple[tuple[int, ...], tuple[Shipment, ...]]], question: RoutingQuestion
    ) -> tuple[Plan, ...]:
        """The best plans, with effects from the draws."""
        levels = self.prospects.together([[row + 1 for row in rows] for rows, _ in found])
        learned = self.prospects.against_reference(levels)
        tabled = np.array([self._tabled_of(rows, shipments, question) for rows, shipments in found])
        losses = np.einsum("k,pkd->pd", self.prices[LEARNED], learned)
        losses += (tabled @ self.prices[[COST, CARBON]])[:, None]
        best = losses <= losses.min(axis=0)
        order = sorted(range(len(found)), key=lambda plan: (round(float(losses[plan].mean()), 6), plan))
        return tuple(
            Plan(
                found[plan][1],
                self._effects(learned[plan], tabled[plan]),
                self._expected(levels[plan]),
                _interval(losses[plan]),
                float(best[plan].mean()),
            )
            for plan in order[:MOST_PLANS]
        )

    def _tabled_of(self, rows: Sequence[int], shipments: Sequence[Shipment], question: RoutingQuestion) -> Floats:
        parts = [
            _shipment_tabled(self.able[row], shipment, question) if len(rows) > 1 else _tabled(self.able[row])
            for row, shipment in zip(rows, shipments, strict=True)
        ]
        total: Floats = np.sum(parts, axis=0) - _tabled(self.reference)
        return total

    def _effects(self, learned: Floats, tabled: Floats) -> dict[str, Interval]:
        exact = dict(zip(TABLED_NAMES, tabled.tolist(), strict=True))
        told = {name: Interval(value, value, value) for name, value in exact.items()}
        told |= {name: _interval(draws) for name, draws in self._told(learned)}
        return {name: told[name] for name in ROUTING_OUTCOMES if name in told}

    def _expected(self, levels: Floats) -> dict[str, Interval]:
        """What the plan itself would lead to, whose bounds no error can push beyond what there is."""
        if self.prospects.curves is None:
            return {}
        found = {name: _interval(draws) for name, draws in self._told(levels) if name in EXPECTED}
        return {name: _within(interval, EXPECTED[name]) for name, interval in found.items()}

    def _told(self, draws: Floats) -> list[tuple[str, Floats]]:
        named = zip(LEARNED_NAMES, draws, strict=True)
        return [(name, drawn) for name, drawn in named if name not in self.untold]


def _tabled(candidate: Candidate) -> Floats:
    return np.array([candidate.freight_minor + candidate.handling_minor, candidate.carbon_kg], dtype=np.float64)


def _shipment_tabled(candidate: Candidate, shipment: Shipment, question: RoutingQuestion) -> Floats:
    """Cost and carbon of a part of the order: by the network's tariff, or as sent for the whole where it is unknown."""
    lane = lane_of(question.network, candidate, question.order.ship_to.region)
    if lane is None:
        return _tabled(candidate)
    n_units = sum(line.quantity for line in question.order.lines if line.line_id in shipment.line_ids)
    return np.array([lane.freight_minor(n_units) + candidate.handling_minor, lane.carbon_kg(n_units)])


def _interval(draws: Floats) -> Interval:
    lower, upper = np.quantile(draws, _LEVELS).tolist()
    return Interval(float(draws.mean()), lower, upper)


def _within(interval: Interval, most: float) -> Interval:
    point, lower, upper = (min(max(value, 0.0), most) for value in (interval.point, interval.lower, interval.upper))
    return Interval(point, lower, upper)
