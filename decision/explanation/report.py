"""The attribution report: an attribution in the words of one language, section by section."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from data.decisions import Disposition, Driver, Interval, ReviewReason
from decision.explanation.attribution import Attribution, Refusal, Verdict
from decision.explanation.branch_wording import branch_lines, fidelity_sentence
from decision.explanation.health_wording import health_sentences, healthy_sentence
from decision.explanation.wording import Wording, sentence_case, share
from decision.node_health import HealthLevel
from decision.routing.seen_order import SAME_LOSS_DECIMALS

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
# Losses that are ranked as the same lie no further apart, in minor currency units.
SAME_LOSS_MINOR = 10.0**-SAME_LOSS_DECIMALS


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
    kept = attribution.verdict is Verdict.KEPT
    names = {"order_id": attribution.order_id, "main_node": attribution.main_node}
    parts = {
        "summary": _summary(attribution, wording),
        "why": _why(attribution, wording),
        "cost": _cost(attribution, wording),
        "alternatives": _alternatives(attribution, wording),
        "health": _health(attribution, wording),
        "policy": _policy(attribution, wording),
        "person": _advice(attribution, wording),
    }
    sections = {key: tuple(sentences) for key, sentences in parts.items()}
    return Report(
        language=wording.language,
        title=wording.say("title.kept" if kept else "title", **names),
        sections=tuple(
            Section(wording.say("heading.kept" if kept and key == "why" else f"heading.{key}"), said)
            for key, said in sections.items()
            if said
        ),
    )


def _summary(told: Attribution, wording: Wording) -> Iterator[str]:
    yield wording.say(
        "summary.order",
        value=wording.amount(told.order_value_minor, "money"),
        promise=wording.amount(told.promise_hours, "hours"),
    )
    key = {Verdict.KEPT: "kept", Verdict.NOTHING: "nothing"}.get(told.verdict, "refused")
    yield wording.say(f"summary.{key}", main_node=told.main_node, recommended=told.recommended or "")
    recommendation = told.recommendation
    if recommendation.disposition is Disposition.FALLBACK:
        yield wording.say("summary.fallback")
    elif recommendation.disposition is Disposition.REVIEW:
        reasons = [wording.name("review", reason.value) for reason in recommendation.review_reasons]
        yield wording.say("summary.review", reasons=wording.say("list.comma").join(reasons))
    elif recommendation.confidence is not None:
        sure = recommendation.confidence
        yield wording.say("summary.auto", near_best=share(sure.p_near_best), threshold=share(sure.threshold))


def _why(told: Attribution, wording: Wording) -> Iterator[str]:
    for refusal in told.refusals:
        yield wording.say("why.constraint", candidate=refusal.candidate_id, reason=_reason(refusal, wording))
    if told.verdict is Verdict.KEPT:
        yield wording.say("why.kept")
    if told.verdict is not Verdict.EFFECT or told.staying is None:
        return
    if told.by_rules:
        yield wording.say("why.rules", candidate=told.staying.candidate_id)
        return
    # Orders of value are ranked by the bound that is nearly certain, and the estimate may speak against it.
    key, gain = _compared("why.effect", told.staying.objective, wording)
    yield wording.say(key, candidate=told.staying.candidate_id, **gain)
    for driver in told.drivers:
        yield _driver(driver, wording)


def _reason(refusal: Refusal, wording: Wording) -> str:
    named = ".named" if refusal.missing_documents else ""
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
        recommended=wording.amount(driver.recommended, unit),
        current=wording.amount(driver.current, unit),
        worth=wording.amount(abs(driver.objective_minor), "money"),
    )
    return sentence_case(said)


def _cost(told: Attribution, wording: Wording) -> Iterator[str]:
    if told.verdict is Verdict.KEPT:
        yield wording.say("cost.none")
    if told.verdict in {Verdict.KEPT, Verdict.NOTHING}:
        return
    if told.staying is None:
        yield wording.say("cost.unknown")
        return
    key, cost = _compared("cost.objective", told.staying.objective, wording)
    yield wording.say(key, candidate=told.staying.candidate_id, **cost)
    for name, effect in told.staying.effects.items():
        key = f"cost.{_certainty(name, effect)}"
        said = wording.say(key, name=wording.name("outcome", name), **_bounds(effect, OUTCOME_UNITS[name], wording))
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
        bounds = _bounds(item.objective, "money", wording)
        said = {"objective": bounds["point"], "lower": bounds["lower"], "upper": bounds["upper"]}
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


def _advice(told: Attribution, wording: Wording) -> Iterator[str]:
    said = [*_advice_on_refusals(told, wording), *_advice_on_drivers(told, wording)]
    for reason in told.recommendation.review_reasons:
        key = f"advice.review.{reason.value}"
        said += _advice_on_rules(told, wording) if reason is ReviewReason.MISNAMED_RULE else []
        said += [wording.say(key)] if wording.knows(key) else []
    if told.verdict is Verdict.EFFECT and told.staying is not None and not told.by_rules:
        key, cost = _compared("advice.override", told.staying.objective, wording)
        said.append(wording.say(key, main_node=told.main_node, candidate=told.staying.candidate_id, **cost))
    # Two candidates refused for one reason need one piece of advice.
    yield from dict.fromkeys(said or [wording.say("advice.nothing")])


def _advice_on_rules(told: Attribution, wording: Wording) -> Iterator[str]:
    for rule in told.misnamed:
        if rule.near:
            near = wording.say("list.names").join(rule.near)
            yield wording.say("advice.rule.near", name=rule.name, near=near)
        else:
            yield wording.say("advice.rule", name=rule.name)


def _advice_on_refusals(told: Attribution, wording: Wording) -> Iterator[str]:
    for refusal in told.refusals:
        key = f"advice.{refusal.reason.value}"
        if wording.knows(key):
            missing = wording.amount(max(refusal.needed_quantity - refusal.available_quantity, 0), "units")
            yield wording.say(key, main_node=told.main_node, missing=missing)


def _advice_on_drivers(told: Attribution, wording: Wording) -> Iterator[str]:
    for driver in told.drivers[:1]:
        key = f"advice.driver.{driver.feature}"
        if wording.knows(key) and driver.objective_minor < 0:
            yield wording.say(key, main_node=told.main_node)


def _compared(key: str, objective: Interval, wording: Wording) -> tuple[str, dict[str, str]]:
    """The sentence on what staying costs, and its amounts: where it costs less, the saving, turned round."""
    if objective.point >= -SAME_LOSS_MINOR:
        return key, _bounds(objective, "money", wording, signed=False)
    saving = Interval(-objective.point, -objective.upper, -objective.lower)
    return f"{key}.less", _bounds(saving, "money", wording, signed=False)


def _bounds(interval: Interval, unit: str, wording: Wording, *, signed: bool = True) -> dict[str, str]:
    """The point with its unit, and the bounds, which are read beside it, without."""
    bounds = {name: wording.figure(getattr(interval, name), unit, signed=signed) for name in ("lower", "upper")}
    return {"point": wording.amount(interval.point, unit, signed=signed), **bounds}
