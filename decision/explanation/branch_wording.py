"""A branch of the policy tree in words."""

from __future__ import annotations

from decision.explanation.branch import Branch, Condition
from decision.explanation.quantities import QUANTITY_UNITS
from decision.explanation.wording import Wording, sentence_case, share
from decision.routing.clearing import MOST_UTILIZATION

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
    # Of a difference the other way has its own words, so that nobody has to read a sign.
    turned = condition.value < 0 and wording.knows(f"fact.{condition.quantity}.less")
    form = ".less" if turned else ""
    value = _amount(abs(condition.value) if turned else condition.value, condition, wording)
    if condition.quantity == "node_load" and condition.value == MOST_UTILIZATION:
        value = wording.say("unit.at_least", amount=value)
    fact = wording.say(f"fact.{condition.quantity}{form}", value=value)
    known = "reported" if condition.reported else "unreported"
    return wording.say(f"condition.{known}", fact=fact, limit=_limit(condition, wording, turned=turned))


def _limit(condition: Condition, wording: Wording, *, turned: bool) -> str:
    """The limits of the branch, in the direction that the order's own number is told in."""
    above, at_most = condition.above, condition.at_most
    if turned:
        above, at_most = _negative(at_most), _negative(above)
    name = f"{condition.quantity}.less" if turned else condition.quantity
    said = {"name": wording.name("quantity", name)}
    if at_most is not None:
        said["at_most"] = _amount(at_most, condition, wording)
    if above is None:
        return wording.say("limit.at_most", **said)
    opposite = condition.quantity if turned else f"{condition.quantity}.less"
    if above < 0 and wording.knows(f"quantity.{opposite}"):
        # The limit lies on the other side of nothing, which has its own name.
        said |= {"other": wording.name("quantity", opposite), "bound": _amount(-above, condition, wording)}
        return wording.say("limit.not_above" if at_most is None else "limit.mixed", **said)
    return wording.say(
        "limit.above" if at_most is None else "limit.between", above=_amount(above, condition, wording), **said
    )


def _negative(bound: float | None) -> float | None:
    return None if bound is None else -bound


def _amount(value: float, condition: Condition, wording: Wording) -> str:
    return wording.amount(value, TOLD_IN.get(condition.quantity, QUANTITY_UNITS[condition.quantity]))
