"""Nodes busier than any of the log: how much less sure they make an answer, and who is asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import numpy as np
import pytest

from data.candidates import Candidate
from data.choice_sets import ChoiceSet, ChoiceSets
from data.decisions import Disposition, ReviewReason
from data.orders import Order
from decision.errors import ArtefactError
from decision.routing.busyness import logged_queue
from decision.routing.fitting import RoutingFit
from decision.routing.journeys import QUEUE
from decision.routing.model import RoutingModel
from decision.routing.question import RoutingQuestion
from decision.routing.recommendation import recommend_many, recommend_routing
from decision.routing.stages import stage_columns

Ask = Callable[..., RoutingQuestion]
Sets = Callable[..., ChoiceSets]


@pytest.fixture(scope="session")
def calm(calm: Candidate) -> Candidate:
    """Dearer than the busy one, in the weather that is forecast."""
    return replace(calm, freight_minor=700, weather_now=0.1)


@pytest.fixture(scope="session")
def busy(calm: Candidate) -> Candidate:
    """Cheaper, and overrun: it has work for 28 hours past the collection, and the log never saw more than eleven."""
    far = replace(calm, candidate_id="bel|c|road", node_id="bel", distance_km=252.0)
    return replace(far, freight_minor=560, capacity_utilization=4.5)


@pytest.fixture(scope="session")
def question(question: Ask, order: Order) -> Ask:
    """About the order with a day more until its promise."""
    return partial(question, order=replace(order, promised_at=order.promised_at + timedelta(days=1)))


@pytest.fixture(scope="session")
def sets_of(question: Ask) -> Sets:
    """These candidates of that order, as choice sets."""

    def build(*candidates: Candidate) -> ChoiceSets:
        asked = question(*candidates)
        return ChoiceSets.of_one(ChoiceSet.of(asked.order, candidates, asked.decided_at))

    return build


def reasons(model: RoutingModel, asked: RoutingQuestion) -> tuple[ReviewReason, ...]:
    return recommend_routing(model, asked).review_reasons


def test_the_longest_logged_queue_is_one_that_a_leaf_of_orders_stood_behind(
    staged_fit: RoutingFit, staged: Any
) -> None:
    queue = stage_columns(staged.choice_sets, staged_fit.model.imputation)[staged.chosen_rows, QUEUE]
    logged = staged_fit.model.logged_queue_hours
    assert (queue > logged).sum() < 10 <= (queue >= logged).sum()
    # One order behind an endless queue teaches nothing.
    assert logged_queue(np.append(queue, 1e6), 10) <= np.sort(queue)[-9]
    assert logged_queue(np.zeros(3), 10) == 0


def test_a_log_that_tells_of_no_queue_has_none() -> None:
    assert logged_queue(np.array([]), 10) == 0
    assert logged_queue(np.full(3, np.nan), 10) == 0
    # What is no number is not the longest.
    assert logged_queue(np.array([np.nan, 3.0, np.inf, 5.0, 4.0]), 2) == 4


def test_errors_grow_in_proportion_to_the_queue_beyond_the_log(
    model: RoutingModel, sets_of: Sets, calm: Candidate, busy: Candidate
) -> None:
    reference = np.array([0])
    for load in (0.5, 1.2, 4.5, 9.0):
        sets = sets_of(calm, replace(busy, capacity_utilization=load))
        beyond = max(8 * (load - 1) / model.logged_queue_hours, 1.0)
        assert model.busyness(model.features(sets)) == pytest.approx([1, beyond])
        as_logged = replace(model, logged_queue_hours=1e6)
        wide, plain = (one.assess(one.features(sets), sets, reference) for one in (model, as_logged))
        assert wide.learned[1] == pytest.approx(beyond * plain.learned[1])
        assert wide.unseen[1] == pytest.approx(beyond * plain.unseen[1])
        np.testing.assert_array_equal(wide.point, plain.point)


def test_an_effect_is_as_unsure_as_the_busier_of_the_two_nodes(
    model: RoutingModel, sets_of: Sets, calm: Candidate, busy: Candidate
) -> None:
    sets = sets_of(calm, busy)
    columns = model.features(sets)
    for reference in (0, 1):
        widened = model.widening(columns, sets, np.full(2, reference))
        as_logged = replace(model, logged_queue_hours=1e6).widening(columns, sets, np.full(2, reference))
        assert widened[1 - reference] == pytest.approx(28 / model.logged_queue_hours * as_logged[1 - reference])


def test_behind_a_queue_that_no_log_showed_an_order_is_later_hour_for_hour(
    model: RoutingModel, sets_of: Sets, busy: Candidate
) -> None:
    # Services of one node would share its queue.
    sets = sets_of(busy, replace(busy, node_id="twin", capacity_utilization=9.5))
    sets = replace(sets, candidate={**sets.candidate, "capacity_utilization": np.array([9.0, 9.5])})
    hours = model.journeys.outlook(model.features(sets)).point[:, 0] if model.journeys else np.zeros(2)
    # Eight hours until the collection, half as much again of them as work: four hours more.
    assert hours[1] - hours[0] == pytest.approx(4, abs=0.2)


def test_in_a_peak_an_old_report_is_taken_to_be_of_a_node_as_far_behind(
    model: RoutingModel, sets_of: Sets, calm: Candidate, busy: Candidate, aged: Callable[..., Candidate]
) -> None:
    quiet = aged(calm, 9)
    sets = sets_of(busy, quiet)
    # 36 hours of work, the collection in eight.
    assert model.features(sets)[:, QUEUE] == pytest.approx([28, 28])
    assert model.busyness(model.features(sets)) == pytest.approx(np.full(2, 28 / model.logged_queue_hours))
    fresh = sets_of(busy, calm)
    assert model.features(fresh)[:, QUEUE] == pytest.approx([28, 0])
    # An order that meets that node alone knows of no peak, whatever is asked beside it.
    both = ChoiceSets.joined([sets_of(busy), sets_of(quiet)])
    assert model.features(both)[:, QUEUE] == pytest.approx([28, 0])
    # No peak, no change.
    as_usual = sets_of(replace(busy, capacity_utilization=1.2), quiet)
    assert model.features(as_usual)[:, QUEUE] == pytest.approx([1.6, 0])


def test_drivers_of_a_choice_in_a_peak_add_up(
    model: RoutingModel, question: Ask, calm: Candidate, busy: Candidate, aged: Callable[..., Candidate]
) -> None:
    quiet = aged(calm, 9)
    answer = recommend_routing(
        model, question(busy, quiet, replace(calm, node_id="cyd", candidate_id="cyd|c|road", distance_km=253.0))
    )
    told = {item.candidate_id: item.objective.point for item in answer.ranking}
    assert answer.recommended is not None
    assert sum(item.objective_minor for item in answer.drivers) == pytest.approx(told[answer.recommended])


def test_in_a_log_without_queues_a_node_is_busier_from_an_hour_on(
    model: RoutingModel, sets_of: Sets, calm: Candidate, busy: Candidate
) -> None:
    unqueued = replace(model, logged_queue_hours=0.0)
    assert unqueued.busyness(unqueued.features(sets_of(calm, busy))) == pytest.approx([1, 28])


def test_a_node_busier_than_any_logged_asks_a_person(
    model: RoutingModel, question: Ask, calm: Candidate, busy: Candidate
) -> None:
    # The first choice itself: nothing else could ship the order.
    assert ReviewReason.BUSIER_THAN_LOGGED in reasons(model, question(busy))
    # And a rival that would be better were its queue shorter than it seems.
    rival = replace(busy, capacity_utilization=2.9)
    answer = recommend_routing(model, question(calm, rival))
    assert answer.disposition is Disposition.REVIEW
    assert ReviewReason.BUSIER_THAN_LOGGED in answer.review_reasons


def test_a_busy_node_that_nobody_would_choose_asks_nobody(
    model: RoutingModel, question: Ask, calm: Candidate, busy: Candidate
) -> None:
    hopeless = replace(busy, freight_minor=90_000)
    assert ReviewReason.BUSIER_THAN_LOGGED not in reasons(model, question(calm, hopeless))
    as_usual = replace(busy, capacity_utilization=1.5)
    assert ReviewReason.BUSIER_THAN_LOGGED not in reasons(model, question(calm, as_usual))


def test_an_answer_is_the_same_beside_an_order_in_a_peak(
    model: RoutingModel, question: Ask, calm: Candidate, busy: Candidate
) -> None:
    asked = [question(calm), question(calm, busy), question(busy, calm), question(calm)]
    assert list(recommend_many(model, asked)) == [recommend_routing(model, one) for one in asked]


def test_a_stored_model_knows_what_queues_it_was_taught(model: RoutingModel) -> None:
    arrays, facts = model.to_parts()
    assert RoutingModel.from_parts(arrays, facts).logged_queue_hours == model.logged_queue_hours
    for broken in (float("nan"), -1.0, "7", None):
        with pytest.raises(ArtefactError, match="logged_queue_hours"):
            RoutingModel.from_parts(arrays, {**facts, "logged_queue_hours": broken})


def test_the_linear_law_knows_no_queues(fit: RoutingFit, sets_of: Sets, calm: Candidate, busy: Candidate) -> None:
    law = fit.model
    sets = sets_of(calm, busy)
    assert law.journeys is None
    assert law.busyness(law.features(sets)).tolist() == [1.0, 1.0]
