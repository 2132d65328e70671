"""From a question and its answer to the branch of the policy tree that the order falls into."""

from __future__ import annotations

import numpy as np

from data.choice_sets import ChoiceSets
from data.decisions import RoutingRecommendation
from decision.explanation.branch import Branch
from decision.explanation.quantities import DecisionRows, order_quantities
from decision.explanation.tree import PolicyTree
from decision.routing.question import RoutingCase


def branch_for(tree: PolicyTree | None, case: RoutingCase, recommendation: RoutingRecommendation) -> Branch | None:
    """The branch of an order; None without a tree, without a current choice, or where the rules answered.

    The tree speaks for the model's policy under the weights that it was trained with.
    """
    if tree is None or recommendation.confidence is None or recommendation.current_choice is None:
        return None
    candidates = case.question.candidates
    nodes = {name: number for number, name in enumerate(dict.fromkeys(item.node_id for item in candidates))}
    eligible = np.zeros(len(candidates), dtype=bool)
    eligible[list(case.screening.feasible)] = True
    rows = DecisionRows(
        node=np.array([nodes[item.node_id] for item in candidates]),
        reference=np.array([case.reference]),
        eligible=eligible,
    )
    return tree.branch_of(order_quantities(ChoiceSets.of_one(case.choices), rows)[0].tolist())
