"""The attribution report: an attribution in the words of one language, section by section."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from itertools import islice

from data.decisions import Disposition, Driver, Interval, RankedCandidate, RejectionReason
from decision.explanation.advice import advice
from decision.explanation.attribution import N_ALTERNATIVES, Attribution, Refusal, Verdict
from decision.explanation.branch_wording import branch_lines, fidelity_sentence
from decision.explanation.comparison import SAME_LOSS_MINOR, bounds, compared
from decision.explanation.ending import Ending
from decision.explanation.health_wording import health_sentences, healthy_sentence
from decision.explanation.wording import Wording, sentence_case, share
from decision.node_health import HealthLevel
from decision.routing.clearing import MOST_UTILIZATION

# Subjects of drivers and outcomes, and the units they are told in.
DRIVER_UNITS: dict[str, str] = {
    "cost_minor": "money",
    "carbon_kg": "kg",
    "lead_time_hours": "hours",
    "distance_km": "km",
    "hours_to_cut_off": "hours",
    "slack_hours": "hours",
    "capacity_utilization": "ratio",
    "backlog_orders": "orders",
    "stock_left": "units",
    "carrier_utilization": "ratio",
    "weather_severity": "ratio",
    "observation_age_hours": "hours",
    "damage_probability": "share",
    "delays_to_others_minor": "money",
}
# Told to people in per cent, to programs as they came in.
PARTS_OF_A_WHOLE = frozenset({"capacity_utilization", "carrier_utilization", "weather_severity"})
OUTCOME_UNITS: dict[str, str] = {
    "cost_minor": "money",
    "lateness_hours": "hours",
    "late_probability": "share",
    "stock_out_probability": "share",
    "damage_probability": "share",
    "delays_to_others_minor": "money",
    "carbon_kg": "kg",
}


# What tables tell exactly; of all else a difference of nothing is only one that no log has taught.
TABLED = frozenset({"cost_minor", "carbon_kg"})


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and its sentences."""

    heading: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """An attribution in words."""

    language: str
    title: str
    sections: tuple[Section, ...]

    @property
    def text(self) -> str:
        """The report as plain text, a sentence a line."""
        blocks = [
            "\n".join([section.heading, *(f"- {line}" for line in section.sentences)]) for section in self.sections
        ]
        return "\n\n".join([self.title, *blocks]) + "\n"


def write_report(attribution: Attribution, wording: Wording) -> Report:
    """Put an attribution into words; the same attribution always gets the same words."""
    names = {"order_id": attribution.order_id, "main_node": attribution.main_node}
    parts = {
        "summary": _summary(attribution, wording),
        "why": _why(attribution, wording),
        "cost": _cost(attribution, wording),
        "alternatives": _alternatives(attribution, wording),
        "health": _health(attribution, wording),
        "policy": _policy(attribution, wording),
        "person": advice(attribution, wording),
    }
    sections = {key: tuple(sentences) for key, sentences in parts.items()}
    form = _form(attribution)
    return Report(
        language=wording.language,
        title=wording.say(f"title{form}", **names),
        sections=tuple(
            Section(_said_as(f"heading.{key}", form, wording), said) for key, said in sections.items() if said
        ),
    )


def _form(told: Attribution) -> str:
    """Which title and headings hold: a person may have sent the order another way than was recommended."""
    if told.ending is not None and told.ending.overridden:
        return ".overridden"
    return ".kept" if told.verdict is Verdict.KEPT else ""


def _said_as(key: str, form: str, wording: Wording, **names: str) -> str:
    """The sentence in the form that holds, where it has one of its own."""
    return wording.say(f"{key}{form}" if wording.knows(f"{key}{form}") else key, **names)


def _summary(told: Attribution, wording: Wording) -> Iterator[str]:
    yield wording.say(
        "summary.order",
        value=wording.amount(told.order_value_minor, "money"),
        promise=wording.amount(told.promise_hours, "hours"),
    )
    key = {Verdict.KEPT: "kept", Verdict.NOTHING: "nothing"}.get(told.verdict, "refused")
    names = {"main_node": told.main_node, "recommended": told.recommended or ""}
    yield _said_as(f"summary.{key}", _form(told), wording, **names)
    if told.by_upper_bound:
        yield wording.say("summary.lane", limit=wording.amount(told.lane_from_minor or 0, "money"))
    yield from _who_decides(told, wording)


def _who_decides(told: Attribution, wording: Wording) -> Iterator[str]:
    recommendation = told.recommendation
    if recommendation.disposition is Disposition.FALLBACK:
        yield wording.say("summary.fallback")
    elif recommendation.disposition is Disposition.REVIEW:
        reasons = [wording.name("review", reason.value) for reason in recommendation.review_reasons]
        key = "summary.review" if told.ending is None else "summary.reviewed"
        yield wording.say(key, reasons=wording.say("list.comma").join(reasons))
    elif recommendation.confidence is not None:
        sure = recommendation.confidence
        yield wording.say("summary.auto", near_best=share(sure.p_near_best), threshold=share(sure.threshold))
    if told.ending is not None:
        yield _ending(told.ending, wording)


def _ending(ending: Ending, wording: Wording) -> str:
    key = "overridden" if ending.overridden else "accepted" if ending.taken else "nothing"
    return wording.say(f"ending.{key}", at=f"{ending.at.astimezone(UTC):%Y-%m-%d %H:%M} UTC", taken=ending.taken or "")


def _why(told: Attribution, wording: Wording) -> Iterator[str]:
    for refusal in told.refusals:
        yield wording.say("why.constraint", candidate=refusal.candidate_id, reason=_reason(refusal, wording))
    if told.verdict is Verdict.KEPT:
        by = ".rules" if told.by_rules else ".lane" if told.by_upper_bound else ""
        yield wording.say(f"why.kept{by}")
    yield from _overtaken(told, wording)
    if told.verdict is not Verdict.EFFECT or told.staying is None:
        return
    if told.by_rules:
        yield wording.say("why.rules", candidate=told.staying.candidate_id)
        return
    # Orders of value are ranked by the bound that is nearly certain, and the estimate may speak against it.
    key, gain = compared("why.effect", told.staying.objective, wording)
    yield wording.say(key, candidate=told.staying.candidate_id, **gain)
    for driver in told.drivers:
        yield _driver(driver, wording)


def _overtaken(told: Attribution, wording: Wording) -> Iterator[str]:
    """In the value lane: candidates whose estimate is better than the recommended one's, and whose bound is not."""
    ranking = told.recommendation.ranking
    if not (told.by_upper_bound and ranking):
        return
    first, own = ranking[0].objective, told.staying.candidate_id if told.staying else None
    better = (
        item
        for item in ranking[1:]
        if item.candidate_id != own and item.objective.point < first.point - SAME_LOSS_MINOR
    )
    for item in islice(better, N_ALTERNATIVES):
        yield _surer(item, first, wording)


def _surer(item: RankedCandidate, first: Interval, wording: Wording) -> str:
    said = {
        "gain": wording.amount(first.point - item.objective.point, "money"),
        "upper": wording.amount(item.objective.upper, "money", signed=True),
        "first_upper": wording.amount(first.upper, "money", signed=True),
    }
    return wording.say("why.lane", candidate=item.candidate_id, **said)


def _reason(refusal: Refusal, wording: Wording) -> str:
    named = ".named" if refusal.missing_documents else ""
    if refusal.reason is RejectionReason.NO_STOCK and refusal.available_quantity == 1:
        named = ".one"
    return wording.say(
        f"reason.{refusal.reason.value}{named}",
        papers=wording.say("list.names").join(refusal.missing_documents),
        available=f"{refusal.available_quantity:,}",
        needed=f"{refusal.needed_quantity:,}",
        missed=wording.amount(refusal.missed_hours, "hours"),
    )


def _driver(driver: Driver, wording: Wording) -> str:
    unit = "percent" if driver.feature in PARTS_OF_A_WHOLE else DRIVER_UNITS.get(driver.feature, "ratio")
    said = wording.say(
        "why.driver.saves" if driver.objective_minor < 0 else "why.driver.costs",
        name=wording.name("driver", driver.feature),
        recommended=_reported(driver.recommended, unit, driver, wording),
        current=_reported(driver.current, unit, driver, wording),
        worth=wording.amount(abs(driver.objective_minor), "money"),
    )
    return sentence_case(said)


def _reported(value: float, unit: str, driver: Driver, wording: Wording) -> str:
    """An amount; of a load that is the most which reports say, that it is at least so much."""
    amount = wording.amount(value, unit)
    capped = driver.feature == "capacity_utilization" and value == MOST_UTILIZATION
    return wording.say("unit.at_least", amount=amount) if capped else amount


def _cost(told: Attribution, wording: Wording) -> Iterator[str]:
    if told.verdict is Verdict.KEPT:
        yield wording.say("cost.none")
    if told.verdict in {Verdict.KEPT, Verdict.NOTHING}:
        return
    if told.staying is None:
        yield wording.say("cost.unknown")
        return
    key, cost = compared("cost.objective", told.staying.objective, wording)
    yield wording.say(key, candidate=told.staying.candidate_id, **cost)
    for name, effect in told.staying.effects.items():
        key = f"cost.{_certainty(name, effect)}"
        said = wording.say(key, name=wording.name("outcome", name), **bounds(effect, OUTCOME_UNITS[name], wording))
        yield sentence_case(said)


def _certainty(name: str, effect: Interval) -> str:
    """How an effect is known."""
    if effect.lower < effect.upper:
        return "effect"
    if name in TABLED:
        return "exact"
    return "settled" if effect.point else "alike"


def _alternatives(told: Attribution, wording: Wording) -> Iterator[str]:
    for item in told.alternatives:
        if item.candidate_id == told.recommendation.current_choice:
            yield wording.say("alternative.current", candidate=item.candidate_id)
            continue
        told_bounds = bounds(item.objective, "money", wording)
        said = {"objective": told_bounds["point"], "lower": told_bounds["lower"], "upper": told_bounds["upper"]}
        yield wording.say("alternative", candidate=item.candidate_id, **said)
    if not told.alternatives:
        yield wording.say("alternative.none")


def _health(told: Attribution, wording: Wording) -> Iterator[str]:
    for node in told.health:
        yield from health_sentences(node, wording) if node.findings else [healthy_sentence(node, wording)]
    decided = told.recommendation.disposition is Disposition.AUTO and not told.by_rules
    own = told.recommended_health
    if decided and own is not None and own.level is HealthLevel.CRITICAL:
        yield wording.say("health.no_better" if own.reported else "health.weighed")


def _policy(told: Attribution, wording: Wording) -> Iterator[str]:
    if told.branch is None or told.by_rules:
        return
    yield from branch_lines(told.branch, wording)
    left = told.recommended != told.recommendation.current_choice
    if left != (told.branch.usual_move != "keep"):
        said = told.drivers and told.verdict is Verdict.EFFECT
        yield wording.say("branch.unusual" if said else "branch.unusual.undriven")
    yield fidelity_sentence(told.branch, wording)
