"""A branch of the policy tree in words."""

from __future__ import annotations

from decision.explanation.branch import Branch, Condition
from decision.explanation.quantities import QUANTITY_UNITS
from decision.explanation.wording import Wording, sentence_case, share

# Loads and severities are parts of a whole, which people read in per cent; their differences in percentage points.
TOLD_IN: dict[str, str] = {
    "node_load": "percent",
    "carrier_load": "percent",
    "weather_severity": "percent",
    "load_relief": "share",
}


def branch_sentence(branch: Branch, wording: Wording) -> str:
    """What the policy did with orders of this kind, and what makes the order one of them, in one breath."""
    return " ".join(branch_lines(branch, wording))


def branch_lines(branch: Branch, wording: Wording) -> tuple[str, ...]:
    """The same line by line: what the policy did, and then a line for each thing that the tree asks."""
    if not branch.conditions:
        return (_usual(branch, wording), wording.say("branch.always"))
    asked = (sentence_case(_condition(condition, wording)) for condition in branch.conditions)
    return (_usual(branch, wording), wording.say("branch.kind"), *asked)


def fidelity_sentence(branch: Branch, wording: Wording) -> str:
    """How far the tree can be trusted to speak for the policy."""
    measured = branch.fidelity
    shares = {name: share(getattr(measured, name)) for name in ("agreement", "lower", "upper", "majority")}
    return wording.say("branch.fidelity", n_orders=f"{measured.n_orders:,}", **shares)


def _usual(branch: Branch, wording: Wording) -> str:
    n_orders = f"{branch.n_orders:,}"
    if not branch.shift:
        return wording.say("branch.kept", n_orders=n_orders)
    return wording.say(
        "branch.moved",
        n_orders=n_orders,
        kept=share(branch.share["keep"]),
        share=share(branch.share_leaving),
        service=share(branch.share["other_service"]),
        node=share(branch.share["other_node"]),
        cost=wording.amount(branch.shift["cost"], "money", signed=True),
        slack=wording.amount(branch.shift["slack_hours"], "hours", signed=True),
    )


def _condition(condition: Condition, wording: Wording) -> str:
    """What holds of the order, and in brackets the limits of its branch."""
    unit = TOLD_IN.get(condition.quantity, QUANTITY_UNITS[condition.quantity])
    # Of a difference the other way has its own words, so that nobody has to read a sign.
    turned = f"fact.{condition.quantity}.less"
    less = condition.value < 0 and wording.knows(turned)
    value = wording.amount(abs(condition.value) if less else condition.value, unit)
    fact = wording.say(turned if less else f"fact.{condition.quantity}", value=value)
    bounds = {name: getattr(condition, name) for name in ("above", "at_most") if getattr(condition, name) is not None}
    said = {name: wording.amount(bound, unit) for name, bound in bounds.items()}
    form = "between" if len(bounds) > 1 else next(iter(bounds))
    limit = wording.say(f"limit.{form}", name=wording.name("quantity", condition.quantity), **said)
    known = "reported" if condition.reported else "unreported"
    return wording.say(f"condition.{known}", fact=fact, limit=limit)
