"""The gate's checks and its verdict."""

from __future__ import annotations

import pytest

from experiments.gate import Check, Outcome, Verdict, at_least, at_most, below_zero, within


@pytest.mark.parametrize(
    ("check", "outcome"),
    [
        (at_most("ece", 0.1, 0.1), Outcome.PASSED),
        (at_most("ece", 0.11, 0.1), Outcome.REFUSED),
        (at_least("n", 99, 100), Outcome.REFUSED),
        (within("coverage", 0.9, (0.8, 0.98)), Outcome.PASSED),
        (within("coverage", 0.99, (0.8, 0.98)), Outcome.REFUSED),
        (below_zero("gain", 0.0), Outcome.REFUSED),
        (below_zero("gain", -0.1), Outcome.PASSED),
        (at_most("ece", None, 0.1), Outcome.SKIPPED),
    ],
)
def test_a_bound_is_kept_to_the_letter(check: Check, outcome: Outcome) -> None:
    assert check.outcome is outcome


@pytest.mark.parametrize(
    "check",
    [
        at_most("a", float("nan"), 1),
        at_least("b", float("nan"), 1),
        within("c", float("nan"), (0, 1)),
        below_zero("d", float("nan")),
    ],
)
def test_what_is_not_a_number_is_refused(check: Check) -> None:
    assert check.outcome is Outcome.REFUSED


def test_one_refusal_is_enough() -> None:
    verdict = Verdict((at_most("a", 0, 1), at_most("b", 2, 1), at_most("c", None, 1)))
    assert not verdict.passed
    assert [check.name for check in verdict.refusals] == ["b"]
    assert [check.name for check in verdict.skipped] == ["c"]


def test_a_model_that_nothing_was_checked_of_does_not_pass() -> None:
    assert not Verdict((at_most("a", None, 1),)).passed


def test_a_refusal_names_figure_and_bound() -> None:
    assert at_most("routing_ece", 0.3, 0.1).sentence() == "routing_ece: 0.3, must be at most 0.1"
