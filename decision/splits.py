"""Split shipments: what each way of sending an order in one shipment or several would mean, the best first.

A plan is one shipment, or several of which none can be left out. It costs what its shipments cost together, and
is as late, and as likely late or short, as the worst of them: that is decided draw by draw, from the same joint
draws that confidence comes from, so shipments that share a fault are late together. A line is never divided.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from data.candidates import Candidate
from data.choice_sets import ChoiceSet, ChoiceSets
from data.decisions import Interval, Rejected, RejectionReason
from data.objective import ROUTING_OUTCOMES
from data.orders import Order
from decision.consolidation import lane_of
from decision.errors import QuestionError
from decision.routing.model import RoutingModel
from decision.routing.question import RoutingCase, RoutingQuestion
from decision.routing.scoring import CARBON, COST, LEARNED, PROBABILITIES, scores
from decision.shipments import MOST_SHIPMENTS, Shipment, SplitWishes, lines_held, shipment_sets

Floats = NDArray[np.float64]

MOST_PLANS = 10
_LEVELS = (0.05, 0.95)


@dataclass(frozen=True, slots=True)
class Plan:
    """Shipments that send every line once, with effects against the current choice.

    Parameters
    ----------
    effects_vs_current : dict of str to Interval
        Without a model only what tables tell.
    p_best : float
        Share of the joint draws in which no other plan has a smaller loss; not calibrated. Without a model 1 or 0.
    """

    shipments: tuple[Shipment, ...]
    effects_vs_current: dict[str, Interval]
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
    every = frozenset(line.line_id for line in question.order.lines)
    whole = _stock_over_need(reference.node_id, every, question.order, wishes)
    stock = {node: _stock_over_need(node, held[node], question.order, wishes) for node in held}
    priced = _Priced.of(
        model,
        case,
        # It would send every line, so it is judged by all that is told of its shelf.
        replace(reference, available_quantity=whole),
        [replace(item, available_quantity=stock[item.node_id]) for item in able],
    )
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


def _stock_over_need(node_id: str, lines: frozenset[str], order: Order, wishes: SplitWishes) -> int:
    """What would be left of the scarcest of these lines at a node, told as the order's largest line would leave it."""
    stock = wishes.line_stock.get(node_id, {})
    left = min(stock.get(line.line_id, 0) - line.quantity for line in order.lines if line.line_id in lines)
    return order.max_line_quantity + left


@dataclass(frozen=True)
class _Priced:
    """Draws of every able candidate's effects against the reference, and the prices that turn them into a loss.

    Parameters
    ----------
    draws : array of shape (n_able, n_learned, n_draws)
    loss : array of shape (n_able,)
        Each candidate's own loss, as if it sent the whole order.
    """

    able: Sequence[Candidate]
    reference: Candidate
    prices: Floats
    draws: Floats
    loss: Floats
    by_model: bool
    untold: frozenset[str] = frozenset()

    @classmethod
    def of(
        cls, model: RoutingModel | None, case: RoutingCase, reference: Candidate, able: Sequence[Candidate]
    ) -> _Priced:
        choices = ChoiceSet.of(case.question.order, [reference, *able], case.question.decided_at)
        tabled = np.array([_tabled(item) for item in able]).reshape(-1, 2) - _tabled(reference)
        prices = np.array(case.prices)
        loss = tabled @ prices[[COST, CARBON]]
        n_learned = LEARNED.stop - LEARNED.start
        if model is None:
            nothing = np.zeros((len(able), n_learned, 1))
            return cls(able, reference, prices, nothing, loss, by_model=False)
        sets = ChoiceSets.of_one(choices)
        with np.errstate(all="ignore"):
            scored = scores(model, model.features(sets), sets, np.array([0]), prices)
        if not np.isfinite(scored.loss).all():
            msg = f"order {case.question.order.order_id!r}: a number is not finite; mend the candidates"
            raise QuestionError(msg, plainly="a number of a candidate is not finite; mend the candidates")
        deviations = [scored.assessment.loss_deviations(one) for one in np.eye(n_learned)]
        draws = scored.point[:, LEARNED, None] + np.stack(deviations, axis=1)
        chances = slice(PROBABILITIES.start - LEARNED.start, PROBABILITIES.stop - LEARNED.start)
        draws[:, chances] = np.clip(draws[:, chances], -1.0, 1.0)
        return cls(able, reference, prices, draws[1:], scored.loss[1:], by_model=True, untold=model.untold)

    def ranked(
        self, found: Sequence[tuple[tuple[int, ...], tuple[Shipment, ...]]], question: RoutingQuestion
    ) -> tuple[Plan, ...]:
        """The best plans, with effects from the draws."""
        learned = np.stack([self.draws[list(rows)].max(axis=0) for rows, _ in found])
        tabled = np.array([self._tabled_of(rows, shipments, question) for rows, shipments in found])
        losses = np.einsum("k,pkd->pd", self.prices[LEARNED], learned)
        losses += (tabled @ self.prices[[COST, CARBON]])[:, None]
        best = losses <= losses.min(axis=0)
        order = sorted(range(len(found)), key=lambda plan: (round(float(losses[plan].mean()), 6), plan))
        return tuple(
            Plan(
                found[plan][1],
                self._effects(learned[plan], tabled[plan]),
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
        told = {COST: float(tabled[0]), CARBON: float(tabled[1])}
        effects = {}
        for place, name in enumerate(ROUTING_OUTCOMES):
            if place in told:
                effects[name] = Interval(told[place], told[place], told[place])
            elif self.by_model and name not in self.untold:
                effects[name] = _interval(learned[place - LEARNED.start])
        return effects


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
