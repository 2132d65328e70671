"""What a training makes to explain its model: the policy tree, its fidelity on later orders, and the casebook."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from data.choice_sets import ChoiceSets
from data.decision_log.dataset import DecisionLog
from data.decisions import RoutingRecommendation
from decision.errors import TooFewRowsError
from decision.evidence import Evidence
from decision.explanation.branch import Fidelity
from decision.explanation.growing import PolicyChoices, agreement, grow_tree, majority_share
from decision.explanation.quantities import DecisionRows
from decision.explanation.tree import PolicyTree
from decision.precedents.casebook import Casebook
from decision.routing.question import RoutingQuestion
from experiments.intervals import clustered_mean
from experiments.losses import Pricing
from experiments.questions import routing_questions
from experiments.split import Split, blocks_of, part

Recommend = Callable[[Iterable[RoutingQuestion]], Iterator[RoutingRecommendation]]

# Orders that the tree is grown on, the last before the evaluation part, and orders that it is measured on.
N_GROWN, N_MEASURED = 3_000, 2_000


def evidence_of(log: DecisionLog, split: Split, recommend: Recommend, pricing: Pricing, *, seed: int) -> Evidence:
    """Grow the tree on what is recommended before the evaluation part, and measure it there.

    A log with too few orders gets no tree; one without incidents gets no casebook.
    """
    casebook = Casebook.of_log(log) if len(log.incidents) else None
    return Evidence(_tree(split, recommend, pricing, seed), casebook)


def policy_choices(recommend: Recommend, log: DecisionLog, pricing: Pricing) -> PolicyChoices:
    """What is recommended for every order of a log, with the rules' default as the current choice."""
    offsets, names = log.candidate_offsets(), log.candidates["candidate_id"].to_numpy()
    default = np.flatnonzero(log.candidates["is_default"])
    eligible, chosen = np.zeros(len(names), dtype=bool), default.copy()
    for number, answer in enumerate(recommend(routing_questions(log, pricing))):
        start, end = offsets[number : number + 2]
        places = {name: start + place for place, name in enumerate(names[start:end])}
        eligible[[places[item.candidate_id] for item in answer.ranking]] = True
        chosen[number] = places.get(answer.recommended, default[number])
    node = pd.factorize(log.candidates["node_id"])[0].astype(np.int64)
    return PolicyChoices(ChoiceSets.of_log(log), DecisionRows(node, default, eligible), chosen)


def _tree(split: Split, recommend: Recommend, pricing: Pricing, seed: int) -> PolicyTree | None:
    before = [*_last(split.training, N_GROWN - len(split.calibration.orders)), _latest(split.calibration, N_GROWN)]
    try:
        tree = grow_tree(_joined([policy_choices(recommend, log, pricing) for log in before]), seed=seed)
    except TooFewRowsError:
        return None
    log = _latest(split.evaluation, N_MEASURED)
    choices = policy_choices(recommend, log, pricing)
    same, leaving = agreement(tree, choices)
    share = clustered_mean(same.astype(np.float64), blocks_of(log.orders["decided_at"]))
    fidelity = Fidelity(
        n_orders=len(same),
        agreement=share.point,
        lower=max(share.lower, 0.0),
        upper=min(share.upper, 1.0),
        leaving_agreement=float(leaving.mean()),
        majority=majority_share(choices),
    )
    return replace(tree, fidelity=fidelity)


def _last(log: DecisionLog, n_orders: int) -> list[DecisionLog]:
    return [_latest(log, n_orders)] if n_orders > 0 else []


def _latest(log: DecisionLog, n_orders: int) -> DecisionLog:
    if len(log.orders) <= n_orders:
        return log
    rank = log.orders["decided_at"].rank(method="first", ascending=False)
    return part(log, rank <= n_orders)


def _joined(parts: list[PolicyChoices]) -> PolicyChoices:
    """The orders of several logs after each other."""
    first, *others = parts
    for other in others:
        shift = int(first.choice_sets.offsets[-1])
        sets = ChoiceSets.joined((first.choice_sets, other.choice_sets))
        rows = DecisionRows(
            # Nodes are compared within an order only: numbers of two logs may mean different nodes.
            node=np.concatenate((first.rows.node, other.rows.node)),
            reference=np.concatenate((first.rows.reference, other.rows.reference + shift)),
            eligible=np.concatenate((first.rows.eligible, other.rows.eligible)),
        )
        first = PolicyChoices(sets, rows, np.concatenate((first.chosen, other.chosen + shift)))
    return first
