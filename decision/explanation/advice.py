"""Advice: what a person can do about an attribution, in the words of one language."""

from __future__ import annotations

from collections.abc import Iterator

from data.decisions import Disposition, RejectionReason, ReviewReason
from decision.explanation.attribution import Attribution, Verdict
from decision.explanation.comparison import compared
from decision.explanation.wording import Wording


def advice(told: Attribution, wording: Wording) -> Iterator[str]:
    """What can be done, each thing once; of a decision that a person has taken, only how to come back to it."""
    if told.ending is not None:
        yield wording.say("advice.ended")
        return
    said = [*_on_refusals(told, wording), *_on_drivers(told, wording)]
    for reason in told.recommendation.review_reasons:
        key = f"advice.review.{reason.value}"
        said += _on_rules(told, wording) if reason is ReviewReason.MISNAMED_RULE else []
        said += [wording.say(key)] if wording.knows(key) else []
    said += _on_staying(told, wording)
    # Two candidates refused for one reason need one piece of advice.
    yield from dict.fromkeys(said or [wording.say("advice.nothing")])


def _asks(told: Attribution) -> bool:
    """Whether a person is asked, so that there is a review in which to choose."""
    return told.recommendation.disposition is Disposition.REVIEW


def _on_staying(told: Attribution, wording: Wording) -> Iterator[str]:
    if told.verdict is not Verdict.EFFECT or told.staying is None or told.by_rules:
        return
    way = "advice.override" if _asks(told) else "advice.insist"
    key, cost = compared(way, told.staying.objective, wording)
    names = {"main_node": told.main_node, "candidate": told.staying.candidate_id, "recommended": told.recommended or ""}
    yield wording.say(key, **names, **cost)


def _on_rules(told: Attribution, wording: Wording) -> Iterator[str]:
    for rule in told.misnamed:
        if rule.near:
            near = wording.say("list.names").join(rule.near)
            yield wording.say("advice.rule.near", name=rule.name, near=near)
        else:
            yield wording.say("advice.rule", name=rule.name)


def _on_refusals(told: Attribution, wording: Wording) -> Iterator[str]:
    for refusal in told.refusals:
        key = f"advice.{refusal.reason.value}"
        if refusal.reason is RejectionReason.CUT_OFF_PASSED and not _asks(told):
            key = f"{key}.unasked"
        if wording.knows(key):
            missing = wording.amount(max(refusal.needed_quantity - refusal.available_quantity, 0), "units")
            yield wording.say(key, main_node=told.main_node, missing=missing)


def _on_drivers(told: Attribution, wording: Wording) -> Iterator[str]:
    for driver in told.drivers[:1]:
        key = f"advice.driver.{driver.feature}"
        if wording.knows(key) and driver.objective_minor < 0:
            yield wording.say(key, main_node=told.main_node)
