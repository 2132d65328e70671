"""Promises of a model whose waits and transits are planted, so that every arrival is known by formula."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest

from data.candidates import Candidate
from data.choice_sets import ChoiceSets
from data.decisions import ReviewReason
from decision.errors import QuestionError
from decision.routing.arrival import Arrivals
from decision.routing.model import RoutingModel
from decision.routing.promise import Promise, Untold, promise_of
from decision.routing.question import RoutingCase, RoutingQuestion
from decision.routing.recommendation import recommend_routing

MakeModel = Callable[..., RoutingModel]
Ask = Callable[..., RoutingQuestion]


def promised(model: RoutingModel, question: RoutingQuestion, kept_chance: float = 0.95) -> Promise:
    found = promise_of(model, RoutingCase.of(question), question.candidates[0].candidate_id, kept_chance)
    assert isinstance(found, Promise)
    return found


def asked_by(question: RoutingQuestion, hours: float) -> RoutingQuestion:
    """The same question under another promise."""
    order = replace(question.order, promised_at=question.decided_at + timedelta(hours=hours))
    return replace(question, order=order)


def hours_after(start: datetime, moment: datetime) -> float:
    return (moment - start) / timedelta(hours=1)


def test_an_arrival_that_leaves_nothing_to_chance_is_told_exactly(
    make_promising_model: MakeModel, question: Ask, ways: Any
) -> None:
    model = make_promising_model(miss_chances=(0.0, 0.0), ratios=(1.0 - 1e-9, 1.0))
    found = promised(model, question(ways.near))
    quoted = ways.near.cut_off_at + timedelta(hours=ways.near.lead_time_hours)
    assert found.quoted_at == quoted
    for moment in (found.earliest_at, found.median_at, found.latest_at, found.kept_by):
        assert timedelta(0) <= moment - quoted <= timedelta(seconds=1)
    assert found.attainment == (1.0, 1.0, 1.0)
    assert promised(model, asked_by(question(ways.near), 37.9)).attainment == (0.0, 0.0, 0.0)


def test_an_even_transit_arrives_evenly_between_its_ends(
    make_promising_model: MakeModel, question: Ask, ways: Any
) -> None:
    model = make_promising_model(miss_chances=(0.0, 0.0), ratios=(0.6, 1.6))
    found = promised(model, question(ways.near), kept_chance=0.8)
    lead, start = ways.near.lead_time_hours, ways.near.cut_off_at
    for moment, ratio in (
        (found.earliest_at, 0.65),
        (found.median_at, 1.1),
        (found.kept_by, 1.4),
        (found.latest_at, 1.55),
    ):
        assert hours_after(start, moment) == pytest.approx(ratio * lead, abs=1.5 / 3600)


def test_a_missed_collection_comes_as_often_as_bags_say_on_average(
    make_promising_model: MakeModel, question: Ask, ways: Any
) -> None:
    # In time by 8 + 30 hours with the collection in two cases of five; never without it, a day later.
    model = make_promising_model(miss_chances=(0.1, 0.3))
    found = promised(model, asked_by(question(ways.near), 8 + 30))
    assert found.attainment.point == pytest.approx(0.8 * 0.4)
    assert found.late_probability.point == pytest.approx(1 - 0.8 * 0.4)


def test_the_interval_of_the_attainment_is_the_spread_of_the_bags_times_its_factor(
    make_promising_model: MakeModel, question: Ask, ways: Any
) -> None:
    model = make_promising_model(miss_chances=(0.1, 0.3))
    reach = {}
    for factor in (1.0, 2.0):
        attainment = promised(replace(model, spread=np.full(5, factor)), question(ways.near)).attainment
        assert attainment.upper - attainment.point == pytest.approx(attainment.point - attainment.lower, abs=1e-5)
        reach[factor] = attainment.point - attainment.lower
    assert reach[2.0] == pytest.approx(2 * reach[1.0], abs=1e-5)
    agreed = promised(make_promising_model(miss_chances=(0.2, 0.2)), question(ways.near)).attainment
    assert agreed.lower == agreed.point == agreed.upper


def test_a_later_promise_is_never_kept_less_often(make_promising_model: MakeModel, question: Ask, ways: Any) -> None:
    model = make_promising_model()
    kept = [promised(model, asked_by(question(ways.near), hours)).attainment.point for hours in range(10, 100, 3)]
    assert kept == sorted(kept)
    assert (kept[0], kept[-1]) == (0.0, 1.0)


def test_an_instant_that_is_promised_with_a_chance_is_kept_with_it(
    make_promising_model: MakeModel, question: Ask, ways: Any
) -> None:
    model, plain = make_promising_model(), question(ways.near)
    for chance in (0.5, 0.8, 0.95, 0.999):
        by = promised(model, plain, chance).kept_by
        assert promised(model, replace(plain, order=replace(plain.order, promised_at=by))).attainment.point == (
            pytest.approx(chance, abs=1e-4)
        )


def test_a_year_on_the_road_is_promised_as_evenly_as_a_day(
    make_promising_model: MakeModel, question: Ask, ways: Any
) -> None:
    slow = replace(ways.near, lead_time_hours=8_784.0)
    found = promised(make_promising_model(miss_chances=(0.0, 0.0)), question(slow))
    assert hours_after(slow.cut_off_at, found.latest_at) == pytest.approx(1.55 * 8_784, abs=0.01)


@pytest.mark.parametrize("later", [3.0, 10.5])
def test_every_instant_moves_with_the_collection(
    make_promising_model: MakeModel, question: Ask, ways: Any, later: float
) -> None:
    model, near = make_promising_model(), replace(ways.near, capacity_utilization=0.0)
    moved = replace(near, cut_off_at=near.cut_off_at + timedelta(hours=later))
    before, after = promised(model, question(near)), promised(model, question(moved))
    for name in ("quoted_at", "earliest_at", "median_at", "latest_at", "kept_by"):
        gap = hours_after(getattr(before, name), getattr(after, name))
        assert gap == pytest.approx(later, abs=1.5 / 3600), name


def test_the_queue_that_is_ahead_is_waited_for(make_promising_model: MakeModel, question: Ask, ways: Any) -> None:
    # Twice the work that can be done in the 8 hours until the collection leaves 8 hours of it.
    model, busy = make_promising_model(), replace(ways.near, capacity_utilization=2.0)
    gap = hours_after(promised(model, question(ways.near)).median_at, promised(model, question(busy)).median_at)
    assert gap == pytest.approx(8.0, abs=0.01)


def test_two_promises_differ_by_the_effect_that_a_recommendation_tells(
    make_promising_model: MakeModel, question: Ask, ways: Any
) -> None:
    model, plain = make_promising_model(), question()
    case = RoutingCase.of(plain)
    late = {}
    for item in plain.candidates:
        found = promise_of(model, case, item.candidate_id)
        assert isinstance(found, Promise)
        late[item.candidate_id] = found.late_probability.point
    for ranked in recommend_routing(model, plain).ranking:
        told = ranked.effects_vs_current["late_probability"].point
        assert told == pytest.approx(late[ranked.candidate_id] - late[plain.current_choice or ""], abs=2e-6)


def test_arrivals_of_many_orders_are_those_of_each_alone(make_promising_model: MakeModel, question: Ask) -> None:
    model = make_promising_model()
    assert model.journeys is not None
    columns = model.features(ChoiceSets.of_one(RoutingCase.of(question()).choices))
    together = Arrivals.of(model.journeys, columns)
    for chance in (0.05, 0.95):
        hours = together.hours_by(chance)
        assert together.later_than(hours) == pytest.approx(1 - chance, abs=1e-5)
        alone = [Arrivals.of(model.journeys, columns[row : row + 1]).hours_by(chance)[0] for row in range(len(columns))]
        assert hours == pytest.approx(alone, abs=1e-3)


def test_what_speaks_of_effects_alone_promises_nothing(
    make_promising_model: MakeModel, question: Ask, ways: Any
) -> None:
    case, name = RoutingCase.of(question(ways.near)), ways.near.candidate_id
    model = make_promising_model()
    assert promise_of(None, case, name) is Untold.NO_MODEL
    assert promise_of(replace(model, journeys=None), case, name) is Untold.EFFECTS_ONLY


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"lead_time_hours": float("nan")}, Untold.NOT_FINITE),
        ({"capacity_utilization": float("inf")}, Untold.NOT_FINITE),
        ({"cut_off_at": datetime.fromisoformat("2026-01-07T09:59:00Z")}, Untold.CUT_OFF_PASSED),
    ],
)
def test_a_candidate_of_which_nothing_can_be_told_gets_no_promise(
    make_promising_model: MakeModel, question: Ask, ways: Any, changes: dict[str, Any], reason: Untold
) -> None:
    broken = replace(ways.near, **changes)
    case = RoutingCase.of(question(broken, ways.air))
    assert promise_of(make_promising_model(), case, broken.candidate_id) is reason


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"observed_at": datetime.fromisoformat("2026-01-06T09:00:00Z")}, ReviewReason.STALE_STATE),
        ({"available_quantity": 2}, ReviewReason.OUT_OF_STOCK),
        ({"capacity_utilization": 8.0}, ReviewReason.BUSIER_THAN_LOGGED),
    ],
)
def test_what_would_send_the_candidate_to_a_person_makes_its_promise_doubtful(
    make_promising_model: MakeModel, question: Ask, ways: Any, changes: dict[str, Any], reason: ReviewReason
) -> None:
    model = make_promising_model(logged_queue=10.0)
    assert promised(model, question(ways.near)).doubts == ()
    assert promised(model, question(replace(ways.near, **changes))).doubts == (reason,)


def test_a_candidate_outside_the_log_and_a_supposed_state_are_doubted(
    make_promising_model: MakeModel, question: Ask, ways: Any
) -> None:
    model = make_promising_model()
    narrow = replace(model.training_range, distance_limit=0.0, highest=model.training_range.lowest)
    found = promised(replace(model, training_range=narrow), question(ways.near, state_assumed=True))
    assert found.doubts == (
        ReviewReason.OUT_OF_DISTRIBUTION,
        ReviewReason.NO_OVERLAP,
        ReviewReason.ASSUMED_STATE,
    )


@pytest.mark.parametrize("chance", [0.0, 1.0, -1.0, float("nan")])
def test_a_chance_with_which_nothing_can_be_promised_is_refused(
    make_promising_model: MakeModel, question: Ask, ways: Any, chance: float
) -> None:
    case = RoutingCase.of(question(ways.near))
    with pytest.raises(QuestionError, match="give a chance above 0 and below 1"):
        promise_of(make_promising_model(), case, ways.near.candidate_id, chance)


def test_a_stranger_among_candidates_is_refused(make_promising_model: MakeModel, question: Ask) -> None:
    with pytest.raises(QuestionError, match="'nobody' is not among the order's 3"):
        promise_of(make_promising_model(), RoutingCase.of(question()), "nobody")


def test_another_candidate_that_is_not_finite_spoils_no_promise(
    make_promising_model: MakeModel, question: Ask, ways: Any
) -> None:
    broken: Candidate = replace(ways.weak, lead_time_hours=float("nan"))
    model = make_promising_model()
    beside, alone = promised(model, question(ways.near, broken)), promised(model, question(ways.near))
    assert beside == alone
