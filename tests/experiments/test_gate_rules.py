"""The gate on findings that are known to be good, bad or missing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from decision.identification import identify, load_graph
from decision.refutation import Refutation, RefutationReport
from experiments.gate import Outcome
from experiments.gate_remedies import REMEDIES
from experiments.gate_rules import judge
from experiments.heldout import HeldOutCheck
from experiments.intervals import Estimate
from experiments.logged_value import LoggedGain
from experiments.study import Study, TrueFindings

GOOD_CHECK = HeldOutCheck(
    n_decisions=3_000,
    n_clusters=10,
    rules_mean=800.0,
    causal_mean=750.0,
    oracle_mean=700.0,
    difference=Estimate(-50.0, -60.0, -40.0),
    automatic_difference=Estimate(-10.0, -15.0, -5.0),
    regret_share=0.5,
    changed_share=0.3,
    coverage=0.9,
    ece_best=0.03,
    ece_near_best=0.03,
    automatic_share=0.5,
    automatic_accuracy=0.9,
    near_best_curve=(),
)


def attack(name: str, change: float, limit: float) -> Refutation:
    return Refutation(name, 1.0, 1.0, change, limit, passed=change <= limit, seconds=0.1)


GOOD = Study(
    n_training=14_000,
    identification=identify(load_graph("routing")),
    refutation=RefutationReport(
        "t", "y", (), 8_000, 1.0, (attack("placebo", 0.01, 0.25), attack("placebo_spread", 0.5, 1 / 3))
    ),
    logged=LoggedGain(Estimate(-40.0, -60.0, -20.0), 500.0, 0.0, 6_000),
    true=TrueFindings(GOOD_CHECK, {}),
)


def with_check(**changes: object) -> Study:
    return replace(GOOD, true=TrueFindings(replace(GOOD_CHECK, **changes), {}))  # type: ignore[arg-type]


def test_a_model_that_beats_the_rules_and_knows_itself_passes() -> None:
    assert judge({"routing": GOOD}).passed


@pytest.mark.parametrize(
    ("study", "refusal"),
    [
        (with_check(difference=Estimate(-50.0, -110.0, 10.0)), "true_gain_upper"),
        (with_check(coverage=0.4), "coverage"),
        (with_check(ece_near_best=0.3), "calibration_error"),
        (with_check(automatic_accuracy=0.6), "automatic_accuracy"),
        (replace(GOOD, logged=LoggedGain(Estimate(50.0, 20.0, 80.0), 500.0, 0.0, 6_000)), "logged_gain_lower"),
        (replace(GOOD, logged=replace(GOOD.logged, effective_sample_size=3.0)), "effective_sample_size"),
        (replace(GOOD, logged=replace(GOOD.logged, unsupported_share=0.2)), "unsupported_share"),
        (
            replace(GOOD, refutation=replace(GOOD.refutation, checks=(attack("placebo", 0.9, 0.25),))),
            "refuted_placebo",
        ),
    ],
)
def test_each_fault_is_refused_by_name(study: Study, refusal: str) -> None:
    assert [check.name for check in judge({"routing": study}).refusals] == [f"routing.{refusal}"]


def test_few_automatic_choices_say_nothing_of_their_accuracy() -> None:
    assert judge({"routing": with_check(automatic_share=0.01, automatic_accuracy=0.0)}).passed


def test_without_truth_the_log_must_say_that_the_model_is_better() -> None:
    blind = replace(GOOD, true=None, refutation=replace(GOOD.refutation, checks=(attack("placebo", 0.01, 0.25),)))
    unsure = replace(blind, logged=replace(GOOD.logged, difference=Estimate(-40.0, -90.0, 10.0)))
    assert judge({"routing": blind}).passed
    assert [check.name for check in judge({"routing": unsure}).refusals] == ["routing.logged_gain_upper"]


def test_without_truth_the_verdict_names_what_was_not_checked() -> None:
    skipped = {check.name for check in judge({"routing": replace(GOOD, true=None)}).skipped}
    assert skipped >= {"routing.true_gain_upper", "routing.coverage", "routing.calibration_error"}


def test_an_effect_that_chance_could_make_is_held_against_a_model_only_where_the_truth_is_unknown() -> None:
    names = {check.name: check.outcome for check in judge({"routing": replace(GOOD, true=None)}).checks}
    assert names["routing.refuted_placebo_spread"] is Outcome.REFUSED
    assert "routing.refuted_placebo_spread" not in {check.name for check in judge({"routing": GOOD}).checks}


def test_every_check_has_a_remedy_of_its_own() -> None:
    names = {check.name.partition(".")[2] for check in judge({"routing": GOOD}).checks}
    own = {name for name in names if not name.startswith("refuted_")}
    assert own <= set(REMEDIES)


def test_confidence_is_judged_without_hindsight_where_futures_were_redrawn() -> None:
    redrawn = replace(GOOD_CHECK, coverage=0.3, difference=Estimate(5.0, 1.0, 9.0))
    study = replace(GOOD, true=TrueFindings(GOOD_CHECK, {}, redrawn))
    assert [check.name for check in judge({"routing": study}).refusals] == ["routing.coverage"]


def test_one_decision_that_fails_refuses_both() -> None:
    assert not judge({"routing": GOOD, "compensation": with_check(coverage=0.2)}).passed
