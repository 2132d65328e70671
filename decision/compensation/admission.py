"""Which arms an incident admits: what its policy allows, its budget can hold and its customer has not turned down."""

from __future__ import annotations

from data.appeasement_costs import ArmCosts, given_only, highest_cost_minor
from data.decisions import Rejected, RejectionReason
from data.incidents import ARMS, CompensationArm, Incident
from decision.compensation.guardrails import DEFAULT_GUARDRAILS, FREE, Guardrails, forbidden

# A share of next to nothing rounds to nothing: a refund of it would be an insult.
LEAST_GIVEN_MINOR = 1.0


def admissible_arms(
    incident: Incident, costs: ArmCosts, guardrails: Guardrails = DEFAULT_GUARDRAILS
) -> tuple[CompensationArm, ...]:
    """Allowed arms whose highest cost fits the budget, in the order of ARMS; doing nothing always is one."""
    turned_down = {rejected.action_id for rejected in rejected_arms(incident, costs, guardrails)}
    return tuple(arm for arm in ARMS if arm.value not in turned_down)


def admits(
    incident: Incident, arm: CompensationArm, costs: ArmCosts, guardrails: Guardrails = DEFAULT_GUARDRAILS
) -> bool:
    """Whether one arm is admissible."""
    return arm is CompensationArm.NONE or _reason(arm, incident, costs, guardrails) is None


def rejected_arms(
    incident: Incident, costs: ArmCosts, guardrails: Guardrails = DEFAULT_GUARDRAILS
) -> tuple[Rejected, ...]:
    """Arms that incident, budget or guardrails rule out, in the order of ARMS, each with its reason."""
    reasons = {arm: _reason(arm, incident, costs, guardrails) for arm in ARMS if arm is not CompensationArm.NONE}
    return tuple(Rejected(arm.value, reason) for arm, reason in reasons.items() if reason is not None)


def _reason(
    arm: CompensationArm, incident: Incident, costs: ArmCosts, guardrails: Guardrails
) -> RejectionReason | None:
    if arm not in incident.allowed_arms:
        return RejectionReason.ARM_NOT_ALLOWED
    # The budget must hold the worst case: a coupon that is redeemed.
    highest = highest_cost_minor(arm, incident.order_value_minor, costs)
    if highest > incident.budget_minor:
        return RejectionReason.OVER_BUDGET
    if arm not in FREE and highest_cost_minor(arm, incident.order_value_minor, given_only(costs)) < LEAST_GIVEN_MINOR:
        return RejectionReason.GIVES_NOTHING
    return forbidden(arm, incident, costs, guardrails)
