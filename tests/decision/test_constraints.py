from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from data.candidates import Candidate
from data.decisions import RejectionReason
from data.orders import Order
from decision.constraints import Constraints, Match
from decision.errors import QuestionError

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
Refusals = Callable[..., dict[str, RejectionReason]]
NEAR, ABROAD = "near|road|standard", "abroad|air|express"


def candidate(name: str) -> Candidate:
    node, carrier, service = name.split("|")
    return Candidate(name, node, carrier, service, 9, 1, 0.5, 40, NOW, 30.0, 20.0, 650, 0.4, NOW)


CANDIDATES = (candidate(NEAR), candidate(ABROAD))
ACROSS_THE_BORDER = (Match(node_id="abroad"), frozenset({"hs_code", "rohs"}))


@pytest.fixture(scope="session")
def refusals(two_lines: Order) -> Refusals:
    return lambda **rules: Constraints(**rules).refusals(two_lines, CANDIDATES)


@pytest.mark.parametrize(
    "match", [Match(node_id="abroad"), Match(carrier_id="air"), Match(service_level="express"), Match("abroad", "air")]
)
def test_a_rule_refuses_what_agrees_in_every_member_it_tells(refusals: Refusals, match: Match) -> None:
    assert refusals(forbidden=((match, RejectionReason.REGIONAL_LAW),)) == {ABROAD: RejectionReason.REGIONAL_LAW}
    assert refusals(forbidden=((Match("near", "air"), RejectionReason.REGIONAL_LAW),)) == {}


def test_papers_must_be_there_for_every_line(refusals: Refusals) -> None:
    both = frozenset({"hs_code", "rohs"})
    missing = {ABROAD: RejectionReason.DOCUMENTS_MISSING}
    assert refusals(required_documents=(ACROSS_THE_BORDER,)) == missing
    one_line = {"1": both}
    assert refusals(required_documents=(ACROSS_THE_BORDER,), held_documents=one_line) == missing
    partly = {"1": both, "2": frozenset({"hs_code"})}
    assert refusals(required_documents=(ACROSS_THE_BORDER,), held_documents=partly) == missing
    assert refusals(required_documents=(ACROSS_THE_BORDER,), held_documents={"1": both, "2": both}) == {}


def test_missing_papers_are_named_over_all_rules_and_lines(two_lines: Order) -> None:
    also = (Match(carrier_id="air"), frozenset({"export_licence"}))
    held = {"1": frozenset({"hs_code", "rohs"}), "2": frozenset({"hs_code"})}
    rules = Constraints(required_documents=(ACROSS_THE_BORDER, also), held_documents=held)
    near, abroad = CANDIDATES
    assert rules.missing_documents(two_lines, abroad) == ("export_licence", "rohs")
    assert rules.missing_documents(two_lines, near) == ()


def test_a_stated_ground_is_told_before_missing_papers(refusals: Refusals) -> None:
    law = (Match(node_id="abroad"), RejectionReason.CUSTOMER_REFUSED)
    found = refusals(forbidden=(law,), required_documents=(ACROSS_THE_BORDER,))
    assert found == {ABROAD: RejectionReason.CUSTOMER_REFUSED}


def test_a_soft_rule_refuses_nothing(refusals: Refusals, two_lines: Order) -> None:
    rules = Constraints(avoided=(Match(carrier_id="air"),))
    assert rules.refusals(two_lines, CANDIDATES) == {}
    assert [rules.avoids(item) for item in CANDIDATES] == [False, True]


def test_a_rule_about_everything_is_refused() -> None:
    with pytest.raises(QuestionError, match="name at least one"):
        Match()
