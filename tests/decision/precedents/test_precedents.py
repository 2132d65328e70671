from __future__ import annotations

import json
from dataclasses import asdict, fields, replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest

from data.decision_log.dataset import DecisionLog
from data.incidents import ARMS, Incident, IncidentType
from data.orders import Customer
from decision.errors import ArtefactError
from decision.precedents.casebook import Casebook
from decision.precedents.similarity import (
    N_SHOWN,
    N_SUMMED,
    WEIGHTS,
    Circumstances,
    Precedents,
    find_precedents,
)

START = datetime(2026, 1, 5, tzinfo=UTC)
TAGS: dict[str, str | float | bool] = {
    "value_tier": "plus",
    "lateness_tolerance": 0.4,
    "n_past_orders": 6,
    "n_past_incidents": 1,
}
HERE = Circumstances("paris", "road", hazmat=False, cold_chain=False)


def row(number: int, **members: Any) -> dict[str, Any]:
    plain = {
        "incident_id": f"i{number:04d}",
        "order_id": f"o{number:04d}",
        "customer_id": f"SECRET-{number}",
        "occurred_at": pd.Timestamp(START) + pd.Timedelta(hours=number),
        "incident_type": "late",
        "hours_late": 30.0,
        "order_value_minor": 10_000,
        **TAGS,
        "arm": "coupon",
        "repurchase_90d": True,
        "churn_90d": False,
        "cost_minor": 500,
        "node_id": "paris",
        "carrier_id": "road",
        "hazmat": False,
        "cold_chain": False,
    }
    return {**plain, **members}


def log_of(*rows: dict[str, Any]) -> DecisionLog:
    table = pd.DataFrame(rows)
    return cast(
        "DecisionLog",
        SimpleNamespace(
            incidents=table.drop(columns=["node_id", "carrier_id", "hazmat", "cold_chain"]),
            candidates=table[["order_id", "node_id", "carrier_id"]].assign(is_chosen=True),
            orders=table[["order_id", "hazmat", "cold_chain"]],
        ),
    )


def incident(**members: Any) -> Incident:
    return replace(Incident("i", "o", IncidentType.LATE, 30.0, 10_000, Customer("c", TAGS), ARMS, 1_000), **members)


def found(*rows: dict[str, Any], circumstances: Circumstances = HERE, **members: Any) -> Precedents:
    return find_precedents(Casebook.of_log(log_of(*rows)), incident(**members), circumstances)


def test_a_case_alike_in_everything_is_at_no_distance() -> None:
    (case,) = found(row(1)).cases
    assert (case.distance, case.differences) == (0.0, ())
    assert (case.arm, case.repurchased, case.churned, case.cost_minor) == ("coupon", True, False, 500)


def test_nearer_cases_come_first_and_say_what_differs() -> None:
    cases = found(row(1, node_id="rome", value_tier="premium"), row(2, node_id="rome"), row(3)).cases
    assert [len(case.differences) for case in cases] == [0, 1, 2]
    assert [(item.part, item.case, item.incident) for item in cases[1].differences] == [("node_id", "rome", "paris")]
    # One part of weight 1 differs wholly, among parts whose weights add up to 9.5.
    assert cases[1].distance == pytest.approx(1.0 / sum(WEIGHTS.values()))


def test_the_shares_of_a_case_add_up_to_its_distance() -> None:
    (case,) = found(row(1, hours_late=100.0, node_id="rome", cold_chain=True, n_past_orders=0)).cases
    assert sum(item.share for item in case.differences) == pytest.approx(case.distance)
    assert {item.part for item in case.differences} == {"hours_late", "node_id", "goods", "n_past_orders"}
    assert 0 < case.distance < 1


def test_only_incidents_of_the_same_kind_are_compared() -> None:
    answer = found(row(1, incident_type="lost"), row(2))
    assert (answer.n_compared, len(answer.cases)) == (1, 1)
    assert found(row(1, incident_type="lost")).cases == ()


def test_what_nobody_knows_does_not_count() -> None:
    unknown = Circumstances()
    (case,) = found(row(1, node_id="rome", cold_chain=True), circumstances=unknown).cases
    assert case.distance == 0
    (stranger,) = found(row(1), customer=Customer("c")).cases
    assert stranger.distance == 0


def test_outcomes_are_summed_by_arm_over_the_nearest_only() -> None:
    near = [
        row(number, arm="coupon" if number % 2 else "none", churn_90d=number % 2 == 0) for number in range(N_SUMMED)
    ]
    far = [row(1_000 + number, node_id="rome", arm="reship") for number in range(20)]
    answer = found(*near, *far)
    assert (answer.n_compared, answer.n_summed, len(answer.cases)) == (N_SUMMED + 20, N_SUMMED, N_SHOWN)
    shares = {record.arm: (record.n_cases, record.churn_share) for record in answer.by_arm}
    assert shares == {"coupon": (25, 0.0), "none": (25, 1.0)}


def test_of_equal_cases_the_newest_come_first() -> None:
    cases = found(*(row(number, cost_minor=number) for number in range(20))).cases
    assert [case.cost_minor for case in cases] == [19, 18, 17, 16, 15]


def test_the_book_is_bounded_and_keeps_the_newest() -> None:
    book = Casebook.of_log(log_of(*(row(number, cost_minor=number) for number in range(50))), most=10)
    assert book.n_cases == 10
    assert book.outcomes[:, 2].tolist() == list(range(40, 50))


def test_nothing_in_the_book_names_a_person_or_gives_an_exact_value() -> None:
    book = Casebook.of_log(log_of(row(7, order_value_minor=12_345, hours_late=31.37)))
    arrays, facts = book.to_part()
    kept = json.dumps([facts, {name: array.tolist() for name, array in arrays.items()}])
    assert not [word for word in ("SECRET", "i0007", "o0007", "12345", "31.37") if word in kept]
    assert "12000.0" in kept
    named = {item.name for item in fields(type(found(row(1)).cases[0]))}
    assert not named & {"incident_id", "order_id", "customer_id", "occurred_at"}


def test_an_order_without_a_route_is_a_case_without_a_node() -> None:
    log = log_of(row(1))
    book = Casebook.of_log(cast("DecisionLog", SimpleNamespace(**{**vars(log), "candidates": log.candidates[:0]})))
    assert book.word("node_id", 0) is None
    assert find_precedents(book, incident(), HERE).cases[0].distance == 0


def test_a_book_survives_its_parts() -> None:
    book = Casebook.of_log(log_of(row(1), row(2, node_id="rome"), row(3, incident_type="lost")))
    arrays, facts = book.to_part()
    restored = Casebook.from_part(arrays, json.loads(json.dumps(facts)))
    assert asdict(find_precedents(restored, incident(), HERE)) == asdict(find_precedents(book, incident(), HERE))


def test_an_empty_log_makes_an_empty_book() -> None:
    log = log_of(row(1))
    book = Casebook.of_log(cast("DecisionLog", SimpleNamespace(**{**vars(log), "incidents": log.incidents[:0]})))
    assert find_precedents(book, incident(), HERE) == Precedents(0, 0, (), ())
    restored = Casebook.from_part(*book.to_part())
    assert restored.n_cases == 0


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("codes", lambda array: array + 99),
        ("codes", lambda array: array.astype(np.float64)),
        ("numbers", lambda array: array[:, :2]),
        ("outcomes", lambda array: array[:0]),
    ],
)
def test_a_damaged_book_is_refused(name: str, change: Any) -> None:
    arrays, facts = Casebook.of_log(log_of(row(1))).to_part()
    with pytest.raises(ArtefactError, match="casebook"):
        Casebook.from_part({**arrays, name: change(arrays[name])}, facts)


def test_a_book_of_other_columns_is_refused() -> None:
    arrays, facts = Casebook.of_log(log_of(row(1))).to_part()
    with pytest.raises(ArtefactError, match="its columns are"):
        Casebook.from_part(arrays, {**facts, "columns": {}})
    with pytest.raises(ArtefactError, match="missing or unreadable"):
        Casebook.from_part(arrays, {**facts, "words": {}})
