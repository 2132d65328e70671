"""From a question and its answer to the branch of the policy tree that the order falls into."""

from __future__ import annotations

import numpy as np

from data.choice_sets import ChoiceSet, ChoiceSets
from data.decisions import RoutingRecommendation
from decision.explanation.branch import Branch
from decision.explanation.quantities import DecisionRows, order_quantities
from decision.explanation.tree import PolicyTree
from decision.routing.question import RoutingQuestion


def branch_for(
    tree: PolicyTree | None, question: RoutingQuestion, recommendation: RoutingRecommendation
) -> Branch | None:
    """The branch of an order; None without a tree, without a current choice, or where the rules answered.

    The tree speaks for the model's policy under the weights that it was trained with.
    """
    if tree is None or recommendation.confidence is None or recommendation.current_choice is None:
        return None
    names = [candidate.candidate_id for candidate in question.candidates]
    feasible = {item.candidate_id for item in recommendation.ranking}
    nodes = {name: number for number, name in enumerate(dict.fromkeys(item.node_id for item in question.candidates))}
    rows = DecisionRows(
        node=np.array([nodes[item.node_id] for item in question.candidates]),
        reference=np.array([names.index(recommendation.current_choice)]),
        eligible=np.array([name in feasible for name in names]),
    )
    choices = ChoiceSets.of_one(ChoiceSet.of(question.order, question.candidates, question.decided_at))
    return tree.branch_of(order_quantities(choices, rows)[0].tolist())
