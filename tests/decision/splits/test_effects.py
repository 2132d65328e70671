"""What a split leads to: it is as late as its last parcel, and costs what all of them cost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from data.candidates import Candidate
from data.decisions import Interval, RejectionReason
from data.network import Carrier, Lane, Network, Node, Region, ServiceLevel
from data.objective import DEFAULT_UNIT_VALUES, DEFAULT_WEIGHTS, ROUTING_OUTCOMES, objective_coefficients
from decision.routing.model import RoutingModel
from decision.routing.question import RoutingQuestion
from decision.shipments import SplitWishes
from decision.splits import Plan, PlanAnswer, plan_shipments

MakeModel = Callable[..., RoutingModel]
MakeCandidate = Callable[..., Candidate]
Settled = Callable[..., SplitWishes]
Planned = Callable[..., PlanAnswer]
Shelves = dict[str, dict[str, int]]
SplitBy = Callable[[RoutingModel, SplitWishes], Plan]
ALL, LEFT, RIGHT, SLOW = "all|road|standard", "left|road|standard", "right|road|standard", "right|sea|slow"
HOURS_LATE_A_DAY = 10.0


@pytest.fixture
def short(shelves: Shelves) -> Shelves:
    """The shelves, but the current choice's node lacks two of the second line."""
    return {**shelves, "all": {"1": 5, "2": 1}}


@pytest.fixture
def split_by(split_question: RoutingQuestion) -> SplitBy:
    """The order in two shipments, as a model tells it."""

    def plan(model: RoutingModel, wishes: SplitWishes) -> Plan:
        return by_shipments(plan_shipments(model, split_question, wishes))[LEFT, RIGHT]

    return plan


def by_shipments(answer: PlanAnswer) -> dict[tuple[str, ...], Plan]:
    return {tuple(item.candidate_id for item in plan.shipments): plan for plan in answer.plans}


def chance_late(lead_hours: float, more_hours: float | np.ndarray = 0.0) -> np.ndarray:
    """By the same law, half of it slow, with 45 hours from the collection to the promise."""
    return np.clip(1 - (45 + np.asarray(more_hours)) / (2 * lead_hours), 0.0, 1.0)


def test_a_split_is_as_late_as_its_slowest_shipment_and_costs_what_all_of_them_cost(planned: Planned) -> None:
    split = by_shipments(planned())[LEFT, RIGHT]
    # 36 hours instead of 72 are a day and a half less; 24 hours for the other shipment do not help the order.
    assert split.effects_vs_current["lateness_hours"].point == pytest.approx(-1.5 * HOURS_LATE_A_DAY, abs=0.01)
    assert split.effects_vs_current["cost_minor"].point == 2 * 550 - 550
    assert split.effects_vs_current["carbon_kg"].point == pytest.approx(1.0)
    prices = dict(zip(ROUTING_OUTCOMES, objective_coefficients(DEFAULT_WEIGHTS, DEFAULT_UNIT_VALUES), strict=True))
    total = sum(prices[name] * effect.point for name, effect in split.effects_vs_current.items())
    assert split.objective.point == pytest.approx(total)


def test_a_split_is_late_if_any_parcel_is_and_as_late_as_the_last(
    journeys: MakeModel, settled: Settled, split_question: RoutingQuestion
) -> None:
    plans = by_shipments(plan_shipments(journeys(0.5, 0.5), split_question, settled(2)))
    split, whole = plans[LEFT, RIGHT], plans[ALL,]
    left, right, current = (float(chance_late(hours)) for hours in (24.0, 36.0, 72.0))
    any_late = 1 - (1 - left) * (1 - right)
    assert split.expected["late_probability"].point == pytest.approx(any_late, abs=1e-9)
    assert split.effects_vs_current["late_probability"].point == pytest.approx(any_late - current, abs=1e-9)
    # Nobody is more than 99 hours late.
    hours = np.linspace(0.0, 99.0, 9_901)
    last = np.trapezoid(1 - (1 - chance_late(24.0, hours)) * (1 - chance_late(36.0, hours)), hours)
    whole_hours = np.trapezoid(chance_late(72.0, hours), hours)
    assert split.expected["lateness_hours"].point == pytest.approx(last, rel=0.01)
    assert split.effects_vs_current["lateness_hours"].point == pytest.approx(last - whole_hours, rel=0.01)
    assert whole.expected["late_probability"].point == pytest.approx(current, abs=1e-9)
    assert set(whole.effects_vs_current.values()) == {Interval(0.0, 0.0, 0.0)}


def test_a_service_that_may_not_be_used_still_tells_how_busy_its_node_is(
    journeys: MakeModel, settled: Settled, split_question: RoutingQuestion
) -> None:
    soon, later = (split_question.decided_at + timedelta(hours=hours) for hours in (0.5, 5))
    whole, left, *others = (
        replace(item, distance_km=100.0 + place) for place, item in enumerate(split_question.candidates)
    )
    # Twenty hours of work, of which the earlier collection could tell five at least.
    busy = replace(left, cut_off_at=soon, capacity_utilization=10.0)
    sea = replace(busy, candidate_id="left|sea|slow", cut_off_at=later, capacity_utilization=4.0, lead_time_hours=90.0)
    silent = replace(split_question, candidates=(whole, busy, *others))
    usable = replace(split_question, candidates=(whole, busy, *others, sea))
    refused = replace(usable, refusals={sea.candidate_id: RejectionReason.CUSTOMER_REFUSED})
    # Behind the busy node, the right one leads.
    told = [
        by_shipments(plan_shipments(journeys(0.5, 0.5), question, settled(2)))[RIGHT, LEFT].expected["lateness_hours"]
        for question in (usable, refused)
    ]
    assert told[0] == told[1]
    untold = plan_shipments(journeys(0.5, 0.5), silent, settled(2))
    alone = next(plan for names, plan in by_shipments(untold).items() if set(names) == {LEFT, RIGHT})
    assert told[1].point > alone.expected["lateness_hours"].point + 2


def test_what_is_not_known_of_all_parcels_alike_makes_them_late_together(
    journeys: MakeModel, settled: Settled, split_by: SplitBy
) -> None:
    """One bag says that a tenth is slow, the other that nearly all are: the chance of any is the mean of theirs."""
    shares = 0.3, 0.5
    plan = split_by(journeys(*shares), settled(2))
    chances = [np.interp([45 / 24, 45 / 36], [0.0, 1.0, 2.0], [1.0, share, 0.0]) for share in shares]
    by_bag = [1 - np.prod(1 - chance) for chance in chances]
    apart = 1 - np.prod(1 - np.mean(chances, axis=0))
    assert plan.expected["late_probability"].point == pytest.approx(np.mean(by_bag), abs=0.002)
    assert plan.expected["late_probability"].point < apart


def test_a_fresh_count_settles_the_chance_of_a_stock_out(
    journeys: MakeModel, settled: Settled, short: Shelves, split_by: SplitBy
) -> None:
    plan = split_by(journeys(0.5, 0.5), settled(2, short))
    assert plan.effects_vs_current["stock_out_probability"] == Interval(-1.0, -1.0, -1.0)
    assert plan.expected["stock_out_probability"] == Interval(0.0, 0.0, 0.0)


def test_what_is_settled_of_stock_settles_the_wait_for_it(
    waiting_if_short: MakeModel, settled: Settled, short: Shelves, split_by: SplitBy
) -> None:
    asked = waiting_if_short(0.8, empty=0.6, full=0.1)
    plan = split_by(asked, settled(2, short))
    # The current choice is short for certain, and the shipments are not; the log knew neither for certain.
    current = 0.8 * chance_late(72.0, -12.0) + 0.2 * chance_late(72.0)
    any_late = 1 - (1 - chance_late(24.0)) * (1 - chance_late(36.0))
    assert plan.expected["late_probability"].point == pytest.approx(any_late, abs=1e-9)
    assert plan.effects_vs_current["late_probability"].point == pytest.approx(any_late - current, abs=1e-9)
    hours = np.linspace(0.0, 111.0, 11_101)
    waited = 0.8 * np.trapezoid(chance_late(72.0, hours - 12.0), hours)
    late_hours = waited + 0.2 * np.trapezoid(chance_late(72.0, hours), hours)
    told = plan.expected["lateness_hours"].point - plan.effects_vs_current["lateness_hours"].point
    assert told == pytest.approx(late_hours, rel=0.001)


def test_where_shelves_hardly_tell_short_orders_apart_their_wait_is_left_as_it_was(
    waiting_if_short: MakeModel, settled: Settled, short: Shelves, split_by: SplitBy
) -> None:
    asked = waiting_if_short(0.8, empty=0.3, full=0.1)
    plan = split_by(asked, settled(2, short))
    current = 0.24 * chance_late(72.0, -12.0) + 0.76 * chance_late(72.0)
    own = plan.expected["late_probability"].point
    assert own - plan.effects_vs_current["late_probability"].point == pytest.approx(float(current), abs=1e-9)
    assert plan.effects_vs_current["stock_out_probability"].point == -1.0


def test_an_old_count_leaves_a_stock_out_to_the_model(
    journeys: MakeModel, settled: Settled, short: Shelves, split_by: SplitBy
) -> None:
    plan = split_by(journeys(0.5, 0.5), settled(2, short, hours_ago=3.0))
    # Each of two nodes may be short, a quarter of the time each; the current choice is one node.
    assert plan.expected["stock_out_probability"].point == pytest.approx(1 - 0.75**2)
    assert plan.effects_vs_current["stock_out_probability"].point == pytest.approx(1 - 0.75**2 - 0.25)


def test_a_law_of_effects_tells_what_is_certain_and_no_levels(
    model: MakeModel, settled: Settled, split_question: RoutingQuestion, short: Shelves
) -> None:
    fresh = plan_shipments(model(), split_question, settled(2, short)).plans[0]
    old = plan_shipments(model(), split_question, settled(2, short, hours_ago=3.0)).plans[0]
    assert (fresh.effects_vs_current["stock_out_probability"].point, fresh.expected) == (-1.0, {})
    assert old.effects_vs_current["stock_out_probability"].point == pytest.approx(0.0, abs=1e-4)


def test_what_the_current_choice_lacks_is_told_by_the_shelves_too(
    model: MakeModel, split_question: RoutingQuestion, shelves: Shelves, short: Shelves
) -> None:
    """Its report says nine units of everything; the shelves say whether it could send each line."""
    scarce = model(feature="shortage")
    kept = by_shipments(plan_shipments(scarce, split_question, SplitWishes(shelves, 2)))
    assert kept[ALL,].effects_vs_current["lateness_hours"].point == 0
    lacking = plan_shipments(scarce, split_question, SplitWishes(short, 2)).plans[0]
    assert lacking.effects_vs_current["lateness_hours"].upper < 0


def test_the_worst_of_two_uncertain_shipments_is_worse_than_either(
    candidate: MakeCandidate, planned: Planned, split_question: RoutingQuestion
) -> None:
    question = replace(split_question, candidates=(*split_question.candidates[:2], candidate(RIGHT, 24.0)))
    wide = by_shipments(planned(question=question, variance=25.0))[LEFT, RIGHT]
    # One learned slope moves both alike: the same lead time means the same lateness, draw by draw.
    assert wide.effects_vs_current["lateness_hours"].point == pytest.approx(-2 * HOURS_LATE_A_DAY, abs=0.01)
    assert wide.effects_vs_current["lateness_hours"].upper > -2 * HOURS_LATE_A_DAY


def test_a_part_of_an_order_is_charged_as_a_part_where_the_tariff_is_known(
    planned: Planned, split_question: RoutingQuestion
) -> None:
    network = Network(
        "EUR",
        (Region("r", 50.0, 8.0),),
        tuple(Node(node, 50.0, 8.0, 100.0, 50) for node in ("left", "right")),
        (Carrier("road", (18.0,), 50),),
        (ServiceLevel("standard", 48.0),),
        tuple(Lane(node, "r", "road", "standard", 100.0, 24.0, 200, 60, 0.5, 0.1) for node in ("left", "right")),
    )
    split = by_shipments(planned(question=replace(split_question, network=network)))[LEFT, RIGHT]
    # Two units and three: twice the base and five times the unit, with two handlings, against 550.
    assert split.effects_vs_current["cost_minor"].point == 2 * 200 + 5 * 60 + 2 * 50 - 550
    assert split.effects_vs_current["carbon_kg"].point == pytest.approx(2 * 0.5 + 5 * 0.1 - 1.0)


def test_without_a_model_plans_are_told_by_their_tables(split_question: RoutingQuestion, shelves: Shelves) -> None:
    answer = plan_shipments(None, split_question, SplitWishes(shelves, 2))
    assert set(answer.plans[0].effects_vs_current) == {"cost_minor", "carbon_kg"}
    assert answer.plans[0].p_best == 1.0
