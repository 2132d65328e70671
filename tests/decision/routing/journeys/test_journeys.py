"""Journeys on a log whose stages are planted: recovery, parity with scikit-learn, and what the forests may never do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import RandomForestRegressor

from data.candidates import Candidate
from data.choice_sets import ChoiceSets
from data.decisions import ReviewReason
from data.objective import DEFAULT_UNIT_VALUES, DEFAULT_WEIGHTS, objective_coefficients
from data.orders import Customer, Destination, Order, OrderLine
from decision.confidence import coverage
from decision.errors import ArtefactError
from decision.routing.audit import audit
from decision.routing.calibration import calibrated
from decision.routing.fitting import RoutingFit, fit_routing
from decision.routing.forest import LEAF, Forest
from decision.routing.growing import DEFAULT_GROWTH, flattened, tells_stages
from decision.routing.model import RoutingModel
from decision.routing.parts import LEARNED_OUTCOMES, TIMED_OUTCOMES
from decision.routing.question import RoutingQuestion
from decision.routing.recommendation import recommend_routing
from decision.routing.scoring import LEARNED, losses, tabled_effects
from decision.routing.stages import STAGE_NAMES

PRICES = np.array(objective_coefficients(DEFAULT_WEIGHTS, DEFAULT_UNIT_VALUES))
NOW = datetime(2026, 1, 7, 10, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def near(ways: Any) -> Candidate:
    """Such a candidate as its log has seen."""
    seen: Candidate = replace(
        ways.near, lead_time_hours=50.0, distance_km=240.0, freight_minor=472, carbon_kg=240 / 900
    )
    return seen


def question(*candidates: Candidate, promise_hours: float = 72.0) -> RoutingQuestion:
    promised_at = NOW + timedelta(hours=promise_hours)
    order = Order("o1", NOW, promised_at, Destination("r"), Customer("c1"), (OrderLine("1", "s1", 3, 2_000),))
    return RoutingQuestion(
        order, candidates, candidates[0].candidate_id, DEFAULT_WEIGHTS, DEFAULT_UNIT_VALUES, decided_at=NOW
    )


@pytest.fixture(scope="module")
def model(staged_fit: RoutingFit, make_staged_world: Callable[..., Any]) -> RoutingModel:
    world = make_staged_world(500, seed=41)
    return calibrated(staged_fit.model, world.choice_sets, dict(zip(LEARNED_OUTCOMES, world.expected.T, strict=True)))


def test_planted_stages_are_recovered_for_orders_never_seen(model: RoutingModel, make_staged_world: Any) -> None:
    fresh = make_staged_world(500, seed=42)
    assert model.journeys is not None
    found = model.journeys.outlook(model.features(fresh.choice_sets)).point
    for outcome, least in enumerate((0.99, 0.97, 0.8)):
        assert np.corrcoef(found[:, outcome], fresh.expected[:, outcome])[0, 1] > least
    assert np.abs(found[:, 1] - fresh.expected[:, 1]).mean() < 0.05


def test_choosing_by_journeys_wins_nearly_all_that_can_be_won(model: RoutingModel, make_staged_world: Any) -> None:
    fresh = make_staged_world(500, seed=43)
    sets = fresh.choice_sets
    true = tabled_effects(sets, fresh.default_rows) @ PRICES + fresh.true_effects @ PRICES[LEARNED]
    lefts = {}
    for name, asked in (("journeys", model), ("law", replace(model, journeys=None))):
        said = losses(asked, sets, fresh.default_rows, PRICES)
        pairs = [(true[rows], said[rows]) for rows in map(slice, sets.offsets[:-1], sets.offsets[1:])]
        won = sum(order_true[order_said.argmin()] for order_true, order_said in pairs)
        lefts[name] = 1 - won / sum(order_true.min() for order_true, _ in pairs)
    assert lefts["journeys"] < 0.15
    assert lefts["journeys"] < lefts["law"]


def test_calibrated_intervals_cover_nine_in_ten_in_another_log(model: RoutingModel, make_staged_world: Any) -> None:
    fresh = make_staged_world(500, seed=44)
    assessed = model.assess(model.features(fresh.choice_sets), fresh.choice_sets, fresh.default_rows)
    error = (assessed.point - fresh.true_effects) @ PRICES[LEARNED]
    assert coverage(error, assessed.loss_error(PRICES[LEARNED])) == pytest.approx(0.9, abs=0.06)


def test_draws_spread_as_the_standard_error_says(model: RoutingModel, staged: Any) -> None:
    assessed = model.assess(model.features(staged.choice_sets), staged.choice_sets, staged.default_rows)
    rows = slice(0, int(staged.choice_sets.offsets[1]))
    alone = assessed.of_order(rows)
    told, drawn = alone.loss_error(PRICES[LEARNED]), alone.loss_deviations(PRICES[LEARNED]).std(axis=1)
    assert np.allclose(told, assessed.loss_error(PRICES[LEARNED])[rows])
    assert np.allclose(drawn, told, rtol=0.12)
    assert told[staged.default_rows[0]] == 0


def test_a_forest_says_what_scikit_learn_says() -> None:
    generator = np.random.Generator(np.random.Philox(5))
    x, y = generator.normal(size=(400, 3)), generator.normal(size=(400, 2))
    fitted = RandomForestRegressor(6, min_samples_leaf=5, random_state=1, bootstrap=False, max_features=2).fit(x, y)
    forest = flattened([tree.tree_ for tree in fitted.estimators_], 2, 3)
    rows = generator.normal(size=(300, 3))
    expected = [np.mean([tree.predict(rows) for tree in fitted.estimators_[bag : bag + 3]], axis=0) for bag in (0, 3)]
    assert np.abs(forest.bag_means(rows) - np.array(expected)).max() < 1e-9


def test_the_same_log_and_seed_grow_the_same_forests(staged: Any) -> None:
    few = replace(DEFAULT_GROWTH, n_bags=2, n_trees=2)
    first, again = (fit_routing(staged.log, seed=3, growth=few).model.to_parts()[0] for _ in range(2))
    assert all(np.array_equal(first[name], again[name]) for name in first)


def test_a_stored_model_gives_the_same_answers(model: RoutingModel, staged: Any) -> None:
    again = RoutingModel.from_parts(*model.to_parts())
    sets = staged.choice_sets
    assert np.array_equal(again.points(sets, staged.default_rows), model.points(sets, staged.default_rows))


@pytest.mark.parametrize(
    ("name", "broken", "fault"),
    [
        ("node_node", lambda array: np.where(array[:, :1] != LEAF, [[0, 0, 0]], array), "lead nowhere, or back"),
        ("node_node", lambda array: array + np.array([100, 0, 0]), "column that does not exist"),
        ("node_leaf", lambda array: array[:1], "leaves say nothing"),
        ("node_leaf", lambda array: array * np.nan, "not finite"),
        ("road_root", lambda array: array + 10**7, "may not exist"),
        ("road_root", lambda array: array[:2], "bags"),
        ("road_threshold", lambda array: array[:3], "shapes"),
        ("ratios", lambda array: array[::-1], "rising"),
        ("wait_hours", lambda array: array[:1], "rising"),
    ],
)
def test_a_forest_that_could_lead_astray_is_refused(
    model: RoutingModel, name: str, broken: Callable[[np.ndarray], np.ndarray], fault: str
) -> None:
    arrays, facts = model.to_parts()
    with pytest.raises(ArtefactError, match=fault):
        RoutingModel.from_parts({**arrays, name: broken(arrays[name])}, facts)


def test_a_missing_forest_is_told(model: RoutingModel) -> None:
    arrays, facts = model.to_parts()
    del arrays["road_leaf"]
    with pytest.raises(ArtefactError, match="missing"):
        RoutingModel.from_parts(arrays, facts)


def test_drivers_add_up_to_the_difference(model: RoutingModel, near: Candidate) -> None:
    weak = replace(near, candidate_id="bel|c|road", node_id="bel", capacity_utilization=1.4, distance_km=400.0)
    answer = recommend_routing(model, question(weak, near))
    assert answer.recommended == near.candidate_id
    told = sum(driver.objective_minor for driver in answer.drivers)
    assert told == pytest.approx(answer.ranking[0].objective.point)
    assert answer.drivers[0].feature == "capacity_utilization"
    assert answer.drivers[0].objective_minor < 0


def test_what_is_alike_drives_nothing(model: RoutingModel, near: Candidate) -> None:
    cheap = replace(near, candidate_id="ada|c|cheap", freight_minor=300)
    assert [driver.feature for driver in recommend_routing(model, question(near, cheap)).drivers] == ["cost_minor"]


def test_distance_alone_is_never_a_gain(model: RoutingModel, near: Candidate) -> None:
    """The linear law credited a twin at 8,000 km; what no order of the log has shown changes nothing here."""
    far = replace(near, candidate_id="far|c|road", node_id="far", distance_km=8_000.0, lead_time_hours=170.0)
    answer = recommend_routing(model, question(near, far))
    assert answer.recommended == near.candidate_id
    told = next(item for item in answer.ranking if item.candidate_id == far.candidate_id)
    assert told.objective.point > 0
    assert told.effects_vs_current["lateness_hours"].point > 0
    assert ReviewReason.OUT_OF_DISTRIBUTION in recommend_routing(model, question(far)).review_reasons


def test_a_twin_that_is_a_little_better_in_everything_is_near_best_for_sure(
    model: RoutingModel, near: Candidate
) -> None:
    twin = replace(near, candidate_id="ada|c|better", freight_minor=near.freight_minor - 4, lead_time_hours=49.5)
    answer = recommend_routing(model, question(near, twin))
    assert answer.recommended == twin.candidate_id
    assert answer.confidence is not None
    assert answer.confidence.p_near_best > 0.9


def test_unknown_weather_and_carriers_are_still_answered(model: RoutingModel, near: Candidate) -> None:
    blind = [
        replace(item, carrier_utilization=None, weather_severity=None)
        for item in (near, replace(near, candidate_id="ada|c|air", lead_time_hours=24.0, freight_minor=640))
    ]
    answer = recommend_routing(model, question(*blind))
    assert answer.confidence is not None
    assert all(np.isfinite(driver.objective_minor) for driver in answer.drivers)


def test_what_is_not_a_number_does_not_come_out_as_one(model: RoutingModel, staged: Any) -> None:
    sets = staged.choice_sets
    column = sets.candidate["backlog_orders"].copy()
    column[3] = np.nan
    broken = ChoiceSets(sets.order, {**sets.candidate, "backlog_orders": column}, sets.offsets)
    found = model.points(broken, sets.offsets[:-1])
    assert np.isnan(found[3, : len(TIMED_OUTCOMES)]).all()
    assert np.isfinite(found[sets.offsets[1] :]).all()


def test_a_log_whose_instants_contradict_its_outcomes_is_left_to_the_law(world: Any, fit: RoutingFit) -> None:
    assert not tells_stages(world.log)
    assert fit.grown is None
    assert fit.model.journeys is None
    assert audit(fit, world.log, PRICES, seed=1) is None


def test_an_audit_confirms_forests_that_are_right(staged_fit: RoutingFit, staged: Any) -> None:
    found = audit(staged_fit, staged.log, PRICES, seed=1)
    assert found is not None
    assert found.slope.lower - 0.05 <= 1 <= found.slope.upper + 0.05
    assert found.slope.upper - found.slope.lower < 0.3
    assert found.gain_bias_share < 0.05
    assert found.predicted_gain < 0


def test_an_audit_sees_through_forests_that_claim_twice_too_much(staged_fit: RoutingFit, staged: Any) -> None:
    grown = staged_fit.grown
    assert grown is not None
    journeys = grown.journeys
    boasting = replace(journeys, node=_doubled(journeys.node), road=_doubled(journeys.road))
    found = audit(replace(staged_fit, grown=replace(grown, journeys=boasting)), staged.log, PRICES, seed=1)
    assert found is not None
    assert found.slope.distance_to(1.0) > 0.1


def _doubled(forest: Forest) -> Forest:
    centre = forest.leaf.mean(axis=0)
    return replace(forest, leaf=centre + 2 * (forest.leaf - centre))


def test_a_storm_worse_than_any_of_the_log_makes_orders_later_still(model: RoutingModel, staged: Any) -> None:
    assert model.journeys is not None
    features = model.features(staged.choice_sets)[:200].copy()
    slower = replace(model.journeys, slowdown=model.journeys.slowdown + 1.0)
    late = []
    for severity in (1.0, 1.5, 2.0):
        features[:, STAGE_NAMES.index("weather_expected")] = severity
        late.append(slower.outlook(features).point[:, 0].mean())
    assert late[0] < late[1] < late[2]


def test_slopes_of_the_weather_that_make_no_sense_are_refused(model: RoutingModel) -> None:
    arrays, facts = model.to_parts()
    for slopes in (arrays["slowdown"][:-1], -arrays["slowdown"] - 1, arrays["slowdown"] + np.nan):
        with pytest.raises(ArtefactError, match="slowdown is not 16 numbers from 0 to 10"):
            RoutingModel.from_parts({**arrays, "slowdown": slopes}, facts)
