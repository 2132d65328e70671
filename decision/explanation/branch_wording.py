"""A branch of the policy tree in words."""

from __future__ import annotations

from decision.explanation.branch import Branch, Condition
from decision.explanation.quantities import QUANTITY_UNITS
from decision.explanation.wording import Wording, sentence_case, share


def branch_sentence(branch: Branch, wording: Wording) -> str:
    """What holds of the order, and what the policy did with others of which the same holds."""
    said = [_condition(condition, wording) for condition in branch.conditions]
    conditions = sentence_case(wording.say("list.and").join(said)) if said else wording.say("branch.always")
    n_orders = f"{branch.n_orders:,}"
    if not branch.shift:
        return wording.say("branch.kept", conditions=conditions, n_orders=n_orders)
    return wording.say(
        "branch.moved",
        conditions=conditions,
        n_orders=n_orders,
        share=share(branch.share_leaving),
        service=share(branch.share["other_service"]),
        node=share(branch.share["other_node"]),
        cost=wording.amount(branch.shift["cost"], "money", signed=True),
        slack=wording.amount(branch.shift["slack_hours"], "hours", signed=True),
    )


def fidelity_sentence(branch: Branch, wording: Wording) -> str:
    """How far the tree can be trusted to speak for the policy."""
    measured = branch.fidelity
    shares = {name: share(getattr(measured, name)) for name in ("agreement", "lower", "upper", "majority")}
    return wording.say("branch.fidelity", n_orders=f"{measured.n_orders:,}", **shares)


def _condition(condition: Condition, wording: Wording) -> str:
    unit = QUANTITY_UNITS[condition.quantity]
    told = {"name": wording.name("quantity", condition.quantity), "value": wording.amount(condition.value, unit)}
    bounds = {name: getattr(condition, name) for name in ("above", "at_most") if getattr(condition, name) is not None}
    form = "between" if len(bounds) > 1 else next(iter(bounds))
    said = {name: wording.amount(bound, unit) for name, bound in bounds.items()}
    sentence = wording.say(f"condition.{form}", **told, **said)
    return sentence if condition.reported else wording.say("condition.unreported", condition=sentence)
