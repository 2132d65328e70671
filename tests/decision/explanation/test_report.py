from __future__ import annotations

import json
import string
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta

import pytest

from data.candidates import Candidate
from data.decisions import (
    Confidence,
    Disposition,
    Driver,
    Interval,
    RankedCandidate,
    Rejected,
    RejectionReason,
    ReviewReason,
    RoutingRecommendation,
)
from data.objective import DEFAULT_UNIT_VALUES, DEFAULT_WEIGHTS, ROUTING_OUTCOMES
from data.orders import Customer, Destination, Order, OrderLine
from decision.constraints import NO_CONSTRAINTS, Constraints, Match
from decision.errors import QuestionError
from decision.explanation.attribution import Attribution, Verdict, attribute
from decision.explanation.branch import Branch, Fidelity
from decision.explanation.ending import Ending
from decision.explanation.quantities import QUANTITY_NAMES
from decision.explanation.report import DRIVER_UNITS, OUTCOME_UNITS, Report, write_report
from decision.explanation.tree import SHIFTS
from decision.explanation.wording import LANGUAGES, Wording, templates_of
from decision.node_health import HealthLevel
from decision.routing.features import SUBJECTS
from decision.routing.question import RoutingQuestion

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
NEAR, FAR = "paris|road|standard", "lille|road|standard"
NOTHING = Interval(0.0, 0.0, 0.0)


def candidate(name: str, **members: object) -> Candidate:
    node, carrier, service = name.split("|")
    plain = Candidate(name, node, carrier, service, 3, 1, 1.3, 40, NOW - timedelta(hours=2), 30.0, 20.0, 650, 0.4, NOW)
    return replace(plain, **members)  # type: ignore[arg-type]


def question(*candidates: Candidate) -> RoutingQuestion:
    lines = (OrderLine("1", "sku", 5, 40_000),)
    order = Order("o-1", NOW, NOW + timedelta(hours=48), Destination("west"), Customer("c"), lines)
    return RoutingQuestion(order, candidates, NEAR, DEFAULT_WEIGHTS, DEFAULT_UNIT_VALUES, NOW)


QUESTION = question(candidate(NEAR), candidate(FAR, distance_km=220.0, cut_off_at=NOW + timedelta(hours=3)))
GAIN = Interval(-800.0, -1_100.0, -500.0)
EFFECTS = {name: Interval(-2.0, -3.0, -1.0) for name in ROUTING_OUTCOMES} | {"cost_minor": Interval(70.0, 70.0, 70.0)}


def ranked(name: str, objective: Interval, effects: dict[str, Interval]) -> RankedCandidate:
    return RankedCandidate(name, effects, objective, 0.0, in_support=True)


def answer(*reasons: ReviewReason, rejected: RejectionReason | None = None) -> RoutingRecommendation:
    unmoved = ranked(NEAR, NOTHING, dict.fromkeys(ROUTING_OUTCOMES, NOTHING))
    left = (ranked(FAR, GAIN, EFFECTS),)
    return RoutingRecommendation(
        disposition=Disposition.REVIEW if reasons else Disposition.AUTO,
        recommended=FAR,
        current_choice=NEAR,
        ranking=left if rejected else (*left, unmoved),
        confidence=Confidence(0.9, 0.95, 0.9, 0.85),
        review_reasons=reasons,
        rejected=(Rejected(NEAR, rejected),) if rejected else (),
        drivers=(Driver("capacity_utilization", 0.6, 1.3, -900.0), Driver("cost_minor", 720.0, 650.0, 70.0)),
    )


def told(
    recommendation: RoutingRecommendation, language: str = "en", constraints: Constraints = NO_CONSTRAINTS
) -> Report:
    return write_report(attribute(QUESTION, recommendation, constraints=constraints), Wording.of(language, "EUR"))


def test_health_is_not_weighed_for_a_recommended_node_whose_collection_is_now_but_for_its_alternative() -> None:
    gone = candidate(FAR, cut_off_at=NOW)
    crowded = candidate(NEAR, cut_off_at=NOW + timedelta(hours=3), capacity_utilization=5.0)
    found = attribute(question(crowded, gone), answer())
    assert [item.node_id for item in found.health] == ["paris"]
    assert (found.health[0].level, found.recommended_health) == (HealthLevel.CRITICAL, None)
    assert "Nobody is asked about the recommended node" not in write_report(found, Wording.of("en", "EUR")).text
    chosen = attribute(question(crowded, gone), replace(answer(), recommended=NEAR))
    assert "Nobody is asked about the recommended node" in write_report(chosen, Wording.of("en", "EUR")).text


def test_every_language_has_the_same_sentences_with_the_same_fields() -> None:
    fields = {
        language: {
            key: sorted({field for _, field, _, _ in string.Formatter().parse(text) if field})
            for key, text in templates_of(language).items()
        }
        for language in LANGUAGES
    }
    assert fields["en"] == fields["zh"]
    assert all(text.strip() for language in LANGUAGES for key, text in templates_of(language).items())


def test_every_reason_subject_and_outcome_has_its_words() -> None:
    wanted = {
        *(f"reason.{reason.value}" for reason in RejectionReason),
        *(f"review.{reason.value}" for reason in ReviewReason),
        *(f"advice.review.{reason.value}" for reason in ReviewReason),
        *(f"quantity.{name}" for name in QUANTITY_NAMES),
        *(f"driver.{name}" for name in DRIVER_UNITS),
        *(f"outcome.{name}" for name in ROUTING_OUTCOMES),
    }
    assert wanted <= set(templates_of("en"))
    assert set(OUTCOME_UNITS) == set(ROUTING_OUTCOMES)
    assert {*SUBJECTS, "cost_minor", "carbon_kg"} <= set(DRIVER_UNITS)


def test_a_main_node_without_stock_is_refused_by_that() -> None:
    found = attribute(QUESTION, answer(rejected=RejectionReason.NO_STOCK))
    assert (found.verdict, found.main_node) == (Verdict.CONSTRAINT, "paris")
    (refusal,) = found.refusals
    assert (refusal.reason, refusal.available_quantity, refusal.needed_quantity) == (RejectionReason.NO_STOCK, 3, 5)
    text = told(answer(rejected=RejectionReason.NO_STOCK)).text
    assert "3 units are free and the largest line needs 5" in text
    assert "Bring 2 units to paris" in text


def test_one_unit_that_is_free_or_missing_is_told_in_the_singular() -> None:
    for free, said in ((1, "1 unit is free and the largest line needs 5"), (4, "Bring 1 unit to paris")):
        short = question(candidate(NEAR, available_quantity=free), candidate(FAR))
        refused = attribute(short, answer(rejected=RejectionReason.NO_STOCK))
        assert said in write_report(refused, Wording.of("en")).text


def test_what_a_capped_load_leaves_open_is_said() -> None:
    crowded = candidate(NEAR, cut_off_at=NOW + timedelta(hours=7), capacity_utilization=10.0)
    driven = replace(answer(), drivers=(Driver("capacity_utilization", 0.6, 10.0, -900.0),))
    for asked, least in ((crowded, True), (replace(crowded, capacity_utilization=9.9), False)):
        found = attribute(question(asked, candidate(FAR)), driven)
        told_hours = "at least 70.0 h" if least else "takes 69.3 h"
        text = write_report(found, Wording.of("en")).text
        assert told_hours in text
        assert ("takes at least" in text) == least
        assert "至少 70.0 小时" in write_report(found, Wording.of("zh")).text or not least
    assert "60% instead of at least 1,000%" in write_report(found, Wording.of("en")).text


def test_what_it_would_have_cost_is_the_recommended_effect_turned_round() -> None:
    for recommendation in (answer(), answer(rejected=RejectionReason.NO_STOCK)):
        staying = attribute(QUESTION, recommendation).staying
        assert staying is not None
        assert staying.objective == Interval(800.0, 500.0, 1_100.0)
        assert staying.effects["cost_minor"] == Interval(-70.0, -70.0, -70.0)
    text = told(answer()).text
    assert "8.00 EUR more (90% interval 5.00 to 11.00)" in text
    assert "Freight and handling: -0.70 EUR, known from tables." in text


def test_a_main_node_refused_for_its_papers_says_which_are_missing() -> None:
    papers = Constraints(required_documents=((Match(node_id="paris"), frozenset({"rohs", "hs_code"})),))
    refused = answer(rejected=RejectionReason.DOCUMENTS_MISSING)
    assert "papers that the lane asks for are missing: hs_code, rohs." in told(refused, "en", papers).text
    assert "hs_code、rohs。" in told(refused, "zh", papers).text
    # Another ground is told alone, whatever papers are missing beside it.
    assert "rohs" not in told(answer(rejected=RejectionReason.REGIONAL_LAW), "en", papers).text


@pytest.mark.parametrize(
    ("language", "less", "more"), [("en", "EUR less (90%", "more (90%"), ("zh", "的总代价低 3.00 EUR", "的总代价高出")]
)
def test_staying_that_would_have_been_cheaper_is_said_to_cost_less(language: str, less: str, more: str) -> None:
    dearer = Interval(300.0, -100.0, 700.0)
    refused = replace(answer(rejected=RejectionReason.NO_STOCK), ranking=(ranked(FAR, dearer, EFFECTS),))
    text = told(refused, language).text
    assert less in text
    assert more not in text
    assert {"en": "90% interval -1.00 to 7.00", "zh": "90% 区间 -1.00 至 7.00"}[language] in text


@pytest.mark.parametrize(("language", "surer"), [("en", "is the surer one"), ("zh", "推荐方案更稳妥")])
def test_an_order_of_value_ranked_by_its_bound_is_not_said_to_gain(language: str, surer: str) -> None:
    dearer = Interval(300.0, 200.0, 400.0)
    safe = replace(answer(), ranking=(ranked(FAR, dearer, EFFECTS), ranked(NEAR, NOTHING, EFFECTS)))
    text = told(safe, language).text
    assert surer in text
    assert {"en": "expect to save 3.00 EUR (2.00 to 4.00)", "zh": "预计节省 3.00 EUR"}[language] in text


def test_a_near_tie_is_not_said_to_be_an_order_of_value() -> None:
    tie = Interval(4e-7, -300.0, 300.0)
    alike = replace(answer(), ranking=(ranked(FAR, tie, EFFECTS), ranked(NEAR, NOTHING, EFFECTS)))
    assert "orders of value" not in told(alike).text
    assert "less surely" not in told(alike).text


@pytest.mark.parametrize(
    ("language", "lane", "gain", "falsehood"),
    [
        ("en", "orders worth 2,000.00 EUR or more", "to be better by 3.00 EUR", "no alternative is estimated"),
        ("zh", "金额不低于 2,000.00 EUR", "估计更优", "没有估计更优"),
    ],
)
def test_an_order_that_the_value_lane_keeps_is_said_to_stay_for_its_bound(
    language: str, lane: str, gain: str, falsehood: str
) -> None:
    risky = ranked(FAR, Interval(-300.0, -1_500.0, 900.0), EFFECTS)
    kept = replace(answer(), recommended=NEAR, ranking=(ranked(NEAR, NOTHING, EFFECTS), risky), drivers=())
    found = replace(attribute(QUESTION, kept), lane_from_minor=200_000)
    text = write_report(found, Wording.of(language, "EUR")).text
    (said,) = [line for line in text.splitlines() if gain in line]
    assert all(part in said for part in (FAR, "3.00 EUR", "+9.00 EUR", "0.00 EUR"))
    assert lane in text
    assert falsehood not in text
    # Where the rules answered nothing was ranked by bounds.
    ruled = replace(kept, disposition=Disposition.FALLBACK, confidence=None)
    plain = write_report(replace(attribute(QUESTION, ruled), lane_from_minor=200_000), Wording.of(language, "EUR")).text
    assert lane not in plain
    assert gain not in plain


def test_in_the_value_lane_nothing_is_said_of_alternatives_that_are_worse_by_estimate_too() -> None:
    worse = ranked(FAR, Interval(300.0, -100.0, 700.0), EFFECTS)
    kept = replace(answer(), recommended=NEAR, ranking=(ranked(NEAR, NOTHING, EFFECTS), worse), drivers=())
    text = write_report(replace(attribute(QUESTION, kept), lane_from_minor=1), Wording.of("en", "EUR")).text
    assert "no alternative has a lower upper bound" in text
    assert "its upper bound is higher" not in text


def test_only_a_decision_that_a_person_is_asked_about_can_be_overridden() -> None:
    alone, asked = told(answer()).text, told(answer(ReviewReason.LOW_CONFIDENCE)).text
    assert "override the decision" not in alone
    assert f"ask again with a rule that avoids {FAR}" in alone
    assert f"override the decision in its review with {NEAR}" in asked
    missed = RejectionReason.CUT_OFF_PASSED
    assert "in the review" not in told(answer(rejected=missed)).text
    assert "in the review" in told(answer(ReviewReason.STALE_STATE, rejected=missed)).text
    assert "可在复核中" not in told(answer(), "zh").text
    assert "可在复核中" in told(answer(ReviewReason.LOW_CONFIDENCE), "zh").text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_decision_that_a_person_took_tells_what_was_taken_and_asks_nobody(language: str) -> None:
    found = attribute(QUESTION, answer(ReviewReason.LOW_CONFIDENCE))
    at = datetime(2026, 3, 2, 12, 30, tzinfo=UTC)
    overridden = write_report(replace(found, ending=Ending(NEAR, True, at)), Wording.of(language, "EUR"))
    accepted = write_report(replace(found, ending=Ending(FAR, False, at)), Wording.of(language, "EUR"))
    for report, taken in ((overridden, NEAR), (accepted, FAR)):
        said = [line for line in report.sections[0].sentences if "2026-03-02 12:30 UTC" in line]
        assert len(said) == 1
        assert taken in said[0]
        assert "A person decides" not in report.text
        assert "- 由人工决定" not in report.text
        assert len(report.sections[-1].sentences) == 1
    # It was sent from its main node after all.
    assert overridden.title != accepted.title == told(answer(), language).title
    assert "not sent" not in overridden.title


def test_what_a_person_could_not_send_is_said_to_have_been_agreed() -> None:
    none = replace(
        answer(ReviewReason.NO_FEASIBLE_CANDIDATE), recommended=None, ranking=(), confidence=None, drivers=()
    )
    found = replace(attribute(QUESTION, none), ending=Ending(None, False, NOW))
    assert "agreed on 2026-03-02 10:00 UTC that nothing can be done" in write_report(found, Wording.of("en")).text


def test_the_rules_are_not_said_to_know_that_nothing_is_better() -> None:
    ruled = replace(
        answer(), recommended=NEAR, disposition=Disposition.FALLBACK, confidence=None, drivers=(), ranking=()
    )
    assert "the rules prefer it" in told(ruled).text
    assert "no alternative" not in told(ruled).text


def test_an_effect_that_refused_names_its_weightiest_driver_and_what_to_do() -> None:
    found = attribute(QUESTION, answer())
    assert (found.verdict, found.drivers[0].feature) == (Verdict.EFFECT, "capacity_utilization")
    text = told(answer()).text
    assert "Load of the node: 60% instead of 130%, which saves 9.00 EUR." in text
    assert "Freight and handling: 7.20 EUR instead of 6.50 EUR, which costs 0.70 EUR." in text
    assert "Relieve paris" in text


def test_the_interval_between_two_alternatives_is_never_too_narrow() -> None:
    other = Interval(-100.0, -250.0, 50.0)
    third = "lyon|road|standard"
    recommendation = replace(answer(), ranking=(ranked(FAR, GAIN, EFFECTS), ranked(third, other, EFFECTS)))
    found = attribute(question(*QUESTION.candidates, candidate(third)), recommendation, main_node="lyon")
    assert found.staying is not None
    assert found.staying.objective == Interval(700.0, 250.0, 1_150.0)
    # The drivers compare with the current choice, which is not lyon's: they are not told.
    assert found.drivers == ()


def test_alternatives_are_what_comes_after_the_recommended_one() -> None:
    assert [item.candidate_id for item in attribute(QUESTION, answer()).alternatives] == [NEAR]
    assert f"{NEAR}: the current choice, against which the others are counted." in told(answer()).text


def test_drivers_are_only_pointed_to_where_there_are_some() -> None:
    fidelity = Fidelity(100, 0.9, 0.8, 0.95, 0.9, 0.6)
    share, shift = {"keep": 0.9, "other_service": 0.05, "other_node": 0.05}, dict.fromkeys(SHIFTS, 0.0)
    keeps = Branch((), 40, share, "keep", shift, fidelity)
    moved, undriven = answer(), replace(answer(), drivers=())
    # Where a constraint refused the node its drivers are not told.
    refused = answer(rejected=RejectionReason.NO_STOCK)
    texts = [
        write_report(attribute(QUESTION, item, branch=keeps), Wording.of("en", "EUR")).text
        for item in (moved, undriven, refused)
    ]
    assert ["its drivers say why" in text for text in texts] == [True, False, False]
    assert all("otherwise than most of its branch" in text for text in texts)


def test_a_node_that_keeps_its_order_is_not_said_to_be_refused() -> None:
    kept = replace(answer(), recommended=NEAR)
    found = attribute(QUESTION, kept)
    assert (found.verdict, found.staying) == (Verdict.KEPT, None)
    assert told(kept).title == "Why order o-1 stays with paris"


def test_nothing_to_ship_with_is_said_so() -> None:
    none = replace(
        answer(ReviewReason.NO_FEASIBLE_CANDIDATE), recommended=None, ranking=(), confidence=None, drivers=()
    )
    assert attribute(QUESTION, none).verdict is Verdict.NOTHING
    assert "There is none." in told(none).text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("reason", list(RejectionReason)[:8])
def test_every_refusal_reads_to_its_end(language: str, reason: RejectionReason) -> None:
    text = told(answer(*ReviewReason, rejected=reason), language).text
    assert "{" not in text
    assert "paris" in text


def test_the_rules_claim_no_effect_they_cannot_know() -> None:
    ruled = replace(answer(ReviewReason.NO_MODEL), disposition=Disposition.FALLBACK, confidence=None, drivers=())
    text = told(ruled).text
    assert "the rules prefer" in text
    assert "expect to lose" not in text


def test_a_report_is_plain_and_the_same_every_time() -> None:
    report = told(answer(), "zh")
    assert told(answer(), "zh") == report
    assert json.loads(json.dumps(asdict(report), ensure_ascii=False))["language"] == "zh"
    assert "订单 o-1 为何不由 paris 发货" in report.text


def test_an_unknown_node_or_language_is_told_apart() -> None:
    with pytest.raises(QuestionError, match="no candidate is at the node 'rome'"):
        attribute(QUESTION, answer(), main_node="rome")
    with pytest.raises(QuestionError, match="no templates for the language 'fr'; ask for one of en, zh"):
        Wording.of("fr")


def test_money_follows_its_currency() -> None:
    assert Wording.of("en", "EUR").amount(1_234, "money") == "12.34 EUR"
    assert Wording.of("en", "JPY").amount(1_234, "money") == "1,234 JPY"
    assert Wording.of("en").amount(1_234, "money") == "1,234 minor units"
    assert Wording.of("en", "EUR").amount(-0.2, "money", signed=True) == "0.00 EUR"


def test_without_a_current_choice_the_nearest_node_is_the_main_one() -> None:
    found: Attribution = attribute(QUESTION, replace(answer(), current_choice=None))
    assert found.main_node == "paris"


def test_no_difference_that_was_learned_is_not_said_to_be_known_from_tables() -> None:
    alike = {**EFFECTS, "stock_out_probability": NOTHING}
    recommendation = replace(answer(), ranking=(ranked(FAR, GAIN, alike), ranked(NEAR, NOTHING, alike)))
    for language, said in (("en", "no proof that there is none"), ("zh", "并不证明没有差别")):
        assert said in told(recommendation, language).text


def test_a_difference_that_fresh_counts_settle_is_not_said_to_be_none() -> None:
    settled = {**EFFECTS, "stock_out_probability": Interval(-1.0, -1.0, -1.0)}
    recommendation = replace(answer(), ranking=(ranked(FAR, GAIN, settled), answer().ranking[1]))
    for language, said in (("en", "settled by counts within the hour"), ("zh", "盘点确定")):
        assert said in told(recommendation, language).text
