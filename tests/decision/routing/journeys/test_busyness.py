"""Nodes busier than any of the log: how much less sure they make an answer, and who is asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from data.candidates import Candidate
from data.choice_sets import ChoiceSet, ChoiceSets
from data.decisions import Disposition, ReviewReason
from data.objective import DEFAULT_UNIT_VALUES, DEFAULT_WEIGHTS
from data.orders import Customer, Destination, Order, OrderLine
from decision.errors import ArtefactError
from decision.routing.busyness import logged_queue
from decision.routing.fitting import RoutingFit
from decision.routing.journeys import QUEUE
from decision.routing.model import RoutingModel
from decision.routing.question import RoutingQuestion
from decision.routing.recommendation import recommend_many, recommend_routing
from decision.routing.stages import stage_columns

NOW = datetime(2026, 1, 7, 10, 0, tzinfo=UTC)
ORDER = Order("o1", NOW, NOW + timedelta(hours=72), Destination("r"), Customer("c1"), (OrderLine("1", "s1", 3, 2_000),))
CALM = Candidate(
    candidate_id="ada|c|road",
    node_id="ada",
    carrier_id="c",
    service_level="road",
    available_quantity=40,
    safety_stock=2,
    capacity_utilization=0.5,
    backlog_orders=30,
    cut_off_at=NOW + timedelta(hours=8),
    lead_time_hours=34.0,
    distance_km=250.0,
    freight_minor=700,
    carbon_kg=0.4,
    observed_at=NOW - timedelta(minutes=5),
    handling_minor=80,
    carrier_utilization=0.5,
    weather_severity=0.1,
    weather_now=0.1,
)
# Cheaper, and overrun: it has work for 28 hours past the collection, and the log never saw more than eleven.
BUSY = replace(
    CALM, candidate_id="bel|c|road", node_id="bel", distance_km=252.0, freight_minor=560, capacity_utilization=4.5
)


@pytest.fixture(scope="module")
def model(staged_fit: RoutingFit) -> RoutingModel:
    assert staged_fit.model.journeys is not None
    return staged_fit.model


def question(*candidates: Candidate) -> RoutingQuestion:
    return RoutingQuestion(ORDER, candidates, candidates[0].candidate_id, DEFAULT_WEIGHTS, DEFAULT_UNIT_VALUES, NOW)


def sets_of(*candidates: Candidate) -> ChoiceSets:
    return ChoiceSets.of_one(ChoiceSet.of(ORDER, candidates, NOW))


def reasons(model: RoutingModel, *candidates: Candidate) -> tuple[ReviewReason, ...]:
    return recommend_routing(model, question(*candidates)).review_reasons


def test_the_longest_logged_queue_is_one_that_a_leaf_of_orders_stood_behind(
    staged_fit: RoutingFit, staged: Any
) -> None:
    queue = stage_columns(staged.choice_sets, staged_fit.model.imputation)[staged.chosen_rows, QUEUE]
    logged = staged_fit.model.logged_queue_hours
    assert (queue >= logged).sum() == 10
    # One order behind an endless queue teaches nothing.
    assert logged_queue(np.append(queue, 1e6), 10) <= np.sort(queue)[-9]
    assert logged_queue(np.zeros(3), 10) == 0


def test_a_log_that_tells_of_no_queue_has_none() -> None:
    assert logged_queue(np.array([]), 10) == 0
    assert logged_queue(np.full(3, np.nan), 10) == 0
    # What is no number is not the longest.
    assert logged_queue(np.array([np.nan, 3.0, np.inf, 5.0, 4.0]), 2) == 4


def test_errors_grow_in_proportion_to_the_queue_beyond_the_log(model: RoutingModel) -> None:
    reference = np.array([0])
    for load in (0.5, 1.2, 4.5, 9.0):
        sets = sets_of(CALM, replace(BUSY, capacity_utilization=load))
        beyond = max(8 * (load - 1) / model.logged_queue_hours, 1.0)
        assert model.busyness(model.features(sets)) == pytest.approx([1, beyond])
        as_logged = replace(model, logged_queue_hours=1e6)
        wide, plain = (one.assess(one.features(sets), sets, reference) for one in (model, as_logged))
        assert wide.learned[1] == pytest.approx(beyond * plain.learned[1])
        assert wide.unseen[1] == pytest.approx(beyond * plain.unseen[1])
        np.testing.assert_array_equal(wide.point, plain.point)


def test_an_effect_is_as_unsure_as_the_busier_of_the_two_nodes(model: RoutingModel) -> None:
    sets = sets_of(CALM, BUSY)
    columns = model.features(sets)
    for reference in (0, 1):
        widened = model.widening(columns, sets, np.full(2, reference))
        calm = replace(model, logged_queue_hours=1e6).widening(columns, sets, np.full(2, reference))
        assert widened[1 - reference] == pytest.approx(28 / model.logged_queue_hours * calm[1 - reference])


def test_behind_a_queue_that_no_log_showed_an_order_is_later_hour_for_hour(model: RoutingModel) -> None:
    late = [replace(BUSY, capacity_utilization=load) for load in (9.0, 9.5)]
    sets = sets_of(*late)
    # Services of one node would share its queue.
    sets = replace(sets, candidate={**sets.candidate, "distance_km": np.array([252.0, 252.5])})
    hours = model.journeys.outlook(model.features(sets)).point[:, 0] if model.journeys else np.zeros(2)
    # Eight hours until the collection, half as much again of them as work: four hours more.
    assert hours[1] - hours[0] == pytest.approx(4, abs=0.2)


def test_in_a_peak_an_old_report_is_taken_to_be_of_a_node_as_far_behind(model: RoutingModel) -> None:
    quiet = replace(CALM, observed_at=NOW - timedelta(hours=9))
    sets = sets_of(BUSY, quiet)
    # 36 hours of work, the collection in eight.
    assert model.features(sets)[:, QUEUE] == pytest.approx([28, 28])
    assert model.busyness(model.features(sets)) == pytest.approx(np.full(2, 28 / model.logged_queue_hours))
    fresh = sets_of(BUSY, CALM)
    assert model.features(fresh)[:, QUEUE] == pytest.approx([28, 0])
    # An order that meets that node alone knows of no peak, whatever is asked beside it.
    both = ChoiceSets.joined([sets_of(BUSY), sets_of(quiet)])
    assert model.features(both)[:, QUEUE] == pytest.approx([28, 0])
    # No peak, no change.
    as_usual = sets_of(replace(BUSY, capacity_utilization=1.2), quiet)
    assert model.features(as_usual)[:, QUEUE] == pytest.approx([1.6, 0])


def test_drivers_of_a_choice_in_a_peak_add_up(model: RoutingModel) -> None:
    quiet = replace(CALM, observed_at=NOW - timedelta(hours=9))
    answer = recommend_routing(
        model, question(BUSY, quiet, replace(CALM, node_id="cyd", candidate_id="cyd|c|road", distance_km=253.0))
    )
    told = {item.candidate_id: item.objective.point for item in answer.ranking}
    assert answer.recommended is not None
    assert sum(item.objective_minor for item in answer.drivers) == pytest.approx(told[answer.recommended])


def test_in_a_log_without_queues_a_node_is_busier_from_an_hour_on(model: RoutingModel) -> None:
    unqueued = replace(model, logged_queue_hours=0.0)
    assert unqueued.busyness(unqueued.features(sets_of(CALM, BUSY))) == pytest.approx([1, 28])


def test_a_node_busier_than_any_logged_asks_a_person(model: RoutingModel) -> None:
    # The first choice itself: nothing else could ship the order.
    assert ReviewReason.BUSIER_THAN_LOGGED in reasons(model, BUSY)
    # And a rival that would be better were its queue shorter than it seems.
    rival = replace(BUSY, capacity_utilization=2.9)
    answer = recommend_routing(model, question(CALM, rival))
    assert answer.disposition is Disposition.REVIEW
    assert ReviewReason.BUSIER_THAN_LOGGED in answer.review_reasons


def test_a_busy_node_that_nobody_would_choose_asks_nobody(model: RoutingModel) -> None:
    hopeless = replace(BUSY, freight_minor=90_000)
    assert ReviewReason.BUSIER_THAN_LOGGED not in reasons(model, CALM, hopeless)
    as_usual = replace(BUSY, capacity_utilization=1.5)
    assert ReviewReason.BUSIER_THAN_LOGGED not in reasons(model, CALM, as_usual)


def test_an_answer_is_the_same_beside_an_order_in_a_peak(model: RoutingModel) -> None:
    asked = [question(CALM), question(CALM, BUSY), question(BUSY, CALM), question(CALM)]
    assert list(recommend_many(model, asked)) == [recommend_routing(model, one) for one in asked]


def test_a_stored_model_knows_what_queues_it_was_taught(model: RoutingModel) -> None:
    arrays, facts = model.to_parts()
    assert RoutingModel.from_parts(arrays, facts).logged_queue_hours == model.logged_queue_hours
    for broken in (float("nan"), -1.0, "7", None):
        with pytest.raises(ArtefactError, match="logged_queue_hours"):
            RoutingModel.from_parts(arrays, {**facts, "logged_queue_hours": broken})


def test_the_linear_law_knows_no_queues(fit: RoutingFit) -> None:
    law = fit.model
    sets = sets_of(CALM, BUSY)
    assert law.journeys is None
    assert law.busyness(law.features(sets)).tolist() == [1.0, 1.0]
