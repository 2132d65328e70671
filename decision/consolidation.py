"""Consolidation: one customer's orders within half an hour may leave in one parcel.

The later order can join an earlier one that is still open at a node, if a candidate goes the same way. What is
saved is the base of its freight, where the network knows the lane; what is lost is the candidate's objective
against the best one's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from data.candidates import Candidate
from data.decisions import RankedCandidate, RoutingRecommendation
from data.network import Lane, Network
from data.objective import DEFAULT_UNIT_VALUES, objective_coefficients
from decision.routing.question import RoutingQuestion

WINDOW = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class OpenOrder:
    """An earlier order of the same customer to the same place that has not been packed.

    Parameters
    ----------
    closes_at : datetime or None
        When it can take nothing more; None where nobody said.
    """

    order_id: str
    placed_at: datetime
    node_id: str
    carrier_id: str
    service_level: str
    closes_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Consolidation:
    """A suggestion to send two orders in one parcel.

    Parameters
    ----------
    saved_minor : int
        Base freight that the second parcel would have cost.
    gain_minor : float
        What consolidating gains against the best candidate on its own, in priced minor units, all outcomes counted.
    """

    with_order_id: str
    candidate_id: str
    saved_minor: int
    gain_minor: float


def suggest_consolidation(
    question: RoutingQuestion, recommendation: RoutingRecommendation, open_orders: Sequence[OpenOrder]
) -> Consolidation | None:
    """The consolidation that gains most, if any gains at all; on a tie the earlier order.

    Nothing is suggested without a network, which alone tells what a second parcel costs, nor where the rules
    answered, who cannot price what joining costs in time.
    """
    if question.network is None or recommendation.confidence is None or not recommendation.ranking:
        return None
    by_id = {candidate.candidate_id: candidate for candidate in question.candidates}
    found = [
        _joined(question, recommendation.ranking[0], item, by_id[item.candidate_id], order)
        for order in open_orders
        if order.order_id != question.order.order_id and _is_open(order, question.decided_at)
        for item in recommendation.ranking
        if _same_way(order, by_id[item.candidate_id])
    ]
    gains = [item for item in found if item.gain_minor > 0]
    return min(gains, key=lambda item: (-item.gain_minor, item.with_order_id), default=None)


def _is_open(order: OpenOrder, decided_at: datetime) -> bool:
    recent = timedelta(0) <= decided_at - order.placed_at <= WINDOW
    return recent and (order.closes_at is None or decided_at < order.closes_at)


def _same_way(order: OpenOrder, candidate: Candidate) -> bool:
    return (order.node_id, order.carrier_id, order.service_level) == (
        candidate.node_id,
        candidate.carrier_id,
        candidate.service_level,
    )


def _joined(
    question: RoutingQuestion, best: RankedCandidate, item: RankedCandidate, candidate: Candidate, order: OpenOrder
) -> Consolidation:
    lane = lane_of(question.network, candidate, question.order.ship_to.region)
    saved = lane.freight_base_minor if lane is not None else 0
    cost_price = objective_coefficients(question.weights, DEFAULT_UNIT_VALUES)[0]
    gain = cost_price * saved - (item.objective.point - best.objective.point)
    return Consolidation(order.order_id, candidate.candidate_id, saved, gain)


def lane_of(network: Network | None, candidate: Candidate, region: str) -> Lane | None:
    """The network's lane that a candidate takes to a region, if it knows it."""
    lanes = () if network is None else network.lanes_by_region.get(region, ())
    wanted = (candidate.node_id, candidate.carrier_id, candidate.service_level)
    return next((lane for lane in lanes if (lane.node_id, lane.carrier_id, lane.service_level) == wanted), None)
