"""A choice set says the same whether it came from records or from a log."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import numpy as np

from data.candidates import Candidate, candidate_id_for
from data.choice_sets import CANDIDATE_COLUMNS, ChoiceSet, ChoiceSets
from data.orders import Customer, Destination, Order, OrderLine, ValueTier

DECIDED_AT = datetime(2026, 3, 2, 6, 30, tzinfo=UTC)


def _order() -> Order:
    lines = (OrderLine("1", "kettle", 2, 3_000), OrderLine("2", "battery", 5, 200, hazmat=True))
    customer = Customer("c1", {"value_tier": "premium"})
    return Order("o1", DECIDED_AT, DECIDED_AT + timedelta(hours=48), Destination("north"), customer, lines)


def _candidate(**changes: float | None) -> Candidate:
    facts: dict[str, object] = {
        "candidate_id": candidate_id_for("oslo", "post", "standard"),
        "node_id": "oslo",
        "carrier_id": "post",
        "service_level": "standard",
        "available_quantity": 20,
        "safety_stock": 5,
        "capacity_utilization": 0.7,
        "backlog_orders": 3,
        "cut_off_at": DECIDED_AT + timedelta(hours=3),
        "lead_time_hours": 24.0,
        "distance_km": 40.0,
        "freight_minor": 500,
        "carbon_kg": 0.5,
        "observed_at": DECIDED_AT - timedelta(minutes=30),
    }
    return Candidate(**{**facts, **changes})  # type: ignore[arg-type]  # a table of keyword arguments


def test_an_order_adds_up_its_lines() -> None:
    order = _order()
    assert (order.n_units, order.max_line_quantity, order.value_minor) == (7, 5, 7_000)
    assert order.hazmat
    assert not order.cold_chain


def test_an_unknown_value_tier_reads_as_basic() -> None:
    assert Customer("c", {"value_tier": "emperor"}).value_tier is ValueTier.BASIC
    assert Customer("c").value_tier is ValueTier.BASIC
    assert _order().customer.value_tier is ValueTier.PREMIUM


def test_times_are_relative_to_the_decision_in_any_time_zone() -> None:
    here = DECIDED_AT.astimezone(timezone(timedelta(hours=9)))
    choices = ChoiceSet.of(_order(), [_candidate()], here)
    assert choices.hour_of_day == 6.5
    assert choices.day_of_week == 0
    assert list(choices.hours_to_cut_off) == [3.0]
    assert list(choices.observation_age_hours) == [0.5]


def test_an_unknown_observation_is_nan_and_not_zero() -> None:
    choices = ChoiceSet.of(_order(), [_candidate(), _candidate(weather_severity=0.4)], DECIDED_AT)
    assert np.isnan(choices.weather_severity[0])
    assert choices.weather_severity[1] == 0.4


def test_a_batch_of_many_holds_each_order_as_the_batch_of_one_does() -> None:
    first = ChoiceSet.of(_order(), [_candidate(), _candidate(distance_km=9.0)], DECIDED_AT)
    second = ChoiceSet.of(_order(), [_candidate(backlog_orders=70)], DECIDED_AT)
    batch = ChoiceSets.of_many([first, second])
    assert batch.offsets.tolist() == [0, 2, 3]
    for rows, orders, one in ((slice(0, 2), slice(0, 1), first), (slice(2, 3), slice(1, 2), second)):
        alone = ChoiceSets.of_one(one)
        assert all(np.array_equal(batch.order[name][orders], alone.order[name]) for name in alone.order)
        assert all(
            np.array_equal(batch.candidate[name][rows], alone.candidate[name], equal_nan=True)
            for name in alone.candidate
        )


def test_rows_that_are_taken_keep_their_order_beside_them() -> None:
    first = ChoiceSet.of(_order(), [_candidate(), _candidate(distance_km=9.0)], DECIDED_AT)
    later = ChoiceSet.of(_order(), [_candidate(distance_km=7.0)], DECIDED_AT + timedelta(hours=3))
    taken = ChoiceSets.of_many([first, later]).taken(np.array([2, 0]))
    assert taken.candidate["distance_km"].tolist() == [7.0, first.distance_km[0]]
    assert taken.per_row("hour_of_day").tolist() == [later.hour_of_day, first.hour_of_day]


def test_the_batch_of_one_holds_every_column() -> None:
    batch = ChoiceSets.of_one(ChoiceSet.of(_order(), [_candidate(), _candidate(distance_km=9.0)], DECIDED_AT))
    assert batch.offsets.tolist() == [0, 2]
    assert set(batch.candidate) == set(CANDIDATE_COLUMNS)
    assert batch.candidate["distance_km"].tolist() == [40.0, 9.0]
    assert batch.per_row("n_units").tolist() == [7.0, 7.0]


def test_batches_that_are_joined_hold_the_orders_of_all_in_their_order() -> None:
    first = ChoiceSet.of(_order(), [_candidate(), _candidate(distance_km=80.0)], DECIDED_AT)
    second = ChoiceSet.of(_order(), [_candidate(weather_now=0.4)], DECIDED_AT + timedelta(hours=1))
    joined = ChoiceSets.joined([ChoiceSets.of_one(first), ChoiceSets.of_many([second, first])])
    together = ChoiceSets.of_many([first, second, first])
    assert joined.offsets.tolist() == together.offsets.tolist() == [0, 2, 3, 5]
    for name in CANDIDATE_COLUMNS:
        assert np.array_equal(joined.candidate[name], together.candidate[name], equal_nan=True), name
    assert all(np.array_equal(joined.order[name], together.order[name]) for name in together.order)
    assert list(joined.carrier_id) == list(together.carrier_id)


def test_weather_that_nobody_observed_is_unknown() -> None:
    choices = ChoiceSet.of(_order(), [_candidate(), _candidate(weather_now=0.4)], DECIDED_AT)
    assert np.array_equal(choices.weather_now, [np.nan, 0.4], equal_nan=True)
