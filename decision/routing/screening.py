"""Screening: which candidates cannot be chosen whatever they promise, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from data.candidates import Candidate
from data.choice_sets import ChoiceSet
from data.decisions import Rejected, RejectionReason
from data.network import Carrier, Network, Node
from data.orders import Order


@dataclass(frozen=True, slots=True)
class Screening:
    """What is left of a choice set.

    Parameters
    ----------
    feasible : tuple of int
        Rows that may be chosen.
    rejected : tuple of Rejected
        The others, each with the first reason that applies.
    unknown_handling : bool
        Whether the order needs care that a feasible candidate's node or carrier is not known to give.
    """

    feasible: tuple[int, ...]
    rejected: tuple[Rejected, ...]
    unknown_handling: bool


def screen(
    order: Order,
    candidates: Sequence[Candidate],
    choices: ChoiceSet,
    network: Network | None,
    refusals: Mapping[str, RejectionReason],
) -> Screening:
    """Apply the hard constraints: what is refused from the start, dangerous goods, cold chain, collection, stock."""
    care = _Care.of(order, network)
    reasons = [refusals.get(name) for name in choices.candidate_id]
    if care.needed:
        reasons = [reason or care.refusal(candidate) for reason, candidate in zip(reasons, candidates, strict=True)]
    open_rows = [row for row, reason in enumerate(reasons) if reason is None]
    left = feasible_rows(choices, open_rows)
    for row in set(open_rows) - set(left):
        missed = choices.hours_to_cut_off[row] < 0
        reasons[row] = RejectionReason.CUT_OFF_PASSED if missed else RejectionReason.NO_STOCK
    return Screening(
        feasible=tuple(left),
        rejected=tuple(
            Rejected(choices.candidate_id[row], reason) for row, reason in enumerate(reasons) if reason is not None
        ),
        unknown_handling=care.needed and any(care.unknown(candidates[row]) for row in left),
    )


def feasible_rows(choices: ChoiceSet, rows: Sequence[int]) -> list[int]:
    """Those of `rows` whose collection is still to come, and that hold the stock if any of these does.

    Lack of stock is hard only while another candidate has it. Where all are short the order must wait for
    replenishment somewhere, and which wait is cheapest is a question for the model, not a reason to refuse.
    """
    waiting = [row for row in rows if choices.hours_to_cut_off[row] >= 0]
    stocked = [row for row in waiting if choices.available_quantity[row] >= choices.max_line_quantity]
    return stocked or waiting


@dataclass(frozen=True, slots=True)
class _Care:
    """What care an order needs, and which nodes and carriers are known to give it."""

    hazmat: bool
    cold_chain: bool
    nodes: dict[str, Node]
    carriers: dict[str, Carrier]

    @classmethod
    def of(cls, order: Order, network: Network | None) -> _Care:
        if network is None or not (order.hazmat or order.cold_chain):
            return cls(order.hazmat, order.cold_chain, {}, {})
        nodes = {node.node_id: node for node in network.nodes}
        return cls(order.hazmat, order.cold_chain, nodes, {item.carrier_id: item for item in network.carriers})

    @property
    def needed(self) -> bool:
        """Whether the order needs any."""
        return self.hazmat or self.cold_chain

    def refusal(self, candidate: Candidate) -> RejectionReason | None:
        places = (self.nodes.get(candidate.node_id), self.carriers.get(candidate.carrier_id))
        if self.hazmat and any(place is not None and not place.hazmat for place in places):
            return RejectionReason.HAZMAT_NOT_ALLOWED
        if self.cold_chain and any(place is not None and not place.cold_chain for place in places):
            return RejectionReason.COLD_CHAIN_MISSING
        return None

    def unknown(self, candidate: Candidate) -> bool:
        known = candidate.node_id in self.nodes and candidate.carrier_id in self.carriers
        return not known
