from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest

from data.candidates import Candidate
from data.decisions import Interval, Rejected, RejectionReason
from data.network import Carrier, Lane, Network, Node, Region, ServiceLevel
from data.objective import DEFAULT_UNIT_VALUES, DEFAULT_WEIGHTS, ROUTING_OUTCOMES, objective_coefficients
from data.orders import Customer, Destination, Order, OrderLine
from decision.errors import QuestionError
from decision.routing.features import CONTEXT_NAMES, FEATURE_NAMES, Imputation
from decision.routing.forest import LEAF, Forest
from decision.routing.journeys import Journeys
from decision.routing.linearity import Linearity
from decision.routing.model import RoutingModel
from decision.routing.question import RoutingQuestion
from decision.routing.settings import ServingSettings
from decision.routing.stages import NODE_NAMES, ROAD_NAMES
from decision.routing.support import TrainingRange
from decision.shipments import SplitWishes
from decision.splits import MOST_PLANS, Plan, PlanAnswer, Shortfall, plan_shipments

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
ALL, LEFT, RIGHT, SLOW = "all|road|standard", "left|road|standard", "right|road|standard", "right|sea|slow"
HOURS_LATE_A_DAY = 10.0
ORDER = Order(
    "o",
    NOW,
    NOW + timedelta(hours=48),
    Destination("west"),
    Customer("c"),
    (OrderLine("1", "a", 2, 1_000), OrderLine("2", "b", 3, 1_000)),
)


def candidate(name: str, lead_time_hours: float, freight_minor: int = 500) -> Candidate:
    node, carrier, service = name.split("|")
    soon = NOW + timedelta(hours=3)
    plain = Candidate(name, node, carrier, service, 9, 1, 0.5, 40, soon, 24.0, 100.0, 500, 1.0, NOW, handling_minor=50)
    return replace(plain, lead_time_hours=lead_time_hours, freight_minor=freight_minor)


CANDIDATES = (candidate(ALL, 72.0), candidate(LEFT, 24.0), candidate(RIGHT, 36.0), candidate(SLOW, 90.0, 100))
QUESTION = RoutingQuestion(ORDER, CANDIDATES, ALL, DEFAULT_WEIGHTS, DEFAULT_UNIT_VALUES, NOW)
STOCK = {"all": {"1": 5, "2": 5}, "left": {"1": 5}, "right": {"2": 5}}


def model(variance: float = 1e-6, feature: str = "lead_time_days") -> RoutingModel:
    """Each day of lead time, or whole shortage, adds ten hours of lateness, and nothing else matters."""
    width = len(CONTEXT_NAMES) + len(FEATURE_NAMES)
    law = Linearity(
        feature_index=np.array([FEATURE_NAMES.index(feature)]),
        scale=np.ones(1),
        modifier_index=np.array([], dtype=np.int64),
        modifier_centre=np.array([]),
        modifier_scale=np.array([]),
        coefficients=np.array([[[HOURS_LATE_A_DAY]], [[0.0]], [[0.0]]]),
        covariance=np.diag([variance, 1e-12, 1e-12]),
    )
    everywhere = TrainingRange(
        np.zeros(width), np.full(width, 1e9), np.eye(width), 1e9, np.full(width, -1e9), np.full(width, 1e9)
    )
    settings = ServingSettings()
    return RoutingModel(
        law, Imputation(), everywhere, settings, np.ones(5), np.array([[1.0, 0.0]] * 3), calibrated=True
    )


def forest(n_features: int, *says: list[float]) -> Forest:
    """A bag for each of these leaves, all of whose rows hear the same."""
    places = np.arange(len(says), dtype=np.int32)
    node = np.column_stack((np.full_like(places, LEAF), places, np.zeros_like(places)))
    return Forest(places[:, None], node, np.zeros(len(says)), np.array(says), n_features)


def journeys(*slow_shares: float, stock_out: float = 0.25) -> RoutingModel:
    """Nobody waits at a node. Transit takes up to twice its quote, each share of it alike; bags differ in how many."""
    node = [[0.0, stock_out]] * len(slow_shares)
    return replace(
        model(),
        journeys=Journeys(
            forest(len(NODE_NAMES), *node),
            forest(len(ROAD_NAMES), *([share, 0.0, 0.0] for share in slow_shares)),
            np.array([0.0, 12.0]),
            np.array([1.0, 2.0]),
            np.zeros(len(slow_shares)),
        ),
    )


def waiting_if_short(share: float, empty: float, full: float) -> RoutingModel:
    """Who is short waits 12 hours so often, nobody else does; reports leave it open whether an order is short."""
    stock_left = NODE_NAMES.index("stock_left")
    trees = np.array([[stock_left, 1, 2], [LEAF, 0, 0], [LEAF, 1, 0], [stock_left, 4, 5], [LEAF, 0, 0], [LEAF, 1, 0]])
    leaf = np.array([[chance * share, chance] for chance in (empty, full)])
    told = journeys(0.5, 0.5)
    assert told.journeys is not None
    roots = np.array([[0], [3]], dtype=np.int32)
    shelves = Forest(roots, trees.astype(np.int32), np.array([-0.5, 0.0, 0.0] * 2), leaf, len(NODE_NAMES))
    return replace(told, journeys=replace(told.journeys, node=shelves))


def chance_late(lead_hours: float, more_hours: float | np.ndarray = 0.0) -> np.ndarray:
    """By the same law, half of it slow, with 45 hours from the collection to the promise."""
    return np.clip(1 - (45 + np.asarray(more_hours)) / (2 * lead_hours), 0.0, 1.0)


def settled(most_shipments: int, stock: dict[str, dict[str, int]] | None = None, hours_ago: float = 0.0) -> SplitWishes:
    """Shelves counted so many hours ago."""
    shelves = STOCK if stock is None else stock
    counts = {node: dict.fromkeys("12", NOW - timedelta(hours=hours_ago)) for node in ("all", "left", "right")}
    return SplitWishes(shelves, most_shipments, counts)


def planned(most_shipments: int = 2, question: RoutingQuestion = QUESTION, variance: float = 1e-6) -> PlanAnswer:
    return plan_shipments(model(variance), question, SplitWishes(STOCK, most_shipments))


def by_shipments(answer: PlanAnswer) -> dict[tuple[str, ...], Plan]:
    return {tuple(item.candidate_id for item in plan.shipments): plan for plan in answer.plans}


def test_a_split_is_as_late_as_its_slowest_shipment_and_costs_what_all_of_them_cost() -> None:
    split = by_shipments(planned())[LEFT, RIGHT]
    # 36 hours instead of 72 are a day and a half less; 24 hours for the other shipment do not help the order.
    assert split.effects_vs_current["lateness_hours"].point == pytest.approx(-1.5 * HOURS_LATE_A_DAY, abs=0.01)
    assert split.effects_vs_current["cost_minor"].point == 2 * 550 - 550
    assert split.effects_vs_current["carbon_kg"].point == pytest.approx(1.0)
    prices = dict(zip(ROUTING_OUTCOMES, objective_coefficients(DEFAULT_WEIGHTS, DEFAULT_UNIT_VALUES), strict=True))
    total = sum(prices[name] * effect.point for name, effect in split.effects_vs_current.items())
    assert split.objective.point == pytest.approx(total)


def test_a_split_is_late_if_any_parcel_is_and_as_late_as_the_last() -> None:
    plans = by_shipments(plan_shipments(journeys(0.5, 0.5), QUESTION, settled(2)))
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


def test_what_is_not_known_of_all_parcels_alike_makes_them_late_together() -> None:
    """One bag says that a tenth is slow, the other that nearly all are: the chance of any is the mean of theirs."""
    shares = 0.3, 0.5
    plan = by_shipments(plan_shipments(journeys(*shares), QUESTION, settled(2)))[LEFT, RIGHT]
    chances = [np.interp([45 / 24, 45 / 36], [0.0, 1.0, 2.0], [1.0, share, 0.0]) for share in shares]
    by_bag = [1 - np.prod(1 - chance) for chance in chances]
    apart = 1 - np.prod(1 - np.mean(chances, axis=0))
    assert plan.expected["late_probability"].point == pytest.approx(np.mean(by_bag), abs=0.002)
    assert plan.expected["late_probability"].point < apart


def test_a_fresh_count_settles_the_chance_of_a_stock_out() -> None:
    short = {**STOCK, "all": {"1": 5, "2": 1}}
    plan = by_shipments(plan_shipments(journeys(0.5, 0.5), QUESTION, settled(2, short)))[LEFT, RIGHT]
    assert plan.effects_vs_current["stock_out_probability"] == Interval(-1.0, -1.0, -1.0)
    assert plan.expected["stock_out_probability"] == Interval(0.0, 0.0, 0.0)


def test_what_is_settled_of_stock_settles_the_wait_for_it() -> None:
    asked = waiting_if_short(0.8, empty=0.6, full=0.1)
    short = {**STOCK, "all": {"1": 5, "2": 1}}
    plan = by_shipments(plan_shipments(asked, QUESTION, settled(2, short)))[LEFT, RIGHT]
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


def test_where_shelves_hardly_tell_short_orders_apart_their_wait_is_left_as_it_was() -> None:
    asked = waiting_if_short(0.8, empty=0.3, full=0.1)
    short = {**STOCK, "all": {"1": 5, "2": 1}}
    plan = by_shipments(plan_shipments(asked, QUESTION, settled(2, short)))[LEFT, RIGHT]
    current = 0.24 * chance_late(72.0, -12.0) + 0.76 * chance_late(72.0)
    own = plan.expected["late_probability"].point
    assert own - plan.effects_vs_current["late_probability"].point == pytest.approx(float(current), abs=1e-9)
    assert plan.effects_vs_current["stock_out_probability"].point == -1.0


def test_an_old_count_leaves_a_stock_out_to_the_model() -> None:
    short = {**STOCK, "all": {"1": 5, "2": 1}}
    plan = by_shipments(plan_shipments(journeys(0.5, 0.5), QUESTION, settled(2, short, hours_ago=3.0)))[LEFT, RIGHT]
    # Each of two nodes may be short, a quarter of the time each; the current choice is one node.
    assert plan.expected["stock_out_probability"].point == pytest.approx(1 - 0.75**2)
    assert plan.effects_vs_current["stock_out_probability"].point == pytest.approx(1 - 0.75**2 - 0.25)


def test_a_law_of_effects_tells_what_is_certain_and_no_levels() -> None:
    short = {**STOCK, "all": {"1": 5, "2": 1}}
    fresh = plan_shipments(model(), QUESTION, settled(2, short)).plans[0]
    old = plan_shipments(model(), QUESTION, settled(2, short, hours_ago=3.0)).plans[0]
    assert (fresh.effects_vs_current["stock_out_probability"].point, fresh.expected) == (-1.0, {})
    assert old.effects_vs_current["stock_out_probability"].point == pytest.approx(0.0, abs=1e-4)


def test_what_the_current_choice_lacks_is_told_by_the_shelves_too() -> None:
    """Its report says nine units of everything; the shelves say whether it could send each line."""
    scarce = model(feature="shortage")
    kept = by_shipments(plan_shipments(scarce, QUESTION, SplitWishes(STOCK, 2)))
    assert kept[ALL,].effects_vs_current["lateness_hours"].point == 0
    short = SplitWishes({**STOCK, "all": {"1": 5, "2": 1}}, 2)
    assert plan_shipments(scarce, QUESTION, short).plans[0].effects_vs_current["lateness_hours"].upper < 0


def test_every_line_is_sent_once_and_by_a_node_that_holds_it() -> None:
    for plan in planned(3).plans:
        sent = [line for shipment in plan.shipments for line in shipment.line_ids]
        assert sorted(sent) == ["1", "2"]
        for shipment in plan.shipments:
            node = shipment.candidate_id.split("|")[0]
            assert all(line in STOCK[node] for line in shipment.line_ids)


def test_a_shipment_that_could_be_left_out_is_not_sent() -> None:
    plans = by_shipments(planned(3))
    assert set(plans) == {(ALL,), (LEFT, RIGHT), (LEFT, SLOW)}


def test_ship_complete_allows_one_shipment_only() -> None:
    assert set(by_shipments(planned(1))) == {(ALL,)}
    nowhere = SplitWishes({"left": {"1": 5}, "right": {"2": 5}}, 1)
    assert plan_shipments(model(), QUESTION, nowhere).plans == ()


def test_the_worst_of_two_uncertain_shipments_is_worse_than_either() -> None:
    question = replace(QUESTION, candidates=(*CANDIDATES[:2], candidate(RIGHT, 24.0)))
    wide = by_shipments(planned(question=question, variance=25.0))[LEFT, RIGHT]
    # One learned slope moves both alike: the same lead time means the same lateness, draw by draw.
    assert wide.effects_vs_current["lateness_hours"].point == pytest.approx(-2 * HOURS_LATE_A_DAY, abs=0.01)
    assert wide.effects_vs_current["lateness_hours"].upper > -2 * HOURS_LATE_A_DAY


def test_chances_of_being_best_share_out_all_draws() -> None:
    plans = planned(2, variance=400.0).plans
    assert sum(plan.p_best for plan in plans) == pytest.approx(1.0)
    assert 0 < plans[0].p_best < 1
    assert all(one.objective.point <= other.objective.point for one, other in pairwise(plans))


def test_a_line_that_nobody_holds_is_named() -> None:
    answer = plan_shipments(model(), QUESTION, SplitWishes({"left": {"1": 5}, "right": {"2": 2}}, 2))
    assert (answer.unserved_lines, answer.plans) == (("2",), ())


def test_a_line_of_nothing_goes_with_any_node_of_a_split() -> None:
    lines = (*ORDER.lines, OrderLine("3", "c", 0, 1_000))
    plans = planned(question=replace(QUESTION, order=replace(ORDER, lines=lines))).plans
    assert {line for plan in plans for item in plan.shipments for line in item.line_ids} == {"1", "2", "3"}


def test_six_lines_over_five_nodes_go_in_three_shipments_that_hold_them() -> None:
    lines = tuple(OrderLine(str(number), f"s{number}", 1, 1_000) for number in range(1, 7))
    many = tuple(candidate(f"n{place}|road|standard", 20.0 + place) for place in range(5))
    # Node n holds lines n + 1 and n + 2.
    stock = {f"n{place}": {str(place + 1): 4, str(place + 2): 4} for place in range(5)}
    question = replace(QUESTION, order=replace(ORDER, lines=lines), candidates=(CANDIDATES[0], *many))
    answer = plan_shipments(journeys(0.5, 0.5), question, SplitWishes(stock, 3))
    assert [[item.line_ids for item in plan.shipments] for plan in answer.plans] == [
        [("1", "2"), ("3", "4"), ("5", "6")],
    ]
    fewer = plan_shipments(journeys(0.5, 0.5), question, SplitWishes(stock, 2))
    assert (fewer.plans, fewer.shortfall) == ((), Shortfall.TOO_FEW_SHIPMENTS)


def test_what_is_refused_takes_part_in_no_plan() -> None:
    law = {RIGHT: RejectionReason.REGIONAL_LAW, SLOW: RejectionReason.REGIONAL_LAW}
    answer = planned(question=replace(QUESTION, refusals=law))
    assert set(by_shipments(answer)) == {(ALL,)}
    assert set(answer.rejected) == {Rejected(name, reason) for name, reason in law.items()}


def test_a_part_of_an_order_is_charged_as_a_part_where_the_tariff_is_known() -> None:
    network = Network(
        "EUR",
        (Region("west", 50.0, 8.0),),
        tuple(Node(node, 50.0, 8.0, 100.0, 50) for node in ("left", "right")),
        (Carrier("road", (18.0,), 50),),
        (ServiceLevel("standard", 48.0),),
        tuple(Lane(node, "west", "road", "standard", 100.0, 24.0, 200, 60, 0.5, 0.1) for node in ("left", "right")),
    )
    split = by_shipments(planned(question=replace(QUESTION, network=network)))[LEFT, RIGHT]
    # Two units and three: twice the base and five times the unit, with two handlings, against 550.
    assert split.effects_vs_current["cost_minor"].point == 2 * 200 + 5 * 60 + 2 * 50 - 550
    assert split.effects_vs_current["carbon_kg"].point == pytest.approx(2 * 0.5 + 5 * 0.1 - 1.0)


def test_without_a_model_plans_are_told_by_their_tables() -> None:
    answer = plan_shipments(None, QUESTION, SplitWishes(STOCK, 2))
    assert set(answer.plans[0].effects_vs_current) == {"cost_minor", "carbon_kg"}
    assert answer.plans[0].p_best == 1.0


@pytest.mark.parametrize("most_shipments", [0, 4, -1])
def test_a_number_of_shipments_that_cannot_be_planned_is_refused(most_shipments: int) -> None:
    with pytest.raises(QuestionError, match="from 1 to 3 can be planned"):
        planned(most_shipments)


def test_the_search_stays_bounded_and_the_same() -> None:
    many = tuple(candidate(f"n{place}|road|standard", 20.0 + place) for place in range(60))
    stock = {f"n{place}": {str(1 + place % 2): 9} for place in range(60)}
    question = replace(QUESTION, candidates=(CANDIDATES[0], *many))
    found = plan_shipments(model(), question, SplitWishes(stock, 3))
    assert len(found.plans) == MOST_PLANS
    assert plan_shipments(model(), question, SplitWishes(stock, 3)) == found
