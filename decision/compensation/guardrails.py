"""Guardrails of appeasement: what policy and law allow, whatever an effect promises.

A customer's record speaks through tags: `opt_out_<arm>` (never offer it), `reacted_<arm>` (`no`: it was turned
down before), `opt_out_automated` (a person decides), `offers_90d` and `compensated_90d_minor` (what was offered
lately). A tag that is absent forbids nothing; one that is there and does not plainly say no is an opt-out.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from data.appeasement_costs import ArmCosts, highest_cost_minor
from data.decisions import RejectionReason, ReviewReason
from data.incidents import ARMS, CompensationArm, Incident
from decision.errors import ForbiddenInputError, QuestionError
from decision.spelling import words_of

# Attributes of an incident and its customer that may enter a decision; all else needs a lawyer's word first.
PERMITTED_INPUTS: frozenset[str] = frozenset(
    {
        "incident_type",
        "hours_late",
        "order_value_minor",
        "value_tier",
        "lateness_tolerance",
        "n_past_orders",
        "n_past_incidents",
    }
)
FREE: frozenset[CompensationArm] = frozenset({CompensationArm.NONE, CompensationArm.APOLOGY})
# What a record may say for "no"; texts are compared in lower case.
NOES = frozenset({"no", "false", "0", ""})
UNLIMITED_MINOR = 10**12
OFFERS_TAG, SPENT_TAG = "offers_90d", "compensated_90d_minor"
AUTOMATED_TAG = "opt_out_automated"
_OFFERED = tuple(arm.value for arm in ARMS if arm is not CompensationArm.NONE)
# All that a record can say of consent; a name that is nearly one of these must not pass for silence.
CONSENT_TAGS: tuple[str, ...] = (
    AUTOMATED_TAG,
    *(f"{said}_{arm}" for said in ("opt_out", "reacted") for arm in _OFFERED),
)
# What an "out" of its own ends in: an "opt_outlet" is a shop, but an "opt_outcoupon" lacks a mark between two words.
_WORD_ENDS = "|".join((r"s?(?![^\W\d_])", "automated", *_OFFERED))
_OF_CONSENT = re.compile(rf"(^|_)(opt(ed|s|ing)?(out|_out({_WORD_ENDS}))|reacted(_|$))")


@dataclass(frozen=True, slots=True)
class Guardrails:
    """Limits an operator sets.

    Parameters
    ----------
    most_offers_90d : int
        A customer who had as many offers of value in 90 days gets words only.
    most_spent_90d_minor : int
        What one customer may cost in 90 days, in minor currency units.
    most_per_incident_minor : int
        Cap on one incident, on top of its own budget.
    four_eyes_from_minor : int
        What may cost as much is never offered without a person.
    opt_outs : tuple of (str, frozenset of CompensationArm)
        Tags of the operator's own records, and the arms that each rules out where it does not plainly say no.
    combinations : tuple of frozenset of CompensationArm
        Pairs of arms that may be offered together.

    Raises
    ------
    QuestionError
        If a limit is negative, or a combination is not of two arms, none excepted.
    """

    most_offers_90d: int = 3
    most_spent_90d_minor: int = UNLIMITED_MINOR
    most_per_incident_minor: int = UNLIMITED_MINOR
    four_eyes_from_minor: int = UNLIMITED_MINOR
    opt_outs: tuple[tuple[str, frozenset[CompensationArm]], ...] = ()
    combinations: tuple[frozenset[CompensationArm], ...] = ()

    def __post_init__(self) -> None:
        caps = (self.most_spent_90d_minor, self.most_per_incident_minor, self.four_eyes_from_minor)
        limits = (self.most_offers_90d, *caps)
        if min(limits) < 0:
            msg = f"guardrails: limits are {limits}; give 0 or more"
            raise QuestionError(msg)
        odd = [pair for pair in self.combinations if len(pair) != 2 or CompensationArm.NONE in pair]  # noqa: PLR2004
        if odd:
            shown = [sorted(arm.value for arm in pair) for pair in odd]
            msg = f"guardrails: {shown} are no pairs of arms; combine two different arms, none excepted"
            raise QuestionError(msg)


DEFAULT_GUARDRAILS = Guardrails()


def forbidden(
    arm: CompensationArm, incident: Incident, costs: ArmCosts, guardrails: Guardrails
) -> RejectionReason | None:
    """Why an arm must not be offered to this customer now, if it must not; doing nothing always may be."""
    if arm is CompensationArm.NONE:
        return None
    if _refused(arm, incident, guardrails):
        return RejectionReason.CUSTOMER_REFUSED
    if arm in FREE:
        return None
    if _count(incident, OFFERS_TAG) >= guardrails.most_offers_90d:
        return RejectionReason.OPERATOR_POLICY
    cost = highest_cost_minor(arm, incident.order_value_minor, costs)
    spent = spent_lately_minor(incident)
    if cost > guardrails.most_per_incident_minor or spent + cost > guardrails.most_spent_90d_minor:
        return RejectionReason.OVER_BUDGET
    return None


def spent_lately_minor(incident: Incident) -> float:
    """What this customer has cost in 90 days, by his record.

    Raises
    ------
    QuestionError
        If the record is no number from 0 up.
    """
    return _count(incident, SPENT_TAG)


def people_asked(
    arm: CompensationArm, incident: Incident, costs: ArmCosts, guardrails: Guardrails
) -> tuple[ReviewReason, ...]:
    """Why a person must look before this arm is offered: the customer wants one, or it may cost too much."""
    cost = highest_cost_minor(arm, incident.order_value_minor, costs)
    holds = {
        ReviewReason.PERSON_REQUESTED: opted_out(incident.customer.tags.get(AUTOMATED_TAG)),
        ReviewReason.FOUR_EYES: arm is not CompensationArm.NONE and cost >= guardrails.four_eyes_from_minor,
    }
    return tuple(reason for reason, asked in holds.items() if asked)


def require_permitted(inputs: Collection[str], permitted: Collection[str] = PERMITTED_INPUTS) -> None:
    """Refuse a model that reads what may not enter a decision.

    Raises
    ------
    ForbiddenInputError
        Naming the inputs.
    """
    wrong = sorted(set(inputs) - set(permitted))
    if wrong:
        msg = f"compensation may not be decided on {wrong}; permitted are {sorted(permitted)}; train without the others"
        raise ForbiddenInputError(msg)


def opted_out(said: str | float | bool | None) -> bool:
    """Whether a tag says yes in any of the ways in which records do: a wish to be left alone is never read away."""
    return said is not None and _word(said) not in NOES


def misspelt_consent(name: str) -> bool:
    """Whether a tag speaks of consent by its name, in any case and with any separator, and nobody would read it.

    Examples
    --------
    >>> misspelt_consent("Opt-Out coupons"), misspelt_consent("opt_out_coupon"), misspelt_consent("loyalty")
    (True, False, False)
    >>> misspelt_consent("opted_out"), misspelt_consent("hasOptedOut"), misspelt_consent("adopt_outlet")
    (True, True, False)
    >>> misspelt_consent("opt_outlet_visits"), misspelt_consent("opt_outs"), misspelt_consent("opt_outcoupon")
    (False, True, True)
    """
    return name not in CONSENT_TAGS and _OF_CONSENT.search("_".join(words_of(name))) is not None


def _refused(arm: CompensationArm, incident: Incident, guardrails: Guardrails) -> bool:
    tags = incident.customer.tags
    names = [f"opt_out_{arm.value}", *(tag for tag, arms in guardrails.opt_outs if arm in arms)]
    return any(opted_out(tags.get(name)) for name in names) or _turned_down(tags.get(f"reacted_{arm.value}"))


def _turned_down(said: str | float | bool | None) -> bool:
    return said is not None and _word(said) in NOES - {""}


def _word(said: str | float | bool) -> str:
    return said.strip().lower() if isinstance(said, str) else str(int(said) if said == int(said) else said)


def _count(incident: Incident, name: str) -> float:
    """A tag that counts; 0 where it is absent."""
    value = incident.customer.tags.get(name, 0)
    # A text, a truth value or a NaN must not pass for "nothing so far".
    if isinstance(value, bool | str) or not value >= 0:
        msg = f"customer tag {name} is {value!r}; give a number from 0 up, or leave it out"
        raise QuestionError(msg)
    return float(value)
